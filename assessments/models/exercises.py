"""Exercises: a rehearsal as a step of a module, and the runs that were begun from there."""

from __future__ import annotations

from django.db import models

from curriculum.models import Step
from sandbox.models import Run


class Exercise(models.Model):
    """What makes a step an exercise: a scenario, named by its key, and how it is rehearsed."""

    step = models.OneToOneField(Step, models.CASCADE, related_name="exercise")
    scenario = models.CharField(max_length=40, help_text="Key: an own scenario or a built-in one.")
    rung = models.CharField(max_length=10, choices=Run.Rung.choices)

    def __str__(self) -> str:
        return str(self.step)


class ExerciseRun(models.Model):
    """A run that was begun from a step, so that its end is the step's."""

    run = models.OneToOneField(Run, models.CASCADE, related_name="exercise_run", primary_key=True)
    step = models.ForeignKey(Step, models.PROTECT, related_name="exercise_runs")

    def __str__(self) -> str:
        return f"{self.step}: {self.run}"
