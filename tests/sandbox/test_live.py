"""Live runs: played by background jobs that may die anywhere, charged once, written once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from people import clock, jobs, membership
from people.models import BackgroundJob
from sandbox import live, playing, scenarios
from sandbox.engine.decisions import Decision
from sandbox.engine.plan import Checkpoint, PlanStage
from sandbox.live_models import accounts
from sandbox.models import ModelAccount, ModelCall, Run, RunEvent
from sandbox.providers.anthropic import Anthropic
from sandbox.providers.replay import Replay
from sandbox.timeline.telling import FAILURES
from tests.conftest import Cast
from tests.fake_model import SCRIPT, Behaviour, FakeModel
from tests.sandbox.live_runs import (
    PLAN,
    books_balance,
    decide,
    die_and_come_back,
    make_account,
    make_live_run,
    of_kind,
    payments,
    trail,
    work_off,
)

EACH = 3  # mils of an answer: 900 tokens read at 2 and 120 written at 10 the thousand
PAID = [("A-1", 124001), ("A-2", 124002), ("A-3", 124003)]
SHORT = replace(PLAN, stages=PLAN.stages[1:2])
ASKING = replace(PLAN, checkpoints=(Checkpoint(kind="tool", of="pay.send"),))
Call, Job = ModelCall.State, BackgroundJob.State


class Killed(BaseException):
    """As near to kill -9 as a test in one process comes: nobody catches it."""


@pytest.fixture
def fake(cast: Cast, settings: Any) -> Iterator[FakeModel]:
    with FakeModel() as server:
        settings.LIVE_MODELS = True
        settings.MODEL_ADDRESSES = [server.url]
        settings.MODEL_SECONDS = 1
        make_account(cast.amina, server.url)
        yield server


# ---- Playing -------------------------------------------------------------------------------


def test_a_run_is_played_to_its_end(cast: Cast, fake: FakeModel) -> None:
    run = make_live_run(cast.amina)
    assert work_off() == 1
    events = trail(run)
    assert events[-1].kind == "run.finished"
    assert events[0].data["provider"] == "anthropic"
    assert payments(events) == PAID
    assert run.state == Run.State.ANSWERING
    assert len(fake.requests) == 9  # three to match, three to pay, three to look at payments
    assert books_balance(run) == 9 * EACH
    assert accounts.spent(cast.organisation, cast.amina) == 9 * EACH
    assert not BackgroundJob.objects.exclude(state=Job.DONE).exists()


def test_the_question_is_stored_before_it_is_asked(cast: Cast, fake: FakeModel) -> None:
    """With its money: at each request the trail ends with the question, and nothing later."""
    seen: list[tuple[str, str, int]] = []
    original = Anthropic.reply

    def watch(self: Anthropic, run: str, ask: Any) -> Any:
        last = RunEvent.objects.order_by("-seq").first()
        assert last is not None
        call = ModelCall.objects.get(state=Call.RESERVED)
        seen.append((last.kind, call.key, call.reserved_mils))
        assert call.key == accounts.key_of(last.run, last.seq)
        assert call.reserved_mils == self.reserve(run, ask)
        return original(self, run, ask)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Anthropic, "reply", watch)
        make_live_run(cast.amina, SHORT)
        work_off()
    assert [kind for kind, _, _ in seen] == ["model.asked"] * 3


def test_it_stops_where_a_person_decides_and_goes_on_after(cast: Cast, fake: FakeModel) -> None:
    run = make_live_run(cast.amina, ASKING)
    work_off()
    run.refresh_from_db()
    assert run.state == Run.State.WAITING
    assert not BackgroundJob.objects.exclude(state=Job.DONE).exists(), "a pause holds no job"
    asked = len(fake.requests)
    work_off()
    assert len(fake.requests) == asked
    for verb in ("approve", "reject", "approve"):
        decide(run, Decision(verb))
        work_off()
    assert payments(trail(run)) == [PAID[0], PAID[2]]
    assert run.state == Run.State.ANSWERING
    books_balance(run)


def test_a_slice_ends_after_a_while_and_another_goes_on(
    cast: Cast, fake: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SLICE_SECONDS", 0.0)
    run = make_live_run(cast.amina, SHORT)
    monkeypatch.setattr(live, "SLICE_SECONDS", 0.01)
    assert work_off() > 2
    assert payments(trail(run)) == PAID
    assert not of_kind(trail(run), "model.failed"), "a slice that ended looked like a crash"
    books_balance(run)


def test_what_a_model_says_is_kept_as_it_is(cast: Cast, fake: FakeModel) -> None:
    fake.script = ["script"]
    run = make_live_run(cast.amina, SHORT)
    work_off()
    first = of_kind(trail(run), "model.replied")[0]
    assert first.data["says"] == SCRIPT
    assert payments(trail(run)) == PAID


def test_a_live_run_can_be_played_again_offline(cast: Cast, fake: FakeModel) -> None:
    fake.script = ["too-many", "play", "cut", "bad-json"]
    run = make_live_run(cast.amina)
    work_off()
    events, asked = trail(run), len(fake.requests)
    plan = scenarios.read_plan(run.plan)
    prepared = scenarios.loaded(run.version_id).prepared
    cassette = Replay(events)
    again = playing.rehearse(prepared, plan, run.seed, provider=cassette)
    again.advance()
    assert cassette.left == 0
    assert again.state.finished
    live_one = playing.rehearse(prepared, plan, run.seed, events)
    assert again.state.world == live_one.state.world
    assert again.state.used.tokens == live_one.state.used.tokens
    assert len(fake.requests) == asked


# ---- Failing -------------------------------------------------------------------------------

SPOILT: list[tuple[Behaviour, str, int]] = [
    ("too-many", "overloaded", 7),
    ("overloaded", "overloaded", 5),
    ("broken", "unavailable", 3),
    ("cut", "cut", 1),
    ("drip", "timeout", 3),
    ("bad-json", "malformed", 1),
    ("unknown-tool", "malformed", 1),
    ("refusal", "refused", 0),
    ("html", "not-json", 0),
]


@pytest.mark.parametrize(("behaviour", "kind", "wait"), SPOILT)
def test_a_call_that_fails_is_an_event_and_is_tried_again(
    cast: Cast, fake: FakeModel, behaviour: Behaviour, kind: str, wait: int
) -> None:
    fake.script = ["play", behaviour]
    run = make_live_run(cast.amina, SHORT)
    first = BackgroundJob.objects.get()
    jobs.run(first.pk)
    (failed,) = of_kind(trail(run), "model.failed")
    assert (failed.data["kind"], failed.data["wait"]) == (kind, wait)
    assert kind in FAILURES, "the page has no words for it"
    later = BackgroundJob.objects.exclude(pk=first.pk).first()
    if wait:
        assert later is not None
        assert timedelta(0) < later.due_at - clock.now() <= timedelta(seconds=wait)
        assert run.state == Run.State.RUNNING
    work_off()
    assert payments(trail(run)) == PAID
    books_balance(run)


def test_after_three_failures_a_person_is_asked(cast: Cast, fake: FakeModel) -> None:
    fake.script = ["broken", "cut", "overloaded"]
    run = make_live_run(cast.amina, SHORT)
    work_off()
    assert len(fake.requests) == 3
    assert run.pk
    run.refresh_from_db()
    assert run.state == Run.State.WAITING
    (asked,) = of_kind(trail(run), "approval.asked")
    assert asked.data["because"] == "provider"
    decide(run, Decision("approve"))
    work_off()
    assert payments(trail(run)) == PAID
    books_balance(run)


@pytest.mark.parametrize("how", ["site", "organisation", "member budget", "budget", "key"])
def test_without_leave_no_call_is_made(
    cast: Cast, fake: FakeModel, settings: Any, how: str
) -> None:
    run = make_live_run(cast.amina, SHORT)
    match how:
        case "site":
            settings.LIVE_MODELS = False
        case "organisation":
            ModelAccount.objects.update(switched_off=True)
        case "member budget":
            ModelAccount.objects.update(member_mils=1)
        case "budget":
            ModelAccount.objects.update(monthly_mils=1)
        case "key":
            settings.MODEL_ADDRESSES = []
    work_off()
    assert fake.requests == []
    run.refresh_from_db()
    assert run.state == Run.State.WAITING
    (failed,) = of_kind(trail(run), "model.failed")
    assert failed.data["kind"] in ("switched-off", "budget", "unauthorised")
    assert books_balance(run) == 0


def test_a_budget_that_runs_out_in_the_middle_stops_there(cast: Cast, fake: FakeModel) -> None:
    run = make_live_run(cast.amina)
    first = BackgroundJob.objects.get()
    calls: list[int] = []
    original = accounts.reserve

    def counted(*args: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            ModelAccount.objects.update(monthly_mils=10)
        return original(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "reserve", counted)
        jobs.run(first.pk)
    assert len(fake.requests) == 2
    run.refresh_from_db()
    assert run.state == Run.State.WAITING
    assert books_balance(run) == 2 * EACH
    ModelAccount.objects.update(monthly_mils=1_000_000)
    decide(run, Decision("approve"))
    work_off()
    assert payments(trail(run)) == PAID


# ---- Dying ---------------------------------------------------------------------------------


def test_a_death_during_the_call_is_charged_once_and_told(cast: Cast, fake: FakeModel) -> None:
    run = make_live_run(cast.amina, SHORT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Anthropic, "reply", _dies_after(Anthropic.reply))
        with pytest.raises(Killed):
            jobs.run(BackgroundJob.objects.get().pk)
    assert len(fake.requests) == 1
    (call,) = ModelCall.objects.all()
    assert call.state == Call.RESERVED
    reserved = call.reserved_mils
    assert accounts.spent(cast.organisation) == reserved, "what is under way counts"
    die_and_come_back()
    (failed,) = of_kind(trail(run), "model.failed")
    assert (failed.data["kind"], failed.data["lost"]) == ("crash", reserved)
    call.refresh_from_db()
    assert (call.state, call.mils) == (Call.LOST, reserved)
    assert payments(trail(run)) == PAID
    assert len(fake.requests) == 4
    assert books_balance(run) == reserved + 3 * EACH


def _dies_after(original: Callable[..., Any]) -> Callable[..., Any]:
    def reply(*args: Any) -> Any:
        original(*args)
        raise Killed

    return reply


def _dies(count: int, *, after: bool) -> Callable[..., Any]:
    """`Slice._store` that is killed at its `count`-th call: before it writes, or right after."""
    original, seen = live.Slice._store, [0]

    def store(self: live.Slice, new: Any) -> None:
        seen[0] += 1
        if seen[0] == count and not after:
            raise Killed
        original(self, new)
        if seen[0] == count:
            raise Killed

    return store


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_dying_at_any_point_loses_nothing_and_does_nothing_twice(
    cast: Cast, fake: FakeModel, after: bool
) -> None:
    run = make_live_run(cast.amina, SHORT)
    work_off()
    whole = len(trail(run))
    stores = 0
    for count in range(1, whole):
        run = make_live_run(cast.amina, SHORT)
        job = BackgroundJob.objects.get(kind=live.KIND, subject_id=run.pk)
        died = False
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(live.Slice, "_store", _dies(count, after=after))
            try:
                jobs.run(job.pk)
            except Killed:
                died = True
        if not died:
            break
        stores += 1
        die_and_come_back()
        work_off()
        events = trail(run)
        assert payments(events) == PAID, f"killed at write {count}"
        assert events[-1].kind == "run.finished"
        crashes = [each.data["kind"] for each in of_kind(events, "model.failed")]
        assert crashes in ([], ["crash"])
        books_balance(run)
    assert stores >= 15, "it died nowhere: this proves nothing"


def test_dying_again_and_again_charges_each_call_once(cast: Cast, fake: FakeModel) -> None:
    run = make_live_run(cast.amina, SHORT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Anthropic, "reply", _dies_after(Anthropic.reply))
        with pytest.raises(Killed):
            jobs.run(BackgroundJob.objects.get().pk)
        for _ in range(3):
            with pytest.raises(Killed):
                die_and_come_back()
    assert ModelCall.objects.filter(state=Call.LOST).count() == 3
    die_and_come_back()
    assert len(of_kind(trail(run), "model.failed")) == 4
    assert payments(trail(run)) == PAID
    assert len(fake.requests) == 4 + 3
    books_balance(run)


# ---- Two at once ---------------------------------------------------------------------------


def test_whose_lease_is_lost_during_a_call_writes_nothing(cast: Cast, fake: FakeModel) -> None:
    """It wakes up with its answer while another attempt has played the run to its end."""
    run = make_live_run(cast.amina, SHORT)
    job = BackgroundJob.objects.get()
    original = Anthropic.reply
    woken: list[int] = []

    def slow(self: Anthropic, name: str, ask: Any) -> Any:
        reply = original(self, name, ask)
        if not woken:
            woken.append(1)
            die_and_come_back()
        return reply

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Anthropic, "reply", slow)
        jobs.run(job.pk)
    events = trail(run)
    assert payments(events) == PAID
    assert [each.data["kind"] for each in of_kind(events, "model.failed")] == ["crash"]
    assert ModelCall.objects.filter(state=Call.LOST).count() == 1
    books_balance(run)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (Job.DONE, 2)


def test_the_newest_job_of_a_run_is_the_one_that_writes(cast: Cast, fake: FakeModel) -> None:
    run = make_live_run(cast.amina, SHORT)
    older = BackgroundJob.objects.get()
    newer = live.queue(run)
    jobs.run(older.pk)
    assert RunEvent.objects.count() == 0
    jobs.run(newer.pk)
    assert payments(trail(run)) == PAID


def test_runs_do_not_disturb_each_other(cast: Cast, fake: FakeModel) -> None:
    fake.script = ["cut", "forbidden"]
    runs = [make_live_run(each, SHORT) for each in (cast.amina, cast.daniel, cast.helen)]
    work_off()
    states = []
    for run in runs:
        books_balance(run)
        states.append(run.state)
    assert sorted(states) == ["answering", "answering", "waiting"]


# ---- Not to be played ----------------------------------------------------------------------


def test_somebody_who_has_left_runs_nothing(cast: Cast, fake: FakeModel) -> None:
    run = make_live_run(cast.amina, ASKING)
    work_off()
    asked = len(fake.requests)
    live.queue(run)
    membership.deactivate(cast.amina, by=cast.noor)
    work_off()
    run.refresh_from_db()
    assert run.state == Run.State.STOPPED
    assert len(fake.requests) == asked


@pytest.mark.parametrize("what", ["event", "head", "plan", "missing"])
def test_a_trail_that_is_not_what_was_written_is_not_played_on(
    cast: Cast, fake: FakeModel, what: str
) -> None:
    run = make_live_run(cast.amina, ASKING)
    work_off()
    events = RunEvent._base_manager.filter(run=run)
    match what:
        case "event":
            last = events.order_by("-seq").first()
            assert last is not None
            forged = last.body.replace('"approval.asked"', '"approval.given"')
            events.filter(seq=last.seq)._raw_delete(events.db)  # past the append-only manager
            RunEvent.objects.bulk_create(
                [RunEvent(run=run, seq=last.seq, body=forged, hash=last.hash)]
            )
        case "missing":
            events.filter(seq=4)._raw_delete(events.db)
        case "head":
            Run.objects.filter(pk=run.pk).update(head="0" * 64)
        case "plan":
            other = replace(ASKING, stages=(*ASKING.stages, PlanStage(job="pay", agent="payer")))
            Run.objects.filter(pk=run.pk).update(plan=scenarios.plan_document(other))
    live.queue(run)
    asked, before = len(fake.requests), RunEvent.objects.count()
    work_off()
    run.refresh_from_db()
    assert run.state == Run.State.FAILED
    assert (len(fake.requests), RunEvent.objects.count()) == (asked, before)


def test_only_live_runs_are_played_live(cast: Cast, fake: FakeModel) -> None:
    run = make_live_run(cast.amina, SHORT, rung=Run.Rung.SUPERVISED)
    work_off()
    assert RunEvent.objects.count() == 0
    assert fake.requests == []
    assert run.pk
