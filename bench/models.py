"""The one row that the floor of all posts writes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class FloorRow(models.Model):
    user_id = models.BigIntegerField()
    text = models.CharField(max_length=200)
    at = models.DateTimeField()

    objects: ClassVar[models.Manager[FloorRow]] = models.Manager()

    class Meta:
        app_label = "bench"

    def __str__(self) -> str:
        return self.text
