"""The grid as a CSV file: the same rows and cells as the page, all of them instead of one page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from learning import grid
from learning.grid import Cell, Column
from learning.models import Standing
from learning.team_rows import BY_COMPETENCY, framework, person_rows, two_figures
from learning.team_scope import Reach, Scope, standings
from learning.team_teams import TEAMS_A_PAGE, columns_for, expected_words, sums_of, team_cells

AT_ONCE = 200  # people read together

PERSON = (
    "Name",
    "Job title",
    "Job role",
    "Team",
    "Needs",
    "Weakest critical target",
    "Other targets met",
)
TEAM = ("Team", "People", "Expected ready", "Likely from", "Likely to", "Not enough evidence for")


def header(first: Sequence[str], columns: Sequence[Column], figures: Sequence[str]) -> list[str]:
    return [*first, *(f"{column.name}: {figure}" for column in columns for figure in figures)]


def _flat(cells: Sequence[Cell]) -> list[object]:
    return [figure for cell in cells for figure in cell.figures]


def people(
    scope: Scope, reach: Reach, query: str, by: str
) -> tuple[list[str], Iterator[list[object]]]:
    """Header and rows, read as they are sent, some hundred people at a time.

    All columns there can be, so that the files of two days have the same ones.
    """
    known = framework()
    columns = known.competencies if by == BY_COMPETENCY else known.domains
    figures = grid.EXPORTED if by == BY_COMPETENCY else grid.EXPORTED_DOMAIN
    return header(PERSON, columns, figures), _people(scope, reach, query, by)


def _people(scope: Scope, reach: Reach, query: str, by: str) -> Iterator[list[object]]:
    known = framework()
    # The order is fixed at the start by the ids alone: rows that move meanwhile are not lost.
    ids = list(standings(scope, reach, query).values_list("member_id", flat=True))
    for low in range(0, len(ids), AT_ONCE):
        some = ids[low : low + AT_ONCE]
        found = {
            row.member_id: row
            for row in Standing.objects.filter(member_id__in=some).select_related(
                "member__user", "member__team", "member__job_role"
            )
        }
        shown = [found[pk] for pk in some if pk in found]
        for row in person_rows(shown, known, by, all_columns=True)[1]:
            member = row.member
            yield [
                member.name,
                member.job_title,
                member.job_role.name if member.job_role else "",
                member.team.name if member.team else "",
                row.needs,
                *two_figures(row.readiness),
                *_flat(row.cells),
            ]


def teams(scope: Scope, by: str) -> tuple[list[str], Iterator[list[object]]]:
    """Header and rows of the teams looked at and those one below."""
    columns = columns_for(framework(), by)
    return header(TEAM, columns, grid.EXPORTED_TEAM), _teams(scope, by)


def _teams(scope: Scope, by: str) -> Iterator[list[object]]:
    known = framework()
    everything = [*scope.teams, *scope.children]
    for low in range(0, len(everything), TEAMS_A_PAGE):
        some = everything[low : low + TEAMS_A_PAGE]
        sums = sums_of(some)
        for team, cells in zip(some, team_cells(some, known, by), strict=True):
            own = sums[team.pk]
            ready = own.ready
            yield [
                team.name,
                own.people,
                expected_words(own),
                ready.low,
                ready.high,
                ready.not_enough,
                *_flat(cells),
            ]
