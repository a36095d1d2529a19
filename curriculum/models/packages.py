"""A package that a trainer uploaded, with the report of its check."""

from __future__ import annotations

from typing import Self

from django.db import models

from people import clock
from people.models import Member, Organisation


class PackageUploadQuerySet(models.QuerySet["PackageUpload"]):
    def visible_to(self, member: Member) -> Self:
        if not member.is_trainer:
            return self.none()
        return self.filter(organisation_id=member.organisation_id)


class PackageUpload(models.Model):
    """Waiting → checked (clean or refused) → brought in as drafts."""

    class State(models.TextChoices):
        WAITING = "waiting", "Being checked"
        REFUSED = "refused", "Refused"
        CLEAN = "clean", "Checked, nothing written yet"
        LOADED = "loaded", "Brought in as drafts"

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="uploads")
    uploaded_by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    file_name = models.CharField(max_length=200)
    content = models.BinaryField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    report = models.JSONField(
        default=dict, help_text="`errors`: [{file, line, message}]; `changes`: [{what, id, state}]."
    )
    created_at = models.DateTimeField(default=clock.now)

    objects = PackageUploadQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.file_name
