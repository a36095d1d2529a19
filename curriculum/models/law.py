"""The dated record of the law: the one place where legal wording and dates stand."""

from __future__ import annotations

from django.db import models


class LawEntry(models.Model):
    """One thing the law asks, in our words, as it was read on the day `as_of`; `id` is its name."""

    id = models.CharField(primary_key=True, max_length=40)
    order = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=160)
    reference = models.CharField(max_length=160)
    says = models.TextField()
    applies = models.TextField()
    unsettled = models.TextField(blank=True)
    source = models.JSONField(help_text="title, publisher, date and perhaps url")
    note = models.TextField(help_text="What the whole record is and is not.")
    as_of = models.DateField()
    review_by = models.DateField()

    class Meta:
        ordering = ["order"]
        verbose_name_plural = "law entries"

    def __str__(self) -> str:
        return self.title
