"""Whom a manager looks at: the teams, the reach, the order, and the totals behind the figures.

Nothing here reads a row per member who is not shown: people come from the index of standings, a
page at a time, and the figures from totals kept per team.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from django.db.models import F, Q, QuerySet

from learning.claims import TeamReadiness
from learning.models import Standing, TeamTotal
from people.access import Right, fetch_or_refuse, teams_managed_by
from people.models import Member, Team

FEW = 200  # so many people are sorted at once; more are read in the order of the index


class Reach(StrEnum):
    ALL = "all"
    DIRECT = "direct"
    DUE = "due"

    @property
    def label(self) -> str:
        return {
            Reach.ALL: "Everyone below me",
            Reach.DIRECT: "My direct reports",
            Reach.DUE: "Due learning",
        }[self]


RULES = {
    Reach.ALL: (
        "Order: overdue first, then critical targets missed, then lapsed, then not enough "
        "evidence. Names with nothing to do stand last."
    ),
    Reach.DUE: "Order: the earliest date first. Only people with something due are here.",
}
RULES[Reach.DIRECT] = RULES[Reach.ALL]


@dataclass(slots=True)
class Totals:
    """What a set of people adds up to; sets can be added and taken away."""

    people: int = 0
    asked: int = 0  # whose job role has a critical target
    unclear: int = 0  # of these: too little evidence on some critical target
    expected: float = 0.0
    spread: float = 0.0
    targets: int = 0  # cells: person by target
    lacking: int = 0  # of these: not enough evidence
    critical_missed: int = 0  # cells
    lapsed: int = 0  # cells
    overdue: int = 0  # people with something overdue
    due: int = 0  # people with something due, overdue included

    def add(self, other: Totals, sign: int = 1) -> None:
        for each in fields(self):
            name = each.name
            setattr(self, name, getattr(self, name) + sign * getattr(other, name))

    @property
    def ready(self) -> TeamReadiness:
        margin = 1.28 * max(self.spread, 0.0) ** 0.5
        return TeamReadiness(
            people=self.asked,
            expected=max(self.expected, 0.0),
            margin=margin,
            not_enough=self.unclear,
        )


def totals_of_team(total: TeamTotal) -> Totals:
    return Totals(
        people=total.people,
        asked=total.asked,
        unclear=total.not_enough,
        expected=total.expected,
        spread=total.spread,
        targets=total.targets,
        lacking=total.lacking,
        critical_missed=total.critical_missed,
        lapsed=total.lapsed,
        overdue=total.overdue,
        due=total.due,
    )


def totals_of_person(standing: Standing) -> Totals:
    """One person's share of the totals of every team above: the same sums `rollups` keeps."""
    known = standing.critical > 0 and standing.readiness is not None
    p = standing.readiness if known and standing.readiness is not None else 0.0
    return Totals(
        people=1,
        asked=int(standing.critical > 0),
        unclear=int(standing.critical > 0 and standing.readiness is None),
        expected=p,
        spread=p * (1 - p),
        targets=standing.targets,
        lacking=standing.not_enough,
        critical_missed=standing.critical_missed,
        lapsed=standing.lapsed,
        overdue=int(standing.overdue > 0),
        due=int(standing.next_due_on is not None),
    )


@dataclass(frozen=True, slots=True)
class Scope:
    """The teams a manager looks at. `chosen` is the one picked, if any; else all they manage."""

    viewer: Member
    managed: tuple[Team, ...]
    teams: tuple[Team, ...]  # topmost: none of them stands below another
    chosen: Team | None
    children: tuple[Team, ...]  # one below `teams`, by name

    @property
    def title(self) -> str:
        return self.teams[0].name if len(self.teams) == 1 else "Your teams"


def topmost(teams: Iterable[Team]) -> tuple[Team, ...]:
    """Without those that stand below another of them, so that nobody is counted twice."""
    kept: list[Team] = []
    for team in sorted(teams, key=lambda each: (each.path.count("/"), each.name)):
        if not any(team.is_within(other) for other in kept):
            kept.append(team)
    return tuple(kept)


def scope_for(viewer: Member, team_id: int | None = None) -> Scope:
    """The manager's teams, or the one chosen of them and those below.

    Raises Http404 for another organisation's team, Refused for one the manager does not manage.
    """
    managed = tuple(sorted(viewer.managed_teams.all(), key=lambda team: team.name))
    chosen = None
    if team_id is not None:
        of_organisation = Team.objects.filter(organisation_id=viewer.organisation_id)
        chosen = fetch_or_refuse(
            teams_managed_by(viewer), of_organisation, Right.MANAGE, pk=team_id
        )
    teams = (chosen,) if chosen else topmost(managed)
    children = Team.objects.filter(parent__in=[team.pk for team in teams]).order_by("name")
    return Scope(viewer, managed, teams, chosen, tuple(children))


