"""Workplace tasks: written by the member, marked with a rubric of four criteria."""

from __future__ import annotations

from django.db import models

from curriculum.models import Step
from people import clock
from people.models import Member


class WorkplaceTask(models.Model):
    """What makes a step a workplace task."""

    class GradedBy(models.TextChoices):
        TRAINER = "trainer", "A trainer"
        MANAGER = "manager", "Your manager"
        EITHER = "either", "A trainer or your manager"

    step = models.OneToOneField(Step, models.CASCADE, related_name="task")
    brief = models.TextField(help_text="Rendered and sanitised.")
    due_days = models.PositiveSmallIntegerField()
    measure = models.JSONField(help_text="name, unit, better (higher or lower), hint.")
    graded_by = models.CharField(max_length=7, choices=GradedBy.choices)
    appeal = models.TextField()
    criteria = models.JSONField(help_text="Four of id, title, competency, level, bands (0 to 4).")
    marking = models.TextField(
        blank=True, help_text="Rendered and sanitised; what a marker looks for, nobody else's."
    )

    def __str__(self) -> str:
        return str(self.step)


class Submission(models.Model):
    """A member's work on a task: draft → handed in → graded, or returned for another go."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        HANDED_IN = "handed-in", "Handed in"
        RETURNED = "returned", "Returned"
        GRADED = "graded", "Graded"

    member = models.ForeignKey(Member, models.CASCADE, related_name="submissions")
    task = models.ForeignKey(WorkplaceTask, models.PROTECT, related_name="submissions")
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    text = models.TextField(blank=True)
    measure_before = models.DecimalField(max_digits=14, decimal_places=3, null=True, blank=True)
    measure_after = models.DecimalField(max_digits=14, decimal_places=3, null=True, blank=True)
    sequence = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(default=clock.now)
    saved_at = models.DateTimeField(null=True)
    handed_in_at = models.DateTimeField(null=True)
    graded_at = models.DateTimeField(null=True)
    returned_with = models.TextField(blank=True, help_text="What to change, when returned.")
    appealed_at = models.DateTimeField(null=True)
    appeal_reason = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "task"], name="submission_once")]
        indexes = [models.Index(fields=["state", "handed_in_at"], name="submission_queue")]

    def __str__(self) -> str:
        return f"{self.task} by {self.member}"


class Mark(models.Model):
    """One grader's mark of one criterion; the grader stands with every mark."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="marks")
    criterion = models.CharField(max_length=60)
    grader = models.ForeignKey(Member, models.PROTECT, related_name="+")
    as_manager = models.BooleanField(
        help_text="Given as the member's manager: counts up to level 2."
    )
    band = models.PositiveSmallIntegerField(help_text="0 to 4.")
    comment = models.TextField(blank=True)
    round = models.PositiveSmallIntegerField(default=1, help_text="2 after an appeal.")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "criterion", "round"], name="mark_once")
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.band}"
