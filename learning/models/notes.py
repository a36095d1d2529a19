"""Notes and highlights in the margin of a lesson; nobody but their writer sees them."""

from __future__ import annotations

from typing import Self

from django.db import models

from curriculum.models import Step
from people import clock
from people.models import Member


class NoteQuerySet(models.QuerySet["Note"]):
    def visible_to(self, member: Member) -> Self:
        return self.filter(member=member)


class Note(models.Model):
    """A marked passage: the block it stands in, its words, what the member wrote, if anything."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="notes")
    step = models.ForeignKey(Step, models.PROTECT, related_name="notes")
    block = models.PositiveSmallIntegerField(help_text="Which block of the lesson, from 0.")
    quote = models.CharField(max_length=600, blank=True)
    text = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["block", "pk"]
        indexes = [models.Index(fields=["member", "step"], name="notes_of_step")]

    def __str__(self) -> str:
        return self.text or self.quote
