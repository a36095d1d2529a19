"""What a person posted on the plan page, read into a change of the plan and said in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

from django.http import QueryDict

from sandbox.engine.plan import Budget, Checkpoint, Plan, PlanStage
from sandbox.engine.prepared import Prepared
from sandbox.engine.rule_words import counted
from sandbox.engine.scenario import TIERS, Scenario
from sandbox.forms import rules
from sandbox.planning import changes
from sandbox.planning.changes import CannotChange, job_of
from sandbox.planning.lanes import ON_FAIL, checkpoint_short, checkpoint_words

_SUM = re.compile(r"\d{1,9}(\.\d{1,2})?")
_WHOLE = re.compile(r"\d{1,9}")


@dataclass(frozen=True, slots=True)
class Edit:
    """The plan after a change, what was done, and what the page opens next: "stage=3#stage"."""

    plan: Plan
    words: str
    then: str = ""


Act = Callable[[Plan, Scenario, QueryDict], Edit]


def edit(plan: Plan, prepared: Prepared, data: QueryDict) -> Edit:
    """Raises `CannotChange` when the form asks for what there is not."""
    name, _, number = data.get("act", "").partition(" ")
    act = ACTS.get(name)
    if act is None:
        raise CannotChange("This page has no such button.")
    if number:  # a button that carries the place it is about
        data = data.copy()
        data["place"] = number
    return act(plan, prepared.scenario, data)


def place_of(data: QueryDict, name: str = "place") -> int:
    """A place in a list, or -1, which no list has."""
    text = data.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1


def sequence_of(data: QueryDict) -> int:
    """The number of the plan that the page showed."""
    text = data.get("sequence", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 15 else -1


# ---- Stages --------------------------------------------------------------------------------


def _add(plan: Plan, scenario: Scenario, data: QueryDict) -> Edit:
    new, place = changes.add_stage(plan, scenario, data.get("job", ""), data.get("agent", ""))
    title = job_of(scenario, new.stages[place])
    return Edit(new, f"“{title}” is stage {place + 1}", f"stage={place + 1}#stage")


def _change(plan: Plan, scenario: Scenario, data: QueryDict) -> tuple[Plan, PlanStage, int]:
    """The plan with what the form of a stage says, whichever of its buttons was pressed."""
    place = place_of(data)
    stage = changes.stage_at(plan, place)
    if "agent" not in data:  # a button of the list, without the fields of the form
        return plan, stage, place
    job = scenario.jobs.get(stage.job)
    agent_name = data.get("agent", "")
    agent = scenario.agents.get(agent_name)
    if agent is None or (job and agent_name not in job.agents):
        raise CannotChange(f"Nobody of that name does “{job_of(scenario, stage)}”.", at="stage")
    tier, fails = data.get("tier", stage.tier), data.get("on_fail", stage.on_fail)
    if tier not in TIERS:
        raise CannotChange("Choose one of the sizes of model.", at="stage")
    if fails not in ON_FAIL:
        raise CannotChange("Choose what happens when a tool fails.", at="stage")
    tools: tuple[str, ...] | None = tuple(
        each for each in agent.tools if each in data.getlist("tools")
    )
    if tools == tuple(agent.tools) or agent_name != stage.agent:
        tools = None  # all of them; and another agent begins with all of its own
    share = stage.share
    if job and job.kind == "watch" and "share" in data:
        share = place_of(data, "share")
        if not 1 <= share <= 100:
            raise CannotChange("One proposal in how many? Write 1 to 100.", at="stage")
    changed = replace(
        stage,
        agent=agent_name,
        tier=cast(Any, tier),
        on_fail=cast(Any, fails),
        tools=tools,
        share=share,
    )
    return changes.put_stage(plan, place, changed), changed, place


def _save(plan: Plan, scenario: Scenario, data: QueryDict) -> Edit:
    new, stage, place = _change(plan, scenario, data)
    return Edit(new, f"“{job_of(scenario, stage)}” is changed", f"stage={place + 1}#stage")


def _move(plan: Plan, scenario: Scenario, data: QueryDict, to: int) -> Edit:
    new, stage, place = _change(plan, scenario, data)
    to = max(0, min(to, len(plan.stages) - 1))
    new = changes.move_stage(new, place, to)
    return Edit(new, f"“{job_of(scenario, stage)}” is stage {to + 1} now", f"stage={to + 1}#stage")


def _earlier(plan: Plan, scenario: Scenario, data: QueryDict) -> Edit:
    return _move(plan, scenario, data, place_of(data) - 1)


def _later(plan: Plan, scenario: Scenario, data: QueryDict) -> Edit:
    return _move(plan, scenario, data, place_of(data) + 1)


def _put(plan: Plan, scenario: Scenario, data: QueryDict) -> Edit:
    to = place_of(data, "to")
    if to < 0:
        raise CannotChange("The plan has no such place.", at="stages")
    return _move(plan, scenario, data, to)


def _remove(plan: Plan, scenario: Scenario, data: QueryDict) -> Edit:
    place = place_of(data)
    title = job_of(scenario, changes.stage_at(plan, place))
    return Edit(changes.remove_stage(plan, place), f"“{title}” is taken out", "#stages")


# ---- Rules ---------------------------------------------------------------------------------


def rule_place(data: QueryDict) -> int | None:
    """Which rule the form is about; None for a new one."""
    return None if data.get("place", "new") == "new" else place_of(data)


def _rule_save(plan: Plan, scenario: Scenario, data: QueryDict) -> Edit:
    place = rule_place(data)
    rule = rules.rule_of(rules.posted(data), scenario)
    new = changes.put_rule(plan, scenario, place, rule)
    done = "is added, read last" if place is None else "is changed"
    return Edit(new, f"The rule “{rule.name}” {done}", "#rules")


def _rule_move(plan: Plan, data: QueryDict, by: int) -> Edit:
    place = place_of(data)
    rule = changes.rule_at(plan, place)
    to = max(0, min(place + by, len(plan.rules) - 1))
    words = f"The rule “{rule.name}” is read as number {to + 1}"
    return Edit(changes.move_rule(plan, place, to), words, "#rules")


def _rule_earlier(plan: Plan, scenario: Scenario, data: QueryDict) -> Edit:
    return _rule_move(plan, data, -1)


def _rule_later(plan: Plan, scenario: Scenario, data: QueryDict) -> Edit:
    return _rule_move(plan, data, 1)


def _rule_remove(plan: Plan, scenario: Scenario, data: QueryDict) -> Edit:
    place = place_of(data)
    rule = changes.rule_at(plan, place)
    return Edit(changes.remove_rule(plan, place), f"The rule “{rule.name}” is taken out", "#rules")


# ---- Checkpoints and budget ----------------------------------------------------------------


def _checkpoint_add(plan: Plan, scenario: Scenario, data: QueryDict) -> Edit:
    kind, _, of = data.get("where", "").partition(":")
    if kind not in ("tool", "stage", "conflict", "confidence"):
        raise CannotChange("Choose where you want to be asked.", at="checkpoints")
    below = place_of(data, "below") if kind == "confidence" else 70
    of = of if kind in ("tool", "stage") else ""
    new = Checkpoint(kind=cast(Any, kind), of=of, below=below)
    changed = changes.add_checkpoint(plan, scenario, new)
    return Edit(changed, f"You are asked {checkpoint_words(new, scenario)}", "#checkpoints")


def _checkpoint_remove(plan: Plan, scenario: Scenario, data: QueryDict) -> Edit:
    place = place_of(data)
    gone = changes.checkpoint_at(plan, place)
    words = f"The checkpoint is taken out: {checkpoint_short(gone, scenario)}"
    return Edit(changes.remove_checkpoint(plan, place), words, "#checkpoints")


def _budget(plan: Plan, scenario: Scenario, data: QueryDict) -> Edit:
    budget = Budget(
        mils=_money(data.get("mils", "")),
        minutes=_minutes(data.get("minutes", ""), "Time"),
        human_minutes=_minutes(data.get("human_minutes", ""), "Your attention"),
    )
    return Edit(changes.set_budget(plan, scenario, budget), "The budget is set", "#budget")


def _money(text: str) -> int | None:
    plain = text.strip().replace(",", "").lstrip("£€$ ")
    if not plain:
        return None
    if not _SUM.fullmatch(plain):
        raise CannotChange("Money: write a sum such as 1.20, nothing below zero.", at="budget")
    whole, _, rest = plain.partition(".")
    return int(whole) * 1000 + int(rest.ljust(2, "0") or 0) * 10


def _minutes(text: str, title: str) -> int | None:
    if not text.strip():
        return None
    if not _WHOLE.fullmatch(text.strip()):
        raise CannotChange(f"{title}: write whole minutes, nothing below zero.", at="budget")
    return int(text)


def _starter(plan: Plan, scenario: Scenario, data: QueryDict) -> Edit:
    return Edit(scenario.starter, "The plan is the first one again", "#stages")


def _genius(plan: Plan, scenario: Scenario, data: QueryDict) -> Edit:
    if scenario.genius is None:
        raise CannotChange("This scenario has no single genius.", at="palette")
    stages = counted(len(scenario.genius.stages), "stage", "stages")
    return Edit(scenario.genius, f"One large model does it all now, in {stages}", "#stages")


ACTS: dict[str, Act] = {
    "add": _add,
    "stage-save": _save,
    "stage-earlier": _earlier,
    "stage-later": _later,
    "stage-put": _put,
    "stage-remove": _remove,
    "rule-save": _rule_save,
    "rule-earlier": _rule_earlier,
    "rule-later": _rule_later,
    "rule-remove": _rule_remove,
    "checkpoint-add": _checkpoint_add,
    "checkpoint-remove": _checkpoint_remove,
    "budget": _budget,
    "starter": _starter,
    "genius": _genius,
}
LOOKS = ("rule-more", "rule-less", "rule-show")  # they change the form, not the plan


def look(data: QueryDict, scenario: Scenario) -> rules.RuleForm:
    """The form of a rule with a condition more or less, as it was typed; nothing is kept."""
    name, _, number = data.get("act", "").partition(" ")
    found = rules.posted(data)
    place = rule_place(data)
    if name == "rule-more":
        found = rules.with_fact(found, data.get("more", ""), scenario)
    elif name == "rule-less" and number.isdigit() and int(number) < len(found.rows):
        del found.rows[int(number)]
    form = rules.form_of_posted(found, place, scenario)
    rules.read_aloud(form, found, scenario)
    return form
