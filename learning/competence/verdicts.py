"""From beliefs to what may be said: levels, the evidence rule and the states, many at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning.claims import ENOUGH, MET_AT, NOT_MET_AT, ClaimState
from learning.competence.parameters import CUTS, PARAMETERS, Parameters
from learning.competence.states import Column, Columns, States
from learning.competence.updating import retention_since, view

Whole = NDArray[np.int64]

STATES = tuple(ClaimState)  # a state's code is its place here
CODE = {state: code for code, state in enumerate(STATES)}
MOST_SPREAD = 0.60  # standard deviation at the last evidence, unless P is far from even
_CUTS = np.array(CUTS)
_erfc = np.frompyfunc(math.erfc, 1, 1)


@dataclass(slots=True)
class Grounds(Columns):
    """What stands behind each belief, counted; `shown_day` is that of no attestation."""

    observations: Column
    pieces: Whole
    items: Whole
    exercises: Whole
    attestations: Whole
    graders: Whole
    shown_day: Column


@dataclass(slots=True)
class Verdicts(Columns):
    """What may be said, a row a belief. `state` holds places in STATES."""

    state: Whole
    probability: Column
    level: Whole
    against: Whole
    mean: Column
    sd: Column
    retention: Column
    peak: Column
    vague: NDArray[np.bool_]


def chance_of(mean: Column, variance: Column, cut: Column | float) -> Column:
    """P(ability >= cut) of a normal belief."""
    z = (np.asarray(cut) - mean) / np.sqrt(variance)
    return np.asarray(0.5 * _erfc(z / math.sqrt(2)), dtype=float)


def level_allowed(items: Whole, exercises: Whole, graders: Whole) -> Whole:
    """The highest level that the kinds of evidence allow, whatever the probability.

    1 a quiz; 2 and a rehearsal or graded work; 3 and a trainer's mark; 4 and a second trainer's.
    A manager's mark is a graded work, but no trainer's mark; an attestation is neither.
    """
    first = np.asarray(items) > 0
    second = first & (np.asarray(exercises) > 0)
    third = second & (np.asarray(graders) > 0)
    fourth = third & (np.asarray(graders) > 1)
    return first.astype(np.int64) + second + third + fourth


def judge(
    states: States,
    grounds: Grounds,
    targets: Whole,
    taught: NDArray[np.bool_],
    day: float,
    parameters: Parameters = PARAMETERS,
) -> Verdicts:
    """What may be said of every belief on `day` against its target.

    A target of 0 means that nothing is asked: the level shown is judged instead. The evidence
    rule gates met and lapsed only. An attestation keeps nothing fresh: retention counts from the
    last evidence of another kind.
    """
    read = view(states, day, parameters)
    retention = np.minimum(
        read.retention, retention_since(states, grounds.shown_day, day, parameters)
    )
    chances = chance_of(read.mean[:, None], read.variance[:, None], _CUTS)
    allowed = level_allowed(grounds.items, grounds.exercises, grounds.graders)
    enough = (grounds.observations >= ENOUGH - 1e-9) & (grounds.pieces > grounds.attestations)
    level = np.where(enough, np.minimum((chances >= MET_AT).sum(axis=1), allowed), 0)
    against = np.where(targets > 0, targets, np.maximum(level, 1))

    probability = chances[np.arange(len(against)), against - 1]
    last = view(states, states.day, parameters)
    peak = chance_of(last.mean, last.variance, _CUTS[against - 1])
    vague = (np.sqrt(last.variance) > MOST_SPREAD) & (peak > 0.1) & (peak < 0.9)

    held = probability >= MET_AT
    was_held = peak >= MET_AT
    state = np.select(
        [
            ~enough | vague | ((held | was_held) & (allowed < against)),
            held & (retention >= MET_AT),
            held,
            was_held,
            probability <= NOT_MET_AT,
        ],
        [
            CODE[ClaimState.NOT_ENOUGH],
            CODE[ClaimState.MET],
            CODE[ClaimState.REFRESH_DUE],
            CODE[ClaimState.LAPSED],
            CODE[ClaimState.NOT_MET],
        ],
        CODE[ClaimState.UNCERTAIN],
    )
    met = (state == CODE[ClaimState.MET]) | (state == CODE[ClaimState.REFRESH_DUE])
    state = np.where(taught | met, state, CODE[ClaimState.NOT_TAUGHT])
    return Verdicts(
        state,
        probability,
        level,
        against,
        read.mean,
        np.sqrt(read.variance),
        retention,
        peak,
        vague,
    )


def chance_later(
    states: States, against: Whole, day: float, parameters: Parameters = PARAMETERS
) -> Column:
    """P(level >= against) on a later day if nothing is practised until then."""
    read = view(states, day, parameters)
    return chance_of(read.mean, read.variance, _CUTS[against - 1])
