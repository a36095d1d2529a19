"""A whole plan in plain words: who does what, which rule stops what, where you are asked."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter

from sandbox.engine.plan import Condition, Plan, PlanStage, Rule
from sandbox.engine.plan_gaps import gaps
from sandbox.engine.plan_parts import Work, asks_before, rules_for, works
from sandbox.engine.prepared import money
from sandbox.engine.rule_words import clause, counted, joined, lower, opens, words
from sandbox.engine.scenario import Scenario
from sandbox.engine.vocabulary import Effect

__all__ = ["gaps", "says", "words"]

_ON_FAIL = {
    "ask": "If a tool fails, it stops and asks you",
    "retry": "If a tool fails, it tries again without looking whether it was done",
    "reconcile": "If a tool fails, it looks first whether it was done, then tries again",
    "skip": "If a tool fails, it leaves that {noun} and goes on",
}


def says(plan: Plan, scenario: Scenario) -> list[str]:
    """What the plan says: a paragraph for each stage, and one on what you allow."""
    if not plan.stages:
        return ["The plan has no stages yet, so nothing happens."]
    working = {each.place: each for each in works(plan, scenario)}
    paragraphs = []
    last: Work | None = None
    for place, stage in enumerate(plan.stages):
        if place in working:
            last = working[place]
            paragraphs.append(_work(plan, last, scenario))
        else:
            paragraphs.append(_other(plan, stage, last, scenario))
    return [*paragraphs, _allowance(plan, scenario)]


def _other(plan: Plan, stage: PlanStage, last: Work | None, scenario: Scenario) -> str:
    job, agent = scenario.jobs.get(stage.job), scenario.agents.get(stage.agent)
    if job is None or agent is None:
        return "This stage names a job or an agent that the scenario does not have."
    by = f"{agent.name}, on a {stage.tier} model,"
    brief = scenario.brief
    if job.kind == "route":
        piles = [pile for each in scenario.jobs.values() for pile in each.routes]
        into = f" into {joined(list(dict.fromkeys(piles)))}" if piles else ""
        number = counted(len(scenario.case_rows), brief.noun, brief.nouns)
        return f"{by} sorts the {number}{into}. {_after_stage(plan, stage)}".strip()
    if last is None:
        return f"{by} has nothing to read: no stage before it proposes anything."
    often = "every proposal" if stage.share < 2 else f"{_one_in(stage.share)} of the proposals"
    objects = "If it objects, that proposal does not happen."
    if any(each.kind == "conflict" for each in plan.checkpoints):
        objects = "If it objects, you decide."
    return f"{by} reads {often} of “{last.job.title}” before it happens. {objects}"


def _work(plan: Plan, work: Work, scenario: Scenario) -> str:
    brief = scenario.brief
    number = len(work.cases)
    cases = counted(number, brief.noun, brief.nouns)
    each = f"each of the {cases}" if number > 1 else f"the {brief.noun}" if number else "nothing"
    sentences = [
        f"{work.agent.name}, on a {work.stage.tier} model, does “{work.job.title}” for {each}."
    ]
    for tool in work.used:
        sentences += _tool(plan, tool, work, scenario)
    if not work.used:
        sentences.append("It proposes nothing that a tool would do.")
    if spare := work.unused(scenario):
        titles = joined([f"“{scenario.tools[tool].title}”" for tool in spare])
        sentences.append(f"It may also touch {titles}, which the job does not need.")
    if any(scenario.tools[tool].effect is not Effect.READ for tool in work.used):
        sentences.append(_ON_FAIL[work.stage.on_fail].format(noun=brief.noun) + ".")
    return " ".join([*sentences, _after_stage(plan, work.stage)]).strip()


def _tool(plan: Plan, tool: str, work: Work, scenario: Scenario) -> list[str]:
    spec = scenario.tools[tool]
    rules = rules_for(plan, tool, work, scenario)
    settled = bool(rules) and not rules[-1][1] and not rules[-1][0].cel
    always = rules.pop()[0] if settled else None
    said = [
        (_does(rule, scenario), _when(rule, still_open, scenario)) for rule, still_open in rules
    ]
    unsure = [each.below for each in plan.checkpoints if each.kind == "confidence"]
    if unsure and always is None and not asks_before(plan, tool):
        said.append(("waits for you", f"when the agent is less than {max(unsure)}% sure"))
    subject = f"“{spec.title}”"
    sentences: list[str] = []
    for verb, group in groupby(said, key=itemgetter(0)):
        sentences.append(f"{subject} {verb} {joined([when for _, when in group], 'or')}.")
        subject = "Otherwise it"
    rest = "Everything else" if sentences else subject
    if always is not None:
        sentences.append(f"{rest} {_does(always, scenario)} (“{always.name}”).")
        if always.effect == "allow" and spec.effect is Effect.IRREVERSIBLE:
            sentences.append("It cannot be taken back.")
        return sentences
    if asks_before(plan, tool):
        return [*sentences, f"{rest} waits for you{'' if sentences else ' every time'}."]
    if spec.effect is Effect.READ:
        return sentences
    if spec.effect is Effect.DRAFT:
        return [*sentences, f"{rest} happens without asking; it is only a draft."]
    final = "cannot" if spec.effect is Effect.IRREVERSIBLE else "can"
    return [*sentences, f"{rest} happens without asking and {final} be taken back."]


def _does(rule: Rule, scenario: Scenario) -> str:
    if rule.effect == "modify":
        return f"is changed first ({lower(opens(rule, scenario))})"
    return {
        "ask": "waits for you",
        "deny": "is refused without asking",
        "allow": "goes ahead without asking",
    }[rule.effect]


def _when(rule: Rule, still_open: tuple[Condition, ...], scenario: Scenario) -> str:
    if rule.cel:
        return f"when your own rule “{rule.name}” holds"
    return f"when {' and '.join(clause(each, scenario) for each in still_open)} (“{rule.name}”)"


def _after_stage(plan: Plan, stage: PlanStage) -> str:
    asked = any(each.kind == "stage" and each.of == stage.job for each in plan.checkpoints)
    return "You see what came of it before the next stage begins." if asked else ""


def _one_in(share: int) -> str:
    return f"one in {counted(share, '', '').strip()}"


def _allowance(plan: Plan, scenario: Scenario) -> str:
    budget, limits = plan.budget, scenario.limits
    mils = limits.mils if budget.mils is None else budget.mils
    minutes = limits.minutes if budget.minutes is None else budget.minutes
    human = limits.human_minutes if budget.human_minutes is None else budget.human_minutes
    questions = human // max(1, limits.ask_minutes)
    spent = money(mils // 10, scenario.world.currency)
    enough = counted(questions, "question", "questions")
    return (
        f"You allow {spent} for models and tools, {counted(minutes, 'minute', 'minutes')} and"
        f" {counted(human, 'minute', 'minutes')} of your attention, which is enough for {enough};"
        " what is asked beyond that counts as refused."
    )
