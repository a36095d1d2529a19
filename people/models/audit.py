"""The audit trail: append-only rows in a hash chain, one chain an organisation."""

from __future__ import annotations

from django.db import models

from people import clock
from people.append_only import AppendOnlyManager, AppendOnlyModel
from people.models.members import Member, User
from people.models.organisations import Organisation


class AuditEvent(AppendOnlyModel):
    """Who did what to which object when; `organisation` is null for events of the site itself."""

    organisation = models.ForeignKey(
        Organisation, models.DO_NOTHING, null=True, related_name="audit_events"
    )
    number = models.PositiveBigIntegerField(help_text="Place in the organisation's chain, from 1.")
    at = models.DateTimeField(default=clock.now)
    actor = models.ForeignKey(Member, models.DO_NOTHING, null=True, related_name="+")
    user = models.ForeignKey(User, models.DO_NOTHING, null=True, related_name="+")
    action = models.CharField(max_length=60)
    object_kind = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=60, blank=True)
    subject = models.ForeignKey(Member, models.DO_NOTHING, null=True, related_name="+")
    detail = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = AppendOnlyManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="audit_number_once"),
            models.UniqueConstraint(
                fields=["number"],
                condition=models.Q(organisation=None),
                name="site_audit_number_once",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "-at"], name="audit_by_time"),
            models.Index(fields=["organisation", "action", "-number"], name="audit_by_action"),
        ]
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action}"
