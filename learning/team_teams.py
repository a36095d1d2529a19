"""The grid of teams: everybody in a team and below, counted, against domains or competencies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from django.utils.safestring import SafeString

from learning.grid import (
    Cell,
    Column,
    Counted,
    body_html,
    cell_html,
    rollup_cell,
    row_html,
    team_head,
)
from learning.models import TeamRollup, TeamTotal
from learning.team_rows import BY_COMPETENCY, Framework, framework
from learning.team_scope import Scope, Totals, totals_of_team
from people.models import Team

TEAMS_A_PAGE = 50
Link = Callable[..., str]


def team_cells(teams: Sequence[Team], known: Framework, by: str) -> list[list[Cell]]:
    """A row of cells for every team; one query, of as many rollups as there are cells shown."""
    found: dict[int, dict[str, Counted]] = defaultdict(dict)
    rollups = TeamRollup.objects.filter(team__in=[team.pk for team in teams])
    for row in rollups.values_list(*Counted._fields):
        found[row[0]][row[1]] = Counted._make(row)
    members: dict[str, list[str]] = {}
    for each in known.competencies:
        members.setdefault(each.domain, []).append(each.id)
    rows = []
    for team in teams:
        own = found[team.pk]
        cells = []
        for column in columns_for(known, by):
            ids = [column.id] if by == BY_COMPETENCY else members.get(column.id, [])
            cells.append(rollup_cell(column.name, [own[one] for one in ids if one in own]))
        rows.append(cells)
    return rows


def columns_for(known: Framework, by: str) -> list[Column]:
    return known.competencies if by == BY_COMPETENCY else known.domains


def sums_of(teams: Sequence[Team]) -> dict[int, Totals]:
    """The totals of every team; one query."""
    sums = {team.pk: Totals() for team in teams}
    for row in TeamTotal.objects.filter(team__in=list(sums)):
        sums[row.team_id] = totals_of_team(row)
    return sums


def expected_words(sums: Totals) -> str:
    ready = sums.ready
    if not ready.people:
        return "–"
    if ready.people == ready.not_enough:
        return "not said yet"
    return f"{ready.expected:.1f} of {ready.people}"


def teams_html(
    teams: Sequence[Team], columns: Sequence[Column], rows: Sequence[list[Cell]], link: Link
) -> SafeString:
    """The body of the grid of teams; one query for the totals beside the names."""
    sums = sums_of(teams)
    lines = []
    for team, cells in zip(teams, rows, strict=True):
        own = sums[team.pk]
        url = link(team=team.pk, view="")
        closer = link(team=team.pk, view="", by=BY_COMPETENCY)
        head = team_head(name=team.name, url=url, people=own.people, expected=expected_words(own))
        made = [
            cell_html(cell, url=closer, assign_url="", who=team.name)
            for _, cell in zip(columns, cells, strict=True)
        ]
        lines.append(row_html(head, made))
    return body_html(lines)


def teams_table(scope: Scope, by: str, page: int, link: Link) -> dict[str, Any]:
    """What the page of teams shows: the teams looked at, then those one below, 50 a page."""
    everything = [*scope.teams, *scope.children]
    first = (page - 1) * TEAMS_A_PAGE
    shown = everything[first : first + TEAMS_A_PAGE]
    known = framework()
    columns = columns_for(known, by)
    return {
        "columns": columns,
        "body": teams_html(shown, columns, team_cells(shown, known, by), link),
        "start": first + 1,
        "end": first + len(shown),
        "total": len(everything),
        "earlier": link(page=page - 1) if page > 1 else "",
        "later": link(page=page + 1) if first + TEAMS_A_PAGE < len(everything) else "",
    }
