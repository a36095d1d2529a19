"""The plan as it is drawn: stages on the lanes of their agents, checkpoints as bar lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.engine.plan import Checkpoint, Plan
from sandbox.engine.plan_parts import Work, rules_for, works
from sandbox.engine.rule_words import counted
from sandbox.engine.scenario import Scenario
from sandbox.engine.vocabulary import Effect
from sandbox.planning.changes import job_of
from sandbox.timeline.wording import letter

GUARDIAN = "Guardian"


@dataclass(frozen=True, slots=True)
class LaneShown:
    name: str
    small: str


@dataclass(frozen=True, slots=True)
class StageShown:
    """A stage on its lane; `lane` counts from 1. `rules` may decide here, `wrong` is what is
    illegal about it."""

    place: int
    number: int
    title: str
    agent: str
    tier: str
    small: str
    lane: int
    rules: int
    tools: tuple[tuple[str, bool], ...]  # title, and whether it cannot be taken back
    on_fail: str
    wrong: tuple[str, ...]

    @property
    def guarded(self) -> str:
        return counted(self.rules, "rule", "rules")


@dataclass(frozen=True, slots=True)
class BarShown:
    """A checkpoint: a bar line across all lanes."""

    place: int
    letter: str
    words: str
    short: str


@dataclass(slots=True)
class Drawn:
    """`columns` hold stages and bar lines in the order of time; `anywhere` the checkpoints that
    belong to no place."""

    lanes: list[LaneShown] = field(default_factory=list)
    columns: list[StageShown | BarShown] = field(default_factory=list)
    bars: list[BarShown] = field(default_factory=list)
    anywhere: list[BarShown] = field(default_factory=list)

    @property
    def stages(self) -> list[StageShown]:
        return [each for each in self.columns if isinstance(each, StageShown)]


ON_FAIL = {
    "ask": "Stop and ask me",
    "reconcile": "Look whether it was done, then try again",
    "retry": "Try again",
    "skip": "Leave the {noun} and go on",
}


def on_fail(choice: str, scenario: Scenario) -> str:
    return ON_FAIL[choice].format(noun=scenario.brief.noun)


def drawn(plan: Plan, scenario: Scenario, wrong: Mapping[int, list[str]]) -> Drawn:
    """The drawing; `wrong` are problems by the place of their stage."""
    found = Drawn()
    agents = list(dict.fromkeys(each.agent for each in plan.stages))
    order = [each for each in scenario.agents if each in agents]
    order += [each for each in agents if each not in order]
    for name in order:
        tiers = list(dict.fromkeys(each.tier for each in plan.stages if each.agent == name))
        known = scenario.agents.get(name)
        small = f"{' and '.join(tiers)} model" if len(tiers) < 3 else "all sizes of model"
        found.lanes.append(LaneShown(known.name if known else name, small))
    rules = counted(len(plan.rules), "rule", "rules")
    found.lanes.append(LaneShown(GUARDIAN, f"{rules}, no model"))
    working = {each.place: each for each in works(plan, scenario)}
    found.bars = [
        BarShown(
            place,
            letter(place + 1),
            checkpoint_words(each, scenario),
            checkpoint_short(each, scenario),
        )
        for place, each in enumerate(plan.checkpoints)
    ]
    found.anywhere = [
        bar
        for bar, each in zip(found.bars, plan.checkpoints, strict=True)
        if each.kind == "confidence"
    ]
    last: Work | None = None
    for place in range(len(plan.stages)):
        found.columns.append(_stage(plan, scenario, place, order, working, wrong))
        last = working.get(place, last)
        following = plan.stages[place + 1] if place + 1 < len(plan.stages) else None
        job = scenario.jobs.get(following.job) if following else None
        if job is not None and job.kind == "watch":
            continue  # those who look on belong to the stage before
        for bar, each in zip(found.bars, plan.checkpoints, strict=True):
            if _stands_after(each, place, last, plan):
                found.columns.append(bar)
    return found


def _stage(
    plan: Plan,
    scenario: Scenario,
    place: int,
    order: list[str],
    working: Mapping[int, Work],
    wrong: Mapping[int, list[str]],
) -> StageShown:
    stage = plan.stages[place]
    agent, job = scenario.agents.get(stage.agent), scenario.jobs.get(stage.job)
    held = stage.tools if stage.tools is not None else agent.tools if agent else ()
    rules: set[int] = set()
    if work := working.get(place):
        for tool in work.used:
            rules |= {plan.rules.index(rule) for rule, _ in rules_for(plan, tool, work, scenario)}
    share = f", 1 in {stage.share}" if job and job.kind == "watch" and stage.share > 1 else ""
    return StageShown(
        place=place,
        number=place + 1,
        title=job_of(scenario, stage),
        agent=agent.name if agent else stage.agent,
        tier=stage.tier,
        small=f"{stage.tier} model{share}",
        lane=order.index(stage.agent) + 1,
        rules=len(rules),
        tools=tuple(
            (scenario.tools[each].title, scenario.tools[each].effect is Effect.IRREVERSIBLE)
            for each in held
            if each in scenario.tools
        ),
        on_fail=on_fail(stage.on_fail, scenario),
        wrong=tuple(wrong.get(place, ())),
    )


def _stands_after(each: Checkpoint, place: int, last: Work | None, plan: Plan) -> bool:
    """Whether the bar line stands behind this place, the last of a stage and those looking on."""
    if each.kind == "stage":
        group = {plan.stages[place].job}
        if last is not None:
            group |= {stage.job for stage in plan.stages[last.place : place + 1]}
        return each.of in group
    if last is None or plan.stages[place].job not in {
        last.stage.job,
        *(stage.job for stage in last.watchers),
    }:
        return False
    return (
        each.of in last.used
        if each.kind == "tool"
        else (each.kind == "conflict" and bool(last.watchers))
    )


def checkpoint_words(each: Checkpoint, scenario: Scenario) -> str:
    """When one is asked, in the middle of a sentence."""
    match each.kind:
        case "tool":
            tool = scenario.tools.get(each.of)
            return f"before “{tool.title if tool else each.of}”, unless a rule allows it"
        case "stage":
            job = scenario.jobs.get(each.of)
            return f"after “{job.title if job else each.of}”, about all of it at once"
        case "conflict":
            return "when somebody who looks on objects"
    return f"when an agent is less than {each.below}% sure"


def checkpoint_short(each: Checkpoint, scenario: Scenario) -> str:
    """The checkpoint in as few words as can be: "Before “Send a payment”"."""
    match each.kind:
        case "tool":
            tool = scenario.tools.get(each.of)
            return f"Before “{tool.title if tool else each.of}”"
        case "stage":
            job = scenario.jobs.get(each.of)
            return f"After “{job.title if job else each.of}”"
        case "conflict":
            return "On an objection"
    return f"Less than {each.below}% sure"
