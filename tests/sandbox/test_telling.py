"""Every kind of event has its sentence, in plain words, with whose it is and when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.engine.decisions import Decision
from sandbox.engine.events import GENESIS, Data, Event, Kind, event
from sandbox.engine.plan import Checkpoint, Plan, PlanStage
from sandbox.engine.rehearsal import Rehearsal
from sandbox.engine.scenario import Change
from sandbox.engine.vocabulary import Reason
from sandbox.timeline.telling import entries, lines
from sandbox.timeline.voices import voices
from sandbox.timeline.wording import infinitive, letter, tools_money
from tests.sandbox.played import changed, library, play, seed_with

PREPARED = library("payment-run")
STAGES = (
    PlanStage(job="match", agent="matcher"),
    PlanStage(job="pay", agent="payer"),
    PlanStage(job="review", agent="reviewer"),
)
PLAN = Plan(
    stages=STAGES,
    rules=PREPARED.scenario.references["careful"].rules,
    checkpoints=(Checkpoint(kind="stage", of="match"),),
)
PAYMENT = {
    "id": "p9",
    "case": "INV-101",
    "tool": "pay.send",
    "args": {
        "invoice": "INV-101",
        "supplier": "tyne",
        "order": "BJ-2249",
        "amount": 124000,
        "account": "40-18-22 61530927",
    },
    "from": {},
    "confidence": 92,
    "key": "k",
}


def trail(*parts: tuple[str, str, Data]) -> list[Event]:
    """Events of these kinds, actors and data, a minute apart."""
    found: list[Event] = []
    for seq, (kind, actor, data) in enumerate(parts, 1):
        before = found[-1].hash if found else GENESIS
        found.append(event(before, seq, kind, actor, 60 * seq, data))
    return found


ASKED = ("approval.asked", "guardian", {"because": "rule", "proposal": "p9", "digest": "d"})
MADE = ("proposal.made", "payer", PAYMENT)
GIVEN = {"ask": 2, "decision": "approve", "reason": "checked", "confidence": "sure", "seconds": 180}
TOLD: list[tuple[str, tuple[tuple[str, str, Data], ...], str]] = [
    (
        Kind.RUN_STARTED,
        (("run.started", "engine", {"seal": "9f3a" + "0" * 56 + "c20e"}),),
        "Run 12 invoices wait. What may go wrong today is sealed: 9f3a…c20e.",
    ),
    (
        Kind.PLAN_FROZEN,
        (("plan.frozen", "you", {"digest": "d"}),),
        "You froze your plan: 3 stages, 4 rules, 1 checkpoint.",
    ),
    (
        Kind.STAGE_ENTERED,
        (("stage.entered", "payer", {"stage": 1, "job": "pay"}),),
        "Payer begins with “Pay” on a medium model.",
    ),
    (
        Kind.MODEL_ASKED,
        (("model.asked", "payer", {"stage": 1, "case": "INV-101", "reserve": 120}),),
        "Payer is asked about INV-101; £0.12 is set aside for it.",
    ),
    (
        Kind.MODEL_FAILED,
        (("model.failed", "payer", {"kind": "overloaded", "wait": 4, "calls": 1}),),
        "Payer has no answer: its model is overloaded; it is asked again after 4 s.",
    ),
    (
        Kind.MODEL_REPLIED,
        (("model.replied", "payer", {"case": "INV-101", "tokens": 9, "mils": 1, "idle": True}),),
        "Payer looks at INV-101 and proposes nothing.",
    ),
    (
        "routed",
        (("model.replied", "payer", {"case": "A", "tokens": 9, "mils": 1, "route": "plain"}),),
        "Payer sorts A under “plain”.",
    ),
    (
        Kind.PROPOSAL_MADE,
        (MADE,),
        "Payer proposes to pay £1,240.00 for INV-101 into account 40-18-22 61530927, 92 % sure.",
    ),
    (
        "changed by a rule",
        (MADE, ("proposal.made", "guardian", PAYMENT)),
        "Guardian makes it: pay £1,240.00 for INV-101 into account 40-18-22 61530927.",
    ),
    (
        Kind.GUARD_JUDGED,
        (MADE, ("guard.judged", "guardian", {"proposal": "p9", "verdict": "ask", "rule": 2})),
        "Guardian asks a person: “A person reads before a changed account is paid”.",
    ),
    (
        "denied without a rule",
        (
            MADE,
            (
                "guard.judged",
                "guardian",
                {"proposal": "p9", "verdict": "deny", "rule": -1, "why": "there is no tool x"},
            ),
        ),
        "Guardian denies it: there is no tool x.",
    ),
    (
        Kind.CONFLICT_RAISED,
        (MADE, ("conflict.raised", "reviewer", {"proposal": "p9"})),
        "Second reader contradicts Payer: a conflict.",
    ),
    (
        Kind.APPROVAL_ASKED,
        (MADE, ASKED),
        "Checkpoint A: a rule of your plan wants a person to decide.",
    ),
    (
        Kind.APPROVAL_GIVEN,
        (MADE, ASKED, ("approval.given", "you", GIVEN)),
        "You approved it, sure: checked, and right.",
    ),
    (
        "with a change",
        (
            MADE,
            ASKED,
            (
                "approval.given",
                "you",
                {**GIVEN, "decision": "modify", "change": {"amount": 100000}},
            ),
        ),
        "You approved it with a change (amount £1,000.00), sure: checked, and right.",
    ),
    (
        Kind.APPROVAL_EXPIRED,
        (MADE, ASKED, ("approval.expired", "engine", {"ask": 2})),
        "You gave no answer: your attention was used up, so it counts as no.",
    ),
    (
        "stale",
        (MADE, ASKED, ("approval.expired", "you", {"ask": 2, "why": "stale"})),
        "The world changed meanwhile: your answer does not hold, ask anew.",
    ),
    (
        Kind.TOOL_APPLIED,
        (MADE, ("tool.applied", "payer", {"proposal": "p9"})),
        "Payer pays £1,240.00 for INV-101 into account 40-18-22 61530927. It cannot be undone.",
    ),
    (
        Kind.TOOL_FAILED,
        (MADE, ("tool.failed", "payer", {"proposal": "p9", "error": "lost"})),
        "Payer uses “Send a payment” for INV-101: no answer comes, and nobody knows whether it "
        "was done.",
    ),
    (
        Kind.CASE_CLOSED,
        (("case.closed", "engine", {"case": "INV-101", "why": "rejected"}),),
        "Invoice INV-101 goes no further: you rejected it.",
    ),
    (
        "found done",
        (("case.closed", "payer", {"case": "INV-101", "why": "found done"}),),
        "Payer looks first: INV-101 had been done already, so nothing is sent again.",
    ),
    (
        Kind.WORLD_CHANGED,
        (("world.changed", "world", {"change": 0}),),
        "The bank closes early.",
    ),
    (
        Kind.BUDGET_WARNED,
        (("budget.warned", "engine", {"what": "money"}),),
        "Four fifths of the money for models are spent.",
    ),
    (
        Kind.RUN_HALTED,
        (("run.halted", "engine", {"why": "steps"}),),
        "The run has used up its steps.",
    ),
    (
        Kind.RUN_FINISHED,
        (("run.finished", "engine", {"outcome": "stopped"}),),
        "The run is over: you stopped it.",
    ),
    (Kind.NOTE_ADDED, (("note.added", "payer", {"text": "Ask."}),), "Payer adds a note."),
]


@pytest.mark.parametrize(
    ("parts", "sentence"), [each[1:] for each in TOLD], ids=[t[0] for t in TOLD]
)
def test_the_sentence_of(parts: tuple[tuple[str, str, Data], ...], sentence: str) -> None:
    world = replace(
        PREPARED.scenario.world,
        changes=(
            Change(
                minute=9, table="orders", row="BJ-2249", values={}, says="the bank closes early."
            ),
        ),
    )
    told = lines(changed(world=world), PLAN, trail(*parts))
    assert told[-1].sentence.replace("\N{NO-BREAK SPACE}", " ") == sentence
    assert told[-1].clock == f"13:{30 + len(parts)}"


def test_every_kind_has_a_sentence_of_its_own_here() -> None:
    assert {each[0] for each in TOLD} >= set(Kind)


def test_a_whole_run_is_told_event_by_event() -> None:
    rehearsal = play(PREPARED, PREPARED.scenario.references["careful"], 7)
    told = lines(rehearsal.prepared, rehearsal.plan, rehearsal.events, voices(rehearsal))
    assert [line.seq for line in told] == [each.seq for each in rehearsal.events]
    assert [line.seq for entry in entries(told) for line in entry.lines] == [
        line.seq for line in told
    ]
    assert len(entries(told)) < len(told)
    assert all(line.sentence[0].isupper() and line.sentence[-1] in ".”" for line in told)


def test_agents_say_what_they_say_in_this_run() -> None:
    """Where a fault struck, its words stand; and nothing says that it did."""
    seed = seed_with(PREPARED, "new-account")
    rehearsal = play(PREPARED, PREPARED.scenario.starter, seed)
    (case,) = [s.case for s in rehearsal.sealed.strikes if s.fault == "new-account"]
    said = voices(rehearsal)
    spoken = [
        said[each.seq].says
        for each in rehearsal.events
        if each.kind == Kind.MODEL_REPLIED and each.actor == "payer" and each.data["case"] == case
    ]
    assert len(spoken) == 1
    ready = PREPARED.step("pay", case, "new-account")
    assert spoken[0] == ready.says != PREPARED.step("pay", case).says


def test_a_decision_after_a_stage_names_its_cases() -> None:
    plan = Plan(stages=STAGES[:2], checkpoints=(Checkpoint(kind="stage", of="match"),))
    back = iter([Decision("send_back", Reason.CHECK, "unsure", cases=("INV-103", "INV-104"))])

    def answer(_: Rehearsal) -> Decision:
        return next(back, Decision("approve"))

    rehearsal = play(PREPARED, plan, 7, answer)
    told = [line.sentence for line in lines(PREPARED, plan, rehearsal.events)]
    assert "You sent back INV-103, INV-104, unsure: a check is missing or was no check." in told
    assert any("reads" in each or "works on INV-103 once more." in each for each in told)


@pytest.mark.parametrize(
    ("phrase", "bare"),
    [
        ("pays {amount} to {supplier}", "pay {amount} to {supplier}"),
        ("publishes “{title}”, and mails it", "publish “{title}”, and mail it"),
        ("matches {a} and {b}", "match {a} and {b}"),
        ("carries over {tables} and closes {case}", "carry over {tables} and close {case}"),
        ("commits {cost} and three people", "commit {cost} and three people"),
        ("fixes and does {it}", "fix and do {it}"),
        ("discusses {it}", "discuss {it}"),
    ],
)
def test_a_phrase_follows_to(phrase: str, bare: str) -> None:
    assert infinitive(phrase) == bare


def test_letters_go_on_after_z_and_small_money_is_not_nothing() -> None:
    assert [letter(each) for each in (1, 26, 27, 52)] == ["A", "Z", "AA", "ZZ"]
    assert tools_money(PREPARED, 1240) == "£1.24"
    assert tools_money(PREPARED, 3) == "under £0.01"


def test_a_trail_with_events_cut_out_is_still_told() -> None:
    """An exhibit may lack the proposal that something was done for."""
    told = lines(PREPARED, PLAN, trail(("tool.applied", "payer", {"proposal": "p1"})))
    assert told[0].sentence == "Payer does something that nobody is seen to have proposed."
