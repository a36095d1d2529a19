"""Which rehearsals a trainer or manager may lay side by side, and whose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import mean

from django.db.models import Count, F, Max, QuerySet
from django.http import Http404

from people.models import Member, Organisation
from sandbox.access import debriefs_open_to
from sandbox.debriefing.side_by_side import Column, SideBySide
from sandbox.models import Run, Scenario

AT_ONCE = 6  # people side by side; more is no comparison
NAMED = 200  # to choose from


def opened_to(viewer: Member) -> bool:
    """Whether there are people whose debriefs are theirs to read; a manager's may be closed."""
    everything = viewer.organisation.managers_see == Organisation.ManagersSee.ANSWERS
    return viewer.is_trainer or everything


def runs_for(viewer: Member) -> QuerySet[Run]:
    """The finished supervised runs of others that `viewer` may read."""
    runs = debriefs_open_to(viewer).exclude(member=viewer)
    return runs.filter(state=Run.State.FINISHED, rung=Run.Rung.SUPERVISED)


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A scenario that people in scope have rehearsed."""

    key: str
    title: str
    people: int
    last_at: datetime


def rehearsed(viewer: Member) -> list[Rehearsed]:
    """Scenarios with somebody's finished supervised run, those of most people first."""
    rows = (
        runs_for(viewer)
        .order_by()
        .values(key=F("version__scenario__key"), title=F("version__scenario__title"))
        .annotate(people=Count("member", distinct=True), last_at=Max("finished_at"))
    )
    found = [Rehearsed(**row) for row in rows]
    return sorted(found, key=lambda each: (-each.people, each.title))


def fetch_scenario(viewer: Member, key: str) -> Scenario:
    """The scenario of that key; the organisation's own stands before a built-in. Raises Http404."""
    found = Scenario.objects.visible_to(viewer).filter(key=key)
    scenario = found.order_by(F("organisation").asc(nulls_last=True)).first()
    if scenario is None:
        raise Http404
    return scenario


def one_of_each(viewer: Member, scenario: Scenario) -> dict[int, list[Run]]:
    """By number of the version, the newest first: one run a person, the one that counts if there
    is one, else the newest; the person who finished last comes first."""
    runs = (
        runs_for(viewer)
        .filter(version__scenario=scenario)
        .select_related("version__scenario", "member__user", "member__team", "member__job_role")
        .defer("version__document", "version__report")
        .order_by("-version__number", "-counts", "-finished_at", "-pk")
    )
    chosen: dict[int, dict[int, Run]] = defaultdict(dict)
    for run in runs:
        chosen[run.version.number].setdefault(run.member_id, run)

    def when(run: Run) -> datetime:
        assert run.finished_at is not None
        return run.finished_at

    return {
        number: sorted(by_member.values(), key=when, reverse=True)[:NAMED]
        for number, by_member in chosen.items()
    }


@dataclass(frozen=True, slots=True)
class RoleRow:
    """What the people of one job role met and saw, added up."""

    name: str
    people: int
    faults: int
    seen: int
    stopped_otherwise: int
    went_through: int
    false_alarms: int
    points: int | None


def by_job_role(found: SideBySide) -> list[RoleRow]:
    """One row a job role, by name; none when all have the same."""
    groups: dict[str, list[Column]] = defaultdict(list)
    for column in found.columns:
        role = column.run.member.job_role
        groups[role.name if role else "No job role"].append(column)
    if len(groups) < 2:
        return []
    return [_role_row(name, columns) for name, columns in sorted(groups.items())]


def _role_row(name: str, columns: Sequence[Column]) -> RoleRow:
    seen = sum(column.seen_by.get("the person asked", 0) for column in columns)
    caught = sum(column.caught for column in columns)
    points = [column.points for column in columns if column.points is not None]
    return RoleRow(
        name=name,
        people=len(columns),
        faults=sum(column.faults for column in columns),
        seen=seen,
        stopped_otherwise=caught - seen,
        went_through=sum(column.went_through for column in columns),
        false_alarms=sum(column.false_alarms for column in columns),
        points=round(mean(points)) if points else None,
    )
