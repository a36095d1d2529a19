"""Whether a plan is legal: unwise is allowed, what the engine cannot play is not."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.checks.base import Path, Problem, between, unknown
from sandbox.checks.work import DOES_NOT, KINDS
from sandbox.engine import guards
from sandbox.engine.plan import Checkpoint, Plan, PlanStage
from sandbox.engine.scenario import Scenario
from sandbox.engine.vocabulary import WATCHERS

MOST_STAGES = 20
MOST_RULES = 20
MOST_CHECKPOINTS = 40


def plan_problems(scenario: Scenario, plan: Plan) -> list[Problem]:
    """All that makes the plan illegal, each with its place in the plan."""
    found = []
    if not plan.stages and scenario.reading is None:
        found.append(Problem(("stages",), "A plan needs at least one stage."))
    for name, most in (
        ("stages", MOST_STAGES),
        ("rules", MOST_RULES),
        ("checkpoints", MOST_CHECKPOINTS),
    ):
        if len(getattr(plan, name)) > most:
            return [Problem((name,), f"There may be at most {most} {name}.")]
    for place, stage in enumerate(plan.stages):
        found += _stage(("stages", place), stage, scenario)
    found += _order(scenario, plan)
    for place, rule in enumerate(plan.rules):
        found += [Problem(("rules", place), each) for each in guards.problems(rule, scenario)]
    for place, checkpoint in enumerate(plan.checkpoints):
        found += _checkpoint(("checkpoints", place), checkpoint, scenario, plan)
    budget = plan.budget
    for name in ("mils", "minutes", "human_minutes"):
        value = getattr(budget, name)
        if value is not None:
            most = getattr(scenario.limits, name)
            found += between(("budget", name), value, 0, most)
    return found


def _stage(path: Path, stage: PlanStage, scenario: Scenario) -> Iterator[Problem]:
    yield from unknown((*path, "job"), stage.job, scenario.jobs, "job")
    yield from unknown((*path, "agent"), stage.agent, scenario.agents, "agent")
    yield from between((*path, "share"), stage.share, 1, 100)
    job, agent = scenario.jobs.get(stage.job), scenario.agents.get(stage.agent)
    if job is None or agent is None:
        return
    if stage.agent not in job.agents:
        yield Problem((*path, "agent"), f"{agent.name} cannot do “{job.title}”.")
    elif agent.role in DOES_NOT[job.kind]:
        message = f"A {agent.role.value} does not do {KINDS[job.kind]}."
        yield Problem((*path, "agent"), message)
    for place, tool in enumerate(stage.tools or ()):
        if tool not in agent.tools:
            message = f"{agent.name} does not hold the tool “{tool[:40]}”."
            yield Problem((*path, "tools", place), message)


def _order(scenario: Scenario, plan: Plan) -> Iterator[Problem]:
    """Each job once (watchers may look again), in their order, a watcher only behind work.

    A reviewer or verifier never judges its own proposals. Another agent may, unwisely.
    """
    places: dict[str, int] = {}
    proposer = ""
    for place, stage in enumerate(plan.stages):
        path: Path = ("stages", place, "job")
        job = scenario.jobs.get(stage.job)
        if job is None:
            continue
        if stage.job in places and job.kind != "watch":
            yield Problem(path, f"“{job.title}” is in the plan twice.")
        places.setdefault(stage.job, place)
        if job.kind == "watch" and not proposer:
            yield Problem(path, f"“{job.title}” has no work before it to look at.")
        elif job.kind == "watch" and stage.agent == proposer:
            agent = scenario.agents.get(stage.agent)
            if agent is not None and agent.role in WATCHERS:
                message = f"{agent.name} cannot judge what it proposed itself."
                yield Problem(("stages", place, "agent"), message)
        if job.kind == "work":
            proposer = stage.agent
    for place, stage in enumerate(plan.stages):
        job = scenario.jobs.get(stage.job)
        for before in job.after if job else ():
            if places.get(before, -1) > place and before in scenario.jobs:
                title = scenario.jobs[before].title
                message = f"“{job.title if job else ''}” comes after “{title}”."
                yield Problem(("stages", place, "job"), message)


def _checkpoint(
    path: Path, checkpoint: Checkpoint, scenario: Scenario, plan: Plan
) -> Iterator[Problem]:
    match checkpoint.kind:
        case "tool":
            yield from unknown((*path, "of"), checkpoint.of, scenario.tools, "tool")
        case "stage":
            jobs = {stage.job for stage in plan.stages}
            if checkpoint.of not in jobs:
                message = f"The plan has no stage for the job “{checkpoint.of[:40]}”."
                yield Problem((*path, "of"), message)
        case _ if checkpoint.of:
            yield Problem((*path, "of"), "Only a tool or a stage has something here.")
    yield from between((*path, "below"), checkpoint.below, 0, 100)
