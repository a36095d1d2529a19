"""What is wrong with a scenario that has its types: every fault at once, each with its place."""

from __future__ import annotations

from sandbox.checks.base import Problem
from sandbox.checks.faults import fault_problems
from sandbox.checks.frame import frame_problems
from sandbox.checks.plans import plan_problems
from sandbox.checks.work import work_problems
from sandbox.checks.world import world_problems
from sandbox.engine.plan import Plan
from sandbox.engine.scenario import Scenario

__all__ = ["Problem", "plan_problems", "problems"]


def problems(scenario: Scenario) -> list[Problem]:
    """Broken references, unreachable stages, numbers that make no sense, illegal plans of its own.

    What only playing can show (can it be solved, is it fair) is the linter's.
    """
    found = [
        *frame_problems(scenario),
        *world_problems(scenario),
        *work_problems(scenario),
        *fault_problems(scenario),
    ]
    plans: dict[tuple[str, ...], Plan] = {("starter",): scenario.starter}
    plans |= {("references", name): plan for name, plan in scenario.references.items()}
    if scenario.genius is not None:
        plans["genius",] = scenario.genius
    for path, plan in plans.items():
        inside = plan_problems(scenario, plan)
        found += [Problem((*path, *each.path), each.message) for each in inside]
    return found
