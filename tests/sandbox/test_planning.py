"""Changes to a plan: what the forms send becomes a plan, and nonsense becomes words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.http import QueryDict

from sandbox.engine.guards import problems
from sandbox.engine.plan import Budget, Checkpoint, Condition, Plan, Rule
from sandbox.engine.prepared import Prepared
from sandbox.forms import rules
from sandbox.forms.plans import Edit, edit, look
from sandbox.planning.changes import CannotChange
from tests.sandbox.played import library

PREPARED = library("payment-run")
SCENARIO = PREPARED.scenario
STARTER = SCENARIO.starter
PAY = Condition(fact="tool", value="pay.send")

Data = dict[str, str | list[str]]


def change(plan: Plan, act: str, **data: str | list[str]) -> Edit:
    return edit(plan, PREPARED, form(act=act, **data))


def form(**data: str | list[str]) -> QueryDict:
    made = QueryDict(mutable=True)
    for name, value in data.items():
        made.setlist(name.replace("_", "-") if name.startswith("change") else name,
                     value if isinstance(value, list) else [value])  # fmt: skip
    return made


def jobs(plan: Plan) -> list[str]:
    return [each.job for each in plan.stages]


# ---- Stages --------------------------------------------------------------------------------


def test_a_new_stage_goes_where_the_scenario_puts_its_job() -> None:
    made = change(STARTER, "add", job="statements", agent="statements")
    assert jobs(made.plan) == ["statements", "match", "pay"], "before what comes later"
    made = change(made.plan, "add", job="recompute", agent="recomputer")
    assert jobs(made.plan)[-1] == "recompute", "who looks on stands behind the work"
    assert made.plan.stages[-1].tier == SCENARIO.agents["recomputer"].tier
    assert made.then == "stage=4#stage"


@pytest.mark.parametrize(
    ("job", "agent", "says"),
    [
        ("launder", "payer", "no such job"),
        ("statements", "payer", "Nobody of that name"),
        ("statements", "nobody", "Nobody of that name"),
    ],
)
def test_a_stage_that_cannot_be_is_refused(job: str, agent: str, says: str) -> None:
    with pytest.raises(CannotChange, match=says):
        change(STARTER, "add", job=job, agent=agent)


def test_a_plan_has_an_end() -> None:
    full = replace(STARTER, stages=(STARTER.stages[0],) * 20)
    with pytest.raises(CannotChange, match="at most 20 stages"):
        change(full, "add", job="review", agent="reviewer")
    full = replace(STARTER, rules=(Rule(name="no", effect="deny"),) * 20)
    with pytest.raises(CannotChange, match="at most 20 rules"):
        change(full, "rule-save", place="new", effect="deny")


def test_moving_stops_at_the_ends_and_says_where() -> None:
    made = change(STARTER, "stage-earlier 1")
    assert jobs(made.plan) == ["pay", "match"]
    assert made.words == "“Pay” is stage 1 now"
    assert jobs(change(STARTER, "stage-earlier 0").plan) == jobs(STARTER)
    assert jobs(change(STARTER, "stage-put", place="0", to="99").plan) == ["pay", "match"]


@pytest.mark.parametrize("place", ["2", "-1", "", "one", "9" * 30, "²"])
def test_a_place_that_is_not_there_is_said(place: str) -> None:
    for act in ("stage-remove", "stage-earlier", "rule-remove", "checkpoint-remove"):
        with pytest.raises(CannotChange, match="no such"):
            change(replace(STARTER, checkpoints=()), act, place=place)


def test_taking_out_a_stage_takes_the_question_after_it_along() -> None:
    asked = change(STARTER, "checkpoint-add", where="stage:match").plan
    made = change(asked, "stage-remove 0")
    assert jobs(made.plan) == ["pay"]
    assert [each.kind for each in made.plan.checkpoints] == ["tool"]


def test_the_form_of_a_stage() -> None:
    made = change(
        STARTER,
        "stage-save",
        place="0",
        agent="matcher",
        tier="small",
        on_fail="skip",
        tools=["match.record", "pay.send"],
    )
    stage = made.plan.stages[0]
    assert (stage.tier, stage.on_fail) == ("small", "skip")
    assert stage.tools == ("match.record",), "a tool that the agent does not hold stays away"
    other = change(made.plan, "stage-save", place="0", agent="allrounder", tools=["pay.send"])
    assert other.plan.stages[0].tools is None, "another agent begins with its own tools"
    both = change(STARTER, "stage-later", place="0", agent="matcher", tier="large")
    assert jobs(both.plan) == ["pay", "match"]
    assert both.plan.stages[1].tier == "large", "what was chosen before moving is kept"


@pytest.mark.parametrize(
    ("field", "value"),
    [("tier", "huge"), ("on_fail", "pray"), ("agent", "payer"), ("share", "0"), ("share", "-3")],
)
def test_nonsense_in_the_form_of_a_stage(field: str, value: str) -> None:
    plan = change(STARTER, "add", job="recompute", agent="recomputer").plan
    place, agent = ("2", "recomputer") if field == "share" else ("0", "matcher")
    data: Data = {"place": place, "agent": agent, field: value}
    with pytest.raises(CannotChange):
        change(plan, "stage-save", **data)


# ---- Rules ---------------------------------------------------------------------------------


def test_a_rule_by_the_form() -> None:
    made = change(
        STARTER,
        "rule-save",
        place="new",
        name="Large sums",
        effect="ask",
        fact=["tool", "amount", "account_on_file"],
        op=["is", "above", "is"],
        value=["pay.send", "1,250.5", "no"],
    )
    assert made.plan.rules == (
        Rule(
            name="Large sums",
            effect="ask",
            when=(
                PAY,
                Condition(fact="amount", op="above", value=125050),
                Condition(fact="account_on_file", value=False),
            ),
        ),
    )
    shown = rules.form_of(made.plan.rules[0], 0, SCENARIO)
    assert [each.value for each in shown.rows] == ["pay.send", "1250.50", "no"]
    assert shown.as_cel == 'tool == "pay.send" && amount > 125050 && !account_on_file'


def test_every_rule_of_every_reference_survives_its_form() -> None:
    for name in ("payment-run", "renewal-pack", "tool-sprawl", "cost-at-scale", "hr-case"):
        scenario = library(name).scenario
        for plan in (scenario.starter, *scenario.references.values()):
            for place, rule in enumerate(plan.rules):
                shown = rules.form_of(rule, place, scenario)
                typed = rules.Posted(
                    shown.name,
                    shown.effect,
                    [(each.fact, each.op, each.value) for each in shown.rows],
                    [(each.arg, each.value) for each in shown.changes],
                    shown.cel,
                )
                again = rules.rule_of(typed, scenario)
                assert not problems(again, scenario)
                assert rules.form_of(again, place, scenario) == shown, f"{name}: {rule.name}"
                assert again.change == rule.change


def test_a_rule_without_a_name_is_called_by_what_it_looks_at() -> None:
    data: Data = {"fact": ["tool", "again"], "op": ["is", "above"], "value": ["pay.send", "0"]}
    made = change(STARTER, "rule-save", place="new", effect="deny", **data)
    assert made.plan.rules[0].name == "This tool was used on this case before"


@pytest.mark.parametrize(
    ("fact", "op", "value", "says"),
    [
        ("amount", "above", "lots", "write a sum"),
        ("amount", "above", "1e9", "write a sum"),
        ("confidence", "below", "7.5", "write a whole number"),
        ("confidence", "wibble", "70", "does not fit confidence"),
        ("tool", "is", "pay.everything", "never “pay.everything”"),
        ("tool", "is", "", "cannot be empty"),
        ("account_on_file", "is", "perhaps", "choose one of the two"),
        ("labels", "has", "gold", "never “gold”"),
        ("moon", "is", "full", "no fact “moon”"),
    ],
)
def test_nonsense_in_a_rule_is_said_in_words(fact: str, op: str, value: str, says: str) -> None:
    data: Data = {"fact": [fact], "op": [op], "value": [value]}
    with pytest.raises(CannotChange) as refused:
        change(STARTER, "rule-save", place="new", effect="deny", **data)
    assert says in " ".join(refused.value.problems)
    assert refused.value.at == "rule"


def test_ten_thousand_conditions_are_too_many() -> None:
    many: Data = {"fact": ["amount"] * 10_000, "op": ["above"] * 10_000, "value": ["1"] * 10_000}
    with pytest.raises(CannotChange, match="at most 8 conditions"):
        change(STARTER, "rule-save", place="new", effect="deny", **many)


def test_a_rule_by_hand_must_compile() -> None:
    pytest.importorskip("cel")
    good = change(STARTER, "rule-save", place="new", effect="ask", cel="amount > 5000 && tainted")
    assert good.plan.rules[0].cel == "amount > 5000 && tainted"
    for text in ("amount >", "amounts > 5", "amount + 1", "((" * 200):
        with pytest.raises(CannotChange):
            change(STARTER, "rule-save", place="new", effect="ask", cel=text)
    with pytest.raises(CannotChange, match="not both"):
        change(
            STARTER,
            "rule-save",
            place="new",
            effect="ask",
            cel="tainted",
            fact=["amount"],
            op=["above"],
            value=["5"],
        )


def test_a_rule_that_changes_something() -> None:
    data: Data = {"fact": ["tool"], "op": ["is"], "value": ["pay.send"]}
    made = change(
        STARTER,
        "rule-save",
        place="new",
        effect="modify",
        change_arg=["amount", ""],
        change_value=["100.00", ""],
        **data,
    )
    assert made.plan.rules[0].change == {"amount": 10000}
    for value in ("", "much"):
        with pytest.raises(CannotChange):
            change(
                STARTER,
                "rule-save",
                place="new",
                effect="modify",
                change_arg=["amount"],
                change_value=[value],
                **data,
            )
    with pytest.raises(CannotChange, match="does not say what it changes"):
        change(STARTER, "rule-save", place="new", effect="modify", **data)


def test_a_condition_more_and_less_leaves_what_was_typed() -> None:
    data = form(
        act="rule-more", more="confidence", name="Unsure", effect="ask",
        fact=["amount"], op=["above"], value=["12.5x"],
    )  # fmt: skip
    shown = look(data, SCENARIO)
    assert [(each.fact, each.value) for each in shown.rows] == [
        ("amount", "12.5x"),
        ("confidence", "0"),
    ]
    assert shown.name == "Unsure"
    assert shown.says == "", "what cannot be read yet is not read out"
    data["act"] = "rule-less 0"
    assert look(data, SCENARIO).rows == []
    data["act"] = "rule-more"
    data["more"] = "moon"
    with pytest.raises(CannotChange):
        look(data, SCENARIO)


def test_the_choices_of_a_condition_fit_its_fact() -> None:
    shown = {}
    for fact in ("amount", "tool", "account_on_file", "labels", "confidence"):
        row = look(form(act="rule-more", more=fact), SCENARIO).rows[0]
        shown[fact] = row
    assert [key for key, _ in shown["amount"].ops] == ["above", "below", "is", "is not"]
    assert shown["amount"].unit == "£"
    assert shown["confidence"].unit == "%"
    assert dict(shown["tool"].choices)["pay.send"] == "Send a payment"
    assert shown["account_on_file"].ops == ()
    assert [key for key, _ in shown["account_on_file"].choices] == ["yes", "no"]
    assert "untrusted" in dict(shown["labels"].choices)


def test_what_only_a_fault_would_state_is_not_suggested() -> None:
    for name in ("payment-run", "refund-desk", "hr-case", "release-bot"):
        scenario = library(name).scenario
        for fact, spec in scenario.facts.items():
            told = {
                value
                for fault in scenario.faults.values()
                for overlay in fault.overlays.values()
                if isinstance(value := overlay.facts.get(fact), str)
            }
            clean = {spec.stated} | {
                each.get(fact)
                for job in scenario.jobs.values()
                for each in [job.step.facts, *(case.facts for case in job.cases.values())]
            }
            shown = set(look(form(act="rule-more", more=fact), scenario).rows[0].suggestions)
            assert not shown & (told - clean), f"{name}, {fact}"


# ---- Checkpoints and budget ----------------------------------------------------------------


def test_checkpoints_are_added_once() -> None:
    made = change(STARTER, "checkpoint-add", where="conflict")
    assert made.plan.checkpoints[-1] == Checkpoint(kind="conflict")
    with pytest.raises(CannotChange, match="asked there already"):
        change(made.plan, "checkpoint-add", where="conflict")
    unsure = change(made.plan, "checkpoint-add", where="confidence", below="60")
    surer = change(unsure.plan, "checkpoint-add", where="confidence", below="80")
    assert [each.below for each in surer.plan.checkpoints if each.kind == "confidence"] == [80]


@pytest.mark.parametrize(
    ("where", "below"),
    [("tool:pay.all", "70"), ("stage:pray", "70"), ("moon", "70"), ("confidence", "101"),
     ("confidence", "-5"), ("", "70")],
)  # fmt: skip
def test_nonsense_for_a_checkpoint(where: str, below: str) -> None:
    with pytest.raises(CannotChange):
        change(STARTER, "checkpoint-add", where=where, below=below)


def test_a_budget_within_the_limits() -> None:
    made = change(STARTER, "budget", mils="1.20", minutes="", human_minutes="9")
    assert made.plan.budget == Budget(mils=1200, human_minutes=9)
    widest = change(STARTER, "budget", mils="1.50", minutes="120", human_minutes="24")
    assert widest.plan == STARTER, "as wide as the limit is the limit"


@pytest.mark.parametrize(
    ("field", "value"),
    [("mils", "-1"), ("mils", "1.501"), ("mils", "99999"), ("mils", "money"),
     ("human_minutes", "-1"), ("human_minutes", "25"), ("minutes", "1e3"), ("minutes", "121")],
)  # fmt: skip
def test_nonsense_in_the_budget(field: str, value: str) -> None:
    with pytest.raises(CannotChange) as refused:
        change(STARTER, "budget", **{field: value})
    assert refused.value.at == "budget"


def test_whole_plans_can_be_taken() -> None:
    genius = change(STARTER, "genius").plan
    assert genius == SCENARIO.genius
    assert change(genius, "starter").plan == STARTER
    with pytest.raises(CannotChange):
        edit(STARTER, Prepared(replace(SCENARIO, genius=None)), form(act="genius"))
    with pytest.raises(CannotChange, match="no such button"):
        change(STARTER, "sudo")
