"""The engine: the trail is the truth, and it comes out the same however often it is interrupted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.engine.acting import next_action
from sandbox.engine.chance import Chance
from sandbox.engine.decisions import Decision, NotNow
from sandbox.engine.events import (
    BrokenTrail,
    Event,
    Kind,
    export,
    reseal,
    taken_up,
    verify,
    verify_export,
)
from sandbox.engine.person import Person, play_out
from sandbox.engine.plan import Budget, Value
from sandbox.engine.prepared import Prepared
from sandbox.engine.scenario import Change, Limits, Overlay, World
from sandbox.engine.sealed import Sealed
from sandbox.engine.state import fold
from sandbox.engine.vocabulary import Reason, Role
from sandbox.playing import rehearse
from tests.sandbox.played import (
    NAMES,
    Checkpoint,
    Condition,
    Plan,
    PlanStage,
    Rule,
    kinds,
    library,
    play,
    seed_with,
)
from tests.sandbox.small import small

pytestmark = pytest.mark.once

MATCH, PAY = PlanStage(job="match", agent="matcher"), PlanStage(job="pay", agent="payer")
BEFORE_PAYING = Checkpoint(kind="tool", of="pay.send")
ASKING = Plan(stages=(MATCH, PAY), checkpoints=(BEFORE_PAYING,))


@pytest.fixture(scope="module")
def tiny() -> Prepared:
    return Prepared(small())


def altered(prepared: Prepared, **changes: object) -> Prepared:
    return Prepared(replace(prepared.scenario, **changes))  # type: ignore[arg-type]


# ---- Determinism ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in NAMES if name != "incident-trail"])
def test_a_run_is_the_same_however_often_it_is_taken_up_again(name: str) -> None:
    prepared = library(name)
    plan, digest = prepared.scenario.references["careful"], prepared.scenario.digest
    whole = play_out(rehearse(prepared, plan, 7), Person(Chance(digest, 7)))
    # Taken up anew, from the events alone, before every single action and decision.
    person = Person(Chance(digest, 7))
    events: list[Event] = []
    while True:
        part = rehearse(prepared, plan, 7, events)
        part.advance(actions=1)
        if part.events == events and part.waits:
            person.answer(part)
        elif part.events == events:
            break
        events = part.events
    assert events[-1].hash == whole.events[-1].hash
    assert verify(events) == whole.state.head
    assert fold(prepared, plan, events).world == whole.state.world


def test_seed_plan_and_decisions_make_the_trail(tiny: Prepared) -> None:
    head = play(tiny, ASKING, 3).state.head
    assert play(tiny, ASKING, 3).state.head == head
    assert play(tiny, ASKING, 4).state.head != head
    assert play(tiny, ASKING, 3, lambda _: Decision("reject", Reason.RULE)).state.head != head
    assert play(tiny, Plan(stages=(MATCH, PAY)), 3).state.head != head


def test_one_more_question_shifts_no_other_draw() -> None:
    prepared = library("payment-run")
    plan = prepared.scenario.starter
    more = replace(plan, checkpoints=(Checkpoint(kind="stage", of="match"), *plan.checkpoints))
    one, other = rehearse(prepared, plan, 11), rehearse(prepared, more, 11)
    assert one.sealed.strikes == other.sealed.strikes
    assert one.sealed.seal == other.sealed.seal


def test_the_next_action_follows_from_the_state_alone(tiny: Prepared) -> None:
    run = rehearse(tiny, ASKING, 1)
    run.advance()
    assert run.waits
    state = fold(tiny, ASKING, run.events)
    assert next_action(state) is None
    assert state.open == run.state.open
    for length in range(len(run.events)):
        before = fold(tiny, ASKING, run.events[:length])
        assert next_action(before) == next_action(fold(tiny, ASKING, run.events[:length]))


def test_nothing_that_happens_depends_on_the_chain() -> None:
    prepared = library("payment-run")
    plan, digest = prepared.scenario.references["careful"], prepared.scenario.digest

    def told(chained: bool) -> list[tuple[object, ...]]:
        run = rehearse(prepared, plan, 9)
        run.chained = chained
        play_out(run, Person(Chance(digest, 9)))
        return [(e.kind, e.actor, e.at, {**e.data, "key": ""}) for e in run.events]

    assert told(True) == told(False)


# ---- The chain -----------------------------------------------------------------------------


def test_verify_finds_the_first_broken_link(tiny: Prepared) -> None:
    events = play(tiny, ASKING).events
    assert verify(events) == events[-1].hash
    forged = list(events)
    forged[6] = forged[6]._replace(at=forged[6].at + 1)
    forged[9] = forged[9]._replace(actor="somebody")
    with pytest.raises(BrokenTrail) as broken:
        verify(forged)
    assert broken.value.seq == 7
    with pytest.raises(BrokenTrail, match="event 5 is missing"):
        verify([*events[:4], *events[5:]])
    assert verify(reseal(forged)) != events[-1].hash


def test_the_first_digits_of_its_hashes_say_where_a_stored_trail_breaks(tiny: Prepared) -> None:
    events = play(tiny, ASKING).events
    stored = [(each.body(), each.hash[:16]) for each in events]
    assert [each.hash for each in taken_up(stored)] == [each.hash for each in events]
    place = next(i for i, each in enumerate(events) if "A-1" in each.body())
    forged = list(stored)
    forged[place] = (stored[place][0].replace("A-1", "A-2"), stored[place][1])
    with pytest.raises(BrokenTrail) as broken:
        verify(taken_up(forged))
    assert broken.value.seq == place + 1
    with pytest.raises(BrokenTrail, match="event 3 is missing"):
        verify(taken_up([*stored[:2], *stored[3:]]))


def test_an_exported_trail_is_verified_to_the_letter(tiny: Prepared) -> None:
    events = play(tiny, ASKING).events
    text = export(events)
    assert verify_export(text) == events[-1].hash
    lines = text.splitlines()
    place = next(i for i, line in enumerate(lines) if "A-1" in line)
    lines[place] = lines[place].replace("A-1", "A-2")
    with pytest.raises(BrokenTrail) as broken:
        verify_export("\n".join(lines))
    assert broken.value.seq == place + 1
    with pytest.raises(BrokenTrail, match="no event"):
        verify_export(text + "{}\n")


def test_faults_are_sealed_before_anything_happens(tiny: Prepared) -> None:
    run = rehearse(tiny, ASKING, 1)
    run.advance(actions=1)
    assert run.events[0].data["seal"] == Sealed(tiny, Chance(tiny.scenario.digest, 1)).seal
    assert run.events[0].data["seal"] != Sealed(tiny, Chance(tiny.scenario.digest, 2)).seal
    trail = export(play(tiny, ASKING).events)
    for name, fault in tiny.scenario.faults.items():
        assert name not in trail
        assert fault.title not in trail


# ---- People --------------------------------------------------------------------------------


def test_attention_runs_out_and_nobody_answered_means_no(tiny: Prepared) -> None:
    short = altered(tiny, limits=Limits(human_minutes=7, ask_minutes=3))
    run = play(short, ASKING)
    given = [event for event in run.events if event.kind == Kind.APPROVAL_GIVEN]
    expired = [event for event in run.events if event.kind == Kind.APPROVAL_EXPIRED]
    assert (len(given), len(expired)) == (2, 1)
    assert run.state.closed == {"A-3": "expired"}
    assert kinds(run.events).count("tool.applied") == 2


def test_a_decision_answers_one_question_once(tiny: Prepared) -> None:
    run = rehearse(tiny, ASKING, 1)
    run.advance()
    asked = run.state.open
    assert asked is not None
    run.decide(Decision("approve"), asked.seq)
    with pytest.raises(NotNow):
        run.decide(Decision("reject", Reason.RULE), asked.seq)
    run.advance()
    with pytest.raises(NotNow):
        run.decide(Decision("approve"), asked.seq)


def test_an_approval_is_for_the_rows_as_they_were(tiny: Prepared) -> None:
    moved = Change(
        minute=0, table="payments", row="A-1", values={"amount": 1}, says="Somebody paid by hand."
    )
    # Due in the second minute: while the person thinks about the first payment.
    world = replace(tiny.scenario.world, changes=(replace(moved, minute=2),))
    run = rehearse(altered(tiny, world=world), ASKING, 1)
    run.advance()
    asked = run.state.open
    assert asked is not None
    run.decide(Decision("approve"), asked.seq)
    assert kinds(run.events)[-2:] == ["world.changed", "approval.expired"]
    assert "tool.applied" not in kinds(run.events)
    run.advance()
    again = run.state.open
    assert again is not None
    assert again.seq != asked.seq
    run.decide(Decision("approve"), again.seq)
    run.advance(actions=1)
    assert run.events[-1].kind == Kind.TOOL_APPLIED


def test_sent_back_with_the_right_reason_comes_back_clean() -> None:
    prepared = Prepared(small(faults={**_faults(), "moved": {**_faults()["moved"], "p": 1.0}}))
    for reason, tries in ((Reason.INSTRUCTION, 1), (Reason.COST, 2)):
        run = rehearse(prepared, ASKING, 1)
        run.advance()
        for _ in range(tries):
            asked = run.state.open
            assert asked is not None
            pending = run.state.pending
            assert pending is not None
            assert pending.proposal.args["iban"] == "GB2"
            run.decide(Decision("send_back", reason), asked.seq)
            run.advance()
        assert run.state.pending is not None
        assert run.state.pending.proposal.args["iban"] == "GB1"
        assert run.state.pending.proposal.attempt == tries


def test_a_change_touches_only_what_may_be_edited_and_passes_the_guard_again(
    tiny: Prepared,
) -> None:
    tool = tiny.scenario.tools["pay.send"]
    editable = replace(
        tool, args={**tool.args, "amount": replace(tool.args["amount"], editable=True)}
    )
    prepared = altered(tiny, tools={**tiny.scenario.tools, "pay.send": editable})
    limit = Rule(
        name="Not above 1,000",
        effect="deny",
        when=(Condition(fact="amount", op="above", value=200000),),
    )
    plan = replace(ASKING, rules=(limit,))

    def changing(to: int) -> list[str]:
        run = rehearse(prepared, plan, 2)
        run.advance()
        asked, pending = run.state.open, run.state.pending
        assert asked is not None
        assert pending is not None
        iban = pending.proposal.args["iban"]
        change: dict[str, Value] = {"amount": to, "iban": "GB9", "nonsense": 1}
        run.decide(Decision("modify", change=change), asked.seq)
        run.advance(actions=3)
        made = [each for each in run.events if each.kind == Kind.PROPOSAL_MADE][-1]
        assert made.data["args"] == {"amount": to, "iban": iban}
        assert made.actor == "you"
        return kinds(run.events)

    assert changing(100)[-2:] == ["guard.judged", "tool.applied"]
    assert changing(200001)[-1] == "case.closed"


def test_stop_stops_at_once(tiny: Prepared) -> None:
    run = play(tiny, ASKING, answer=lambda _: Decision("stop", Reason.RULE))
    assert run.state.outcome == "stopped"
    assert "tool.applied" not in kinds(run.events)


def test_after_a_stage_the_named_cases_go_back(tiny: Prepared) -> None:
    plan = Plan(stages=(MATCH, PAY), checkpoints=(Checkpoint(kind="stage", of="pay"),))
    back = Decision("send_back", Reason.INSTRUCTION, cases=("A-2",))
    run = play(tiny, plan, answer=lambda _: back)
    made = [each.data["case"] for each in run.events if each.kind == Kind.PROPOSAL_MADE]
    assert made == ["A-1", "A-2", "A-3", "A-2"]
    assert kinds(run.events).count("approval.asked") == 1


def test_an_explicit_allow_is_a_standing_approval(tiny: Prepared) -> None:
    known = Rule(
        name="Known accounts",
        effect="allow",
        when=(Condition(fact="known_account", value=True),),
    )
    asked = [
        event.data["proposal"]
        for event in play(tiny, replace(ASKING, rules=(known,)), 1).events
        if event.kind == Kind.APPROVAL_ASKED
    ]
    assert len(asked) <= 1
    assert kinds(play(tiny, ASKING, 1).events).count("approval.asked") == 3


# ---- Bounds --------------------------------------------------------------------------------


def test_a_tool_the_stage_does_not_hold_is_never_used(tiny: Prepared) -> None:
    run = play(tiny, Plan(stages=(MATCH, replace(PAY, tools=()))))
    assert "tool.applied" not in kinds(run.events)
    assert set(run.state.closed.values()) == {"denied"}


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.VERIFIER, Role.PLANNER, Role.COORDINATOR])
def test_roles_are_enforced_whatever_the_script_says(tiny: Prepared, role: Role) -> None:
    agents = dict(tiny.scenario.agents)
    agents["payer"] = replace(agents["payer"], role=role)
    run = play(altered(tiny, agents=agents), Plan(stages=(MATCH, PAY)))
    assert "tool.applied" not in kinds(run.events)
    assert run.state.finished


def test_a_loop_is_stopped_at_the_third_time(tiny: Prepared) -> None:
    faults = dict(tiny.scenario.faults)
    faults["moved"] = replace(faults["moved"], p=1.0, overlays={"pay": Overlay(times=9)})
    run = play(altered(tiny, faults=faults), Plan(stages=(MATCH, PAY)))
    paid = [
        each for each in run.events if each.kind == Kind.TOOL_APPLIED
    ]  # A-1 twice, A-2 and A-3 once
    assert len(paid) == 4
    denied = [e for e in run.events if e.kind == Kind.GUARD_JUDGED and e.data["verdict"] == "deny"]
    assert denied[0].data["why"] == "the same proposal for the 3rd time"


@pytest.mark.parametrize(
    ("limits", "why"),
    [(Limits(steps=3), "steps"), (Limits(tokens=2000), "tokens"), (Limits(minutes=0), "time")],
)
def test_every_budget_halts_the_run(tiny: Prepared, limits: Limits, why: str) -> None:
    run = play(altered(tiny, limits=limits), Plan(stages=(MATCH, PAY)))
    assert run.state.outcome == "halted"
    assert run.events[-2].data == {"why": why}


def test_money_beyond_ones_own_budget_is_asked_for_and_then_is_gone(tiny: Prepared) -> None:
    prepared = altered(tiny, limits=Limits(mils=25))
    plan = Plan(stages=(MATCH, PAY), budget=Budget(mils=10))
    allowed = play(prepared, plan)
    because = [e.data["because"] for e in allowed.events if e.kind == Kind.APPROVAL_ASKED]
    assert because == ["budget"]
    assert allowed.state.halted == "money"
    refused = play(prepared, plan, answer=lambda _: Decision("reject", Reason.COST))
    assert refused.state.used.mils < allowed.state.used.mils
    assert "budget.warned" in kinds(allowed.events)


@pytest.mark.parametrize(
    ("on_fail", "paid"), [("retry", 2), ("reconcile", 1), ("skip", 1), ("ask", 2)]
)
def test_a_lost_answer_is_paid_twice_only_by_who_does_not_look(
    tiny: Prepared, on_fail: str, paid: int
) -> None:
    faults = {
        "moved": replace(
            tiny.scenario.faults["moved"], p=1.0, overlays={"pay": Overlay(outage="lost")}
        )
    }
    plan = Plan(stages=(MATCH, replace(PAY, on_fail=on_fail)))  # type: ignore[arg-type]
    run = play(altered(tiny, faults=faults), plan)
    assert run.state.world.versions["payments", "A-1"] == paid
    looked = play(altered(tiny, faults=faults), plan, answer=lambda _: Decision("send_back"))
    assert looked.state.world.versions["payments", "A-1"] == (2 if on_fail == "retry" else 1)


def test_a_rule_can_take_personal_data_out() -> None:
    prepared = library("renewal-pack")
    scenario = prepared.scenario
    outside = next(name for name, tool in scenario.tools.items() if tool.external)
    names = tuple(scenario.tools[outside].args)
    redact = Rule(
        name="Nothing personal outside",
        effect="modify",
        when=(Condition(fact="tool", value=outside), Condition(fact="personal", value=True)),
        change=dict.fromkeys(names, "redact"),
    )
    leak = next(name for name, fault in scenario.faults.items() if fault.kind == "pii_leak")
    seed = seed_with(prepared, leak)
    run = play(prepared, replace(scenario.starter, rules=(redact,), checkpoints=()), seed)
    modified = [e for e in run.events if e.data.get("verdict") == "modify"]
    assert modified
    after = [e for e in run.events if e.kind == Kind.PROPOSAL_MADE and e.actor == "guardian"]
    assert all("[removed]" in e.data["args"].values() for e in after)
    assert all("personal" not in e.data.get("labels", ()) for e in after)


def test_a_case_is_closed_only_for_those_after_it(tiny: Prepared) -> None:
    deny = Rule(name="Not this", effect="deny", when=(Condition(fact="case", value="A-2"),))
    run = play(tiny, Plan(stages=(MATCH, PAY), rules=(deny,)))
    assert run.state.closed == {"A-2": "denied"}
    assert kinds(run.events).count("tool.applied") == 2


def test_a_broken_rule_denies(tiny: Prepared) -> None:
    broken = Rule(name="Broken", effect="allow", cel="amount / 0 > 1")
    run = play(tiny, Plan(stages=(MATCH, PAY), rules=(broken,)))
    assert "tool.applied" not in kinds(run.events)


def test_keys_come_from_what_is_done_and_never_repeat(tiny: Prepared) -> None:
    events = play(tiny, ASKING).events
    keys = [event.data["key"] for event in events if event.kind == Kind.PROPOSAL_MADE]
    assert len(set(keys)) == len(keys)
    assert keys == [e.data["key"] for e in play(tiny, ASKING).events if "key" in e.data]
    assert keys != [e.data["key"] for e in play(tiny, ASKING, 2).events if "key" in e.data]


def test_the_world_is_patched_and_only_there(tiny: Prepared) -> None:
    run = play(tiny, ASKING, answer=lambda r: Decision("approve"))
    assert isinstance(tiny.scenario.world, World)
    assert tiny.scenario.world.tables["payments"].rows == {}
    assert set(run.state.world.rows) == {("payments", f"A-{n}") for n in (1, 2, 3)}


def _faults() -> dict[str, dict[str, object]]:
    from tests.sandbox.small import values

    faults: dict[str, dict[str, object]] = values()["faults"]
    return faults
