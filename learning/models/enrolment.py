"""Enrolment pins the version of a module that a member learns; progress is what they have done."""

from __future__ import annotations

from django.db import models

from curriculum.models import Module, ModuleVersion, Step
from people import clock
from people.models import Member


class Enrolment(models.Model):
    """A member on a module, pinned to the version that was published when they began."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="enrolments")
    module = models.ForeignKey(Module, models.PROTECT, related_name="enrolments")
    version = models.ForeignKey(ModuleVersion, models.PROTECT, related_name="enrolments")
    started_at = models.DateTimeField(default=clock.now)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "module"], name="enrolment_once")]

    def __str__(self) -> str:
        return f"{self.member} on {self.version}"


class StepProgress(models.Model):
    """A step of an enrolment: opened, and done (a gate passed, a task handed in)."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="progress")
    step = models.ForeignKey(Step, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=clock.now)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "step"], name="step_progress_once")
        ]

    def __str__(self) -> str:
        return f"{self.enrolment}: {self.step}"
