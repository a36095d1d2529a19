"""What the plan page shows: the drawing, its reading, forms for what is chosen, the likely cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox import scenarios
from sandbox.checks.base import Problem
from sandbox.checks.plans import plan_problems
from sandbox.engine import cel
from sandbox.engine.guard_words import gaps, says
from sandbox.engine.guards import to_cel
from sandbox.engine.plan import Plan
from sandbox.engine.prepared import Prepared
from sandbox.engine.rule_words import counted, words
from sandbox.engine.scenario import TIERS, Agent, Job, Scenario
from sandbox.engine.vocabulary import Effect
from sandbox.forms import rules
from sandbox.models import Run
from sandbox.planning.changes import job_of
from sandbox.planning.expecting import (
    SITUATIONS,
    TierRow,
    cases_of,
    catches,
    likely,
    minutes,
    tier_rows,
)
from sandbox.planning.lanes import ON_FAIL, Drawn, checkpoint_words, drawn, on_fail
from sandbox.timeline.wording import tools_money

BAR = 200  # the width of the bars of the likely cost, in their own units


def plan_of(run: Run, scenario: Scenario) -> Plan:
    """The plan as it is held; a run that holds none yet begins with the scenario's first."""
    if not run.plan and not run.plan_sequence and run.plan_digest is None:
        return scenario.starter
    return scenarios.read_plan(run.plan)


@dataclass(frozen=True, slots=True)
class Offer:
    """A job that can be added, with those who do it."""

    job: str
    title: str
    does: str
    agents: tuple[tuple[str, str, str], ...]  # key, name, and what is known of them beforehand


@dataclass(frozen=True, slots=True)
class ToolTick:
    name: str
    title: str
    held: bool
    final: bool
    external: bool


@dataclass(frozen=True, slots=True)
class StageForm:
    """The stage that is open for editing."""

    place: int
    number: int
    title: str
    does: str
    agent: str
    agents: tuple[tuple[str, str], ...]
    about: str
    tiers: list[TierRow]
    tier: str
    cases: str
    tools: tuple[ToolTick, ...]
    watches: bool
    share: int
    fails: tuple[tuple[str, str], ...]
    on_fail: str
    first: bool
    last: bool
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleShown:
    place: int
    name: str
    words: str
    effect: str
    icon: str
    says: str
    cel: str
    first: bool
    last: bool
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gauge:
    """One part of the likely cost against what the plan allows."""

    title: str
    words: str
    width: int
    more: str
    pencil: bool
    over: bool


EFFECTS = {"ask": ("ask me", "hold"), "deny": ("refuse", "cross"), "allow": ("allow", "dot"),
           "modify": ("change first", "wedge")}  # fmt: skip


@dataclass(slots=True)
class Problems:
    """What is illegal about the plan, all of it and by place."""

    every: list[str]
    stages: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    rules: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    checkpoints: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))


def problems_of(scenario: Scenario, plan: Plan) -> Problems:
    found = plan_problems(scenario, plan)
    sorted_out = Problems([_located(each, scenario, plan) for each in found])
    for each in found:
        name, *rest = each.path
        if name in ("stages", "rules", "checkpoints") and rest and isinstance(rest[0], int):
            getattr(sorted_out, str(name))[rest[0]].append(each.message)
    return sorted_out


def _located(problem: Problem, scenario: Scenario, plan: Plan) -> str:
    """The problem with where it is, in words."""
    name, *rest = problem.path
    place = rest[0] if rest and isinstance(rest[0], int) else None
    if name == "stages" and place is not None:
        return f"Stage {place + 1}, “{job_of(scenario, plan.stages[place])}”: {problem.message}"
    if name == "rules" and place is not None:
        return f"Rule {place + 1}, “{plan.rules[place].name}”: {problem.message}"
    if name == "checkpoints" and place is not None:
        where = checkpoint_words(plan.checkpoints[place], scenario)
        return f"Being asked {where}: {problem.message}"
    return problem.message


# ---- The page ------------------------------------------------------------------------------


