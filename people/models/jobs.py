"""Work outside a request, as a row that is the truth; Celery carries only its id."""

from __future__ import annotations

from django.db import models

from people import clock
from people.models.organisations import Organisation


class BackgroundJob(models.Model):
    """One piece of work: queued → running (leased) → done, or parked after too many attempts."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        PARKED = "parked", "Failed, needs a look"

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, null=True, related_name="background_jobs"
    )
    kind = models.CharField(max_length=60)
    subject_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveIntegerField(
        default=0, help_text="Also the fencing number: only the latest attempt may write."
    )
    due_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(
        null=True, help_text="When the broker was last given the id; empty if it still must be."
    )
    lease_until = models.DateTimeField(null=True)
    done_steps = models.PositiveIntegerField(default=0)
    all_steps = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "due_at"], name="job_by_state")]
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id or ''} ({self.get_state_display()})"

    @property
    def called(self) -> str:
        """The kind in words: `send-message` is "Send message"."""
        return self.kind.replace("-", " ").capitalize()
