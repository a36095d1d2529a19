"""An invitation by e-mail; the link holds a secret of which only the digest is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

from people import clock
from people.models.members import Member
from people.models.organisations import JobRole, Organisation, Team


def two_weeks_on() -> datetime:
    return clock.now() + timedelta(days=14)


class Invitation(models.Model):
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="invitations")
    email = models.EmailField()
    name = models.CharField(max_length=120, blank=True)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True)
    job_role = models.ForeignKey(JobRole, models.SET_NULL, null=True, blank=True)
    is_manager = models.BooleanField(default=False, help_text="Will manage the team above.")
    is_trainer = models.BooleanField(default=False)
    is_administrator = models.BooleanField(default=False)
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(Member, models.SET_NULL, null=True)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(default=two_weeks_on)
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.email} to {self.organisation}"

    def is_open(self) -> bool:
        return (
            self.accepted_at is None and self.revoked_at is None and clock.now() < self.expires_at
        )
