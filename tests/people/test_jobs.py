"""A background job is a row: claimed once, done once, found again when it was lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from people import clock, jobs
from people.models import BackgroundJob
from tests.conftest import Cast

State = BackgroundJob.State
done: list[int] = []


def count(job: BackgroundJob) -> None:
    done.append(job.pk)


def fail(job: BackgroundJob) -> None:
    raise ValueError("the printer is on fire")


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_handlers", {**jobs._handlers, "count": count, "fail": fail})
    done.clear()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ids handed to the broker, instead of a broker."""
    ids: list[int] = []
    monkeypatch.setattr(jobs, "send", ids.append)
    return ids


@pytest.fixture
def broker_away(monkeypatch: pytest.MonkeyPatch) -> None:
    from people.tasks import run_background_job

    def refuse(*_: object, **__: object) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(run_background_job, "apply_async", refuse)


def later(**delta: float) -> object:
    return clock.at(clock.now() + timedelta(**delta))


def test_a_job_is_sent_after_the_commit_and_not_before(
    cast: Cast, sent: list[int], django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        job = jobs.queue("count", organisation=cast.organisation)
        assert sent == []
    assert sent == [job.pk]


def test_a_kind_without_a_handler_is_refused_at_once(cast: Cast) -> None:
    with pytest.raises(AssertionError):
        jobs.queue("no-such-kind")


def test_only_one_of_two_claims_gets_the_job(cast: Cast) -> None:
    job = jobs.queue("count")
    first, second = jobs.claim(job.pk), jobs.claim(job.pk)
    assert first is not None
    assert first.attempts == 1
    assert second is None


def test_running_a_job_twice_does_it_once(cast: Cast) -> None:
    job = jobs.queue("count")
    jobs.run(job.pk)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert done == [job.pk]
    assert job.state == State.DONE
    assert job.finished_at is not None


def test_a_job_that_is_not_due_waits(cast: Cast) -> None:
    job = jobs.queue("count", after_seconds=60)
    jobs.run(job.pk)
    assert done == []
    with later(seconds=61):  # type: ignore[attr-defined]
        jobs.run(job.pk)
    assert done == [job.pk]


def test_an_attempt_that_lost_its_lease_may_not_write(cast: Cast) -> None:
    job = jobs.queue("count")
    slow = jobs.claim(job.pk)
    assert slow is not None
    with later(seconds=3600):  # type: ignore[attr-defined]
        fast = jobs.claim(job.pk)
        assert fast is not None
        assert fast.attempts == 2
        with pytest.raises(jobs.LeaseLost):
            jobs.beat(slow)
        jobs.beat(fast, done=3, total=4)
    job.refresh_from_db()
    assert (job.done_steps, job.all_steps) == (3, 4)


def test_an_attempt_that_lost_its_lease_cannot_end_the_job(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = jobs.queue("count")

    def taken_over(mine: BackgroundJob) -> None:
        BackgroundJob.objects.filter(pk=mine.pk).update(attempts=mine.attempts + 1)

    monkeypatch.setitem(jobs._handlers, "count", taken_over)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == State.RUNNING


def test_a_failure_is_kept_and_tried_again_later_and_later(cast: Cast) -> None:
    job = jobs.queue("fail")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == State.QUEUED
    assert "the printer is on fire" in job.error
    assert job.due_at > clock.now()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.attempts == 1  # not due yet


def test_a_job_that_keeps_failing_is_parked_and_an_administrator_can_retry_it(
    cast: Cast, sent: list[int], django_capture_on_commit_callbacks: object
) -> None:
    job = jobs.queue("fail")
    for hours in range(1, 6):
        with later(hours=hours):  # type: ignore[attr-defined]
            jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.PARKED, 5)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert jobs.retry(job)
    assert sent == [job.pk]
    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.QUEUED, 0)
    assert not jobs.retry(job)


def test_the_sweeper_sends_again_what_nobody_took(cast: Cast, sent: list[int]) -> None:
    job = jobs.queue("count")
    assert jobs.sweep() == 0  # given to the broker just now
    with later(seconds=120):  # type: ignore[attr-defined]
        assert jobs.sweep() == 1
        assert jobs.sweep() == 0  # and not again at once
    assert sent == [job.pk]


def test_the_sweeper_finds_a_job_whose_worker_died(cast: Cast, sent: list[int]) -> None:
    job = jobs.queue("count")
    jobs.claim(job.pk)
    assert jobs.sweep() == 0
    with later(seconds=120):  # type: ignore[attr-defined]
        assert jobs.sweep() == 1
        jobs.run(job.pk)
    assert done == [job.pk]


def test_a_job_that_kills_its_worker_each_time_is_parked(cast: Cast, sent: list[int]) -> None:
    job = jobs.queue("count")
    for hours in range(1, 6):
        with later(hours=hours):  # type: ignore[attr-defined]
            assert jobs.claim(job.pk) is not None
    with later(hours=7):  # type: ignore[attr-defined]
        assert jobs.claim(job.pk) is None
        assert jobs.sweep() == 0
    job.refresh_from_db()
    assert job.state == State.PARKED
    assert "worker died" in job.error


def test_a_broker_that_is_away_costs_nothing(
    cast: Cast, broker_away: None, django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        job = jobs.queue("count")
    job.refresh_from_db()
    assert job.state == State.QUEUED
    assert job.sent_at is None  # so that the next sweep sends it


def test_what_the_sweeper_could_not_send_it_tries_at_its_next_round(
    cast: Cast, broker_away: None
) -> None:
    job = jobs.queue("count")
    with later(seconds=120):  # type: ignore[attr-defined]
        jobs.sweep()
    job.refresh_from_db()
    assert job.sent_at is None


def test_the_oldest_work_is_sent_first_when_there_is_too_much(cast: Cast, sent: list[int]) -> None:
    now = clock.now()
    BackgroundJob.objects.bulk_create(
        BackgroundJob(kind="count", due_at=now - timedelta(seconds=600 - n)) for n in range(510)
    )
    oldest = BackgroundJob.objects.order_by("due_at").first()
    assert jobs.sweep() == 500
    assert oldest is not None
    assert sent[0] == oldest.pk
    assert jobs.sweep() == 10


def test_a_kind_of_a_newer_version_waits_instead_of_vanishing(cast: Cast) -> None:
    job = BackgroundJob.objects.create(kind="from-the-future")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == State.QUEUED
    assert "from-the-future" in job.error


def test_a_rolled_back_change_leaves_no_job(cast: Cast) -> None:
    def change_and_fail() -> None:
        with transaction.atomic():
            jobs.queue("count")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_and_fail()
    assert not BackgroundJob.objects.exists()
