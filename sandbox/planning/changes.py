"""Changes to a plan, each a function from plan to plan; illegal plans may be held, not played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from sandbox.checks.plans import MOST_CHECKPOINTS, MOST_RULES, MOST_STAGES
from sandbox.engine.guards import problems as problems_of_rule
from sandbox.engine.plan import Budget, Checkpoint, Plan, PlanStage, Rule
from sandbox.engine.rule_words import counted
from sandbox.engine.scenario import Scenario

Each = TypeVar("Each")


class CannotChange(ValueError):
    """The change makes no sense for this plan; says why in words. `at` is where on the page."""

    def __init__(self, *problems: str, at: str = "") -> None:
        super().__init__(" ".join(problems))
        self.problems = list(problems)
        self.at = at


def job_of(scenario: Scenario, stage: PlanStage) -> str:
    """The title of the stage's job, also of one that the scenario does not have."""
    job = scenario.jobs.get(stage.job)
    return job.title if job else stage.job


# ---- Stages --------------------------------------------------------------------------------


def add_stage(plan: Plan, scenario: Scenario, job: str, agent: str) -> tuple[Plan, int]:
    """With a stage for this job where the scenario's order of jobs puts it; and its place."""
    if job not in scenario.jobs:
        raise CannotChange("This scenario has no such job.", at="palette")
    if agent not in scenario.agents or agent not in scenario.jobs[job].agents:
        raise CannotChange(f"Nobody of that name does “{scenario.jobs[job].title}”.", at="palette")
    if len(plan.stages) >= MOST_STAGES:
        raise CannotChange(f"A plan has at most {MOST_STAGES} stages.", at="palette")
    place = _place_for(plan, scenario, job)
    stage = PlanStage(job=job, agent=agent, tier=scenario.agents[agent].tier)
    stages = (*plan.stages[:place], stage, *plan.stages[place:])
    return replace(plan, stages=stages), place


def _place_for(plan: Plan, scenario: Scenario, job: str) -> int:
    """A watcher goes to the end, other work before the first stage whose job comes later."""
    order = list(scenario.jobs)
    if scenario.jobs[job].kind == "watch":
        return len(plan.stages)
    for place, stage in enumerate(plan.stages):
        other = scenario.jobs.get(stage.job)
        if other and other.kind != "watch" and order.index(stage.job) > order.index(job):
            return place
    return len(plan.stages)


def stage_at(plan: Plan, place: int) -> PlanStage:
    if not 0 <= place < len(plan.stages):
        raise CannotChange("The plan has no such stage any more.", at="stages")
    return plan.stages[place]


def put_stage(plan: Plan, place: int, stage: PlanStage) -> Plan:
    """With another stage in the place of this one."""
    stage_at(plan, place)
    return replace(plan, stages=(*plan.stages[:place], stage, *plan.stages[place + 1 :]))


def move_stage(plan: Plan, place: int, to: int) -> Plan:
    stage_at(plan, place)
    return replace(plan, stages=_moved(plan.stages, place, to))


def remove_stage(plan: Plan, place: int) -> Plan:
    """Without the stage, and without checkpoints after a job that is nobody's any more."""
    stage_at(plan, place)
    stages = (*plan.stages[:place], *plan.stages[place + 1 :])
    jobs = {each.job for each in stages}
    kept = [each for each in plan.checkpoints if each.kind != "stage" or each.of in jobs]
    return replace(plan, stages=stages, checkpoints=tuple(kept))


def _moved(values: Sequence[Each], place: int, to: int) -> tuple[Each, ...]:
    found = list(values)
    found.insert(max(0, min(to, len(values) - 1)), found.pop(place))
    return tuple(found)


# ---- Rules ---------------------------------------------------------------------------------


def rule_at(plan: Plan, place: int) -> Rule:
    if not 0 <= place < len(plan.rules):
        raise CannotChange("The plan has no such rule any more.", at="rules")
    return plan.rules[place]


def put_rule(plan: Plan, scenario: Scenario, place: int | None, rule: Rule) -> Plan:
    """With the rule in this place, or at the end; a rule that cannot be read is not taken."""
    if found := problems_of_rule(rule, scenario):
        raise CannotChange(*found, at="rule")
    if place is not None:
        rule_at(plan, place)
        return replace(plan, rules=(*plan.rules[:place], rule, *plan.rules[place + 1 :]))
    if len(plan.rules) >= MOST_RULES:
        raise CannotChange(f"A plan has at most {MOST_RULES} rules.", at="rules")
    return replace(plan, rules=(*plan.rules, rule))


def move_rule(plan: Plan, place: int, to: int) -> Plan:
    rule_at(plan, place)
    return replace(plan, rules=_moved(plan.rules, place, to))


def remove_rule(plan: Plan, place: int) -> Plan:
    rule_at(plan, place)
    return replace(plan, rules=(*plan.rules[:place], *plan.rules[place + 1 :]))


# ---- Checkpoints and budget ----------------------------------------------------------------


def add_checkpoint(plan: Plan, scenario: Scenario, checkpoint: Checkpoint) -> Plan:
    """With one more checkpoint; one on low confidence takes the place of an earlier one."""
    if checkpoint.kind == "tool" and checkpoint.of not in scenario.tools:
        raise CannotChange("This scenario has no such tool.", at="checkpoints")
    if checkpoint.kind == "stage" and checkpoint.of not in {each.job for each in plan.stages}:
        raise CannotChange("The plan has no such stage.", at="checkpoints")
    if not 0 <= checkpoint.below <= 100:
        raise CannotChange("Confidence lies between 0 and 100 per cent.", at="checkpoints")
    others = list(plan.checkpoints)
    if checkpoint.kind == "confidence":
        others = [each for each in others if each.kind != "confidence"]
    elif any((each.kind, each.of) == (checkpoint.kind, checkpoint.of) for each in others):
        raise CannotChange("You are asked there already.", at="checkpoints")
    if len(others) >= MOST_CHECKPOINTS:
        raise CannotChange(f"A plan has at most {MOST_CHECKPOINTS} checkpoints.", at="checkpoints")
    return replace(plan, checkpoints=(*others, checkpoint))


def checkpoint_at(plan: Plan, place: int) -> Checkpoint:
    if not 0 <= place < len(plan.checkpoints):
        raise CannotChange("The plan has no such checkpoint any more.", at="checkpoints")
    return plan.checkpoints[place]


def remove_checkpoint(plan: Plan, place: int) -> Plan:
    checkpoint_at(plan, place)
    kept = (*plan.checkpoints[:place], *plan.checkpoints[place + 1 :])
    return replace(plan, checkpoints=kept)


def set_budget(plan: Plan, scenario: Scenario, budget: Budget) -> Plan:
    """With this budget; what is as wide as the scenario's limit is the limit."""
    limits = scenario.limits
    found: dict[str, int | None] = {}
    for name in ("mils", "minutes", "human_minutes"):
        value, most = getattr(budget, name), getattr(limits, name)
        if value is not None and not 0 <= value <= most:
            raise CannotChange(_beyond(name, most, scenario), at="budget")
        found[name] = None if value == most else value
    return replace(plan, budget=Budget(**found))


def _beyond(name: str, most: int, scenario: Scenario) -> str:
    if name == "mils":
        return f"Money lies between 0 and {scenario.world.currency}{most / 1000:.2f}."
    of = "Your attention" if name == "human_minutes" else "Time"
    return f"{of} lies between 0 and {counted(most, 'minute', 'minutes')}."
