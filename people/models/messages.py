"""The outbox: a mail is a row first, sent by a background job."""

from __future__ import annotations

from django.db import models

from people import clock
from people.models.members import Member
from people.models.organisations import Organisation


class Message(models.Model):
    """One mail to one address; `key` makes the same cause write at most one."""

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, null=True, related_name="messages"
    )
    member = models.ForeignKey(Member, models.CASCADE, null=True, related_name="messages")
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=120, unique=True)
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    text = models.TextField()
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"
