"""Live runs for tests: an account, a run, somebody who works off its jobs, and the books."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Sum

from people import clock, jobs
from people.models import BackgroundJob, Member
from sandbox import live, playing, scenarios
from sandbox.engine.decisions import Decision
from sandbox.engine.events import Event, verify
from sandbox.engine.plan import Plan, PlanStage
from sandbox.engine.rehearsal import Rehearsal
from sandbox.live_models import sealing
from sandbox.models import ModelAccount, ModelCall, Run, RunEvent, Scenario, ScenarioVersion
from tests.sandbox.small import small

KEY = "sk-test-of-a-live-run"
PLAN = Plan(
    stages=(
        PlanStage(job="match", agent="matcher"),
        PlanStage(job="pay", agent="payer"),
        PlanStage(job="look", agent="reader"),
    )
)
Call, Job = ModelCall.State, BackgroundJob.State


def make_account(member: Member, url: str, **fields: Any) -> ModelAccount:
    """`url` must be among the addresses that the settings allow."""
    values = {
        "sealed_key": sealing.seal(KEY),
        "base_url": url,
        "monthly_mils": 1_000_000,
        "member_mils": 1_000_000,
        "switched_off": False,
        **fields,
    }
    account, _ = ModelAccount.objects.update_or_create(
        organisation=member.organisation, defaults=values
    )
    return account


def make_live_run(member: Member, plan: Plan = PLAN, seed: int = 7, **fields: Any) -> Run:
    """A run that was just started, with its first background job."""
    script = small(limits={"mils": 100_000, "tokens": 2_000_000})
    scenario, _ = Scenario.objects.get_or_create(
        organisation=None, key="small-run", defaults={"title": script.title, "minutes": 10}
    )
    version = ScenarioVersion.objects.filter(scenario=scenario).first()
    if version is None:
        scenarios.forget()
        version = ScenarioVersion.objects.create(
            scenario=scenario,
            number=1,
            state=ScenarioVersion.State.PUBLISHED,
            digest=script.digest,
            document=scenarios.to_document(script),
        )
    values = {
        "rung": Run.Rung.LIVE,
        "state": Run.State.RUNNING,
        "plan": scenarios.plan_document(plan),
        "plan_digest": scenarios.plan_digest(plan),
        "seed": seed,
        **fields,
    }
    run = Run.objects.create(member=member, version=version, **values)
    live.queue(run)
    return run


def work_off(*, most: int = 40) -> int:
    """Does what waits, however long it is to wait still; returns how many jobs that were."""
    for done in range(most):
        BackgroundJob.objects.filter(kind=live.KIND, state=Job.QUEUED).update(due_at=clock.now())
        job = BackgroundJob.objects.filter(kind=live.KIND, state=Job.QUEUED).order_by("pk").first()
        if job is None:
            return done
        jobs.run(job.pk)
    raise AssertionError("it never comes to rest")


def die_and_come_back() -> None:
    """What the sweeper does some time after a worker was killed."""
    BackgroundJob.objects.filter(kind=live.KIND, state=Job.RUNNING).update(
        lease_until=clock.now() - timedelta(seconds=1)
    )
    for job in BackgroundJob.objects.filter(kind=live.KIND, state=Job.RUNNING).order_by("pk"):
        jobs.run(job.pk)


def trail(run: Run) -> list[Event]:
    """The trail, whole: a broken one fails here."""
    events = RunEvent.objects.trail(run)
    run.refresh_from_db()
    assert verify(events) == run.head
    return events


def of_kind(events: list[Event], kind: str) -> list[Event]:
    return [each for each in events if each.kind == kind]


def payments(events: list[Event]) -> list[tuple[str, int]]:
    """Case and amount of every payment, in order: each proposal applied stands here once."""
    made = {each.data["id"]: each for each in of_kind(events, "proposal.made")}
    done = [made[each.data["proposal"]] for each in of_kind(events, "tool.applied")]
    return [(each.data["case"], each.data["args"]["amount"]) for each in done]


def books_balance(run: Run) -> int:
    """The ledger and the trail tell the same: what was charged, and nothing under way."""
    events = trail(run)
    told = sum(each.data["mils"] for each in of_kind(events, "model.replied"))
    told += sum(each.data.get("lost", 0) for each in of_kind(events, "model.failed"))
    calls = ModelCall.objects.filter(run=run)
    assert not calls.filter(state=Call.RESERVED).exists()
    charged = calls.aggregate(sum=Sum("mils"))["sum"] or 0
    assert charged == told
    asked = of_kind(events, "model.asked")
    answers = of_kind(events, "model.replied") + of_kind(events, "model.failed")
    assert len(asked) == len(answers), "a question has one answer or one failure"
    return charged


def rehearsed(run: Run) -> Rehearsal:
    """The run as a page would take it up to decide."""
    plan = scenarios.read_plan(run.plan)
    prepared = scenarios.loaded(run.version_id).prepared
    digest = scenarios.plan_digest(plan)
    return playing.rehearse(prepared, plan, run.seed, trail(run), plan_digest=digest)


def decide(run: Run, decision: Decision) -> None:
    """As the page does it: the decision's events, and a job that goes on from there."""
    rehearsal = rehearsed(run)
    assert rehearsal.state.open is not None
    new = rehearsal.decide(decision, rehearsal.state.open.seq)
    entries = [(each.seq, each.body(), each.hash) for each in new]
    RunEvent.objects.append(run, entries, state=Run.State.RUNNING)
    live.queue(run)
