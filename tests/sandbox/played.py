"""Rehearsals for tests: a library scenario, a plan of one's own, a person who does as told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from assessments.scenario_folders import LIBRARY, read_scenario
from sandbox.engine.decisions import Decision
from sandbox.engine.events import Event
from sandbox.engine.plan import Checkpoint, Condition, Plan, PlanStage, Rule
from sandbox.engine.prepared import Prepared
from sandbox.engine.rehearsal import Rehearsal
from sandbox.engine.scenario import Scenario
from sandbox.playing import rehearse
from tests.sandbox import small

NAMES = sorted(path.name for path in LIBRARY.iterdir() if path.is_dir())


@cache
def library(name: str) -> Prepared:
    """A scenario of the built-in library, made ready."""
    scenario, faults = read_scenario(LIBRARY / name)
    assert scenario is not None, faults
    return Prepared(scenario)


def changed(name: str = "payment-run", **changes: Any) -> Prepared:
    """The scenario with some of its fields replaced."""
    return Prepared(replace(library(name).scenario, **changes))


def seed_with(prepared: Prepared, fault: str) -> int:
    """The first seed on which the fault strikes and can be seen by rules."""
    for seed in range(1, 500):
        strikes = rehearse(prepared, prepared.scenario.starter, seed).sealed.strikes
        if any(each.fault == fault and not each.hidden for each in strikes):
            return seed
    raise AssertionError(f"{fault} never strikes")


def play(
    prepared: Prepared,
    plan: Plan,
    seed: int = 1,
    answer: Callable[[Rehearsal], Decision] = lambda _: Decision("approve"),
) -> Rehearsal:
    """To the end, with `answer` at every question."""
    rehearsal = rehearse(prepared, plan, seed)
    rehearsal.advance()
    while rehearsal.waits:
        asked = rehearsal.state.open
        assert asked is not None
        rehearsal.decide(answer(rehearsal), asked.seq)
        rehearsal.advance()
    return rehearsal


def kinds(events: list[Event]) -> list[str]:
    return [event.kind for event in events]


__all__ = [
    "NAMES",
    "Checkpoint",
    "Condition",
    "Plan",
    "PlanStage",
    "Rule",
    "Scenario",
    "changed",
    "kinds",
    "library",
    "play",
    "seed_with",
    "small",
]
