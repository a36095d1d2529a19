"""Points: what a trail did, who stopped what, and that no reflex is worth anything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.engine.decisions import Decision
from sandbox.engine.outcome import Outcome, outcome_of
from sandbox.engine.person import Accuracy, observed
from sandbox.engine.prepared import Prepared
from sandbox.engine.rehearsal import Rehearsal
from sandbox.engine.scenario import Fault, Limits, Overlay
from sandbox.engine.scoring import Means, means, run_once, score
from sandbox.engine.strategies import judging
from sandbox.engine.vocabulary import Reason
from sandbox.playing import baselines, graded
from sandbox.providers.scripted import Scripted
from tests.sandbox.played import (
    Checkpoint,
    Condition,
    Plan,
    PlanStage,
    Rule,
    library,
    play,
)
from tests.sandbox.small import small

pytestmark = pytest.mark.once

MATCH, PAY = PlanStage(job="match", agent="matcher"), PlanStage(job="pay", agent="payer")
LOOK = PlanStage(job="look", agent="reader")
PLAIN = Plan(stages=(MATCH, PAY))
ASKING = Plan(stages=(MATCH, PAY), checkpoints=(Checkpoint(kind="tool", of="pay.send"),))
KNOWN = Rule(
    name="Known accounts alone",
    effect="deny",
    when=(Condition(fact="known_account", value=False),),
)


def with_fault(**changes: object) -> Prepared:
    """The small scenario in which the fault always strikes A-1 and the decoy A-2."""
    scenario = small()
    faults = dict(scenario.faults)
    faults["moved"] = replace(faults["moved"], **{"p": 1.0, "shows": 1.0, **changes})  # type: ignore[arg-type]
    faults["honest"] = replace(faults["honest"], p=1.0)
    return Prepared(replace(scenario, faults=faults))


def told(prepared: Prepared, run: Rehearsal) -> Outcome:
    return outcome_of(prepared, run.plan, run.sealed, run.events)


def test_what_goes_through_costs_its_severity() -> None:
    prepared = with_fault()
    run = play(prepared, PLAIN)
    outcome = told(prepared, run)
    found = outcome.found["A-1"]
    assert (found.status, found.by) == ("reached", "")
    assert outcome.red(run.sealed)
    assert outcome.good_done == {("pay", "A-2"), ("pay", "A-3")}
    assert outcome.good_all == 2
    expected = 20 - 100 - 20 * outcome.mils / 1000
    assert outcome.worth(run.sealed) == pytest.approx(expected)


def test_a_rule_catches_without_attention() -> None:
    prepared = with_fault()
    run = play(prepared, replace(PLAIN, rules=(KNOWN,)))
    outcome = told(prepared, run)
    assert (outcome.found["A-1"].status, outcome.found["A-1"].by) == ("caught", "rule")
    assert outcome.human_minutes == 0
    assert outcome.delivered == 1.0
    assert not outcome.refused_good


@pytest.mark.parametrize(("reason", "credit"), [(Reason.INSTRUCTION, 1.0), (Reason.COST, 0.5)])
def test_a_catch_for_another_reason_counts_half(reason: Reason, credit: float) -> None:
    prepared = with_fault()

    def answer(run: Rehearsal) -> Decision:
        assert run.state.pending is not None
        bad = run.state.pending.proposal.args["iban"] != "GB1"
        return Decision("reject", reason) if bad else Decision("approve")

    run = play(prepared, ASKING, answer=answer)
    found = told(prepared, run).found["A-1"]
    assert (found.status, found.by, found.credit) == ("caught", "you", credit)


def test_sending_back_corrects_and_still_delivers() -> None:
    prepared = with_fault()

    def answer(run: Rehearsal) -> Decision:
        assert run.state.pending is not None
        if run.state.pending.proposal.args["iban"] != "GB1":
            return Decision("send_back", Reason.INSTRUCTION)
        return Decision("approve")

    run = play(prepared, ASKING, answer=answer)
    outcome = told(prepared, run)
    assert outcome.found["A-1"].status == "caught"
    assert ("pay", "A-1") in outcome.good_done
    assert outcome.value == 30
    assert outcome.asked_for_nothing == 3  # the corrected one, the decoy, the plain one


def test_refusing_good_work_is_a_false_alarm_with_a_price() -> None:
    prepared = with_fault()
    run = play(prepared, ASKING, answer=lambda _: Decision("reject", Reason.RULE))
    outcome = told(prepared, run)
    assert outcome.refused_good == {("pay", "A-2"), ("pay", "A-3")}
    assert outcome.found["A-2"].status == "caught"  # the decoy: a false alarm
    assert outcome.delivered == 0.0
    expected = -2 * 4 - outcome.human_minutes - 20 * outcome.mils / 1000
    assert outcome.worth(run.sealed) == pytest.approx(expected)


def test_a_watcher_that_objects_stops_it_where_nobody_is_asked() -> None:
    scenario = with_fault().scenario
    agents = dict(scenario.agents)
    agents["reader"] = replace(agents["reader"], catches={}, otherwise=1.0, false_alarm=0.0)
    prepared = Prepared(replace(scenario, agents=agents))
    run = play(prepared, Plan(stages=(MATCH, PAY, LOOK)))
    outcome = told(prepared, run)
    assert (outcome.found["A-1"].status, outcome.found["A-1"].by) == ("caught", "reader")
    assert outcome.reviewed_for_nothing == 2
    assert outcome.cost["reader"] > 0


def test_an_earlier_job_can_keep_a_fault_from_arising() -> None:
    prepared = with_fault(unless=("match",))
    run = play(prepared, PLAIN)
    outcome = told(prepared, run)
    assert outcome.found["A-1"].status == "prevented"
    assert ("pay", "A-1") in outcome.good_done


def test_nobody_is_held_to_a_broken_tool_before_it_failed() -> None:
    prepared = with_fault(overlays={"pay": Overlay(outage="lost")})
    retry = Plan(stages=(MATCH, replace(PAY, on_fail="retry")), checkpoints=ASKING.checkpoints)
    run = play(prepared, retry)
    outcome = told(prepared, run)
    assert outcome.judged_faults == 0
    assert outcome.found["A-1"].status == "reached"
    careful = play(prepared, Plan(stages=(MATCH, replace(PAY, on_fail="reconcile"))))
    assert told(prepared, careful).found["A-1"].status == "caught"
    assert ("pay", "A-1") in told(prepared, careful).good_done


def test_a_loop_stopped_late_has_done_its_harm() -> None:
    prepared = with_fault(overlays={"pay": Overlay(times=5)})
    run = play(prepared, PLAIN)
    assert told(prepared, run).found["A-1"].status == "reached"
    once = Rule(name="Once", effect="deny", when=(Condition(fact="again", op="above", value=0),))
    stopped = play(prepared, replace(PLAIN, rules=(once,)))
    outcome = told(prepared, stopped)
    assert (outcome.found["A-1"].status, outcome.found["A-1"].by) == ("caught", "rule")
    assert ("pay", "A-1") in outcome.good_done


def test_a_fault_that_cannot_arise_helps_and_hurts_nobody() -> None:
    prepared = with_fault(agents=("matcher",))
    run = play(prepared, PLAIN)
    outcome = told(prepared, run)
    assert outcome.found["A-1"].status == "open"
    assert outcome.faults(run.sealed) == []
    empty = means(prepared, PLAIN, [(run.sealed, outcome)])
    assert empty.catch == 0.0


def test_looking_on_sees_what_the_trail_says() -> None:
    for name in ("payment-run", "refund-desk", "release-bot"):
        prepared = library(name)
        plan = prepared.scenario.references["careful"]
        judge = judging(plan, prepared.scenario)
        for seed in range(1, 8):
            run, seen = run_once(prepared, plan, seed, Scripted, judge)
            assert seen == outcome_of(prepared, plan, run.sealed, run.events)


# ---- The formula ---------------------------------------------------------------------------

GOOD = Means(
    seeds=100,
    worth=64.0,
    delivered=0.9,
    catch=0.8,
    friction=0.1,
    economy=0.6,
    red=0.1,
    minutes=60,
    human_minutes=12,
    mils=800,
)


def test_the_formula_is_that_of_the_rulings() -> None:
    found = score(GOOD, naive=-17.0, reference=75.0, explanation=0.5)
    skill = (64 + 17) / (75 + 17)
    gate = 1 - 0.5 * 0.1
    expected = 100 * gate * (0.5 * skill + 0.3 * 0.7 + (0.1 * 0.6 + 0.1 * 0.5) * skill)
    assert found.total == pytest.approx(expected)
    assert found.total == pytest.approx(
        found.outcome + found.discrimination + found.economy + found.explanation
    )


def test_little_delivered_takes_the_rest_with_it() -> None:
    found = score(replace(GOOD, delivered=0.3), -17.0, 75.0, 1.0)
    assert found.gate == pytest.approx(0.5 * 0.95)
    assert found.economy == found.explanation == 0.0


def test_skill_has_a_floor_and_a_roof() -> None:
    assert score(replace(GOOD, worth=-100.0), -17.0, 75.0).skill == 0.0
    assert score(replace(GOOD, worth=500.0), -17.0, 75.0).skill == 1.05
    assert score(replace(GOOD, worth=500.0, catch=1.0, friction=0.0), -17.0, 75.0, 1.0).total <= 100


def test_one_run_says_little_about_a_person() -> None:
    nothing = observed(0, 0, 0, 0, 0)
    assert nothing.hit == pytest.approx(0.9)
    assert observed(0, 3, 0, 10, 0).hit == pytest.approx(9 / 13)
    assert observed(3, 3, 0, 10, 3).hit > nothing.hit
    assert observed(3, 3, 5, 10, 3).alarm > observed(3, 3, 0, 10, 3).alarm


def test_a_careless_person_is_worth_less_at_the_same_checkpoints() -> None:
    prepared = library("payment-run")
    plan = prepared.scenario.references["careful"]
    careful = graded(prepared, plan, range(1, 41))
    careless = graded(prepared, plan, range(1, 41), Accuracy(hit=0.4, alarm=0.3, names=0.5))
    assert careless.worth < careful.worth
    assert careless.catch < careful.catch


def test_never_tiring_does_not_help_who_asks_about_everything() -> None:
    """Attention is a hard budget: what is asked beyond it is refused."""
    prepared = library("payment-run")
    found = baselines(prepared, range(1, 31))
    asked = found.naive["ask"]
    assert score(asked, found.best_naive, found.best_reference).total < 20
    longer = Prepared(
        replace(prepared.scenario, limits=replace(prepared.scenario.limits, human_minutes=10_000))
    )
    assert isinstance(prepared.scenario.limits, Limits)
    tireless = baselines(longer, range(1, 31)).naive["ask"]
    assert tireless.delivered > asked.delivered


def test_decoys_have_no_severity_that_could_count() -> None:
    fault: Fault
    for name in ("payment-run", "supplier-document", "refund-desk"):
        for fault in library(name).scenario.faults.values():
            assert not (fault.is_decoy and (fault.severity or fault.red_line))
