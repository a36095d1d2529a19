"""What a plan leaves open: unwise but legal things, said calmly, for the one who made it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sandbox.engine.cel_limits import names
from sandbox.engine.guard_facts import column_of, fact_types
from sandbox.engine.plan import Condition, Plan, Value
from sandbox.engine.plan_parts import Work, asks_before, rules_for, works
from sandbox.engine.prepared import Prepared, Ready
from sandbox.engine.rule_words import counted, joined, looked_at
from sandbox.engine.scenario import Fact, Scenario, Tool
from sandbox.engine.vocabulary import Effect

MAYBE = "That may be what you want."


def gaps(plan: Plan, scenario: Scenario) -> list[str]:
    """What nobody and nothing in this plan looks after; an empty list when nothing stands out."""
    working = works(plan, scenario)
    return list(
        dict.fromkeys(
            [
                *_unguarded(plan, working, scenario),
                *_in_one_breath(plan, working, scenario),
                *_too_many_tools(working, scenario),
                *_twice(plan, working, scenario),
                *_unasked(plan, working, scenario),
                *_watching(plan, working, scenario),
                *_never_read(plan),
                *_attention(plan, working, scenario),
            ]
        )
    )


def _final(work: Work, scenario: Scenario) -> list[str]:
    """The tools of a stage whose doings cannot be taken back."""
    return [each for each in work.held if scenario.tools[each].effect is Effect.IRREVERSIBLE]


def _unguarded(plan: Plan, working: Iterable[Work], scenario: Scenario) -> Iterator[str]:
    for work in working:
        for tool in work.used:
            if scenario.tools[tool].effect is not Effect.IRREVERSIBLE or asks_before(plan, tool):
                continue
            if any(rule.effect != "allow" for rule, _ in rules_for(plan, tool, work, scenario)):
                continue
            title = scenario.tools[tool].title
            only = " A watcher reads it, and nothing else" if work.watchers else " Nothing"
            yield (
                f"“{title}” in “{work.job.title}” cannot be taken back.{only} stands before it: no"
                f" rule and no checkpoint. {MAYBE}"
            )


def _in_one_breath(plan: Plan, working: Iterable[Work], scenario: Scenario) -> Iterator[str]:
    prepared = Prepared(scenario)
    found: dict[tuple[str, str], list[str]] = {}
    for work in working:
        steps = [prepared.step(work.stage.job, case) for case in work.cases]
        if any(_from_outside(step, scenario) for step in steps):
            for tool in _final(work, scenario):
                if not asks_before(plan, tool) and not _looks_at_source(plan, tool, work, scenario):
                    found.setdefault((work.agent.name, tool), []).append(f"“{work.job.title}”")
    for (name, tool), jobs in found.items():
        yield (
            f"{name} reads what comes from outside and can use “{scenario.tools[tool].title}” in"
            f" the same breath, in {joined(jobs)}. What it reads may try to tell it what to do."
        )


def _looks_at_source(plan: Plan, tool: str, work: Work, scenario: Scenario) -> bool:
    types = fact_types(scenario)
    return any(
        {"tainted", "labels"} & {*names(rule.cel, types), *(each.fact for each in still_open)}
        for rule, still_open in rules_for(plan, tool, work, scenario)
    )


def _from_outside(step: Ready, scenario: Scenario) -> bool:
    for each in step.reads:
        paper = scenario.papers.get(each)
        table = scenario.world.tables.get(each.partition(".")[0])
        if (paper and paper.trust == "untrusted") or (table and table.trust == "untrusted"):
            return True
    return "untrusted" in step.labels


def _too_many_tools(working: Iterable[Work], scenario: Scenario) -> Iterator[str]:
    found: dict[tuple[str, str], list[str]] = {}
    for work in working:
        for tool in work.unused(scenario):
            spec = scenario.tools[tool]
            if spec.effect is Effect.IRREVERSIBLE or spec.external:
                found.setdefault((work.agent.name, spec.title), []).append(f"“{work.job.title}”")
    for (name, title), jobs in found.items():
        yield f"{name} may touch “{title}” in {joined(jobs)}, where the job does not need it."


def _twice(plan: Plan, working: Iterable[Work], scenario: Scenario) -> Iterator[str]:
    known = _asked_about(plan, scenario)
    for work in working:
        final = [each for each in _final(work, scenario) if each in work.used]
        if not final:
            continue
        tool = scenario.tools[final[0]]
        title = tool.title
        if work.stage.on_fail == "retry":
            yield (
                f"If “{title}” fails and was done all the same, trying again does it twice. Looking"
                " first takes longer and tells."
            )
        tells = {name for name, fact in scenario.facts.items() if _changes(tool, fact)}
        if not known & {"repeats", "again", *tells} and not asks_before(plan, final[0]):
            yield f"No rule notices when “{title}” is done twice. {MAYBE}"


def _changes(tool: Tool, fact: Fact) -> bool:
    """Whether the fact reads what the tool writes, and so tells that it was done."""
    table, column = column_of(fact)
    return any(
        each.table == fact.count or (each.table == table and column in each.values)
        for each in tool.writes
    )


def _unasked(plan: Plan, working: list[Work], scenario: Scenario) -> Iterator[str]:
    """The scenario's own facts that bear on a tool of this plan and that no rule asks about."""
    used = {tool for work in working for tool in work.used}
    known = _asked_about(plan, scenario)
    unseen = []
    for name, fact in scenario.facts.items():
        if name in known or fact.count:
            continue
        changing = [each for each in used if scenario.tools[each].effect is not Effect.READ]
        if fact.compare:
            changing = [each for each in changing if fact.compare in scenario.tools[each].args]
        if changing and not all(asks_before(plan, each) for each in changing):
            unseen.append(looked_at(name, scenario))
    if unseen:
        yield f"No rule in this plan looks at {joined(unseen, 'or')}. {MAYBE}"
    outward = [each for each in used if scenario.tools[each].external]
    if (
        any(not asks_before(plan, each) for each in outward)
        and not known & {"personal", "labels"}
        and any(paper.personal for paper in scenario.papers.values())
    ):
        yield f"No rule in this plan keeps personal data from going outside. {MAYBE}"


