"""Scenarios and their versions: what a rehearsal plays, fixed once it is published."""

from __future__ import annotations

from typing import Self

from django.db import models

from people import clock
from people.models import Layer, Member, Organisation
from people.published import Version, VersionQuerySet, VersionState
from sandbox.models.digests import DigestField


class ScenarioQuerySet(models.QuerySet["Scenario"]):
    def visible_to(self, member: Member) -> Self:
        """Built-in scenarios and the organisation's own."""
        return self.filter(
            models.Q(organisation=None) | models.Q(organisation_id=member.organisation_id)
        )

    def published(self) -> Self:
        """Those that a new run can be begun of."""
        of_scenario = ScenarioVersion.objects.filter(
            scenario=models.OuterRef("pk"), state=ScenarioVersion.State.PUBLISHED
        )
        return self.filter(models.Exists(of_scenario))


class Scenario(models.Model):
    """A task in a small company; title, layer, minutes and summary are those of its newest."""

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, null=True, blank=True, related_name="scenarios"
    )
    key = models.CharField(max_length=40)
    title = models.CharField(max_length=160)
    layer = models.CharField(
        max_length=10, choices=Layer.choices, blank=True, help_text="Empty: for everybody."
    )
    minutes = models.PositiveSmallIntegerField()
    summary = models.TextField()

    objects = ScenarioQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="scenario_key_once"),
            models.UniqueConstraint(
                fields=["key"],
                condition=models.Q(organisation=None),
                name="built_in_scenario_key_once",
            ),
        ]
        ordering = ["key"]

    def __str__(self) -> str:
        return self.title


class ScenarioVersionQuerySet(VersionQuerySet["ScenarioVersion"]):
    def visible_to(self, member: Member) -> Self:
        return self.filter(
            models.Q(scenario__organisation=None)
            | models.Q(scenario__organisation_id=member.organisation_id)
        )

    def published(self) -> Self:
        return self.filter(state=ScenarioVersion.State.PUBLISHED)

    def light(self) -> Self:
        """Without the columns that weigh much."""
        return self.defer("document", "report")


class ScenarioVersion(Version):
    """One state of a scenario. Runs hold on to the version that they began with."""

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=9, choices=VersionState.choices, default=VersionState.DRAFT)
    digest = DigestField(help_text="SHA-256 over the document.")
    document = models.JSONField(help_text="The whole scenario as read, the papers' texts too.")
    only_reads = models.BooleanField(default=False, help_text="A trail to read, without a plan.")
    report = models.JSONField(
        default=dict, help_text="Of the lint, with the values of naive and reference plans."
    )
    created_at = models.DateTimeField(default=clock.now)
    published_at = models.DateTimeField(null=True, blank=True)

    objects = ScenarioVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scenario", "number"], name="scenario_version_once"),
            models.UniqueConstraint(
                fields=["scenario"],
                condition=models.Q(state="draft"),
                name="one_draft_per_scenario",
            ),
            models.UniqueConstraint(
                fields=["scenario"],
                condition=models.Q(state="published"),
                name="one_published_per_scenario",
            ),
        ]
        ordering = ["scenario_id", "-number"]

    def __str__(self) -> str:
        return f"{self.scenario.key} version {self.number}"
