"""The rehearsal engine in this process: a run, a hundred graded ones, a paused one."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from assessments.scenario_folders import LIBRARY, read_scenario
from bench.cases import Bench, case
from bench.rehearsed import DIGEST, STEPS, eleven_steps, floor, the_plan
from bench.report import Row
from sandbox.engine.decisions import Decision
from sandbox.engine.events import Event, taken_up
from sandbox.engine.plan import Plan
from sandbox.engine.prepared import Prepared
from sandbox.engine.rehearsal import Rehearsal
from sandbox.models.runs import DIGITS
from sandbox.playing import graded, rehearse

BUDGET_EVENT = 28  # µs of CPU
BUDGET_HUNDRED = 60  # ms of CPU
BUDGET_PAUSED = 1500  # bytes
ROUNDS = 15

Stored = list[tuple[str, str]]


class Spent(NamedTuple):
    """µs of CPU of one act over some rounds."""

    median: float
    p05: float


def rounds(act: Callable[[], object], times: int, count: int = ROUNDS) -> Spent:
    """What one `act` costs: the median of the rounds, and how cheap it can be."""
    spent = []
    for number in range(count + 1):
        before = time.process_time()
        for _ in range(times):
            act()
        if number:  # the first one warms up
            spent.append((time.process_time() - before) / times * 1e6)
    return Spent(statistics.median(spent), sorted(spent)[len(spent) // 20])


def paused(prepared: Prepared) -> Stored:
    """A run that waits at its first question, as the table holds it: texts and digits of hashes."""
    rehearsal = rehearse(prepared, the_plan(asks=True), 1, plan_digest=DIGEST)
    rehearsal.advance()
    assert rehearsal.waits
    return [(each.body(), each.hash[:DIGITS]) for each in rehearsal.events]


def took_up(prepared: Prepared, stored: Stored) -> Rehearsal:
    """That run read back and played to its end, every question approved."""
    events: list[Event] = taken_up(stored)
    rehearsal = rehearse(prepared, the_plan(asks=True), 1, events, plan_digest=DIGEST)
    while (asked := rehearsal.state.open) is not None:
        rehearsal.decide(Decision("approve"), asked.seq)
        rehearsal.advance()
    assert rehearsal.state.outcome == "done"
    return rehearsal


@case("rehearsal-run")
def a_run(bench: Bench) -> Iterable[Row]:
    """Eleven steps with nine rules and the hash chain, against a plain generator."""
    times = 20 if bench.quick else 100
    prepared = eleven_steps()
    seeds = iter(range(10**9))

    def once(plan: Plan) -> int:
        rehearsal = rehearse(prepared, plan, next(seeds))
        rehearsal.advance()
        assert rehearsal.state.outcome == "done"
        return len(rehearsal.events)

    bare = rounds(lambda: sum(1 for _ in floor()), times * 10)
    plan, without = the_plan(), the_plan(rules=False)
    events = once(plan)
    spent = rounds(lambda: once(plan), times)
    plain = rounds(lambda: once(without), times)
    yield Row(
        f"rehearsal of {STEPS} steps, {events} events",
        f"{spent.median:.0f} µs CPU",
        "",
        floor=f"{bare.median:.1f} µs",
        ratio=spent.median / bare.median,
        note=f"p05 {spent.p05:.0f}; {1e6 / spent.median:,.0f} runs a CPU second;"
        f" {plain.median:.0f} µs without rules",
    )
    each = spent.median / events
    yield Row(
        "rehearsal, one event",
        f"{each:.1f} µs CPU",
        f"≤ {BUDGET_EVENT} µs",
        each <= BUDGET_EVENT,
        note="rules compiled, judged, hashed",
    )


@case("rehearsal-hundred")
def a_hundred(bench: Bench) -> Iterable[Row]:
    """A plan graded on a hundred situations, outcome read from every trail."""
    prepared, plan = eleven_steps(), the_plan()
    spent = rounds(lambda: graded(prepared, plan, range(100)), 1)
    milliseconds = spent.median / 1000
    yield Row(
        "100 situations graded",
        f"{milliseconds:.0f} ms CPU",
        f"≤ {BUDGET_HUNDRED} ms",
        milliseconds <= BUDGET_HUNDRED,
        note=f"p05 {spent.p05 / 1000:.0f}; the run of {STEPS} steps",
    )


@case("rehearsal-library")
def the_library(bench: Bench) -> Iterable[Row]:
    """The careful reference of every built-in scenario, graded as a learner's plan is."""
    situations = 10 if bench.quick else 100
    spent = {}
    for folder in sorted(path for path in LIBRARY.iterdir() if path.is_dir()):
        scenario, problems = read_scenario(folder)
        assert scenario is not None, problems
        prepared, plan = Prepared(scenario), scenario.references["careful"]
        graded(prepared, plan, range(2))  # fills in the steps, as the first learner's run does
        before = time.process_time()
        graded(prepared, plan, range(situations))
        spent[folder.name] = (time.process_time() - before) * 1000
    largest = max(spent, key=lambda name: spent[name])
    yield Row(
        f"{situations} situations of a built-in scenario graded",
        f"{statistics.median(spent.values()):,.0f} ms CPU",
        note=f"median of {len(spent)} scenarios; the largest, {largest}, {spent[largest]:,.0f} ms",
    )


@case("rehearsal-paused")
def a_pause(bench: Bench) -> Iterable[Row]:
    """What a run weighs that waits for a person, and taking it up again."""
    prepared = eleven_steps()
    stored = paused(prepared)
    weight = sum(len(body.encode()) + len(digits) // 2 for body, digits in stored)
    spent = rounds(lambda: took_up(prepared, stored), 20 if bench.quick else 100)
    yield Row(
        "the trail of a paused rehearsal",
        f"{weight:,} bytes",
        f"≤ {BUDGET_PAUSED:,}",
        weight <= BUDGET_PAUSED,
        note=f"{len(stored)} events with what is kept of their hashes; taken up again and played"
        f" out in {spent.median:.0f} µs CPU",
    )
