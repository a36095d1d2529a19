"""Quizzes and their items; an item is its id together with the digest of its content."""

from __future__ import annotations

from django.db import models

from curriculum.models import Competency, Step
from people.models import Organisation


class Item(models.Model):
    """One question in one wording, frozen. What is learnt of its difficulty stands beside it.

    `difficulty` and `difficulty_variance` are logits on the ability scale (measurement.md 4.2,
    step 8: a borderline person of the authored level has 67 %).
    """

    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, blank=True)
    key = models.CharField(max_length=60)
    digest = models.CharField(max_length=64)
    kind = models.CharField(max_length=10)
    title = models.CharField(max_length=80)
    competency = models.ForeignKey(Competency, models.PROTECT, related_name="items")
    level = models.PositiveSmallIntegerField()
    content = models.JSONField(help_text="The parsed question with its answers, rendered.")
    difficulty = models.FloatField()
    difficulty_variance = models.FloatField(default=0.49)
    first_attempts = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key", "digest"], name="item_once"),
            models.UniqueConstraint(
                fields=["key", "digest"],
                condition=models.Q(organisation=None),
                name="built_in_item_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.title}"


class Quiz(models.Model):
    """What makes a step a quiz."""

    class Purpose(models.TextChoices):
        PRE_TEST = "pre-test", "Before you start"
        PRACTICE = "practice", "Practice"
        GATE = "gate", "Gate"

    step = models.OneToOneField(Step, models.CASCADE, related_name="quiz")
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    draw = models.PositiveSmallIntegerField()
    pass_mark = models.PositiveSmallIntegerField(null=True, help_text="Per cent; gates only.")
    time_limit = models.PositiveSmallIntegerField(null=True, help_text="Minutes.")
    items = models.ManyToManyField(Item, through="QuizItem", related_name="quizzes")

    class Meta:
        verbose_name_plural = "quizzes"

    def __str__(self) -> str:
        return str(self.step)


class QuizItem(models.Model):
    quiz = models.ForeignKey(Quiz, models.CASCADE, related_name="places")
    item = models.ForeignKey(Item, models.PROTECT, related_name="places")
    order = models.PositiveSmallIntegerField()
    lesson = models.CharField(max_length=60, blank=True, help_text="Key of the lesson to reread.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["quiz", "item"], name="item_in_quiz")]
        ordering = ["order"]

    def __str__(self) -> str:
        return f"{self.quiz} {self.order}"