def _asked_about(plan: Plan, scenario: Scenario) -> set[str]:
    types = fact_types(scenario)
    by_form = {each.fact for rule in plan.rules for each in rule.when}
    by_hand = {name for rule in plan.rules if rule.cel for name in names(rule.cel, types)}
    return by_form | by_hand


def _watching(plan: Plan, working: Iterable[Work], scenario: Scenario) -> Iterator[str]:
    for work in working:
        for stage in work.watchers:
            agent = scenario.agents.get(stage.agent)
            if agent is None:
                continue
            if stage.agent == work.stage.agent:
                yield f"{agent.name} reads its own work in “{work.job.title}”, and seldom objects."
            if stage.share > 1:
                number = counted(stage.share, "", "").strip()
                yield (
                    f"{agent.name} reads one proposal in {number} of “{work.job.title}”; the others"
                    f" pass unread. {MAYBE}"
                )


def _never_read(plan: Plan) -> Iterator[str]:
    for index, rule in enumerate(plan.rules[:-1]):
        if not rule.when and not rule.cel:
            for below in plan.rules[index + 1 :]:
                name = below.name
                yield f"The rule “{name}” is never read: “{rule.name}” above it always decides."
            return


def _attention(plan: Plan, working: Iterable[Work], scenario: Scenario) -> Iterator[str]:
    budget, limits = plan.budget.human_minutes, scenario.limits
    minutes = limits.human_minutes if budget is None else budget
    questions = likely_asks(plan, working, scenario)
    if questions * limits.ask_minutes > minutes:
        yield (
            f"This plan is likely to ask you {counted(questions, 'time', 'times')} or more, which"
            f" takes {questions * limits.ask_minutes} minutes; you allow {minutes}. What is asked"
            " beyond that counts as refused."
        )


def likely_asks(plan: Plan, working: Iterable[Work], scenario: Scenario) -> int:
    """How often the plan asks at the least on a day without faults; what only a run can know (what
    happened before, how much is left, the scenario's own facts) is taken not to lead to a question.
    """
    prepared = Prepared(scenario)
    questions = 0
    for work in working:
        steps = [prepared.step(work.stage.job, case) for case in work.cases]
        questions += sum(1 for step in steps if _asks(plan, work, step, scenario))
        questions += any(e.kind == "stage" and e.of == work.stage.job for e in plan.checkpoints)
    return questions


def _asks(plan: Plan, work: Work, step: Ready, scenario: Scenario) -> bool:
    if step.tool not in work.held:
        return False
    for rule, still_open in rules_for(plan, step.tool, work, scenario):
        if not rule.cel and all(_holds(each, step, scenario) for each in still_open):
            if rule.effect != "modify":
                return rule.effect == "ask"
            break
    if asks_before(plan, step.tool):
        return True
    unsure = [each.below for each in plan.checkpoints if each.kind == "confidence"]
    return step.confidence < max(unsure, default=0)


def _holds(condition: Condition, step: Ready, scenario: Scenario) -> bool:
    args = scenario.tools[step.tool].args
    sums = [
        value
        for name, value in step.args.items()
        if isinstance(value, int) and name in args and args[name].kind == "money"
    ]
    known: dict[str, Value] = {
        "amount": max(sums, default=0),
        "confidence": step.confidence,
        "tainted": "untrusted" in step.labels,
        "personal": "personal" in step.labels,
    }
    if condition.op == "has":
        return condition.fact == "labels" and condition.value in step.labels
    value = known.get(condition.fact)
    if value is None:
        return False
    if condition.op in ("is", "is not"):
        return (value == condition.value) is (condition.op == "is")
    if not isinstance(condition.value, int):
        return False
    above = condition.op == "above"
    return int(value) > condition.value if above else int(value) < condition.value