def context(run: Run, prepared: Prepared, plan: Plan, query: Mapping[str, str]) -> dict[str, Any]:
    """Everything but what the request alone knows (the last change, what went wrong)."""
    scenario = prepared.scenario
    wrong = problems_of(scenario, plan)
    drawing: Drawn = drawn(plan, scenario, wrong.stages)
    return {
        "run": run,
        "section": "rehearsals",
        "scenario": scenario,
        "goal": scenario.brief.goal,
        "sequence": run.plan_sequence,
        "drawn": drawing,
        "as_table": query.get("as") == "table",
        "illegal": wrong.every,
        "reading": _reading(plan, scenario),
        "gaps": [] if wrong.every else gaps(plan, scenario),
        "palette": palette(plan, prepared),
        "genius": scenario.genius is not None and scenario.genius != plan,
        "stage": stage_form(plan, prepared, _number(query.get("stage")) - 1, wrong),
        "rules": rules_shown(plan, scenario, wrong),
        "rule": rule_form(plan, scenario, query.get("rule", "")),
        "bars": [(bar, tuple(wrong.checkpoints.get(bar.place, ()))) for bar in drawing.bars],
        "asks_where": ask_places(plan, scenario),
        "budget": _budget(plan, scenario),
        "gauges": [] if wrong.every else gauges(prepared, plan),
        "situations": SITUATIONS,
        "prediction": prediction_of(run, scenario),
        **rule_choices(scenario),
    }


def rule_choices(scenario: Scenario) -> dict[str, Any]:
    return {
        "facts": rules.facts(scenario),
        "arguments": rules.arguments(scenario),
        "effects": rules.EFFECTS,
        "by_hand": cel.available(),
    }


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else 0


def _reading(plan: Plan, scenario: Scenario) -> list[tuple[str, str]]:
    """Each paragraph with the name of the agent that it begins with, if it does."""
    names = sorted((each.name for each in scenario.agents.values()), key=len, reverse=True)
    found = []
    for text in says(plan, scenario):
        name = next((each for each in names if text.startswith(f"{each},")), "")
        found.append((name, text.removeprefix(name)))
    return found


def palette(plan: Plan, prepared: Prepared) -> list[Offer]:
    """Jobs that the plan does not hold, and those who look on, who may look more than once."""
    scenario = prepared.scenario
    present = {each.job for each in plan.stages}
    return [
        Offer(
            name,
            job.title,
            job.does,
            tuple(
                (key, scenario.agents[key].name, _known(scenario, job, scenario.agents[key]))
                for key in job.agents
                if key in scenario.agents
            ),
        )
        for name, job in scenario.jobs.items()
        if job.kind == "watch" or name not in present
    ]


def _known(scenario: Scenario, job: Job, agent: Agent) -> str:
    if job.kind == "watch":
        return catches(scenario, agent, TIERS[agent.tier].error)
    return f"{agent.tier} model"


def stage_form(plan: Plan, prepared: Prepared, place: int, wrong: Problems) -> StageForm | None:
    """The form of this stage; None for a place that the plan does not have."""
    if not 0 <= place < len(plan.stages):
        return None
    scenario, stage = prepared.scenario, plan.stages[place]
    job, agent = scenario.jobs.get(stage.job), scenario.agents.get(stage.agent)
    watches = job is not None and job.kind == "watch"
    number = cases_of(prepared, plan, place)
    noun, nouns = ("look", "looks") if watches else (scenario.brief.noun, scenario.brief.nouns)
    held = agent.tools if agent and stage.tools is None else stage.tools or ()
    return StageForm(
        place=place,
        number=place + 1,
        title=job_of(scenario, stage),
        does=job.does if job else "",
        agent=stage.agent,
        agents=tuple(
            (key, scenario.agents[key].name)
            for key in (job.agents if job else ())
            if key in scenario.agents
        ),
        about=agent.does if agent else "",
        tiers=tier_rows(prepared, plan, place),
        tier=stage.tier,
        cases=counted(number, noun, nouns),
        tools=tuple(
            ToolTick(
                name,
                scenario.tools[name].title,
                name in held,
                scenario.tools[name].effect is Effect.IRREVERSIBLE,
                scenario.tools[name].external,
            )
            for name in (agent.tools if agent else ())
            if name in scenario.tools
        ),
        watches=watches,
        share=stage.share,
        fails=tuple((key, on_fail(key, scenario)) for key in ON_FAIL),
        on_fail=stage.on_fail,
        first=place == 0,
        last=place == len(plan.stages) - 1,
        wrong=tuple(wrong.stages.get(place, ())),
    )


