"""The estimate agrees with the reference, with a slow restatement of it, and with itself."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning import competence
from learning.competence import (
    CUTS,
    PARAMETERS,
    Observation,
    Observations,
    State,
    States,
    as_of,
    chance_of,
    predict,
    replay,
    step,
    update,
)

REFERENCE = json.loads((Path(__file__).parent / "reference_logs.json").read_text())
BANDS = (-1.5, -0.5, 0.5, 1.5)


def seen(row: dict[str, Any]) -> Observation:
    values = {name: value for name, value in row.items() if name != "chance_right"}
    return Observation(**{**values, "thresholds": tuple(values["thresholds"])})


def numbers(state: State) -> list[float]:
    return [getattr(state, name) for name in State.__slots__]


def slow_update(state: State, o: Observation) -> State:
    """One step in plain Python, node by node, written from the equations of measurement.md 4.2."""
    delta = max(0.0, o.day - state.day)
    r = (1 + (0.9**-2 - 1) * delta / state.stability) ** -0.5
    v_b = state.durable_variance + 0.05 * delta / 365
    v_g = r * r * state.practised_variance + 0.13 * r * (1 - r) * state.practised**2
    cov, g = r * state.covariance, r * state.practised
    whole = v_b + v_g + 2 * cov
    m, v = state.durable + g, max(whole, 0.02)
    kappa = o.slope / math.sqrt(1 + math.pi * o.slope**2 * o.difficulty_variance / 8)

    def reached(x: float, threshold: float) -> float:
        return 1 / (1 + math.exp(-kappa * (x - o.difficulty - threshold)))

    masses, nodes = [], [-5 + i / 6 for i in range(61)]
    for x in nodes:
        if o.thresholds:
            low = 1.0 if o.outcome == 0 else reached(x, o.thresholds[o.outcome - 1])
            top = len(o.thresholds)
            high = 0.0 if o.outcome == top else reached(x, o.thresholds[o.outcome])
            likelihood = min(1.0, max(1e-6, low - high))
        else:
            right = o.guess + (1 - o.guess - 0.02) * reached(x, 0.0)
            likelihood = right if o.outcome else 1 - right
        masses.append(math.exp(-((x - m) ** 2) / (2 * v)) * likelihood**o.weight)
    total = math.fsum(masses)
    mean = math.fsum(p * x for p, x in zip(masses, nodes, strict=True)) / total
    spread = math.fsum(p * (x - mean) ** 2 for p, x in zip(masses, nodes, strict=True)) / total
    shrink = whole - max(spread, 0.02)
    k_b, k_g = (v_b + cov) / whole, (v_g + cov) / whole
    score = o.outcome / len(o.thresholds) if o.thresholds else o.outcome
    return State(
        durable=state.durable + k_b * (mean - m),
        practised=g + k_g * (mean - m) + o.taught * 0.08 * min(1.0, max(0.0, 1 - g / 2)),
        durable_variance=v_b - k_b**2 * shrink,
        practised_variance=v_g - k_g**2 * shrink + o.taught * 0.005,
        covariance=cov - k_b * k_g * shrink,
        day=o.day,
        stability=min(1500.0, state.stability * (1 + 0.4 * score * min((1 - r) / 0.1, 2.0))),
    )


@st.composite
def logs(draw: st.DrawFn) -> list[Observation]:
    day, found = 20_400.0, []
    for _ in range(draw(st.integers(1, 12))):
        day += draw(st.sampled_from([0.0, 0.0, 0.01, 1.0, 14.0, 120.0, 900.0]))
        graded = draw(st.booleans())
        found.append(
            Observation(
                day=day,
                outcome=draw(st.integers(0, 4 if graded else 1)),
                difficulty=draw(st.floats(-3, 3)),
                difficulty_variance=draw(st.floats(0.01, 0.49)),
                weight=draw(st.sampled_from([1.0, 0.5, 0.25, 0.375])),
                slope=draw(st.sampled_from([1.0, 0.7, 1.2])),
                guess=0.0 if graded else draw(st.sampled_from([0.0, 0.05, 0.25, 0.5])),
                thresholds=BANDS if graded else (),
                taught=draw(st.booleans()),
            )
        )
    return found


def test_constants_are_those_of_the_reference() -> None:
    theirs, p = REFERENCE["parameters"], PARAMETERS
    ours = {
        "v0": p.durable_variance,
        "vg0": p.practised_variance,
        "S0": p.stability,
        "decay": p.decay,
        "grow": p.growth,
        "gain": p.gain,
        "sat": p.saturation,
        "q": p.gain_variance,
        "drift": p.drift,
        "slip": p.slip,
    }
    assert ours == theirs


@pytest.mark.parametrize("log", REFERENCE["logs"])
def test_random_logs_come_out_as_in_the_reference(log: dict[str, Any]) -> None:
    rows = [seen(row) for row in log["rows"]]
    state = State.prior(rows[0].day)
    for row, given_row in zip(rows, log["rows"], strict=True):
        if given_row["chance_right"] is not None:
            right = Observations.of([row])
            right.outcome[:] = 1
            chance = predict(States.of([state]), right)[0]
            assert chance == pytest.approx(given_row["chance_right"], abs=1e-12)
        state = update(state, row)
    assert numbers(state) == pytest.approx([log["state"][n] for n in State.__slots__], abs=1e-12)
    mean, variance, retention = as_of(state, log["later"]["day"])
    later = log["later"]
    assert (mean, variance, retention) == pytest.approx(
        (later["mean"], later["variance"], later["retention"]), abs=1e-12
    )
    chances = [float(chance_of(np.array([mean]), np.array([variance]), c)[0]) for c in CUTS]
    assert chances == pytest.approx(later["chances"], abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(logs())
def test_every_step_agrees_with_a_slow_restatement(log: list[Observation]) -> None:
    state = slow = State.prior(log[0].day)
    for row in log:
        state, slow = update(state, row), slow_update(slow, row)
        assert numbers(state) == pytest.approx(numbers(slow), abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.lists(logs(), min_size=1, max_size=8))
def test_replaying_many_logs_equals_updating_one_by_one(all_logs: list[list[Observation]]) -> None:
    starts = np.cumsum([0, *(len(log) for log in all_logs)])[:-1]
    drawn = replay(Observations.of([row for log in all_logs for row in log]), starts)
    for place, log in enumerate(all_logs):
        state = State.prior(log[0].day)
        for row in log:
            state = update(state, row)
        assert numbers(drawn.one(place)) == pytest.approx(numbers(state), abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(logs(), logs())
def test_a_batch_over_competencies_equals_one_at_a_time(
    first: list[Observation], second: list[Observation]
) -> None:
    rows = [first[0], second[0]]
    both = step(States.of([State.prior(20_300.0)] * 2), Observations.of(rows))
    for place, row in enumerate(rows):
        alone = update(State.prior(20_300.0), row)
        assert numbers(both.one(place)) == pytest.approx(numbers(alone), abs=1e-12)


def test_the_arithmetic_knows_no_django() -> None:
    package = Path(competence.__file__).parent
    files = [*package.glob("*.py"), package.parent / "claims.py"]
    assert len(files) > 5
    assert not [
        file.name
        for file in files
        if "import django" in (text := file.read_text()) or "from django" in text
    ]


def test_replaying_nothing_gives_nothing() -> None:
    assert len(replay(Observations.of([]), np.zeros(0, dtype=np.intp))) == 0


def test_reading_changes_nothing_and_time_never_runs_backwards() -> None:
    state = update(State.prior(20_000.0), Observation(20_000.0, 1, -0.7, 0.49))
    assert as_of(state, 19_000.0) == as_of(state, 20_000.0)
    kept = States.of([state])
    as_of(state, 20_500.0)
    assert kept.one(0) == state


def test_half_of_what_was_practised_is_gone_after_192_days() -> None:
    _, _, retention = as_of(State.prior(20_000.0), 20_192.0)
    assert retention == pytest.approx(0.5, abs=0.001)


def test_cramming_does_not_make_it_last() -> None:
    state = State.prior(20_000.0)
    for _ in range(10):
        state = update(state, Observation(20_000.0, 1, -0.7, 0.49))
    assert state.stability == PARAMETERS.stability
    spaced = update(state, Observation(20_060.0, 1, -0.7, 0.49))
    assert spaced.stability == pytest.approx(PARAMETERS.stability * 1.8)
