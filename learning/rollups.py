"""What teams add up to: cells moved by differences, so that no page reads a row a member."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection, models, transaction

from learning.claims import ClaimState
from learning.models import Standing, TeamRollup, TeamTotal
from people.models import Member, Organisation, Team

CELL = (
    "people",
    "met",
    "refresh_due",
    "lapsed",
    "not_met",
    "uncertain",
    "not_enough",
    "expected",
    "spread",
)
TOTAL = (
    "people",
    "asked",
    "not_enough",
    "overdue",
    "expected",
    "spread",
    "targets",
    "critical_missed",
    "lapsed",
    "lacking",
    "due",
)
_COLUMN = {
    ClaimState.MET: 1,
    ClaimState.REFRESH_DUE: 2,
    ClaimState.LAPSED: 3,
    ClaimState.NOT_MET: 4,
    ClaimState.UNCERTAIN: 5,
    ClaimState.NOT_ENOUGH: 6,
    ClaimState.NONE: 6,
}
_PLACE = {state.value: place for state, place in _COLUMN.items()}
_UNSAID = _COLUMN[ClaimState.NOT_ENOUGH]
_EXPECTED, _SPREAD = CELL.index("expected"), CELL.index("spread")
_ROWS = 400  # a statement
_NOTHING = 1e-9

States = Mapping[str, tuple[str, float | None, int]]
Key = tuple[int, str] | tuple[int]
Sums = dict[Key, list[float]]


class Share(NamedTuple):
    """What one member's standing puts into the cells of their team and those above."""

    member_id: int
    team_path: str
    critical: int
    overdue: int
    readiness: float | None
    targets: int
    critical_missed: int
    lapsed: int
    not_enough: int
    next_due_on: date | None
    states: States


_SHARE = Share._fields


def share_of(standing: Standing) -> Share:
    return Share(*(getattr(standing, name) for name in _SHARE))


def kept(member_ids: Iterable[int]) -> dict[int, Share]:
    """The shares as they stand in the rollups now: one query."""
    rows = Standing.objects.filter(member_id__in=list(member_ids)).values_list(*_SHARE)
    return {row[0]: Share(*row) for row in rows}


def move(before: Iterable[Share], after: Iterable[Share]) -> None:
    """Takes the old shares out of the rollups and puts the new ones in: two statements at most."""
    old, new = list(before), list(after)
    cells, totals = _difference(old, new)
    if {share.team_path for share in old} - {share.team_path for share in new}:
        # A team that somebody left may have been deleted with its rollups.
        teams = {key[0] for key in (*cells, *totals)}
        alive = set(Team.objects.filter(pk__in=teams).values_list("pk", flat=True))
        cells = {key: row for key, row in cells.items() if key[0] in alive}
        totals = {key: row for key, row in totals.items() if key[0] in alive}
    _add(TeamRollup, ("team", "competency"), CELL, cells)
    _add(TeamTotal, ("team",), TOTAL, totals)


def _difference(old: Iterable[Share], new: Iterable[Share]) -> tuple[Sums, Sums]:
    """By team (and competency): first by the whole path, then for every team on it."""
    cells: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0] * len(CELL))
    totals: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(TOTAL))
    held = {share.member_id: share for share in old}
    for share in new:
        before = held.pop(share.member_id, None)
        # Most of what a day brings is nothing: equal cells of one team cancel each other.
        same = before if before and before.team_path == share.team_path else None
        _put(cells, totals, share, 1, same)
        if before is not None:
            _put(cells, totals, before, -1, share if same else None)
    for share in held.values():
        _put(cells, totals, share, -1, None)
    by_cell: Sums = {}
    by_team: Sums = {}
    for (path, competency_id), row in cells.items():
        _climb(by_cell, path, row, competency_id)
    for path, row in totals.items():
        _climb(by_team, path, row)
    return _changed(by_cell), _changed(by_team)


def _put(
    cells: dict[tuple[str, str], list[float]],
    totals: dict[str, list[float]],
    share: Share,
    sign: int,
    other: Share | None,
) -> None:
    """Adds a share, or takes it away; cells that the `other` one has alike are left out."""
    path = share.team_path
    if not path:
        return
    _count(totals[path], share, sign)
    known = other.states if other else {}
    for competency_id, said in share.states.items():
        state, chance, _ = said
        place = _PLACE.get(state)
        # Without a place it is not taught: no gap, and nobody is asked.
        if place is None or known.get(competency_id) == said:
            continue
        cell = cells[path, competency_id]
        cell[0] += sign
        cell[place] += sign
        if place != _UNSAID and chance is not None:
            cell[_EXPECTED] += sign * chance
            cell[_SPREAD] += sign * chance * (1 - chance)


