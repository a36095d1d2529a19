"""From a sheet to claims: one a competency, or one a domain for what all need a little of."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from learning.claims import LATER, Claim, ClaimState
from learning.competence.states import States
from learning.competence.verdicts import STATES, Grounds, Verdicts, chance_later, judge
from learning.framework import Subject
from learning.judging import EPOCH, Cells, Flags, Sheet, day_number
from people import clock
from people.models import Member

# member id → competency (or domain) id → claim, in the framework's order
Claims = dict[int, dict[str, Claim]]

_SAID = ("probability", "level", "mean", "sd", "retention", "peak", "vague")
_COUNTED = ("observations", "pieces", "items", "exercises", "attestations", "graders")


def by_competency(people: list[Member], sheet: Sheet, wanted: Flags) -> Claims:
    """The claims of the wanted cells."""
    return _written(
        people,
        sheet.framework.competencies,
        sheet.as_of,
        _Cells(wanted, sheet.row, sheet.state, sheet.target, sheet.critical),
        _Rows(sheet.states, sheet.grounds, sheet.verdicts),
    )


def by_domain(people: list[Member], sheet: Sheet) -> Claims:
    """One claim a domain for its level-1 targets that are not critical.

    The domain's belief is the mean of its competencies' beliefs, each counting by its
    observations and the whole no surer than its parts; observations and pieces add up.
    """
    domains = sheet.framework.domains
    order = {domain.id: place for place, domain in enumerate(domains)}
    domain_of = np.array([order[each.domain] for each in sheet.framework.competencies], dtype=int)
    shape = (len(people), len(domains))
    pooled = (sheet.target > 0) & ~sheet.reported
    who, what = np.nonzero(pooled)
    wanted, taught = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    wanted[who, domain_of[what]] = True
    not_taught = STATES.index(ClaimState.NOT_TAUGHT)
    live = pooled & (sheet.state != not_taught)
    who, what = np.nonzero(live)
    taught[who, domain_of[what]] = True

    seen = pooled & (sheet.row >= 0)
    who, what = np.nonzero(seen)
    cells, group = np.unique(who * len(domains) + domain_of[what], return_inverse=True)
    states, grounds = _pooled(sheet, sheet.row[seen], group, len(cells))
    at = np.divmod(cells, max(1, len(domains)))
    ones = np.ones(len(cells), dtype=np.int64)
    verdicts = judge(states, grounds, ones, taught[at], day_number(sheet.as_of))

    row = np.full(shape, -1, dtype=np.int64)
    row[at] = np.arange(len(cells))
    state = np.where(taught, STATES.index(ClaimState.NONE), not_taught)
    state[at] = verdicts.state
    return _written(
        people,
        domains,
        sheet.as_of,
        _Cells(wanted, row, state, np.ones(shape, dtype=np.int64), np.zeros(shape, dtype=bool)),
        _Rows(states, grounds, verdicts),
    )


def _pooled(sheet: Sheet, rows: Cells, group: Cells, size: int) -> tuple[States, Grounds]:
    """The weighted mean of the beliefs of each group, and the sum of what is behind them."""
    states, grounds = sheet.states.take(rows), sheet.grounds.take(rows)
    weight = np.maximum(grounds.observations, 1e-9)

    def total(values: NDArray[Any]) -> NDArray[np.float64]:
        return np.bincount(group, weights=values, minlength=size).astype(float)

    def whole(values: NDArray[Any]) -> Cells:
        return total(values).astype(np.int64)

    def latest(values: NDArray[np.float64]) -> NDArray[np.float64]:
        found = np.full(size, -np.inf)
        np.maximum.at(found, group, values)
        return found

    summed = total(weight)
    mean = States(*(total(getattr(states, n) * weight) / summed for n in States.__slots__))
    return mean, Grounds(
        observations=total(grounds.observations),
        pieces=whole(grounds.pieces),
        items=whole(grounds.items),
        exercises=whole(grounds.exercises),
        attestations=whole(grounds.attestations),
        graders=whole(grounds.graders),
        shown_day=latest(grounds.shown_day),
    )


class _Cells:
    """The wanted cells as plain values: member's place, column, row of evidence, and the rest."""

    def __init__(
        self, wanted: Flags, row: Cells, state: Cells, target: Cells, critical: Flags
    ) -> None:
        who, what = np.nonzero(wanted)
        lists = [each[wanted].tolist() for each in (row, state, target, critical)]
        self.rows = zip(who.tolist(), what.tolist(), *lists, strict=True)


class _Rows:
    """Columns of evidence and verdicts as lists, which are quicker to read one by one."""

    def __init__(self, states: States, grounds: Grounds, verdicts: Verdicts) -> None:
        self.states, self.verdicts = states, verdicts
        self.names = [*_COUNTED, *(("is_vague" if n == "vague" else n) for n in _SAID)]
        lists = [getattr(grounds, name).tolist() for name in _COUNTED]
        lists += [getattr(verdicts, name).tolist() for name in _SAID]
        self.values = list(zip(*lists, strict=True))

    def fields(self, row: int) -> dict[str, Any]:
        return dict(zip(self.names, self.values[row], strict=True))


def _written(
    people: list[Member],
    subjects: tuple[Subject, ...],
    as_of: date,
    cells: _Cells,
    rows: _Rows,
) -> Claims:
    later_on = as_of + LATER
    later = chance_later(rows.states, rows.verdicts.against, day_number(later_on)).tolist()
    last = dates(rows.states)
    claims: Claims = {member.pk: {} for member in people}
    for who, what, row, code, target, critical in cells.rows:
        subject = subjects[what]
        evidence: dict[str, Any] = {}
        if row >= 0:
            evidence = rows.fields(row)
            evidence["last_at"] = last[row]
            evidence["later"] = (later_on, later[row])
        claims[people[who].pk][subject.id] = Claim(
            competency_id=subject.id,
            name=subject.name,
            short=subject.short,
            domain=subject.domain,
            target=target or None,
            critical=critical,
            state=STATES[code],
            as_of=as_of,
            **evidence,
        )
    return claims


def dates(states: States) -> list[date]:
    """The day of each last evidence in the active time zone (with today's offset from UTC)."""
    offset = timezone.localtime(clock.now()).utcoffset() or timedelta()
    shifted = (states.day + offset.total_seconds() / 86_400).astype(np.int64)
    return [EPOCH + timedelta(days=day) for day in shifted.tolist()]