def rules_shown(plan: Plan, scenario: Scenario, wrong: Problems) -> list[RuleShown]:
    return [
        RuleShown(
            place=place,
            name=rule.name,
            words=words(rule, scenario),
            effect=rule.effect,
            icon=EFFECTS[rule.effect][1],
            says=EFFECTS[rule.effect][0],
            cel=to_cel(rule),
            first=place == 0,
            last=place == len(plan.rules) - 1,
            wrong=tuple(wrong.rules.get(place, ())),
        )
        for place, rule in enumerate(plan.rules)
    ]


def rule_form(plan: Plan, scenario: Scenario, asked: str) -> rules.RuleForm | None:
    """The form that the address asks for: "new", or the number of a rule."""
    if asked == "new":
        return rules.empty_form()
    place = _number(asked) - 1
    if not 0 <= place < len(plan.rules):
        return None
    return rules.form_of(plan.rules[place], place, scenario)


def ask_places(plan: Plan, scenario: Scenario) -> list[tuple[str, list[tuple[str, str]]]]:
    """Where one may ask to be asked and is not yet, in the groups of a select."""
    taken = {(each.kind, each.of) for each in plan.checkpoints}
    before = [
        (f"tool:{name}", tool.title)
        for name, tool in scenario.tools.items()
        if ("tool", name) not in taken and tool.effect is not Effect.READ
    ]
    jobs = dict.fromkeys(each.job for each in plan.stages)
    after = [
        (f"stage:{name}", scenario.jobs[name].title)
        for name in jobs
        if name in scenario.jobs
        and scenario.jobs[name].kind != "watch"
        and ("stage", name) not in taken
    ]
    other = [("confidence", "When an agent is unsure")]
    if ("conflict", "") not in taken:
        other.insert(0, ("conflict", "When somebody who looks on objects"))
    groups = [("Before a tool is used", before), ("After a stage", after), ("Anywhere", other)]
    return [(title, found) for title, found in groups if found]


def _budget(plan: Plan, scenario: Scenario) -> dict[str, Any]:
    budget, limits = plan.budget, scenario.limits
    mils = limits.mils if budget.mils is None else budget.mils
    return {
        "mils": f"{mils / 1000:.2f}",
        "most_mils": f"{limits.mils / 1000:.2f}",
        "minutes": limits.minutes if budget.minutes is None else budget.minutes,
        "most_minutes": limits.minutes,
        "human_minutes": limits.human_minutes
        if budget.human_minutes is None
        else budget.human_minutes,
        "most_human_minutes": limits.human_minutes,
        "ask_minutes": limits.ask_minutes,
    }


def gauges(prepared: Prepared, plan: Plan) -> list[Gauge]:
    """Attention, money and time that a run of this plan is likely to take."""
    scenario = prepared.scenario
    found, limits, budget = likely(prepared, plan), scenario.limits, plan.budget
    human = limits.human_minutes if budget.human_minutes is None else budget.human_minutes
    mils = limits.mils if budget.mils is None else budget.mils
    length = limits.minutes if budget.minutes is None else budget.minutes
    asks = round(found.asks)
    times = counted(asks, "question", "questions")
    more = f"about {times}, {counted(limits.ask_minutes, 'minute', 'minutes')} each"
    if found.expired >= 0.5:
        late = counted(max(1, round(found.expired)), "more comes", "more come")
        more += f"; about {late} too late and count as refused"
    return [
        Gauge(
            "Your attention",
            f"{round(found.human)} of {human} min",
            _width(found.human, human),
            more,
            True,
            found.expired >= 0.5,
        ),
        Gauge(
            "Models and tools",
            f"{tools_money(prepared, round(found.mils))} of {tools_money(prepared, mils)}",
            _width(found.mils, mils),
            f"warning at {tools_money(prepared, mils * 8 // 10)}, halt at"
            f" {tools_money(prepared, mils)}",
            False,
            found.mils > mils,
        ),
        Gauge(
            "Time",
            f"{minutes(found.minutes).removesuffix(' min')} of {length} min",
            _width(found.minutes, length),
            f"from {scenario.world.start}; later than that costs points",
            False,
            found.minutes > length,
        ),
    ]


def _width(value: float, most: float) -> int:
    return BAR if value >= most else round(BAR * value / most) if most else 0


def prediction_of(run: Run, scenario: Scenario) -> tuple[str, str] | None:
    """The choice and the own words; None until both are given."""
    place, choices = run.prediction_choice, scenario.brief.choices
    if place is None or not 0 <= place < len(choices) or not run.prediction.strip():
        return None
    return choices[place], run.prediction
