"""A scenario for the tests of guards, made of engine types alone, and facts that fit it."""

from __future__ import annotations

from typing import Any

from sandbox.engine.plan import Condition, Plan, PlanStage, Rule, Value
from sandbox.engine.scenario import (
    Agent,
    Arg,
    ArgSpec,
    Brief,
    Criterion,
    Debrief,
    Fact,
    Job,
    Overlay,
    Paper,
    Scenario,
    Step,
    Table,
    Tool,
    World,
    Write,
)
from sandbox.engine.vocabulary import Effect, Role

CASES: dict[str, dict[str, Value]] = {
    f"INV-{number}": {
        "supplier": "kestrel",
        "amount": amount,
        "iban": "GB1",
        "pile": "plain" if amount < 100_000 else "large",
    }
    for number, amount in ((101, 40_000), (102, 60_000), (103, 250_000))
}

TOOLS = {
    "file.read": Tool(title="Read the file", effect=Effect.READ, phrase="reads the file"),
    "note.write": Tool(
        title="Write a note",
        effect=Effect.DRAFT,
        phrase="notes",
        args={"note": ArgSpec(title="Note")},
    ),
    "match.record": Tool(title="Record the match", effect=Effect.REVERSIBLE, phrase="records"),
    "bank.pay": Tool(
        title="Pay the invoice",
        effect=Effect.IRREVERSIBLE,
        phrase="pays {amount}",
        external=True,
        args={
            "amount": ArgSpec(title="Amount", kind="money", editable=True),
            "iban": ArgSpec(title="Account"),
            "urgent": ArgSpec(title="Urgent", kind="flag"),
        },
        writes=(Write(table="payments", row="{id}", values={"amount": "{amount}"}),),
    ),
}

AGENTS = {
    "sorter": Agent(name="Sorter", role=Role.COORDINATOR, does="Sorts."),
    "matcher": Agent(
        name="Matcher", role=Role.SPECIALIST, does="Matches.", tools=("file.read", "match.record")
    ),
    "payer": Agent(name="Payer", role=Role.SPECIALIST, does="Pays.", tools=("bank.pay",)),
    "genius": Agent(
        name="Genius", role=Role.SPECIALIST, does="All.", tools=("match.record", "bank.pay")
    ),
    "reader": Agent(name="Second reader", role=Role.REVIEWER, does="Reads."),
}

JOBS = {
    "sort": Job(
        title="Sort", does="Sorts.", kind="route", agents=("sorter",), step=Step(route="{pile}")
    ),
    "match": Job(
        title="Match",
        does="Matches.",
        agents=("matcher", "genius"),
        step=Step(tool="match.record", reads=("goods-in",)),
    ),
    "pay": Job(
        title="Pay",
        does="Pays.",
        agents=("payer", "genius"),
        value=10,
        step=Step(
            tool="bank.pay",
            reads=("inv-{id}",),
            args={
                "amount": Arg(value="{amount}"),
                "iban": Arg(value="{iban}", source="suppliers.{supplier}.iban"),
            },
        ),
        cases={"INV-102": Overlay(confidence=60)},
    ),
    "pay-large": Job(
        title="Pay large sums",
        does="Pays.",
        agents=("payer",),
        routes=("large",),
        step=Step(tool="bank.pay", args={"amount": Arg(value="{amount}")}),
    ),
    "read": Job(title="Read", does="Reads.", kind="watch", agents=("reader", "genius")),
}

FACTS = {
    "iban_matches": Fact(
        title="The account is the one on file",
        yes="the account is the one on file",
        no="The account is not the one on file",
        compare="iban",
        cell="suppliers.{supplier}.iban",
    ),
    "paid_before": Fact(title="Payments made for it", count="payments", where={"invoice": "{id}"}),
    "called_back": Fact(title="a call-back is noted", stated=False),
    "open_sum": Fact(title="The sum still open", cell="suppliers.{supplier}.amount"),
    "country": Fact(title="Country of the supplier", cell="suppliers.{supplier}.country"),
}

PAPERS = {
    **{
        f"inv-{case}": Paper(title=case, source="Supplier", trust="untrusted", case=case)
        for case in CASES
    },
    "goods-in": Paper(title="Goods in", source="The yard"),
}


def scenario(**changes: Any) -> Scenario:
    """Three invoices, matched, paid and read; five facts of its own."""
    suppliers: dict[str, dict[str, Value]] = {
        "kestrel": {"iban": "GB1", "amount": 90_000, "country": "GB"}
    }
    criterion = Criterion(competency="U1", level=2, part="outcome", edges=(20, 45, 65, 85))
    parts: dict[str, Any] = {
        "id": "guarded",
        "title": "A payment run",
        "summary": "Three invoices.",
        "layer": "operations",
        "minutes": 10,
        "brief": Brief(
            company="Larkfield",
            situation="Thursday.",
            goal="Pay.",
            prediction="Where?",
            choices=("Here", "There"),
            outcome="{done} of {all}",
            noun="invoice",
            nouns="invoices",
        ),
        "world": World(
            cases="invoices",
            tables={
                "invoices": Table(title="Invoices", rows=CASES),
                "suppliers": Table(title="Suppliers", rows=suppliers),
                "payments": Table(title="Payments"),
            },
        ),
        "papers": PAPERS,
        "tools": TOOLS,
        "agents": AGENTS,
        "jobs": JOBS,
        "facts": FACTS,
        "criteria": (criterion,) * 4,
        "starter": Plan(),
        "references": {},
        "debrief": Debrief(teaches="Look at the register."),
    }
    return Scenario(**{**parts, **changes})


def facts(**changes: object) -> dict[str, object]:
    """The facts of an ordinary payment."""
    return {
        "tool": "bank.pay",
        "effect": "irreversible",
        "irreversible": True,
        "external": True,
        "agent": "specialist",
        "job": "pay",
        "case": "INV-101",
        "amount": 40_000,
        "confidence": 90,
        "tainted": False,
        "unsourced": 0,
        "personal": False,
        "labels": [],
        "repeats": 0,
        "again": 0,
        "cost_pct": 10,
        "minutes_left": 60,
        "attention_left": 20,
        "iban_matches": True,
        "paid_before": 0,
        "called_back": False,
        "open_sum": 90_000,
        "country": "GB",
        **changes,
    }


def rule(effect: Any, *when: Condition, name: str = "", cel: str = "", **change: Any) -> Rule:
    return Rule(name=name or effect, effect=effect, when=when, cel=cel, change=change)


def about(fact: str, op: Any = "is", value: Any = True) -> Condition:
    return Condition(fact=fact, op=op, value=value)


def stage(job: str, agent: str, **others: Any) -> PlanStage:
    return PlanStage(job=job, agent=agent, **others)
