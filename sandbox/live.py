"""Live runs in the background: each go takes up the trail, plays on, and may die at any point.

What was asked of a model stands in the trail, with the money set aside for it, before the call is
made. Whoever takes up a trail that ends with an open question charges that money, once and in an
event, and asks anew: the call may have been made. Every event is written by the attempt that owns
the job, and only if nobody has written an event of that number.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import transaction

from people import jobs
from people.models import BackgroundJob
from sandbox import scenarios
from sandbox.engine.chance import Chance
from sandbox.engine.events import BrokenTrail, Event, Kind, verify
from sandbox.engine.guards import compile_rules
from sandbox.engine.provider import Ask, ProviderError, Reply
from sandbox.engine.rehearsal import Rehearsal
from sandbox.engine.sealed import Sealed
from sandbox.live_models import accounts
from sandbox.live_models.accounts import Refusal
from sandbox.models import Run, RunEvent, TrailMovedOn
from sandbox.providers.anthropic import UNKNOWN_COST, Anthropic

KIND = "advance-live-run"
SLICE_SECONDS = 20.0
RELOADS = 5

logger = logging.getLogger(__name__)


def queue(run: Run, *, after_seconds: int = 0) -> BackgroundJob:
    """Has the run played on. Call it in the transaction that gives it something to do.

    The newest job of a run is the one that may write; older ones find that out and stop.
    """
    return jobs.queue(
        KIND, organisation=run.member.organisation, subject=run, after_seconds=after_seconds
    )


def advance(job: BackgroundJob) -> None:
    """Background job: plays the run on until somebody must decide, its end, or its slice's."""
    for _ in range(RELOADS):
        runs = Run.objects.select_related("member__organisation")
        run = runs.filter(pk=job.subject_id or 0).first()
        if run is None or not _may_go_on(run) or _overtaken(job):
            return
        try:
            go = Slice(job, run)
        except BrokenTrail as error:
            logger.error("run %s is not played on: %s", run.pk, error)
            Run.objects.filter(pk=run.pk).update(state=Run.State.FAILED)
            return
        try:
            go.play()
            return
        except TrailMovedOn:
            continue  # somebody decided meanwhile: read it all again
        finally:
            go.close()


def _may_go_on(run: Run) -> bool:
    """Somebody who has left runs nothing any more."""
    if run.rung != Run.Rung.LIVE or run.state not in (Run.State.RUNNING, Run.State.WAITING):
        return False
    if run.member.is_active:
        return True
    Run.objects.filter(pk=run.pk).update(state=Run.State.STOPPED)
    return False


def _overtaken(job: BackgroundJob) -> bool:
    newer = BackgroundJob.objects.filter(kind=KIND, subject_id=job.subject_id, pk__gt=job.pk)
    return newer.exists()


class Metered:
    """The model behind the money: without a reservation there is no call."""

    name = Anthropic.name
    remote = True

    def __init__(self, model: Anthropic | None, refused: Refusal | None) -> None:
        self.model = model
        self.refused = refused

    def reserve(self, run: str, ask: Ask) -> int:
        return self.model.reserve(run, ask) if self.model is not None else 1

    def reply(self, run: str, ask: Ask) -> Reply:
        """Raises `ProviderError`."""
        if self.refused is not None or self.model is None:
            refused = self.refused or Refusal("unauthorised", "There is no key.")
            raise ProviderError(refused.kind, refused.words)
        return self.model.reply(run, ask)

    @property
    def counted(self) -> tuple[int, int]:
        return self.model.counted if self.model is not None else (0, 0)


