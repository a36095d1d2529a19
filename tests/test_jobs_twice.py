"""Background jobs may run twice: the second time changes nothing, whoever is second."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.db import connection, connections, models

from curriculum import uploads
from curriculum.models import PackageUpload, Target
from learning import daily, targets
from people import audit, clock, jobs, messages
from people.models import BackgroundJob, Message
from people.personal_data import OUR_APPS
from sandbox import live, publishing, scenarios
from tests.factories import make_organisation
from tests.packages import own_package, zipped
from tests.sandbox.live_runs import make_live_run
from tests.sandbox.small import PAPERS, values
from tests.world import Side, World, world_fixture  # noqa: F401

# A Monday, on which the weekly mails go out too.
MONDAY = datetime(2027, 3, 1, 7, 0, tzinfo=UTC)
State = BackgroundJob.State


def a_message(side: Side) -> BackgroundJob:
    message = Message.objects.filter(organisation=side.organisation, sent_at=None).first()
    assert message is not None
    return BackgroundJob.objects.get(kind=messages.SEND, subject_id=message.pk)


def a_check_of_the_trail(side: Side) -> BackgroundJob:
    return jobs.queue(audit.VERIFY, organisation=side.organisation)


def a_round(side: Side) -> BackgroundJob:
    return jobs.queue(daily.KIND, organisation=side.organisation)


def a_package(side: Side) -> BackgroundJob:
    content = zipped(own_package("TWICE-1", "twice"))
    upload = uploads.take_in(content, "twice.zip", by=side.cast.joanna)
    return BackgroundJob.objects.get(kind=uploads.CHECK, subject_id=upload.pk)


def a_changed_job_role(side: Side) -> BackgroundJob:
    job_role = side.cast.amina.job_role
    assert job_role is not None
    Target.objects.filter(job_role=job_role, competency="U1").update(critical=False, level=4)
    return jobs.queue(targets.KIND, subject=job_role)


def a_live_run(side: Side) -> BackgroundJob:
    """Without leave to call a model: it asks, is refused, and stops for the person."""
    run = make_live_run(side.cast.amina)
    return BackgroundJob.objects.get(kind=live.KIND, subject_id=run.pk)


def a_scenario(side: Side) -> BackgroundJob:
    """One that its check finds unfair: it stays a draft, and that is written down once."""
    scenario, found = scenarios.read(values("twice-run"), PAPERS)
    assert scenario is not None, found
    version = publishing.write(scenario, {}, organisation=side.organisation, by=side.cast.joanna)
    return BackgroundJob.objects.get(kind=publishing.LINT, subject_id=version.pk)


# Every kind of background job with one to do; a kind that is not here fails.
MADE: dict[str, Callable[[Side], BackgroundJob]] = {
    messages.SEND: a_message,
    audit.VERIFY: a_check_of_the_trail,
    daily.KIND: a_round,
    uploads.CHECK: a_package,
    targets.KIND: a_changed_job_role,
    live.KIND: a_live_run,
    publishing.LINT: a_scenario,
}


def test_every_kind_is_tried_here() -> None:
    assert sorted(MADE) == jobs.kinds()


def everything(*, but: type[models.Model]) -> dict[str, list[Any]]:
    """All rows of all our tables, except the queue's own."""
    found = {}
    for app in OUR_APPS:
        for model in apps.get_app_config(app).get_models(include_auto_created=True):
            if model is not but:
                rows = model._base_manager.order_by("pk").values()
                found[model.__name__] = [dict(row) for row in rows]
    return found


def differing(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> list[str]:
    return [name for name in before if before[name] != after[name]]


def again(job: BackgroundJob) -> None:
    """As if the worker had died after the work and before it could say so."""
    BackgroundJob.objects.filter(pk=job.pk).update(
        state=State.RUNNING, lease_until=clock.now() - timedelta(seconds=1), finished_at=None
    )


@pytest.mark.parametrize("kind", sorted(MADE))
def test_done_twice_is_done_once(world: World, db: None, kind: str) -> None:
    with clock.at(MONDAY):
        job = MADE[kind](world.here)
        untouched = everything(but=BackgroundJob)
        jobs.run(job.pk)
        job.refresh_from_db()
        assert job.state == State.DONE, job.error
        once, sent = everything(but=BackgroundJob), len(mail.outbox)
        assert differing(untouched, once), "the job had nothing to do: this proves nothing"
        waiting = BackgroundJob.objects.exclude(pk=job.pk).count()
        again(job)
    with clock.at(MONDAY + timedelta(minutes=20)):
        jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == State.DONE, job.error
    assert job.attempts == 2
    assert differing(once, everything(but=BackgroundJob)) == []
    assert BackgroundJob.objects.exclude(pk=job.pk).count() == waiting, "it queued more"
    assert len(mail.outbox) == sent


@pytest.mark.parametrize("kind", sorted(MADE))
def test_a_job_that_is_done_is_not_done_again(world: World, db: None, kind: str) -> None:
    with clock.at(MONDAY):
        job = MADE[kind](world.here)
        jobs.run(job.pk)
        once = everything(but=BackgroundJob)
        jobs.run(job.pk)
    job.refresh_from_db()
    assert job.attempts == 1
    assert differing(once, everything(but=BackgroundJob)) == []


@pytest.mark.parametrize("kind", sorted(MADE))
def test_whose_lease_was_lost_leaves_the_work_to_the_other(
    world: World, db: None, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that sleeps through its lease wakes up while another has begun: it must stop."""
    with clock.at(MONDAY):
        job = MADE[kind](world.here)
        first = jobs.claim(job.pk)
        assert first is not None
        again(job)
        assert jobs.claim(job.pk) is not None
        before = everything(but=BackgroundJob)
        with pytest.raises(jobs.LeaseLost):
            jobs.beat(first)
        if kind in (
            messages.SEND,
            audit.VERIFY,
            publishing.LINT,
        ):  # these ask before their one deciding write
            with pytest.raises(jobs.LeaseLost):
                jobs._handlers[kind](first)
            assert differing(before, everything(but=BackgroundJob)) == []
            assert mail.outbox == []


def test_an_upload_is_judged_once(world: World, db: None) -> None:
    """The report of the first check stands, also when the second comes after it was brought in."""
    side = world.here
    job = a_package(side)
    jobs.run(job.pk)
    upload = PackageUpload.objects.get(pk=job.subject_id or 0)
    assert upload.state == PackageUpload.State.CLEAN, upload.report
    assert uploads.bring_in(upload, by=side.cast.joanna) is not None
    again(job)
    jobs.run(job.pk)
    upload.refresh_from_db()
    assert upload.state == PackageUpload.State.LOADED


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_gets_the_job() -> None:
    if connection.vendor == "sqlite" and connection.is_in_memory_db():  # type: ignore[attr-defined]
        pytest.skip("one connection alone: threads cannot meet on SQLite in memory")
    job = jobs.queue(audit.VERIFY, organisation=make_organisation("Alone"))
    taken: list[int] = []
    gate = threading.Barrier(6)

    def claim() -> None:
        gate.wait()
        if jobs.claim(job.pk) is not None:
            taken.append(1)
        connections.close_all()

    threads = [threading.Thread(target=claim) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert taken == [1]
    job.refresh_from_db()
    assert job.attempts == 1
