"""What the stages of a plan come to: who works, on which cases, with which tools, who looks on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sandbox.engine.cel_limits import tokens
from sandbox.engine.plan import Condition, Plan, PlanStage, Rule, Value
from sandbox.engine.prepared import Prepared
from sandbox.engine.scenario import Agent, Job, Scenario
from sandbox.engine.vocabulary import Effect


class Work(NamedTuple):
    """A stage that works. `held` are the tools it may touch, `used` those its job proposes;
    `watchers` are the stages that look at its proposals."""

    place: int
    stage: PlanStage
    job: Job
    agent: Agent
    cases: tuple[str, ...]
    held: tuple[str, ...]
    used: tuple[str, ...]
    watchers: tuple[PlanStage, ...]

    def unused(self, scenario: Scenario) -> list[str]:
        """Tools that it may touch, that change something, and that its job never proposes."""
        return [
            each
            for each in self.held
            if each not in self.used and scenario.tools[each].effect is not Effect.READ
        ]


def works(plan: Plan, scenario: Scenario) -> list[Work]:
    """The working stages of the plan in order; what names no job or agent of ours is left out."""
    prepared = Prepared(scenario)
    found: list[Work] = []
    sorter = ""
    for place, stage in enumerate(plan.stages):
        job, agent = scenario.jobs.get(stage.job), scenario.agents.get(stage.agent)
        if job is None or agent is None or job.kind == "watch":
            continue
        if job.kind == "route":
            sorter = stage.job
            continue
        tools = agent.tools if stage.tools is None else stage.tools
        held = tuple(each for each in tools if each in scenario.tools)
        found.append(
            Work(
                place=place,
                stage=stage,
                job=job,
                agent=agent,
                cases=_cases(prepared, job, sorter),
                held=held,
                used=tuple(each for each in _proposed(job) if each in held),
                watchers=_watchers(plan, scenario, place),
            )
        )
    return found


def _proposed(job: Job) -> list[str]:
    proposed = [job.step.tool, *(each.tool or "" for each in job.cases.values())]
    return list(dict.fromkeys(each for each in proposed if each))


def _cases(prepared: Prepared, job: Job, sorter: str) -> tuple[str, ...]:
    cases = [each for each in prepared.cases if not job.only or each in job.only]
    if sorter and job.routes:
        cases = [each for each in cases if prepared.step(sorter, each).route in job.routes]
    return tuple(cases)


def _watchers(plan: Plan, scenario: Scenario, place: int) -> tuple[PlanStage, ...]:
    found = []
    for stage in plan.stages[place + 1 :]:
        job = scenario.jobs.get(stage.job)
        if job is None or job.kind != "watch":
            break
        found.append(stage)
    return tuple(found)


def about(rule: Rule, tool: str, work: Work, scenario: Scenario) -> tuple[Condition, ...] | None:
    """The conditions that are still open for this tool in this stage; None when it never fits.

    Of a rule written by hand only the tools that its text names are known.
    """
    if rule.cel:
        texts = {each.text[1:-1] for each in tokens(rule.cel)[0] if each.kind == "text"}
        named = texts & set(scenario.tools)
        return () if not named or tool in named else None
    spec = scenario.tools[tool]
    settled: Mapping[str, Value] = {
        "tool": tool,
        "effect": spec.effect.value,
        "irreversible": spec.effect is Effect.IRREVERSIBLE,
        "external": spec.external,
        "agent": work.agent.role.value,
        "job": work.stage.job,
    }
    still_open = []
    for each in rule.when:
        if each.fact not in settled:
            still_open.append(each)
        elif (settled[each.fact] == each.value) is not (each.op == "is"):
            return None
    return tuple(still_open)


def rules_for(
    plan: Plan, tool: str, work: Work, scenario: Scenario
) -> list[tuple[Rule, tuple[Condition, ...]]]:
    """The rules that may decide about this tool in this stage, with what they still hang on."""
    found = []
    for rule in plan.rules:
        still_open = about(rule, tool, work, scenario)
        if still_open is None:
            continue
        found.append((rule, still_open))
        if not still_open and not rule.cel:
            break  # nothing below it is ever read
    return found


def asks_before(plan: Plan, tool: str) -> bool:
    """Whether a checkpoint stands before this tool."""
    return any(each.kind == "tool" and each.of == tool for each in plan.checkpoints)
