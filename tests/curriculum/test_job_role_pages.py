"""An organisation's own job roles: administrators change them, trainers look."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from curriculum import job_roles
from curriculum.models import Competency, InteractionPoint, JobRoleTrack, Target, Track
from curriculum.signals import targets_changed
from people.models import AuditEvent, JobRole, Member
from tests.conftest import Cast

AsMember = Callable[[Member], Client]


@pytest.fixture
def customer(framework: None, cast: Cast) -> JobRole:
    """The built-in job role with something to copy."""
    role = JobRole.objects.get(key="customer", organisation=None)
    Target.objects.create(job_role=role, competency_id="U1", level=3, critical=True)
    point = InteractionPoint.objects.create(
        job_role=role, key="CU1", order=1, decision="d", information="i", good="g", bad="b"
    )
    point.skills.add(Competency.objects.get(pk="U2"))
    track = Track.objects.create(key="foundation", title="Foundation")
    JobRoleTrack.objects.create(job_role=role, track=track, order=1)
    return role


@pytest.fixture
def adviser(customer: JobRole, cast: Cast) -> JobRole:
    return job_roles.add(
        name="Care adviser", layer="customer", summary="You talk.", start=customer, by=cast.noor
    )


def form(**changes: str) -> dict[str, str]:
    values = {
        "name": "Care adviser",
        "layer": "customer",
        "summary": "You talk.",
        "level-U1": "3",
        "critical-U1": "on",
        "level-U2": "0",
    }
    return {key: value for key, value in {**values, **changes}.items() if value}


def test_a_new_job_role_starts_from_another(adviser: JobRole, customer: JobRole) -> None:
    assert adviser.key == "care-adviser"
    target = adviser.targets.get()
    assert (target.competency_id, target.level, target.critical) == ("U1", 3, True)
    assert adviser.interaction_points.get().skills.get().pk == "U2"
    assert adviser.track_places.get().track.key == "foundation"
    assert customer.targets.count() == 1
    assert AuditEvent.objects.get(action="job-role.added").detail["started_from"] == "customer"


def test_a_key_is_never_taken_twice(adviser: JobRole, cast: Cast) -> None:
    second = job_roles.add(
        name="Care adviser", layer="customer", summary="x", start=None, by=cast.noor
    )
    assert second.key == "care-adviser-2"
    nameless = job_roles.add(name="客服", layer="customer", summary="x", start=None, by=cast.noor)
    assert nameless.key == "job-role"


def test_who_may_do_what(
    adviser: JobRole, customer: JobRole, cast: Cast, elsewhere: Cast, as_member: AsMember
) -> None:
    look = [reverse("job_roles"), reverse("job_role", args=[adviser.pk])]
    change = [reverse("job_role_add"), reverse("job_role_edit", args=[adviser.pk])]
    for address in [*look, *change]:
        assert as_member(cast.amina).get(address).status_code == 403
        assert as_member(cast.helen).get(address).status_code == 403
        assert Client().get(address).status_code == 302
        assert as_member(cast.noor).get(address).status_code == 200
    for address in look:
        assert as_member(cast.joanna).get(address).status_code == 200
    for address in change:
        assert as_member(cast.joanna).get(address).status_code == 403
    stranger = as_member(elsewhere.noor)
    assert stranger.get(look[1]).status_code == 404
    assert stranger.get(change[1]).status_code == 404
    assert stranger.post(change[1], form()).status_code == 404
    assert "Care adviser" not in stranger.get(look[0]).content.decode()
    built_in = reverse("job_role_edit", args=[customer.pk])
    assert as_member(cast.noor).post(built_in, form()).status_code == 403
    assert as_member(cast.noor).delete(look[1]).status_code == 405


def test_administrators_find_job_roles_among_their_pages_and_trainers_in_the_workshop(
    adviser: JobRole, cast: Cast, as_member: AsMember
) -> None:
    here = reverse("job_roles")
    people = as_member(cast.noor).get(reverse("people")).content.decode()
    assert f'<a href="{here}">Job roles</a>' in people
    for address in (here, reverse("job_role_edit", args=[adviser.pk])):
        page = as_member(cast.noor).get(address).content.decode()
        assert f'<a href="{here}" aria-current="page">Job roles</a>' in page
        assert f'<a href="{reverse("people")}" aria-current="page">' in page
    looked = as_member(cast.joanna).get(here).content.decode()
    assert 'aria-label="Administration"' not in looked
    assert f'<a href="{reverse("workshop")}" aria-current="page">' in looked


def test_targets_are_changed_in_one_form_and_audited(
    adviser: JobRole, cast: Cast, as_member: AsMember
) -> None:
    told: list[JobRole] = []

    def listen(sender: object, job_role: JobRole, **kwargs: object) -> None:
        told.append(job_role)

    targets_changed.connect(listen)
    try:
        posted = form(**{"level-U1": "2", "critical-U1": "", "level-U2": "1", "name": "Adviser"})
        answer = as_member(cast.noor).post(reverse("job_role_edit", args=[adviser.pk]), posted)
    finally:
        targets_changed.disconnect(listen)
    assert answer.status_code == 302
    assert told == [adviser]
    targets = {each.competency_id: (each.level, each.critical) for each in adviser.targets.all()}
    assert targets == {"U1": (2, False), "U2": (1, False)}
    event = AuditEvent.objects.get(action="job-role.changed")
    assert event.detail["targets"] == {"U1": ["3, critical", "2"], "U2": ["none", "1"]}
    assert event.detail["words"] == {"name": ["Care adviser", "Adviser"]}


def test_the_same_form_again_changes_nothing(
    adviser: JobRole, cast: Cast, as_member: AsMember
) -> None:
    as_member(cast.noor).post(reverse("job_role_edit", args=[adviser.pk]), form())
    assert not AuditEvent.objects.filter(action="job-role.changed").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "This field is required."),
        ({"layer": "sales"}, "Select a valid choice"),
        ({"level-U1": "9"}, "Select a valid choice"),
        ({"level-U1": "0"}, "needs a level of 1 or more"),
    ],
)
def test_a_bad_form_keeps_what_was_typed(
    changes: dict[str, str], message: str, adviser: JobRole, cast: Cast, as_member: AsMember
) -> None:
    posted = form(**{"summary": "Typed just now.", **changes})
    answer = as_member(cast.noor).post(reverse("job_role_edit", args=[adviser.pk]), posted)
    assert answer.status_code == 400
    assert message in answer.content.decode()
    assert "Typed just now." in answer.content.decode()
    assert adviser.targets.get().level == 3


def test_adding_from_the_page(customer: JobRole, cast: Cast, as_member: AsMember) -> None:
    posted = {"name": "Adviser", "layer": "customer", "summary": "x", "start": str(customer.pk)}
    answer = as_member(cast.noor).post(reverse("job_role_add"), posted)
    made = JobRole.objects.get(organisation=cast.organisation)
    assert answer["Location"] == reverse("job_role_edit", args=[made.pk])
    assert made.targets.count() == 1
    bad = as_member(cast.noor).post(reverse("job_role_add"), {"name": "x"})
    assert bad.status_code == 400


def test_another_organisations_job_role_cannot_be_started_from(
    adviser: JobRole, elsewhere: Cast, as_member: AsMember
) -> None:
    posted = {"name": "Spy", "layer": "customer", "summary": "x", "start": str(adviser.pk)}
    answer = as_member(elsewhere.noor).post(reverse("job_role_add"), posted)
    assert answer.status_code == 400
    assert not JobRole.objects.filter(name="Spy").exists()
    assert Competency.objects.count() == 2
