"""The competency framework and what each job role needs of it."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from people.models import JobRole

LEVEL_NAMES = ("Aware", "Practitioner", "Lead", "Steward")
# Readiness is said of each competency from this level on, or if it is critical; the rest is pooled
# by domain.
CLAIMED_FROM = 2
LEVEL = [MinValueValidator(1), MaxValueValidator(4)]


class Domain(models.Model):
    """One of the six groups of competencies; `id` is its letter."""

    id = models.CharField(primary_key=True, max_length=2)
    name = models.CharField(max_length=60)
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]

    def __str__(self) -> str:
        return self.name


class Competency(models.Model):
    """One of the 24; `id` is its code, as `U1`."""

    id = models.CharField(primary_key=True, max_length=4)
    domain = models.ForeignKey(Domain, models.PROTECT, related_name="competencies")
    name = models.CharField(max_length=80)
    short = models.CharField(max_length=10)
    definition = models.TextField()
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        verbose_name_plural = "competencies"

    def __str__(self) -> str:
        return self.name


class Behaviour(models.Model):
    """What somebody at one level of a competency is seen to do."""

    competency = models.ForeignKey(Competency, models.CASCADE, related_name="behaviours")
    level = models.PositiveSmallIntegerField(validators=LEVEL)
    text = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["competency", "level"], name="behaviour_once")
        ]
        ordering = ["competency", "level"]

    def __str__(self) -> str:
        return f"{self.competency_id} level {self.level}"


class Crosswalk(models.Model):
    """A code of another framework that a competency relates to."""

    competency = models.ForeignKey(Competency, models.CASCADE, related_name="crosswalk")
    framework = models.CharField(max_length=80)
    version = models.CharField(max_length=40)
    code = models.CharField(max_length=60)
    relation = models.CharField(max_length=20)
    verified = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["competency", "framework", "version", "code"], name="crosswalk_once"
            )
        ]
        ordering = ["competency", "framework", "code"]

    def __str__(self) -> str:
        return f"{self.competency_id}: {self.framework} {self.code}"


class Target(models.Model):
    """The level of a competency that a job role needs; readiness needs the critical ones."""

    job_role = models.ForeignKey(JobRole, models.CASCADE, related_name="targets")
    competency = models.ForeignKey(Competency, models.CASCADE, related_name="targets")
    level = models.PositiveSmallIntegerField(validators=LEVEL)
    critical = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job_role", "competency"], name="target_once")
        ]
        ordering = ["competency__order"]

    def __str__(self) -> str:
        return f"{self.competency_id} level {self.level}"


class InteractionPoint(models.Model):
    """Where a job role meets AI: a decision, what it needs to know, how it goes well or badly."""

    job_role = models.ForeignKey(JobRole, models.CASCADE, related_name="interaction_points")
    key = models.CharField(max_length=8)
    order = models.PositiveSmallIntegerField()
    decision = models.CharField(max_length=200)
    information = models.TextField()
    good = models.TextField()
    bad = models.TextField()
    skills = models.ManyToManyField(Competency, related_name="interaction_points")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job_role", "key"], name="interaction_point_once")
        ]
        ordering = ["order"]

    def __str__(self) -> str:
        return f"{self.key} {self.decision}"
