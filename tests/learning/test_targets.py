"""When a job role asks for something else, standings and rollups follow in the background."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction

from curriculum import job_roles
from curriculum.signals import targets_changed
from learning import framework, standing, targets
from learning.models import Standing, TeamTotal
from people import clock, jobs
from people.models import BackgroundJob, JobRole, Member
from tests.conftest import Cast
from tests.factories import make_job_role
from tests.learning.competence_rows import NOW, make_competency, make_target
from tests.learning.test_competence_standing import assert_true


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def own(cast: Cast) -> JobRole:
    """The organisation's own job role, which Amina and Rosa have; U1 at level 2 is critical."""
    role = make_job_role("own", organisation=cast.organisation)
    make_target(role, "U1", 2, critical=True)
    make_target(make_job_role("other"), "D1", 2)
    Member.objects.filter(pk__in=[cast.amina.pk, cast.rosa.pk]).update(job_role=role)
    standing.rebuild(cast.organisation)
    return role


def change(role: JobRole, cast: Cast, **wanted: tuple[int, bool]) -> None:
    job_roles.change(
        role, name=role.name, layer=role.layer, summary=role.summary, targets=wanted, by=cast.noor
    )


def only_job() -> BackgroundJob:
    return BackgroundJob.objects.get(kind=targets.KIND)


def test_changed_targets_bring_standings_and_rollups_along(own: JobRole, cast: Cast) -> None:
    change(own, cast, U1=(2, True), D1=(3, True))
    assert Standing.objects.get(member=cast.amina).critical == 1
    job = only_job()
    assert (job.organisation, job.subject_id) == (cast.organisation, own.pk)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done_steps, job.all_steps) == (BackgroundJob.State.DONE, 2, 2)
    assert {row.critical for row in Standing.objects.filter(member__job_role=own)} == {2}
    assert TeamTotal.objects.get(team=cast.care).targets == 4
    assert_true(cast.organisation)


def test_the_job_may_run_twice(own: JobRole, cast: Cast) -> None:
    change(own, cast, D1=(2, False))
    targets.run(claimed(only_job()))
    before = list(Standing.objects.order_by("pk").values())
    targets.run(only_job())
    assert list(Standing.objects.order_by("pk").values()) == before
    assert_true(cast.organisation)


def claimed(job: BackgroundJob) -> BackgroundJob:
    found = jobs.claim(job.pk)
    assert found is not None
    return found


def test_a_job_that_another_worker_took_stops(
    own: JobRole, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "BATCH", 1)
    change(own, cast, D1=(3, True))
    job = claimed(only_job())
    BackgroundJob.objects.filter(pk=job.pk).update(attempts=7)
    with pytest.raises(jobs.LeaseLost):
        targets.run(job)


def test_a_built_in_job_role_reaches_every_organisation(cast: Cast, elsewhere: Cast) -> None:
    role = cast.amina.job_role
    assert role is not None
    standing.rebuild(cast.organisation)
    standing.rebuild(elsewhere.organisation)
    make_target(role, "U1", 2, critical=True)
    targets_changed.send(sender=JobRole, job_role=role)
    assert only_job().organisation is None
    jobs.run(only_job().pk)
    for side in (cast, elsewhere):
        assert Standing.objects.get(member=side.amina).critical == 1
        assert_true(side.organisation)


def test_nothing_is_queued_for_a_job_role_nobody_has_or_a_change_taken_back(
    own: JobRole, cast: Cast
) -> None:
    job_roles.add(name="New", layer="customer", summary="x", start=own, by=cast.noor)
    with transaction.atomic():
        change(own, cast, U1=(3, True))
        transaction.set_rollback(True)
    assert not BackgroundJob.objects.filter(kind=targets.KIND).exists()


def test_competencies_that_another_process_loaded_are_known_to_the_job(
    own: JobRole, cast: Cast
) -> None:
    change(own, cast, D1=(2, True))
    kept = framework.framework()
    competency = make_competency("U1")
    type(competency).objects.filter(pk="U1").update(name="As it is called now")
    assert framework.framework() is kept
    jobs.run(only_job().pk)
    names = {each.id: each.name for each in framework.framework().competencies}
    assert names["U1"] == "As it is called now"
