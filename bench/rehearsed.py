"""The run of six stages and eleven steps that the rehearsal engine is measured with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.engine.plan import Checkpoint, Condition, Plan, PlanStage, Rule
from sandbox.engine.prepared import Prepared
from sandbox.engine.scenario import (
    Agent,
    Arg,
    ArgSpec,
    Brief,
    Criterion,
    Debrief,
    Job,
    Paper,
    Scenario,
    Step,
    Table,
    Tool,
    World,
    Write,
)
from sandbox.engine.vocabulary import Effect, Role

DIGEST = "c" * 64  # what stands in the trail for the plan
STEPS = 11  # seven replies, two judgements of the guard, two tools

_DENIED = (
    Condition(fact="amount", op="above", value=900_000),
    Condition(fact="tainted", value=True),
    Condition(fact="unsourced", op="above", value=0),
    Condition(fact="repeats", op="above", value=0),
    Condition(fact="again", op="above", value=0),
    Condition(fact="confidence", op="below", value=40),
    Condition(fact="cost_pct", op="above", value=95),
    Condition(fact="minutes_left", op="below", value=1),
    Condition(fact="external", value=True),
)
RULES = tuple(
    Rule(name=f"Rule {number}", effect="deny", when=(condition,))
    for number, condition in enumerate(_DENIED, 1)
)

_AGENTS = {
    "coordinator": Agent(name="Coordinator", role=Role.COORDINATOR, does="routes", tools=()),
    "planner": Agent(name="Planner", role=Role.PLANNER, does="plans", tools=()),
    "specialist": Agent(name="Specialist", role=Role.SPECIALIST, does="pays", tools=("pay",)),
    "reviewer": Agent(name="Reviewer", role=Role.REVIEWER, does="reads", false_alarm=0.0),
    "verifier": Agent(name="Verifier", role=Role.VERIFIER, does="counts", false_alarm=0.0),
}


def eleven_steps() -> Prepared:
    """One case to sort and to plan, two to pay; a reviewer for both, a verifier for one."""
    pay = Step(
        says="Paying {id}.",
        tool="pay",
        args={
            "amount": Arg(value="{amount}"),
            "account": Arg(value="{account}", source="cases.{id}.account"),
        },
    )
    scenario = Scenario(
        id="bench",
        title="Eleven steps",
        summary="",
        layer="all",
        minutes=1,
        brief=Brief(
            company="", situation="", goal="", prediction="", choices=("Here",), outcome="{done}"
        ),
        world=World(
            cases="cases",
            tables={
                "cases": Table(
                    title="Cases",
                    rows={
                        "C-1": {"amount": 12_400, "account": "GB11"},
                        "C-2": {"amount": 3_150, "account": "GB12"},
                    },
                ),
                "payments": Table(title="Payments"),
            },
        ),
        papers={"rules": Paper(title="Rules", source="Finance")},
        tools={
            "pay": Tool(
                title="Pay",
                effect=Effect.IRREVERSIBLE,
                phrase="pays {amount}",
                args={
                    "amount": ArgSpec(title="Amount", kind="money"),
                    "account": ArgSpec(title="Account"),
                },
                writes=(Write(table="payments", row="{id}", values={"amount": "{amount}"}),),
            )
        },
        agents=_AGENTS,
        jobs={
            "sort": Job(
                title="Sort",
                does="",
                kind="route",
                agents=("coordinator",),
                only=("C-1",),
                step=Step(route="plain"),
            ),
            "plan": Job(
                title="Plan", does="", agents=("planner",), only=("C-1",), routes=("plain",)
            ),
            "pay": Job(title="Pay", does="", agents=("specialist",), value=10, step=pay),
            "review": Job(title="Review", does="", kind="watch", agents=("reviewer",)),
            "count": Job(title="Count", does="", kind="watch", agents=("verifier",)),
        },
        criteria=(_CRITERION, _CRITERION, _CRITERION, _CRITERION),
        starter=Plan(),
        references={},
        debrief=Debrief(teaches=""),
        digest="b" * 64,
    )
    return Prepared(scenario)


_CRITERION = Criterion(competency="O4", level=2, part="outcome", edges=(20, 45, 65, 85))


def the_plan(*, asks: bool = False, rules: bool = True) -> Plan:
    """Six stages; with `asks` the run pauses before the second tool."""
    return Plan(
        stages=(
            PlanStage(job="sort", agent="coordinator", tier="small"),
            PlanStage(job="plan", agent="planner"),
            PlanStage(job="pay", agent="specialist"),
            PlanStage(job="review", agent="reviewer"),
            PlanStage(job="count", agent="verifier", share=2),
        ),
        rules=RULES if rules else (),
        checkpoints=(Checkpoint(kind="tool", of="pay"),) if asks else (),
    )


@dataclass(frozen=True, slots=True)
class Said:
    actor: str
    kind: str
    text: str


def floor() -> Iterator[Said]:
    """The same eleven steps as plainly as Python can say them: a generator and a frozen fact."""
    yield Said("coordinator", "reply", "plain")
    yield Said("planner", "reply", "plan")
    for case, amount in (("C-1", 12_400), ("C-2", 3_150)):
        yield Said("specialist", "reply", f"Paying {case}.")
        yield Said("guardian", "judge", "allow" if amount < 900_000 else "deny")
        yield Said("reviewer", "reply", "ok")
        if case == "C-1":
            yield Said("verifier", "reply", "ok")
        yield Said("specialist", "tool", f"paid {amount}")