def _directly_managed(scope: Scope) -> list[Team]:
    """The teams whose own members are direct reports: all one manages, not only the topmost."""
    return [scope.chosen] if scope.chosen else list(scope.managed)


def _managers_below(scope: Scope) -> QuerySet[Any]:
    """Ids of the managers of the teams one below, as `people.access.in_reach_of` has it."""
    direct = [team.pk for team in _directly_managed(scope)]
    return Team.managers.through.objects.filter(team__parent_id__in=direct).values("member_id")


def standings(
    scope: Scope, reach: Reach, query: str = "", *, people: int = 0
) -> QuerySet[Standing]:
    """Those in reach in the printed order, with what a row shows of them; never the viewer.

    `people`, where it is known, picks the cheaper way to read: a few by their ids, to be sorted;
    many in the order of the index, of which a page reads the beginning.
    """
    few = 0 < people <= FEW
    rows = Standing.objects.exclude(member_id=scope.viewer.pk)
    rows = rows.filter(_whom(scope, reach, few=few))
    if not few or reach is Reach.DUE:
        rows = rows.filter(organisation_id=scope.viewer.organisation_id)
    if query:
        rows = rows.filter(name_key__contains=query.casefold())
    rows = rows.select_related("member__user", "member__team", "member__job_role")
    if reach is Reach.DUE:
        return rows.filter(next_due_on__isnull=False).order_by(
            "next_due_on", "name_key", "member_id"
        )
    if few:  # an expression, so that the index of the whole organisation is not walked for them
        return rows.alias(sorted_by=F("need") + 0).order_by("-sorted_by", "name_key", "member_id")
    return rows.order_by("-need", "name_key", "member_id")


def _whom(scope: Scope, reach: Reach, *, few: bool) -> Q:
    organisation = scope.viewer.organisation_id
    if reach is Reach.DIRECT:
        managers = Q(member_id__in=_managers_below(scope))
        direct = _directly_managed(scope)
        if not few:
            return Q(team_path__in=[team.path for team in direct]) | managers
        in_team = Member.objects.filter(organisation_id=organisation, team__in=direct)
        return Q(member_id__in=in_team.values("pk")) | managers
    if few and reach is Reach.ALL:
        teams = Team.objects.below(list(scope.teams)).values("pk")
        below = Member.objects.filter(organisation_id=organisation, team_id__in=teams)
        return Q(member_id__in=below.values("pk"))
    rule = Q(pk__in=())
    for team in scope.teams:
        rule |= Q(team_path__startswith=team.path)
    return rule


def totals(scope: Scope) -> dict[Reach, Totals]:
    """The totals of everyone below and of the direct reports, by the totals kept per team.

    A team's own members are the team less its children; managers of the teams one below are read
    one by one, as is the viewer, who is never counted. Three queries.
    """
    direct_teams = _directly_managed(scope)
    direct_ids = {team.pk for team in direct_teams}
    kept = TeamTotal.objects.filter(
        Q(team_id__in=[*direct_ids, *(team.pk for team in scope.teams)])
        | Q(team__parent_id__in=direct_ids)
    ).select_related("team")
    everyone, direct = Totals(), Totals()
    top = {team.pk for team in scope.teams}
    for row in kept:
        sums = totals_of_team(row)
        if row.team_id in top:
            everyone.add(sums)
        if row.team_id in direct_ids:
            direct.add(sums)
        if row.team.parent_id in direct_ids:
            direct.add(sums, -1)
    own_paths = {team.path for team in direct_teams}
    # Without the organisation's filter, which would have its whole index walked.
    singles = Standing.objects.filter(
        Q(member_id__in=_managers_below(scope)) | Q(member_id=scope.viewer.pk)
    )
    for standing in singles:
        share = totals_of_person(standing)
        if standing.member_id == scope.viewer.pk:
            if any(standing.team_path.startswith(team.path) for team in scope.teams):
                everyone.add(share, -1)
            if standing.team_path in own_paths:
                direct.add(share, -1)
        elif standing.team_path not in own_paths:
            direct.add(share)
    due = Totals()
    due.add(everyone)
    due.people = everyone.due
    return {Reach.ALL: everyone, Reach.DIRECT: direct, Reach.DUE: due}
