"""The estimate itself, in this process: one update, and a rebuild of very many."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from statistics import median

import numpy as np

from bench.cases import Bench, case
from bench.data import random_log
from bench.report import Row
from learning.competence import Observation, Observations, State, replay, update
from people import clock

BUDGET_UPDATE = 1.0  # ms of CPU
BUDGET_REBUILD = 50_000  # pieces a second
BUDGET_EQUAL = 1e-9


@case("belief-update")
def belief_update(bench: Bench) -> Iterable[Row]:
    """One piece after the other, as when a single thing is graded."""
    rng = random.Random(11)
    log = random_log(rng, clock.now().timestamp() / 86_400, 200 if bench.quick else 1000)
    state = State.prior(log[0].day)
    spent = []
    for observation in log:
        before = time.process_time()
        state = update(state, observation)
        spent.append(time.process_time() - before)
    cost = median(spent) * 1000
    yield Row(
        "belief update, one piece",
        f"{cost * 1000:.0f} µs CPU",
        f"≤ {BUDGET_UPDATE:.0f} ms",
        cost <= BUDGET_UPDATE,
        note=f"mean {sum(spent) / len(spent) * 1e6:.0f} µs of {len(log)}",
    )


@case("rebuild")
def rebuild(bench: Bench) -> Iterable[Row]:
    """All logs from the start at once, and whether that equals one piece after the other."""
    rng = random.Random(12)
    today = clock.now().timestamp() / 86_400
    observations: list[Observation] = []
    starts: list[int] = []
    for _ in range(1000 if bench.quick else 10_000):
        starts.append(len(observations))
        observations += random_log(rng, today, rng.randint(1, 30))
    seen, firsts = Observations.of(observations), np.array(starts)
    before = time.process_time()
    states = replay(seen, firsts)
    seconds = time.process_time() - before
    speed = len(observations) / seconds
    yield Row(
        "rebuild, vectorised",
        f"{speed:,.0f} pieces/s a core",
        f"≥ {BUDGET_REBUILD:,}",
        speed >= BUDGET_REBUILD,
        note=f"{len(observations):,} pieces of {len(starts):,} logs in {seconds:.2f} s CPU",
    )
    ends = [*starts[1:], len(observations)]
    worst = 0.0
    for n in range(0, len(starts), len(starts) // 50):
        state = State.prior(observations[starts[n]].day)
        for observation in observations[starts[n] : ends[n]]:
            state = update(state, observation)
        whole = states.one(n)
        worst = max(
            worst,
            abs(state.durable - whole.durable),
            abs(state.practised - whole.practised),
            abs(state.stability - whole.stability),
        )
    yield Row(
        "rebuild against updates, largest difference",
        f"{worst:.1e}",
        "≤ 1e-9",
        worst <= BUDGET_EQUAL,
        note="50 of the logs",
    )