class Slice:
    """One go at one run. Raises `BrokenTrail` for a trail that is not what was written."""

    def __init__(self, job: BackgroundJob, run: Run) -> None:
        self.job, self.run = job, run
        self._beaten = monotonic()
        scenario, prepared, _ = scenarios.loaded(run.version_id)
        plan = scenarios.read_plan(run.plan)
        digest = scenarios.plan_digest(plan)
        events = RunEvent.objects.trail(run)
        _check(run, events, digest)
        sealed = Sealed(prepared, Chance(scenario.digest, run.seed))
        account = accounts.account_of(run.member.organisation)
        endpoint = accounts.endpoint(account) if account is not None else None
        model = None
        if endpoint is not None:
            model = Anthropic(
                prepared,
                sealed,
                endpoint,
                world=lambda: self.rehearsal.state.world,
                alive=self._alive,
            )
        self.provider = Metered(model, accounts.refusal(account))
        judge = compile_rules(plan.rules, scenario)
        self.rehearsal = Rehearsal(
            prepared, plan, digest, run.seed, self.provider, judge, events, sealed
        )

    def play(self) -> None:
        """Raises `LeaseLost` or `TrailMovedOn`; what was stored before stands."""
        end, wait = monotonic() + SLICE_SECONDS, 0
        # Between a question and its call nobody stops of their own will: it would look like a
        # crash to whoever takes up the run.
        while monotonic() < end or self.rehearsal.state.reserved:
            new = self.rehearsal.advance(actions=1)
            if not new:
                return
            self._store(new)
            if wait := max(each.data.get("wait", 0) for each in new):
                break
        if self._has_more():
            with transaction.atomic():
                self._hold()
                queue(self.run, after_seconds=wait)

    def close(self) -> None:
        if self.provider.model is not None:
            self.provider.model.close()

    def _has_more(self) -> bool:
        return not self.rehearsal.waits and not self.rehearsal.state.finished

    # ---- Writing ---------------------------------------------------------------------------

    def _store(self, new: Sequence[Event]) -> None:
        """The events of one action, the money that they move, and where the run stands now."""
        with transaction.atomic():
            self._hold()
            for each in new:
                self._account(each)
            RunEvent.objects.append(
                self.run, [(each.seq, each.body(), each.hash) for each in new], **self._moves()
            )

    def _hold(self) -> None:
        """The fence: raises `LeaseLost` unless this attempt of the newest job owns the run.

        Within a transaction it keeps other attempts out until the commit.
        """
        jobs.beat(self.job)
        self._beaten = monotonic()
        if _overtaken(self.job):
            raise jobs.LeaseLost(str(self.job))

    def _alive(self) -> None:
        """Keeps the lease while an answer comes in. If it is lost, storing the answer fails."""
        if monotonic() - self._beaten > settings.JOB_LEASE_SECONDS / 6:
            self._beaten = monotonic()
            with suppress(jobs.LeaseLost):
                jobs.beat(self.job)

    def _account(self, event: Event) -> None:
        run, data = self.run, event.data
        match event.kind:
            case Kind.MODEL_ASKED:
                self.provider.refused = accounts.reserve(run, event.seq, data["reserve"])
            case Kind.MODEL_REPLIED:
                accounts.settle(run, self._asked(event), data["mils"], *self.provider.counted)
            case Kind.MODEL_FAILED if data["kind"] == "crash" or data["kind"] in UNKNOWN_COST:
                accounts.lose(run, self._asked(event))
            case Kind.MODEL_FAILED:
                mils = data.get("lost", 0)
                accounts.settle(run, self._asked(event), mils, *self.provider.counted)

    def _asked(self, event: Event) -> int:
        """The number of the question that this event answers."""
        before = reversed(self.rehearsal.events[: event.seq - 1])
        return next(each.seq for each in before if each.kind == Kind.MODEL_ASKED)

    def _moves(self) -> dict[str, Any]:
        state = self.rehearsal.state
        if state.outcome:
            return {"state": Run.State.ANSWERING}
        return {"state": Run.State.WAITING if self.rehearsal.waits else Run.State.RUNNING}


def _check(run: Run, events: Sequence[Event], digest: str) -> None:
    """The trail is whole and ends where the run says, and the plan is the one that was frozen."""
    head = verify(events)
    if events and head != run.head:
        raise BrokenTrail(len(events), "it does not end where the run says")
    frozen = {each.data["digest"] for each in events if each.kind == Kind.PLAN_FROZEN}
    frozen |= {run.plan_digest} if run.plan_digest else set()
    if frozen - {digest}:
        raise BrokenTrail(len(events), "the plan is not the one that was frozen")
