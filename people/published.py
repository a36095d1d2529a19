"""Versions that never change once they are published: only their state moves on."""

from __future__ import annotations

from typing import Any, Self, TypeVar

from django.db import models


class PublishedError(Exception):
    """Somebody tried to change a version that has been published, or a part of it."""


class VersionState(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    RETIRED = "retired", "Retired"


AnyVersion = TypeVar("AnyVersion", bound="Version")


class VersionQuerySet(models.QuerySet[AnyVersion]):
    """Of a version that is no draft any more, only its state moves on."""

    def fixed(self) -> Self:
        return self.exclude(state=VersionState.DRAFT)

    def update(self, **values: Any) -> int:
        if not values.keys() <= {"state", "published_at"} and self.fixed().exists():
            raise PublishedError("a published version never changes")
        return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        if self.fixed().exists():
            raise PublishedError("a published version is never deleted")
        return super().delete()


class Version(models.Model):
    """A numbered state of something, with a `state`; `objects` is a manager of its QuerySet."""

    State = VersionState

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            self._only_as_a_draft()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self._only_as_a_draft()
        return super().delete(*args, **kwargs)

    def _only_as_a_draft(self) -> None:
        # Asked anew: the row may have been published since this object was read.
        rows: models.QuerySet[Any] = type(self)._default_manager.filter(pk=self.pk)
        if rows.exclude(state=VersionState.DRAFT).exists():
            raise PublishedError("a published version never changes")
