"""Attempts at a quiz: items are drawn at the start, answers saved as they change, graded once."""

from __future__ import annotations

from typing import Any, Self

from django.db import models

from assessments.models.quizzes import Item, Quiz
from people import clock
from people.models import Member


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def visible_to(self, member: Member) -> Self:
        """Only one's own; what a manager may read goes through learning's evidence pages."""
        return self.filter(member=member)


class Attempt(models.Model):
    """One try at a quiz by one member."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        SUBMITTED = "submitted", "Submitted"

    member = models.ForeignKey(Member, models.CASCADE, related_name="attempts")
    quiz = models.ForeignKey(Quiz, models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField(help_text="1 for the member's first try at the quiz.")
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    started_at = models.DateTimeField(default=clock.now)
    deadline = models.DateTimeField(null=True, help_text="From the server's clock at the start.")
    submitted_at = models.DateTimeField(null=True)
    submission_key = models.CharField(max_length=40, blank=True)
    score = models.FloatField(null=True, help_text="0 to 1: points reached of points possible.")
    passed = models.BooleanField(null=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "quiz"],
                condition=models.Q(state="open"),
                name="one_open_attempt",
            ),
            models.UniqueConstraint(
                fields=["member", "quiz", "number"], name="attempt_number_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quiz}, try {self.number}"


class AttemptItem(models.Model):
    """One drawn item of an attempt with the answer as last acknowledged.

    `sequence` is the client's number of the newest answer the server holds: an older one never
    overwrites it, whichever tab it comes from.
    """

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="places")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    order = models.PositiveSmallIntegerField()
    shuffle = models.PositiveIntegerField(help_text="Seed of the order of options.")
    exposure = models.PositiveSmallIntegerField(
        default=0, help_text="How often this member met the item in earlier attempts."
    )
    asks_confidence = models.BooleanField(default=False)
    answer = models.JSONField(null=True)
    confidence = models.PositiveSmallIntegerField(null=True, help_text="1 unsure, 2 fair, 3 sure.")
    sequence = models.PositiveBigIntegerField(default=0)
    saved_at = models.DateTimeField(null=True)
    revealed_at = models.DateTimeField(null=True, help_text="Practice: when answers were shown.")
    late_answer = models.JSONField(null=True, help_text="After the deadline; a trainer decides.")
    late_counted = models.BooleanField(
        null=True, help_text="Whether a trainer let it count; empty until they decide."
    )
    credit = models.FloatField(null=True, help_text="0 to 1, when graded.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["attempt", "item"], name="item_in_attempt"),
            models.UniqueConstraint(fields=["attempt", "order"], name="order_in_attempt"),
        ]
        indexes = [
            models.Index(
                fields=["attempt"],
                condition=models.Q(late_answer__isnull=False, late_counted=None),
                name="late_waiting",
            )
        ]
        ordering = ["order"]

    def __str__(self) -> str:
        return f"{self.attempt}, item {self.order}"

    @property
    def counted_answer(self) -> Any:
        """The answer that the credit is for."""
        return self.late_answer if self.late_counted else self.answer
