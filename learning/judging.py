"""A sheet of members against competencies: targets, beliefs and verdicts as arrays, two queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone
from numpy.typing import NDArray

from curriculum.models.framework import CLAIMED_FROM
from learning import beliefs
from learning.claims import ClaimState
from learning.competence.states import States
from learning.competence.verdicts import CODE, Grounds, Verdicts, judge
from learning.framework import Framework, framework
from learning.models import Evidence
from people import clock
from people.models import Member

NOT_ASKED = -1
_STATE = (
    "durable",
    "practised",
    "durable_variance",
    "practised_variance",
    "covariance",
    "day",
    "stability",
)
_GROUNDS = (
    "observations",
    "pieces",
    "items",
    "exercises",
    "attestations",
    "graders",
    "shown_day",
)
EPOCH = date(1970, 1, 1)

Cells = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(slots=True)
class Sheet:
    """Rows are members, columns the competencies of the framework, in their orders.

    `row` is the place of a cell in `states`, `grounds` and `verdicts`, or -1 without evidence.
    `state` holds codes of states; NOT_ASKED where there is neither a target nor evidence.
    """

    as_of: date
    framework: Framework
    target: Cells  # 0 where the job role asks for nothing
    critical: Flags
    row: Cells
    state: Cells
    probability: NDArray[np.float64]
    level: Cells
    states: States
    grounds: Grounds
    verdicts: Verdicts

    @property
    def reported(self) -> Flags:
        """Cells that are claimed one by one: critical targets and those of level 2 and above."""
        return self.critical | (self.target >= CLAIMED_FROM)


def day_number(day: date) -> float:
    """Claims are made for whole days, so that a date has one answer whatever the hour."""
    return float((day - EPOCH).days)


def draw(members: Sequence[Member], as_of: date | None = None) -> Sheet:
    """The sheet of members of one organisation as of a day, by default today.

    For a day that is past the beliefs are drawn from the log up to then; a day to come says what
    would be if nothing were practised.
    """
    as_of = as_of or clock.today()
    assert len({member.organisation_id for member in members}) <= 1, "one organisation at a time"
    asked = _targets(members)
    keys, states, grounds = _beliefs(members, as_of)
    needs = {each[0] for targets in asked.values() for each in targets}
    frame = framework(needs=needs | {competency_id for _, competency_id in keys})

    shape = (len(members), len(frame.competencies))
    target, critical = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool)
    taught = np.ones(shape, dtype=bool)
    for job_role_id, targets in asked.items():
        rows = np.array([member.job_role_id == job_role_id for member in members], dtype=bool)
        for competency_id, level, is_critical, is_taught in targets:
            place = frame.places[competency_id]
            target[rows, place], critical[rows, place] = level, is_critical
            taught[rows, place] = is_taught

    places = {member.pk: place for place, member in enumerate(members)}
    at = (
        np.array([places[member_id] for member_id, _ in keys], dtype=np.intp),
        np.array([frame.places[competency_id] for _, competency_id in keys], dtype=np.intp),
    )
    verdicts = judge(states, grounds, target[at], taught[at], day_number(as_of))
    unseen = np.where(taught, CODE[ClaimState.NONE], CODE[ClaimState.NOT_TAUGHT])
    sheet = Sheet(
        as_of=as_of,
        framework=frame,
        target=target,
        critical=critical,
        row=np.full(shape, -1, dtype=np.int64),
        state=np.where(target > 0, unseen, NOT_ASKED),
        probability=np.full(shape, np.nan),
        level=np.zeros(shape, dtype=np.int64),
        states=states,
        grounds=grounds,
        verdicts=verdicts,
    )
    sheet.row[at] = np.arange(len(keys))
    sheet.state[at] = verdicts.state
    sheet.probability[at] = verdicts.probability
    sheet.level[at] = verdicts.level
    return sheet


# Both statements are on the way to almost every page: written out, they cost a fifth of what it
# takes to compile them anew. Names are those of the models; values are parameters.
_TARGETS = """
SELECT target.job_role_id, target.competency_id, target.level, target.critical, EXISTS (
    SELECT 1
    FROM curriculum_aim AS aim
    JOIN curriculum_module AS module ON module.published_version_id = aim.version_id
    WHERE aim.competency_id = target.competency_id
      AND module.retired_at IS NULL
      AND (module.organisation_id IS NULL OR module.organisation_id = %s)
) AS taught
FROM curriculum_target AS target
WHERE target.job_role_id IN ({})
"""
_HELD = f"""
SELECT member_id, competency_id, {", ".join(_STATE + _GROUNDS)}
FROM learning_belief
WHERE member_id IN ({{}})
"""  # noqa: S608


def _asked(sql: str, ids: Sequence[int], *first: int) -> list[tuple[Any, ...]]:
    """The rows of a statement that ends in a list of ids."""
    with connection.cursor() as cursor:
        cursor.execute(sql.format(", ".join(["%s"] * len(ids))), [*first, *ids])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _targets(members: Sequence[Member]) -> dict[int, list[tuple[str, int, bool, bool]]]:
    """Job role → (competency, level, critical, taught): one query.

    Taught means that a published module the organisation may see aims at the competency.
    """
    job_role_ids = {member.job_role_id for member in members if member.job_role_id is not None}
    found: dict[int, list[tuple[str, int, bool, bool]]] = {}
    if job_role_ids:
        rows = _asked(_TARGETS, sorted(job_role_ids), members[0].organisation_id)
        for job_role_id, competency_id, level, critical, taught in rows:
            target = (competency_id, level, bool(critical), bool(taught))
            found.setdefault(job_role_id, []).append(target)
    return found


def _beliefs(
    members: Sequence[Member], as_of: date
) -> tuple[list[tuple[int, str]], States, Grounds]:
    ids = [member.pk for member in members]
    if as_of < clock.today():
        log = beliefs.read(Evidence.objects.filter(member_id__in=ids, at__lt=_end_of(as_of)))
        rows = [
            (each.member_id, each.competency_id, *(getattr(each, n) for n in _STATE + _GROUNDS))
            for each in beliefs.replayed(log)
        ]
    else:
        rows = _asked(_HELD, ids)
    keys = [(row[0], row[1]) for row in rows]
    width = len(_STATE) + len(_GROUNDS)
    numbers = np.array([row[2:] for row in rows], dtype=float).reshape(len(rows), width)
    columns = np.ascontiguousarray(numbers.T)
    states = States(*columns[: len(_STATE)])
    behind = dict(zip(_GROUNDS, columns[len(_STATE) :], strict=True))
    # Only attestations: nothing is said of it, so the day does not matter.
    shown_day = np.where(np.isnan(behind["shown_day"]), states.day, behind["shown_day"])
    grounds = Grounds(
        observations=behind["observations"],
        pieces=behind["pieces"].astype(np.int64),
        items=behind["items"].astype(np.int64),
        exercises=behind["exercises"].astype(np.int64),
        attestations=behind["attestations"].astype(np.int64),
        graders=behind["graders"].astype(np.int64),
        shown_day=shown_day,
    )
    return keys, states, grounds


def _end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
