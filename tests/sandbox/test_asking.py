"""What a person is shown for each kind of question, and what may be answered to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from sandbox.asking import Asked, asked, left, source
from sandbox.briefing import known_world, money_columns, tables
from sandbox.engine.decisions import Decision
from sandbox.engine.events import Kind
from sandbox.engine.plan import Budget, Checkpoint, Condition, Plan, PlanStage, Rule
from sandbox.engine.prepared import Prepared
from sandbox.engine.rehearsal import Rehearsal
from sandbox.engine.scenario import Change, Limits
from sandbox.engine.vocabulary import Reason
from sandbox.hints import hints
from sandbox.playing import rehearse
from sandbox.timeline.telling import lines
from sandbox.timeline.voices import voices
from tests.sandbox.played import changed, library, seed_with

PREPARED = library("payment-run")
STAGES = (PlanStage(job="match", agent="matcher"), PlanStage(job="pay", agent="payer"))
BEFORE_PAYING = Checkpoint(kind="tool", of="pay.send")


def question(rehearsal: Rehearsal) -> Asked:
    said = voices(rehearsal)
    told = lines(rehearsal.prepared, rehearsal.plan, rehearsal.events, said)
    found = asked(rehearsal, told, said)
    assert found is not None
    return found


def stopped(plan: Plan, seed: int = 7, prepared: Prepared = PREPARED) -> Rehearsal:
    rehearsal = rehearse(prepared, plan, seed)
    rehearsal.advance()
    assert rehearsal.waits
    return rehearsal


def until(rehearsal: Rehearsal, because: str) -> Rehearsal:
    """Approves until that is why a person is asked."""
    while rehearsal.state.open is not None and rehearsal.state.open.because != because:
        rehearsal.decide(Decision("approve"), rehearsal.state.open.seq)
        rehearsal.advance()
    assert rehearsal.waits, f"nobody is asked because of {because}"
    return rehearsal


def test_arguments_stand_in_the_order_of_the_tool_with_where_they_came_from() -> None:
    found = question(stopped(Plan(stages=STAGES, checkpoints=(BEFORE_PAYING,))))
    assert [each.title for each in found.arguments] == [
        "Invoice",
        "Supplier",
        "Order",
        "Amount",
        "Account",
    ]
    amount = found.arguments[3]
    assert amount.value.startswith("£")
    assert amount.typed == amount.value.strip("£").replace(",", "")
    assert [each.name for each in found.editable] == ["amount", "account"]
    assert found.irreversible
    assert found.quote
    assert found.minutes == 3


@pytest.mark.parametrize(
    ("where", "words", "trust", "untrusted"),
    [
        ("", "no source", "unsourced", True),
        ("own", "the agent’s own words", "needs no source", False),
        (
            "paper:invoice-INV-101",
            "Invoice TT/44871, Tyne Timber Merchants Ltd",
            "untrusted, from outside",
            True,
        ),
        ("paper:nothing", "nothing", "no such source", True),
        ("suppliers.tyne.account", "Supplier register: tyne, account", "ours", False),
        ("suppliers.tyne.contact", "Supplier register: tyne, contact", "personal data", False),
        ("nowhere.a.b", "nowhere.a.b", "no such source", True),
    ],
)
def test_a_source_in_words(where: str, words: str, trust: str, untrusted: bool) -> None:
    found = source(PREPARED, where)
    assert (found.words, found.trust, found.untrusted) == (words, trust, untrusted)


def test_a_broken_tool_has_answers_of_its_own() -> None:
    seed = seed_with(PREPARED, "lost-reply")
    found = question(until(rehearse_on(Plan(stages=STAGES), seed), "failure"))
    assert found.kind == "failure"
    assert [verb for verb, _ in found.verbs] == ["approve", "send_back", "reject", "stop"]
    assert dict(found.verbs)["send_back"] == "Look first whether it was done"
    assert found.title.startswith("A tool failed while Payer was to pay £")


def test_whether_a_tool_without_an_answer_did_its_work_is_shown_nowhere() -> None:
    """Its payment stands in the world, and nobody has looked yet."""
    rehearsal = until(
        rehearse_on(Plan(stages=STAGES), seed_with(PREPARED, "lost-reply")), "failure"
    )
    pending = rehearsal.state.pending
    assert pending is not None
    assert pending.lost
    found = question(rehearsal)
    assert (found.rules, found.changes) == ((), ())
    row = f"P-{pending.proposal.case}"
    assert ("payments", row) in rehearsal.state.world.rows
    assert ("payments", row) not in known_world(rehearsal).rows
    rehearsal.decide(Decision("send_back"), found.seq)
    rehearsal.advance(actions=1)
    assert ("payments", row) in known_world(rehearsal).rows, "now somebody has looked"


def rehearse_on(plan: Plan, seed: int) -> Rehearsal:
    rehearsal = rehearse(PREPARED, plan, seed)
    rehearsal.advance()
    return rehearsal


def test_money_that_is_spent_is_asked_about_without_costing_attention() -> None:
    plan = Plan(stages=STAGES, budget=Budget(mils=40))
    rehearsal = until(rehearse_on(plan, 7), "budget")
    found = question(rehearsal)
    assert found.kind == "budget"
    assert not found.needs_reason
    assert found.title == (
        "The £0.04 that your plan allows for models is spent; the brief allows £1.50"
    )
    human = rehearsal.state.human_left
    rehearsal.decide(Decision("approve"), found.seq)
    assert rehearsal.state.human_left == human


def test_a_stage_is_shown_case_by_case_with_what_became_of_it() -> None:
    deny = Rule(name="No", effect="deny", when=(Condition(fact="case", value="INV-105"),))
    plan = Plan(stages=STAGES, rules=(deny,), checkpoints=(Checkpoint(kind="stage", of="match"),))
    found = question(stopped(plan))
    done = {each.case: each for each in found.cases}
    assert len(done) == 12
    assert done["INV-105"].what == "Invoice INV-105 goes no further: the guardian denied it."
    assert done["INV-101"].what.startswith("records INV-101 as matched")
    assert done["INV-101"].quote.startswith("TT/44871 fits BJ-2249")
    assert found.minutes == 9, "one look, and half a minute for each case"


def test_a_question_that_the_world_went_on_under_says_so() -> None:
    world = replace(
        PREPARED.scenario.world,
        changes=(
            Change(
                minute=5,
                table="invoices",
                row="INV-101",
                values={"status": "withdrawn"},
                says="Tyne withdraws its invoice.",
            ),
        ),
    )
    plan = Plan(stages=STAGES, checkpoints=(BEFORE_PAYING,))
    rehearsal = stopped(plan, next(_honest("INV-101")), changed(world=world))
    first = question(rehearsal)
    assert not first.stale
    rehearsal.decide(Decision("approve"), first.seq)
    assert rehearsal.events[-1].kind == Kind.APPROVAL_EXPIRED
    rehearsal.advance()
    again = question(rehearsal)
    assert again.stale
    assert again.letter == "B"
    assert again.case == first.case


def _honest(case: str) -> Iterator[int]:
    starter = PREPARED.scenario.starter
    return (n for n in range(1, 99) if case not in rehearse(PREPARED, starter, n).sealed.by_case)


def test_what_is_left_are_three_bars() -> None:
    limits = Limits(human_minutes=20, ask_minutes=4, minutes=60, mils=1000)
    prepared = changed(limits=limits)
    rehearsal = stopped(Plan(stages=STAGES, checkpoints=(BEFORE_PAYING,)), prepared=prepared)
    rehearsal.decide(Decision("reject", Reason.CHECK), question(rehearsal).seq)
    attention, money, time = left(rehearsal)
    assert (attention.words, attention.share) == ("16 of 20 min left", 160)
    assert attention.more == "enough for 4 looks of 4 minutes"
    assert money.words.endswith("of £1.00 left")
    assert 0 < money.share < 200
    assert time.words == "52 min left"


def test_tables_are_as_the_run_has_left_them_and_sums_read_as_money() -> None:
    rehearsal = rehearse_on(PREPARED.scenario.references["lean"], 7)
    shown = {table.name: table for table in tables(PREPARED, rehearsal.state.world)}
    columns = [name for name, _ in shown["invoices"].columns]
    rows = {row.key: dict(zip(columns, row.cells, strict=True)) for row in shown["invoices"].rows}
    assert rows["INV-101"]["amount"] == ("£4,862.40", True)
    assert rows["INV-101"]["previous amount"][0].startswith("£")
    assert rows["INV-101"]["status"][0] in ("matched", "paid")
    assert money_columns(PREPARED.scenario) >= {"amount", "ordered", "received_value"}
    assert "stages" not in money_columns(PREPARED.scenario)


def test_a_guided_run_says_where_no_rule_looks_and_not_what_is_wrong() -> None:
    seed = seed_with(PREPARED, "new-account")
    plan = Plan(stages=STAGES, checkpoints=(BEFORE_PAYING,))
    rehearsal = stopped(plan, seed)
    (case,) = [s.case for s in rehearsal.sealed.strikes if s.fault == "new-account"]
    while question(rehearsal).case != case:
        rehearsal.decide(Decision("reject"), question(rehearsal).seq)
        rehearsal.advance()
    said = hints(rehearsal)
    assert any("whether a value comes from an untrusted source" in each for each in said)
    assert any("register" in each for each in said)
    looks = Rule(name="Look", effect="ask", when=(Condition(fact="account_on_file", value=False),))
    knowing = stopped(replace(plan, rules=(looks,)), seed)
    while question(knowing).case != case:
        knowing.decide(Decision("reject"), question(knowing).seq)
        knowing.advance()
    assert not any("register" in each for each in hints(knowing))
