"""A track: the modules that lead a job role to its targets, in order."""

from __future__ import annotations

from typing import Self

from django.db import models

from curriculum.models.modules import Module
from people.models import JobRole, Layer, Member, Organisation


class TrackQuerySet(models.QuerySet["Track"]):
    def visible_to(self, member: Member) -> Self:
        return self.filter(
            models.Q(organisation=None) | models.Q(organisation_id=member.organisation_id)
        )

    def current(self) -> Self:
        return self.filter(retired_at=None)


class Track(models.Model):
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, null=True, blank=True, related_name="tracks"
    )
    key = models.CharField(max_length=40)
    title = models.CharField(max_length=160)
    summary = models.TextField(blank=True)
    layer = models.CharField(max_length=12, choices=Layer.choices, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    modules = models.ManyToManyField(Module, through="TrackModule", related_name="tracks")
    job_roles = models.ManyToManyField(JobRole, through="JobRoleTrack", related_name="tracks")

    objects = TrackQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="track_key_once"),
            models.UniqueConstraint(
                fields=["key"],
                condition=models.Q(organisation=None),
                name="built_in_track_key_once",
            ),
        ]
        ordering = ["key"]

    def __str__(self) -> str:
        return self.title


class TrackModule(models.Model):
    track = models.ForeignKey(Track, models.CASCADE, related_name="places")
    module = models.ForeignKey(Module, models.CASCADE, related_name="places")
    order = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["track", "module"], name="module_in_track")]
        ordering = ["order"]

    def __str__(self) -> str:
        return f"{self.track} {self.order}"


class JobRoleTrack(models.Model):
    """A track that a job role takes, in order: the foundation first."""

    job_role = models.ForeignKey(JobRole, models.CASCADE, related_name="track_places")
    track = models.ForeignKey(Track, models.CASCADE, related_name="job_role_places")
    order = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job_role", "track"], name="track_of_job_role")
        ]
        ordering = ["order"]

    def __str__(self) -> str:
        return f"{self.job_role}: {self.track}"
