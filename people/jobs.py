"""Background jobs: queue a row, claim it with a lease, run its handler, sweep what was lost.

Upper apps register handlers from their `apps.py`. A handler takes the claimed job, must be safe to
run twice, and calls `beat` between steps of long work.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q

from people import clock
from people.models import BackgroundJob, Organisation

logger = logging.getLogger(__name__)

Handler = Callable[[BackgroundJob], None]
_handlers: dict[str, Handler] = {}


class LeaseLost(Exception):
    """Another worker has taken the job over; stop without writing."""


def register(kind: str, handler: Handler) -> None:
    """Names the function that does jobs of this kind; a second one for the same kind is a bug."""
    assert _handlers.get(kind, handler) is handler, f"two handlers for {kind}"
    _handlers[kind] = handler


def kinds() -> list[str]:
    return sorted(_handlers)


def queue(
    kind: str,
    *,
    organisation: Organisation | None = None,
    subject: models.Model | None = None,
    after_seconds: int = 0,
) -> BackgroundJob:
    """Writes the row; its id goes to the broker once the surrounding transaction has committed."""
    assert kind in _handlers, f"no handler for {kind}"
    now = clock.now()
    job = BackgroundJob.objects.create(
        kind=kind,
        organisation=organisation,
        subject_id=subject.pk if subject else None,
        due_at=now + timedelta(seconds=after_seconds),
        sent_at=None if after_seconds else now,
    )
    if after_seconds == 0:
        transaction.on_commit(lambda: send(job.pk))
    return job


def send(job_id: int) -> None:
    """Hands the id to the broker. A broker that is away costs nothing: the sweeper sends again.

    There is no second try here, since somebody may be waiting for the page.
    """
    from people.tasks import run_background_job

    try:
        run_background_job.apply_async((job_id,), retry=False)
    except Exception as error:
        logger.warning("broker away, job %s waits for the sweeper: %s", job_id, error)
        BackgroundJob.objects.filter(pk=job_id).update(sent_at=None)


def claim(job_id: int) -> BackgroundJob | None:
    """Takes the job with one conditional UPDATE; None if it is done, parked, early or leased."""
    now = clock.now()
    free = Q(state=BackgroundJob.State.QUEUED, due_at__lte=now) | Q(
        state=BackgroundJob.State.RUNNING,
        lease_until__lt=now,
        attempts__lt=settings.JOB_MAX_ATTEMPTS,
    )
    taken = BackgroundJob.objects.filter(free, pk=job_id).update(
        state=BackgroundJob.State.RUNNING,
        attempts=F("attempts") + 1,
        lease_until=now + timedelta(seconds=settings.JOB_LEASE_SECONDS),
    )
    return BackgroundJob.objects.get(pk=job_id) if taken else None


def _mine(job: BackgroundJob) -> models.QuerySet[BackgroundJob]:
    """The row, if this attempt still owns it: the attempt number is the fence."""
    return BackgroundJob.objects.filter(
        pk=job.pk, state=BackgroundJob.State.RUNNING, attempts=job.attempts
    )


def beat(job: BackgroundJob, *, done: int | None = None, total: int | None = None) -> None:
    """Renews the lease and tells progress. Raises LeaseLost if another attempt owns the job.

    Within a transaction it also keeps other attempts away until the commit: a handler's last,
    deciding write belongs into one transaction with a beat before it.
    """
    values: dict[str, object] = {
        "lease_until": clock.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)
    }
    if done is not None:
        values["done_steps"] = done
    if total is not None:
        values["all_steps"] = total
    if not _mine(job).update(**values):
        raise LeaseLost(str(job))


def run(job_id: int) -> None:
    """Claims and does one job. A failure is kept on the row and tried again later, or parked."""
    job = claim(job_id)
    if job is None:
        return
    try:
        _handlers[job.kind](job)
    except LeaseLost:
        return
    except Exception as error:
        logger.exception("background job %s failed", job)
        _fail(job, error)
        return
    _mine(job).update(
        state=BackgroundJob.State.DONE, finished_at=clock.now(), lease_until=None, error=""
    )


def _fail(job: BackgroundJob, error: Exception) -> None:
    lines = "".join(traceback.format_exception(error))[-4000:]
    if job.attempts >= settings.JOB_MAX_ATTEMPTS:
        _mine(job).update(state=BackgroundJob.State.PARKED, error=lines, lease_until=None)
        return
    wait = timedelta(seconds=10 * 2**job.attempts)
    _mine(job).update(
        state=BackgroundJob.State.QUEUED,
        due_at=clock.now() + wait,
        sent_at=None,
        error=lines,
        lease_until=None,
    )


def sweep() -> int:
    """Sends again what was lost and parks what died too often; returns how many were sent.

    What the broker was given less than a lease ago is left alone, so that a long queue is not
    sent over and over while it waits its turn.
    """
    now = clock.now()
    state = BackgroundJob.State
    BackgroundJob.objects.filter(
        state=state.RUNNING, lease_until__lt=now, attempts__gte=settings.JOB_MAX_ATTEMPTS
    ).update(
        state=state.PARKED,
        error="The worker died each time this was tried.",
        lease_until=None,
    )
    unsent = Q(sent_at=None) | Q(sent_at__lte=now - timedelta(seconds=settings.JOB_LEASE_SECONDS))
    lost = BackgroundJob.objects.filter(
        unsent,
        Q(state=state.QUEUED, due_at__lte=now) | Q(state=state.RUNNING, lease_until__lt=now),
    ).order_by("due_at", "pk")
    ids = list(lost.values_list("pk", flat=True)[:500])
    # Marked before they are sent: `send` unmarks what the broker would not take.
    BackgroundJob.objects.filter(pk__in=ids).update(sent_at=now)
    for job_id in ids:
        send(job_id)
    return len(ids)


def retry(job: BackgroundJob) -> bool:
    """Gives a parked job a fresh set of attempts (an administrator's decision).

    The error stays to be read until an attempt ends well. False if the job is not parked.
    """
    now = clock.now()
    parked = BackgroundJob.objects.filter(pk=job.pk, state=BackgroundJob.State.PARKED)
    retried = parked.update(
        state=BackgroundJob.State.QUEUED, attempts=0, due_at=now, sent_at=now, done_steps=0
    )
    if retried:
        transaction.on_commit(lambda: send(job.pk))
    return bool(retried)