def _count(total: list[float], share: Share, sign: int) -> None:
    chance = share.readiness
    known = share.critical > 0 and chance is not None
    total[0] += sign
    total[1] += sign * (share.critical > 0)
    total[2] += sign * (share.critical > 0 and chance is None)
    total[3] += sign * (share.overdue > 0)
    if known and chance is not None:
        total[4] += sign * chance
        total[5] += sign * chance * (1 - chance)
    total[6] += sign * share.targets
    total[7] += sign * share.critical_missed
    total[8] += sign * share.lapsed
    total[9] += sign * share.not_enough
    total[10] += sign * (share.next_due_on is not None)


def _climb(sums: Sums, path: str, row: list[float], competency_id: str | None = None) -> None:
    for name in path.strip("/").split("/"):
        key = (int(name), competency_id) if competency_id else (int(name),)
        held = sums.setdefault(key, [0.0] * len(row))
        for place, value in enumerate(row):
            held[place] += value


def _changed(sums: Sums) -> Sums:
    return {key: row for key, row in sums.items() if any(abs(each) > _NOTHING for each in row)}


def _add(model: type[models.Model], keys: Sequence[str], names: Sequence[str], sums: Sums) -> None:
    """Adds to the rows, or makes them: one atomic statement, so nothing is read before.

    Sorted, so that two writers take the rows in one order.
    """
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    key_columns = [quote(f"{key}_id") for key in keys]
    columns = [quote(name) for name in names]
    adding = ", ".join(f"{column} = {table}.{column} + EXCLUDED.{column}" for column in columns)
    whole = [isinstance(model._meta.get_field(name), models.IntegerField) for name in names]
    one = "(" + ", ".join(["%s"] * (len(keys) + len(names))) + ")"
    rows = sorted(sums.items())
    for low in range(0, len(rows), _ROWS):
        some = rows[low : low + _ROWS]
        values: list[str | int | float] = [
            value
            for key, row in some
            for value in (
                *key,
                *(round(each) if w else each for each, w in zip(row, whole, strict=True)),
            )
        ]
        # Names come from the models, values are parameters.
        statement = (
            f"INSERT INTO {table} ({', '.join([*key_columns, *columns])}) "  # noqa: S608
            f"VALUES {', '.join([one] * len(some))} "
            f"ON CONFLICT ({', '.join(key_columns)}) DO UPDATE SET {adding}"
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, values)


def recounted(organisation: Organisation) -> tuple[Sums, Sums]:
    """The rollups as the standings say they should be, without zeros."""
    rows = Standing.objects.filter(organisation=organisation).values_list(*_SHARE)
    return _difference([], (Share(*row) for row in rows.iterator(chunk_size=2000)))


def stored(organisation: Organisation) -> tuple[Sums, Sums]:
    """The rollups as they are, without zeros."""
    cells = TeamRollup.objects.filter(team__organisation=organisation)
    totals = TeamTotal.objects.filter(team__organisation=organisation)
    by_cell: Sums = {
        (row[0], row[1]): list(row[2:]) for row in cells.values_list("team", "competency", *CELL)
    }
    by_team: Sums = {(row[0],): list(row[1:]) for row in totals.values_list("team", *TOTAL)}
    return _changed(by_cell), _changed(by_team)


def prove(organisation: Organisation) -> bool:
    """Compares the rollups with a recount and, only if they differ, writes them anew."""
    if _agree(stored(organisation), recounted(organisation)):
        return True
    with transaction.atomic():
        # Whoever refreshes a standing locks the member first: none does while we count.
        members = Member.objects.select_for_update(no_key=True).filter(organisation=organisation)
        list(members.order_by("pk").values_list("pk", flat=True))
        TeamRollup.objects.filter(team__organisation=organisation).delete()
        TeamTotal.objects.filter(team__organisation=organisation).delete()
        cells, totals = recounted(organisation)
        _add(TeamRollup, ("team", "competency"), CELL, cells)
        _add(TeamTotal, ("team",), TOTAL, totals)
    return False


def _agree(stored: tuple[Sums, Sums], counted: tuple[Sums, Sums]) -> bool:
    return all(
        all(
            abs(a - b) < 1e-6
            for key in have.keys() | should.keys()
            for a, b in zip(
                have.get(key, _zeros(should, key)), should.get(key, _zeros(have, key)), strict=True
            )
        )
        for have, should in zip(stored, counted, strict=True)
    )


def _zeros(sums: Sums, key: Key) -> list[float]:
    return [0.0] * len(sums[key]) if key in sums else []
