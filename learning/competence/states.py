"""What is known and what was seen: one of each as frozen values, many as columns of arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from learning.competence.parameters import PARAMETERS, Parameters

Column = NDArray[np.float64]
Rows = NDArray[np.intp] | NDArray[np.bool_] | slice


@dataclass(frozen=True, slots=True)
class State:
    """A belief as of its last evidence. `day` counts days since 1970, with fractions."""

    durable: float
    practised: float
    durable_variance: float
    practised_variance: float
    covariance: float
    day: float
    stability: float

    @classmethod
    def prior(cls, day: float, parameters: Parameters = PARAMETERS) -> State:
        """Of somebody of whom nothing is known, met on `day`."""
        p = parameters
        return cls(0.0, 0.0, p.durable_variance, p.practised_variance, 0.0, day, p.stability)


@dataclass(frozen=True, slots=True)
class Observation:
    """One dated piece of evidence with the parameters it was judged with."""

    day: float
    outcome: int
    difficulty: float
    difficulty_variance: float
    weight: float = 1.0
    slope: float = 1.0
    guess: float = 0.0
    thresholds: tuple[float, ...] = ()  # of the bands; empty means right or wrong
    taught: bool = True


@dataclass(slots=True)
class Columns:
    """Arrays of one length, taken and assigned by rows."""

    def take(self, rows: Rows) -> Self:
        return type(self)(*(getattr(self, each.name)[rows] for each in fields(self)))

    def put(self, rows: Rows, other: Self) -> None:
        for each in fields(self):
            getattr(self, each.name)[rows] = getattr(other, each.name)

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))


@dataclass(slots=True)
class States(Columns):
    durable: Column
    practised: Column
    durable_variance: Column
    practised_variance: Column
    covariance: Column
    day: Column
    stability: Column

    @classmethod
    def of(cls, states: Sequence[State]) -> States:
        names = [each.name for each in fields(cls)]
        return cls(*(np.array([getattr(s, n) for s in states], dtype=float) for n in names))

    @classmethod
    def prior(cls, days: Column, parameters: Parameters = PARAMETERS) -> States:
        """One unknown person a day in `days`."""
        p, n = parameters, len(days)
        return cls(
            np.zeros(n),
            np.zeros(n),
            np.full(n, p.durable_variance),
            np.full(n, p.practised_variance),
            np.zeros(n),
            np.array(days, dtype=float),
            np.full(n, p.stability),
        )

    def one(self, row: int) -> State:
        return State(*(float(getattr(self, each.name)[row]) for each in fields(self)))


@dataclass(slots=True)
class Observations(Columns):
    """Observations as arrays. A band lies between two thresholds, the outer ones infinite."""

    day: Column
    outcome: Column
    score: Column  # share of the points, 0 to 1
    difficulty: Column
    difficulty_variance: Column
    weight: Column
    slope: Column
    guess: Column
    lower: Column
    upper: Column
    graded: NDArray[np.bool_]
    taught: NDArray[np.bool_]

    @classmethod
    def of(cls, observations: Sequence[Observation]) -> Observations:
        bands = [band(o.outcome, o.thresholds) for o in observations]
        numbers = np.array(
            [
                (
                    o.day,
                    o.outcome,
                    o.outcome / max(1, len(o.thresholds)),
                    o.difficulty,
                    o.difficulty_variance,
                    o.weight,
                    o.slope,
                    o.guess,
                    lower,
                    upper,
                )
                for o, (lower, upper) in zip(observations, bands, strict=True)
            ],
            dtype=float,
        ).reshape(len(observations), 10)
        graded = np.array([bool(o.thresholds) for o in observations], dtype=bool)
        taught = np.array([o.taught for o in observations], dtype=bool)
        columns: list[Any] = [*np.ascontiguousarray(numbers.T), graded, taught]
        return cls(*columns)


def band(outcome: int, thresholds: Sequence[float]) -> tuple[float, float]:
    """The thresholds around band `outcome`; for right or wrong both are 0 and not used."""
    if not thresholds:
        return 0.0, 0.0
    lower = thresholds[outcome - 1] if outcome > 0 else -math.inf
    upper = thresholds[outcome] if outcome < len(thresholds) else math.inf
    return lower, upper
