"""From the evidence log to beliefs: reading rows into arrays and replaying them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import numpy as np
from django.db import models
from django.db.models.functions import Cast
from numpy.typing import NDArray

from learning.competence import Observation, Observations, State, States, replay
from learning.competence.states import band
from learning.competence.verdicts import Grounds
from learning.models import Belief, Evidence

SECONDS = 86_400
ITEM_KINDS = (Evidence.Kind.CHOICE, Evidence.Kind.CONSTRUCTED)
EXERCISE_KINDS = (Evidence.Kind.RUBRIC, Evidence.Kind.MODEL_RUBRIC, Evidence.Kind.GRADED)

_COLUMNS = (
    "member_id",
    "competency_id",
    "place",
    "number",
    "at",
    "kind",
    "source_kind",
    "source_id",
    "outcome",
    "weight",
    "slope",
    "difficulty",
    "difficulty_variance",
    "guess",
    "bands",
    "taught",
    "grader_id",
    "as_manager",
)


class Log(NamedTuple):
    """The evidence that counts, one log a member and competency, each in its order."""

    keys: list[tuple[int, str]]
    starts: NDArray[np.intp]
    seen: Observations
    grounds: Grounds  # what stands behind each log as a whole
    numbers: list[int]  # of the newest row of each log


def day_of(moment: datetime) -> float:
    """Days since 1970."""
    return moment.timestamp() / SECONDS


def observed(row: Evidence) -> Observation:
    return Observation(
        day=day_of(row.at),
        outcome=row.outcome,
        difficulty=row.difficulty,
        difficulty_variance=row.difficulty_variance,
        weight=row.weight,
        slope=row.slope,
        guess=row.guess,
        thresholds=tuple(row.thresholds),
        taught=row.taught,
    )


def read(rows: models.QuerySet[Evidence]) -> Log:
    """One query. A corrected row gives way to the newest at its place; weight 0 strikes it out."""
    found = (
        rows.annotate(bands=Cast("thresholds", models.TextField()))
        .order_by("member_id", "competency_id", "at", "place", "number")
        .values_list(*_COLUMNS)
    )
    standing: list[tuple[object, ...]] = []
    for row in found.iterator(chunk_size=5000):
        if standing and row[:3] == standing[-1][:3]:
            standing[-1] = row
        else:
            standing.append(row)
    return _in_columns([row for row in standing if row[9] > 0])  # type: ignore[operator]


def _in_columns(rows: list[tuple[object, ...]]) -> Log:
    if not rows:
        nothing = Observations.of([])
        empty, none = np.zeros(0), np.zeros(0, dtype=np.int64)
        return Log([], none, nothing, Grounds(empty, none, none, none, none, none, empty), [])
    columns = dict(zip(_COLUMNS, zip(*rows, strict=True), strict=True))
    pairs = list(zip(columns["member_id"], columns["competency_id"], strict=True))
    starts = np.array([i for i, pair in enumerate(pairs) if not i or pair != pairs[i - 1]])

    def numbers(name: str) -> NDArray[np.float64]:
        return np.array(columns[name], dtype=float)

    parsed = {text: tuple(json.loads(text)) for text in set(columns["bands"])}
    outcomes, texts = columns["outcome"], columns["bands"]
    edges = {
        pair: band(pair[0], parsed[pair[1]]) for pair in set(zip(outcomes, texts, strict=True))
    }
    lower, upper = zip(*(edges[pair] for pair in zip(outcomes, texts, strict=True)), strict=True)
    steps = np.array([len(parsed[text]) for text in texts])
    outcome = numbers("outcome")
    seen = Observations(
        day=np.array([moment.timestamp() for moment in columns["at"]]) / SECONDS,
        outcome=outcome,
        score=outcome / np.maximum(1, steps),
        difficulty=numbers("difficulty"),
        difficulty_variance=numbers("difficulty_variance"),
        weight=numbers("weight"),
        slope=numbers("slope"),
        guess=numbers("guess"),
        lower=np.array(lower, dtype=float),
        upper=np.array(upper, dtype=float),
        graded=steps > 0,
        taught=np.array(columns["taught"], dtype=bool),
    )
    newest = np.maximum.reduceat(np.array(columns["number"]), starts)
    keys = [pairs[start] for start in starts]
    return Log(keys, starts, seen, _grounds(columns, seen, starts), newest.tolist())


def _grounds(
    columns: dict[str, tuple[object, ...]], seen: Observations, starts: NDArray[np.intp]
) -> Grounds:
    """Counts behind every log; sources and graders once each."""
    size = len(starts)
    kind = np.array(columns["kind"])
    attested = kind == Evidence.Kind.ATTESTATION
    exercise = np.isin(kind, EXERCISE_KINDS)
    as_manager = np.array(columns["as_manager"], dtype=bool)
    grader = np.array([each or 0 for each in columns["grader_id"]], dtype=np.int64)
    marked = (kind == Evidence.Kind.GRADED) & ~as_manager & (grader > 0)
    log = np.repeat(np.arange(size), np.diff(np.append(starts, len(kind))))

    def total(values: NDArray[np.generic]) -> NDArray[np.int64]:
        return np.bincount(log, weights=values, minlength=size).astype(np.int64)

    def once(rows: NDArray[np.bool_], *ids: NDArray[np.int64]) -> NDArray[np.int64]:
        different = np.unique(np.stack([log, *ids], axis=1)[rows], axis=0)
        return np.bincount(different[:, 0], minlength=size)

    source_kind = np.unique(np.array(columns["source_kind"]), return_inverse=True)[1]
    source_id = np.array(columns["source_id"], dtype=np.int64)
    weight = np.where(attested, 0.0, np.minimum(1.0, seen.weight))
    shown = np.maximum.reduceat(np.where(attested, -np.inf, seen.day), starts)
    return Grounds(
        observations=np.bincount(log, weights=weight, minlength=size).astype(float),
        pieces=total(np.ones(len(kind))),
        items=total(np.isin(kind, ITEM_KINDS)),
        exercises=once(exercise, source_kind, source_id),
        attestations=total(attested),
        graders=once(marked, grader),
        shown_day=np.where(np.isinf(shown), np.nan, shown),
    )


def replayed(log: Log) -> list[Belief]:
    """The beliefs of a log, not saved."""
    if not log.keys:
        return []
    states = replay(log.seen, log.starts)
    return [
        as_row(member_id, competency_id, states, log.grounds, row, log.numbers[row])
        for row, (member_id, competency_id) in enumerate(log.keys)
    ]


def as_row(
    member_id: int, competency_id: str, states: States, grounds: Grounds, row: int, newest: int
) -> Belief:
    shown = float(grounds.shown_day[row])
    return Belief(
        member_id=member_id,
        competency_id=competency_id,
        durable=float(states.durable[row]),
        practised=float(states.practised[row]),
        durable_variance=float(states.durable_variance[row]),
        practised_variance=float(states.practised_variance[row]),
        covariance=float(states.covariance[row]),
        day=float(states.day[row]),
        stability=float(states.stability[row]),
        observations=float(grounds.observations[row]),
        pieces=int(grounds.pieces[row]),
        items=int(grounds.items[row]),
        exercises=int(grounds.exercises[row]),
        attestations=int(grounds.attestations[row]),
        graders=int(grounds.graders[row]),
        shown_day=None if np.isnan(shown) else shown,
        last_evidence=newest,
    )


def extended(belief: Belief | None, state: State, rows: list[Evidence]) -> Belief:
    """The belief with `state` and the rows of one new source counted in; not saved.

    Right only if no row names a grader who was counted before (`evidence.record` sees to that).
    """
    first = rows[0]
    old = belief or Belief(
        member_id=first.member_id,
        competency_id=first.competency_id,
        observations=0.0,
        pieces=0,
        items=0,
        exercises=0,
        attestations=0,
        graders=0,
    )
    shown = [row for row in rows if row.kind != Evidence.Kind.ATTESTATION]
    observations = old.observations
    for row in shown:
        observations += min(1.0, row.weight)
    graders = {
        row.grader_id
        for row in rows
        if row.kind == Evidence.Kind.GRADED and row.grader_id and not row.as_manager
    }
    return Belief(
        member_id=old.member_id,
        competency_id=old.competency_id,
        durable=state.durable,
        practised=state.practised,
        durable_variance=state.durable_variance,
        practised_variance=state.practised_variance,
        covariance=state.covariance,
        day=state.day,
        stability=state.stability,
        observations=observations,
        pieces=old.pieces + len(rows),
        items=old.items + sum(row.kind in ITEM_KINDS for row in rows),
        exercises=old.exercises + any(row.kind in EXERCISE_KINDS for row in rows),
        attestations=old.attestations + len(rows) - len(shown),
        graders=old.graders + len(graders),
        shown_day=day_of(first.at) if shown else old.shown_day,
        last_evidence=rows[-1].number,
    )


def state_of(belief: Belief) -> State:
    return State(
        belief.durable,
        belief.practised,
        belief.durable_variance,
        belief.practised_variance,
        belief.covariance,
        belief.day,
        belief.stability,
    )


# Everything but whose it is; what a rebuild compares and an upsert overwrites.
NUMBERS = (
    "durable",
    "practised",
    "durable_variance",
    "practised_variance",
    "covariance",
    "day",
    "stability",
    "observations",
    "pieces",
    "items",
    "exercises",
    "attestations",
    "graders",
    "shown_day",
    "last_evidence",
)


def keep(beliefs: Iterable[Belief]) -> None:
    """Writes new and changed beliefs: one statement a few hundred rows."""
    Belief.objects.bulk_create(
        list(beliefs),
        update_conflicts=True,
        unique_fields=["member", "competency"],
        update_fields=list(NUMBERS),
        batch_size=500,
    )


def rebuild(member_id: int, competency_ids: Iterable[str]) -> None:
    """Draws these beliefs of one member anew from the log, and drops those with nothing behind."""
    asked = set(competency_ids)
    rows = Evidence.objects.filter(member_id=member_id, competency_id__in=asked)
    found = replayed(read(rows))
    keep(found)
    gone = asked - {belief.competency_id for belief in found}
    if gone:
        Belief.objects.filter(member_id=member_id, competency_id__in=gone).delete()
