"""Modules and their versions: a draft is edited, a published version never changes."""

from __future__ import annotations

from typing import Any, Self, TypeVar

from django.db import models

from curriculum.models.framework import Competency
from people import clock
from people.append_only import AppendOnlyManager, AppendOnlyModel
from people.models import Member, Organisation
from people.published import PublishedError, Version, VersionQuerySet, VersionState


class ModuleQuerySet(models.QuerySet["Module"]):
    def visible_to(self, member: Member) -> Self:
        """Built-in modules and the organisation's own; the same rule as for a single one."""
        return self.filter(
            models.Q(organisation=None) | models.Q(organisation_id=member.organisation_id)
        )

    def editable_by(self, member: Member) -> Self:
        """What a trainer may change: the organisation's own. Built-in ones are copied first."""
        if not member.is_trainer:
            return self.none()
        return self.filter(organisation_id=member.organisation_id)

    def published(self) -> Self:
        return self.filter(published_version__isnull=False, retired_at=None)


class Module(models.Model):
    """A unit of 30 to 40 minutes; what is taught stands in its versions."""

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, null=True, blank=True, related_name="modules"
    )
    key = models.CharField(max_length=40)
    title = models.CharField(max_length=160)
    published_version = models.ForeignKey(
        "ModuleVersion", models.PROTECT, null=True, blank=True, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = ModuleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="module_key_once"),
            models.UniqueConstraint(
                fields=["key"],
                condition=models.Q(organisation=None),
                name="built_in_module_key_once",
            ),
        ]
        ordering = ["key"]

    def __str__(self) -> str:
        return f"{self.key} {self.title}"


class ModuleVersionQuerySet(VersionQuerySet["ModuleVersion"]):
    def visible_to(self, member: Member) -> Self:
        return self.filter(
            models.Q(module__organisation=None)
            | models.Q(module__organisation_id=member.organisation_id)
        )


Part = TypeVar("Part", bound=models.Model)


class PartQuerySet(models.QuerySet[Part]):
    """Rows that belong to a version, and are fixed when it is published."""

    def fixed(self) -> Self:
        return self.exclude(version__state=ModuleVersion.State.DRAFT)

    def update(self, **values: Any) -> int:
        if self.fixed().exists():
            raise PublishedError("a published version never changes")
        return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        if self.fixed().exists():
            raise PublishedError("a published version never changes")
        return super().delete()


class PartOfVersion(models.Model):
    """A part of a module version: can be written and deleted only while that is a draft."""

    version: models.ForeignKey[ModuleVersion, ModuleVersion]

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self._only_in_a_draft()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self._only_in_a_draft()
        return super().delete(*args, **kwargs)

    def _only_in_a_draft(self) -> None:
        # Asked anew: the version in memory may be older than its publication.
        if ModuleVersion.objects.fixed().filter(pk=self.version_id).exists():  # type: ignore[attr-defined]
            raise PublishedError("a published version never changes")


class ModuleVersion(Version):
    """One state of a module. `source` is the package it came from, so that it can be exported."""

    module = models.ForeignKey(Module, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=9, choices=VersionState.choices, default=VersionState.DRAFT)
    title = models.CharField(max_length=160)
    summary = models.TextField(blank=True)
    minutes = models.PositiveSmallIntegerField()
    objectives = models.JSONField(default=list)
    sources = models.JSONField(default=list)
    requires = models.JSONField(default=list, help_text="Keys of modules to do first.")
    interaction_points = models.JSONField(default=list, help_text="Keys of the points it teaches.")
    files = models.JSONField(default=dict, help_text="Path in the module's folder → its text.")
    digest = models.CharField(max_length=64, help_text="SHA-256 over `files`.")
    created_at = models.DateTimeField(default=clock.now)
    published_at = models.DateTimeField(null=True, blank=True)

    objects = ModuleVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["module", "number"], name="module_version_once"),
            models.UniqueConstraint(
                fields=["module"], condition=models.Q(state="draft"), name="one_draft_per_module"
            ),
        ]
        ordering = ["module_id", "-number"]

    def __str__(self) -> str:
        return f"{self.module.key} version {self.number}"


class AimQuerySet(PartQuerySet["Aim"]):
    pass


class Aim(PartOfVersion):
    """The level of a competency that a module version teaches towards."""

    version = models.ForeignKey(ModuleVersion, models.CASCADE, related_name="aims")
    competency = models.ForeignKey(Competency, models.PROTECT, related_name="aims")
    level = models.PositiveSmallIntegerField()

    objects = AimQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "competency"], name="aim_once")]

    def __str__(self) -> str:
        return f"{self.competency_id} level {self.level}"


class StepQuerySet(PartQuerySet["Step"]):
    def visible_to(self, member: Member) -> Self:
        return self.filter(
            models.Q(version__module__organisation=None)
            | models.Q(version__module__organisation_id=member.organisation_id)
        )


class Step(PartOfVersion):
    """One thing to do in a module version: a lesson, quiz, exercise or workplace task.

    A lesson is wholly here, rendered when it was brought in; what else a kind needs hangs on the
    step by a one-to-one row of the app that registered the kind.
    """

    class Kind(models.TextChoices):
        LESSON = "lesson", "Lesson"
        QUIZ = "quiz", "Quiz"
        EXERCISE = "exercise", "Rehearsal"
        TASK = "task", "Workplace task"

    version = models.ForeignKey(ModuleVersion, models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    key = models.CharField(max_length=60)
    order = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=160)
    minutes = models.PositiveSmallIntegerField(default=0)
    html = models.TextField(blank=True, help_text="Rendered and sanitised; lessons only.")
    text = models.TextField(blank=True, help_text="Plain words of the lesson, for search.")
    sources = models.JSONField(default=list, help_text="The sources a lesson cites, in full.")

    objects = StepQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "kind", "key"], name="step_key_once"),
            models.UniqueConstraint(fields=["version", "order"], name="step_order_once"),
        ]
        ordering = ["order"]

    def __str__(self) -> str:
        return self.title


class PublishEntry(AppendOnlyModel):
    """The publish log: what was published or retired, by whom, and how many it affected."""

    class Action(models.TextChoices):
        PUBLISHED = "published", "Published"
        RETIRED = "retired", "Retired"
        RESTORED = "restored", "Restored"

    module = models.ForeignKey(Module, models.DO_NOTHING, related_name="publish_log")
    version = models.ForeignKey(ModuleVersion, models.DO_NOTHING, related_name="+")
    action = models.CharField(max_length=9, choices=Action.choices)
    by = models.ForeignKey(Member, models.DO_NOTHING, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    impact = models.JSONField(default=dict)
    note = models.TextField(blank=True)

    objects = AppendOnlyManager()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.version} {self.action}"
