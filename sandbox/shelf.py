"""The rehearsals that are there for a member: by layer, with their rungs and own earlier runs."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import F, OuterRef, Subquery

from people.models import Layer, Member
from sandbox import scenarios
from sandbox.access import playable_by
from sandbox.models import Run, RunEvent, ScenarioVersion
from sandbox.timeline.wording import clock

RUNGS = (
    (Run.Rung.GUIDED, "You are told beforehand what may go wrong, not where. For a first time."),
    (Run.Rung.SUPERVISED, "The real thing: you are asked, and decide, while it runs. Your first"
     " run counts as evidence."),
    (Run.Rung.DESIGN, "Nobody asks you anything: the plan alone is played on a hundred situations"
     " that you do not see."),
    (Run.Rung.LIVE, "The agents are real models instead of the script. Practice, without points."),
)  # fmt: skip
READ = (
    (Run.Rung.GUIDED, "For practice: the same trail and the same questions, and nothing counts."),
    (Run.Rung.SUPERVISED, "For the record: your first reading counts as evidence."),
)
EVERYBODY = "Everybody"


@dataclass(slots=True)
class Shown:
    """A scenario on the shelf, with what its viewer has done with it."""

    version: ScenarioVersion
    runs: list[Run] = field(default_factory=list)
    clocks: dict[int, str] = field(default_factory=dict)

    @property
    def open_runs(self) -> list[tuple[Run, str]]:
        """Those that can be gone on with, and where they stand."""
        return [(run, _stands(run, self.clocks)) for run in self.runs if run.state not in Run.OVER]

    @property
    def points(self) -> list[int]:
        """The newest first."""
        return [run.score["total"] for run in self.runs if run.score and run.state in Run.OVER]

    @property
    def best(self) -> int | None:
        return max(self.points, default=None)

    @property
    def last(self) -> int | None:
        return next(iter(self.points), None)

    @property
    def offered(self) -> bool:
        """Not of a scenario that was retired: of that one may only end what one has begun."""
        return self.version.state == ScenarioVersion.State.PUBLISHED

    @property
    def rungs(self) -> tuple[tuple[Run.Rung, str], ...]:
        return READ if self.version.only_reads else RUNGS


@dataclass(slots=True)
class Group:
    key: str
    label: str
    mine: bool
    shown: list[Shown] = field(default_factory=list)


def _stands(run: Run, clocks: dict[int, str]) -> str:
    if run.state == Run.State.PLANNING:
        return "Continue with the plan"
    if run.state == Run.State.ANSWERING:
        return "Continue with the questions"
    if run.state == Run.State.RUNNING:
        return "See it run"
    return f"Continue at {clocks[run.pk]}" if run.pk in clocks else "Continue"


def version_of(member: Member, key: str) -> ScenarioVersion | None:
    """The published version behind this key; the organisation's own stands before a built-in."""
    found = (
        playable_by(member)
        .defer("document", "report")
        .select_related("scenario")
        .filter(scenario__key=key)
    )
    return found.order_by(F("scenario__organisation").asc(nulls_last=True)).first()


def played_of(member: Member, key: str) -> ScenarioVersion | None:
    """The version that the member last began a run of, when nothing is published of that key."""
    runs = Run.objects.visible_to(member).filter(version__scenario__key=key)
    newest = runs.values("version")[:1]
    return ScenarioVersion.objects.light().select_related("scenario").filter(pk__in=newest).first()


def shelf(member: Member) -> list[Group]:
    """All that the member may play: first the layer of their job role, then what is for all.

    What was retired while the member was in the middle of it stays until that run has ended.
    """
    versions = playable_by(member).defer("document", "report").select_related("scenario")
    chosen: dict[str, ScenarioVersion] = {}
    for version in versions.order_by(F("scenario__organisation").asc(nulls_last=True)):
        chosen.setdefault(version.scenario.key, version)
    runs = _runs(member)
    going_on = {
        run.version_id for mine in runs.values() for run in mine if run.state not in Run.OVER
    }
    offered = list(chosen.values())
    listed = {version.scenario_id for version in offered}
    retired = ScenarioVersion.objects.light().filter(pk__in=going_on).exclude(scenario__in=listed)
    own = member.job_role.layer if member.job_role else ""
    groups = {
        key: Group(key, label, key == own and bool(own))
        for key, label in [*Layer.choices, ("", EVERYBODY)]
    }
    left = {version.scenario_id: version for version in retired.select_related("scenario")}
    for version in sorted([*offered, *left.values()], key=lambda each: each.scenario.title):
        mine = runs.get(version.scenario_id, [])
        groups[version.scenario.layer].shown.append(Shown(version, mine, clocks_of(mine)))
    order = sorted(groups.values(), key=lambda each: (not each.mine, each.key != ""))
    return [each for each in order if each.shown]


def shown(member: Member, version: ScenarioVersion) -> Shown:
    """One scenario with the member's runs of all its versions."""
    mine = _runs(member).get(version.scenario_id, [])
    return Shown(version, mine, clocks_of(mine))


def _runs(member: Member) -> dict[int, list[Run]]:
    """One's own, the newest first, by scenario."""
    found: dict[int, list[Run]] = defaultdict(list)
    runs = Run.objects.visible_to(member).select_related("version")
    for run in runs.defer("version__document", "version__report", "plan", "answers"):
        found[run.version.scenario_id].append(run)
    return found


def clocks_of(runs: list[Run]) -> dict[int, str]:
    """The simulated time at which each waiting run stands, from its newest event."""
    waiting = {run.pk: run for run in runs if run.state == Run.State.WAITING}
    if not waiting:
        return {}
    newest = RunEvent.objects.filter(run=OuterRef("pk")).order_by("-seq").values("body")[:1]
    found = Run.objects.filter(pk__in=waiting).annotate(newest=Subquery(newest))
    clocks = {}
    for pk, body in found.values_list("pk", "newest"):
        try:
            at = json.loads(body)[4]
        except (TypeError, ValueError, LookupError):
            continue  # none, or one that somebody has been at: its own page tells
        clocks[pk] = clock(scenarios.loaded(waiting[pk].version_id).prepared, at)
    return clocks
