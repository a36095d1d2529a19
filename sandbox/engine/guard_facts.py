"""The facts that rules may ask about: their types, and what they are called in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sandbox.engine.scenario import Fact, Scenario
from sandbox.engine.vocabulary import Effect, Role

Shown = Literal["text", "tool", "effect", "agent", "job", "case", "money", "percent", "minutes"]

# What the sources of arguments can carry over, and how a rule says so.
LABELS: Mapping[str, str] = {
    "untrusted": "it is labelled as coming from outside",
    "personal": "it is labelled as personal data",
    "unsourced": "it is labelled as having no source",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseFact:
    """A fact that every scenario has.

    `title` reads in the middle of a sentence. `yes` and `no` are whole clauses: of a flag, for true
    and false; of a number, for "one at least" and "none". `shown` says how its values are written.
    """

    type: type
    title: str
    yes: str = ""
    no: str = ""
    shown: Shown = "text"


BASE_FACTS: Mapping[str, BaseFact] = {
    "tool": BaseFact(type=str, title="the tool", shown="tool"),
    "effect": BaseFact(type=str, title="the reach of the tool", shown="effect"),
    "irreversible": BaseFact(
        type=bool,
        title="whether it is final",
        yes="it cannot be taken back",
        no="it can be taken back",
    ),
    "external": BaseFact(
        type=bool,
        title="whether it leaves the company",
        yes="it reaches outside the company",
        no="it stays inside the company",
    ),
    "agent": BaseFact(type=str, title="the agent", shown="agent"),
    "job": BaseFact(type=str, title="the job", shown="job"),
    "case": BaseFact(type=str, title="the case", shown="case"),
    "amount": BaseFact(type=int, title="the amount", shown="money"),
    "confidence": BaseFact(type=int, title="the agent’s confidence", shown="percent"),
    "tainted": BaseFact(
        type=bool,
        title="whether a value comes from outside",
        yes="a value comes from an untrusted source",
        no="no value comes from an untrusted source",
    ),
    "unsourced": BaseFact(
        type=int,
        title="the number of values without a source",
        yes="a value has no source",
        no="every value has a source",
    ),
    "personal": BaseFact(
        type=bool,
        title="whether it carries personal data",
        yes="it carries personal data",
        no="it carries no personal data",
    ),
    "labels": BaseFact(type=list, title="the labels of its values"),
    "repeats": BaseFact(
        type=int,
        title="how often exactly the same was done before",
        yes="exactly the same was done before",
        no="exactly the same was not done before",
    ),
    "again": BaseFact(
        type=int,
        title="how often this tool was used on this case before",
        yes="this tool was used on this case before",
        no="this tool was not used on this case before",
    ),
    "cost_pct": BaseFact(type=int, title="the share of the money spent", shown="percent"),
    "minutes_left": BaseFact(type=int, title="the time left", shown="minutes"),
    "attention_left": BaseFact(type=int, title="your attention left", shown="minutes"),
}


def fact_types(scenario: Scenario) -> Mapping[str, type]:
    """The type of every fact that a rule of this scenario may ask about; base facts come first."""
    types: dict[str, type] = {name: fact.type for name, fact in BASE_FACTS.items()}
    for name, fact in scenario.facts.items():
        types.setdefault(name, _type_of(fact, scenario))
    return types


def _type_of(fact: Fact, scenario: Scenario) -> type:
    if fact.compare:
        return bool
    if fact.count:
        return int
    if fact.stated is not None:
        return type(fact.stated)
    table, column = column_of(fact)
    rows = scenario.world.tables[table].rows.values() if table in scenario.world.tables else ()
    values = [row[column] for row in rows if column in row]
    return type(values[0]) if values else str


def column_of(fact: Fact) -> tuple[str, str]:
    """The table and the column of "TABLE.ROW.COLUMN"; the row is a template and may hold dots."""
    return fact.cell.partition(".")[0], fact.cell.rpartition(".")[2]


def known_values(name: str, scenario: Scenario) -> Mapping[str, str]:
    """The values that a base fact can have, with their titles; empty when any value will do."""
    if name == "tool":
        return {each: tool.title for each, tool in scenario.tools.items()}
    if name == "effect":
        return {each.value: each.value for each in Effect}
    if name == "agent":
        return {each.value: each.value for each in Role}
    if name == "job":
        return {each: job.title for each, job in scenario.jobs.items()}
    if name == "case":
        return {each: each for each in scenario.case_rows}
    return LABELS if name == "labels" else {}


def trouble(name: str, kind: type, facts: Mapping[str, object]) -> str:
    """Why this fact cannot be judged by, or nothing: it is missing, or not of its type."""
    if name not in facts:
        return f"The fact “{name}” is missing."
    value = facts[name]
    if kind is list:
        right = isinstance(value, list | tuple)
    elif kind is int:  # to Python every flag is a number, to a rule none is
        right = isinstance(value, int) and not isinstance(value, bool)
    else:
        right = isinstance(value, kind)
    return "" if right else f"The fact “{name}” is not {A_KIND[kind]}."


A_KIND: Mapping[type, str] = {
    str: "a word",
    int: "a number",
    bool: "a yes or no",
    list: "a list",
}
