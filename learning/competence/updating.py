"""Reading a belief as of a day, and one step of evidence; `parameters` says what goes where."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from learning.competence.parameters import (
    BAND_FLOOR,
    NODES,
    PARAMETERS,
    VARIANCE_FLOOR,
    Parameters,
)
from learning.competence.states import Column, Observation, Observations, State, States

Grid = NDArray[np.float64]  # one row a belief, one column a node


class View(NamedTuple):
    """Beliefs as of a day: ability on the logit scale, its variance, the share not yet faded."""

    mean: Column
    variance: Column
    retention: Column


def _retention(states: States, silence: Column, p: Parameters) -> Column:
    rate = 0.9 ** (-1 / p.decay) - 1
    retained: Column = (1 + rate * silence / states.stability) ** (-p.decay)
    return retained


def _faded(states: States, day: Column | float, p: Parameters) -> tuple[View, States]:
    """The beliefs carried to `day`, and how they are read there."""
    silence = np.maximum(0.0, day - states.day)
    r = _retention(states, silence, p)
    spread = p.rate_spread * r * (1 - r) * states.practised**2
    durable_variance = states.durable_variance + p.drift * silence / 365
    practised_variance = r * r * states.practised_variance + spread
    covariance = r * states.covariance
    practised = r * states.practised
    variance = durable_variance + practised_variance + 2 * covariance
    read = View(states.durable + practised, np.maximum(variance, VARIANCE_FLOOR), r)
    carried = States(
        states.durable,
        practised,
        durable_variance,
        practised_variance,
        covariance,
        np.broadcast_to(np.asarray(day, dtype=float), r.shape),
        states.stability,
    )
    return read, carried


def view(states: States, day: Column | float, parameters: Parameters = PARAMETERS) -> View:
    """Every belief as of `day` (one for all, or one each). Changes nothing."""
    return _faded(states, day, parameters)[0]


def retention_since(
    states: States, since: Column, day: float, parameters: Parameters = PARAMETERS
) -> Column:
    """The share not yet faded on `day` if the last practice was on the days `since`."""
    return _retention(states, np.maximum(0.0, day - since), parameters)


def _logistic(z: Grid) -> Grid:
    return 1 / (1 + np.exp(-z))


def _likelihood(seen: Observations, p: Parameters) -> Grid:
    """P(outcome | ability) at every node, what is not known of the difficulty folded in."""
    flat = seen.slope / np.sqrt(1 + math.pi * seen.slope**2 * seen.difficulty_variance / 8)
    distance = NODES - seen.difficulty[:, None]
    if not seen.graded.any():
        return _right_or_wrong(seen, flat, distance, p)
    if seen.graded.all():
        return _in_band(seen, flat, distance)
    found = np.empty_like(distance)
    for rows, graded in ((seen.graded, True), (~seen.graded, False)):
        part = seen.take(rows)
        found[rows] = (
            _in_band(part, flat[rows], distance[rows])
            if graded
            else _right_or_wrong(part, flat[rows], distance[rows], p)
        )
    return found


def _right_or_wrong(seen: Observations, flat: Column, distance: Grid, p: Parameters) -> Grid:
    guess = seen.guess[:, None]
    right = guess + (1 - guess - p.slip) * _logistic(flat[:, None] * distance)
    return np.where(seen.outcome[:, None] > 0, right, 1 - right)


def _in_band(seen: Observations, flat: Column, distance: Grid) -> Grid:
    reached = _logistic(flat[:, None] * (distance - seen.lower[:, None]))
    passed = _logistic(flat[:, None] * (distance - seen.upper[:, None]))
    return np.clip(reached - passed, BAND_FLOOR, 1)


def _prior(read: View) -> Grid:
    grid: Grid = np.exp(-0.5 * (NODES - read.mean[:, None]) ** 2 / read.variance[:, None])
    return grid


def step(states: States, seen: Observations, parameters: Parameters = PARAMETERS) -> States:
    """Every belief after its own observation: row i of `states` meets row i of `seen`."""
    p = parameters
    read, faded = _faded(states, seen.day, p)

    likelihood = _likelihood(seen, p)
    if (seen.weight != 1).any():
        likelihood = likelihood ** seen.weight[:, None]
    posterior = _prior(read) * likelihood
    posterior /= posterior.sum(axis=1)[:, None]
    mean = (posterior * NODES).sum(axis=1)
    variance = (posterior * (NODES - mean[:, None]) ** 2).sum(axis=1)
    variance = np.maximum(variance, VARIANCE_FLOOR)

    whole = faded.durable_variance + faded.practised_variance + 2 * faded.covariance
    durable_gain = (faded.durable_variance + faded.covariance) / whole
    practised_gain = (faded.practised_variance + faded.covariance) / whole
    shift, shrink = mean - read.mean, whole - variance

    learnt = p.gain * np.clip(1 - faded.practised / p.saturation, 0.0, 1.0) * seen.taught
    success = seen.score * np.minimum((1 - read.retention) / 0.1, 2.0)
    stability = states.stability * (1 + (p.growth - 1) * success)
    return States(
        faded.durable + durable_gain * shift,
        faded.practised + practised_gain * shift + learnt,
        faded.durable_variance - durable_gain * durable_gain * shrink,
        faded.practised_variance
        - practised_gain * practised_gain * shrink
        + p.gain_variance * seen.taught,
        faded.covariance - durable_gain * practised_gain * shrink,
        faded.day,
        np.minimum(stability, p.stability_cap),
    )


def as_of(
    state: State, day: float, parameters: Parameters = PARAMETERS
) -> tuple[float, float, float]:
    """Mean, variance and retention of one belief on `day`. Changes nothing."""
    read = view(States.of([state]), day, parameters)
    return float(read.mean[0]), float(read.variance[0]), float(read.retention[0])


def update(state: State, observation: Observation, parameters: Parameters = PARAMETERS) -> State:
    """The belief after one piece of evidence."""
    return step(States.of([state]), Observations.of([observation]), parameters).one(0)


def predict(states: States, seen: Observations, parameters: Parameters = PARAMETERS) -> Column:
    """P(what was seen) before it is drawn in; for calibration, ask with outcome 1."""
    prior = _prior(view(states, seen.day, parameters))
    found: Column = (prior * _likelihood(seen, parameters)).sum(axis=1) / prior.sum(axis=1)
    return found
