"""The whole map: what each job role needs, what is taught, what is not; and the law's record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from curriculum.coverage import coverage
from curriculum.models import LawEntry
from curriculum.publishing import retire
from people import clock
from people.models import JobRole, Member
from tests.conftest import Cast
from tests.factories import make_job_role
from tests.learning.taught import make_module, make_target, make_track, role_of
from tests.learning.test_role import make_point

SignIn = Callable[[Member], Client]


def text_of(client: Client, address: str = "/map/") -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_targets_are_reached_by_the_modules_of_the_own_tracks_alone(cast: Cast) -> None:
    role = role_of(cast.amina)
    track = make_track(job_role=role)
    make_target(role, "D3", level=3)
    make_target(role, "U2", level=2, critical=False)
    make_target(role, "V1", level=1, critical=False)
    make_module("F1", track=track, aims={"D3": 2})
    make_module("X1", track=make_track("other"), aims={"U2": 4})
    found = next(each for each in coverage(cast.amina).job_roles if each.job_role == role)
    assert {key: (each.taught, each.is_reached) for key, each in found.targets.items()} == {
        "D3": (2, False),
        "U2": (0, False),
        "V1": (0, False),
    }
    assert (found.reached, len(found.claimed)) == (0, 2)
    make_module("F2", track=track, aims={"D3": 3})
    gone = make_module("F3", track=track, aims={"U2": 2})
    retire(gone, by=None)
    found = next(each for each in coverage(cast.amina).job_roles if each.job_role == role)
    assert found.targets["D3"].is_reached
    assert not found.targets["U2"].is_reached, "a retired module teaches nobody"


def test_a_point_is_taught_by_modules_that_say_so_on_the_tracks(
    cast: Cast, as_member: SignIn
) -> None:
    point = make_point(cast)
    role = role_of(cast.amina)
    client = as_member(cast.amina)
    assert "not taught yet" in text_of(client)
    teaching = make_module("C1", title="Checking replies", points=[point.key], aims={"D3": 2})
    role_coverage = next(e for e in coverage(cast.amina).job_roles if e.job_role == role)
    assert role_coverage.points_taught == 0, "it is on no track of the job role"
    track = make_track("customer", job_role=role)
    track.places.create(module=teaching, order=1)
    text = text_of(client)
    assert point.decision in text
    assert f'<a href="/modules/{teaching.pk}/">Checking replies</a>' in text
    assert "1 of 1" in text


def test_the_map_shows_what_is_short_and_another_job_role_on_demand(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    role = role_of(cast.amina)
    make_target(role, "D3", level=3)
    make_module("F1", track=make_track(job_role=role), aims={"D3": 2})
    theirs = make_module("OWN", title="Not for us", organisation=elsewhere.organisation)
    foreign = JobRole.objects.create(
        key="theirs", name="Their own job", layer="product", organisation=elsewhere.organisation
    )
    client = as_member(cast.amina)
    text = text_of(client)
    assert "taught to 2" in text
    assert f"Decisions about AI: {role.name}" in text
    assert theirs.title not in text
    assert "Their own job" not in text
    other = make_job_role("operations", name="Operations", layer="operations")
    assert f"Decisions about AI: {other.name}" in text_of(client, f"/map/?role={other.pk}")
    for odd in ("0", "x", "9" * 30, foreign.pk):
        assert f"Decisions about AI: {role.name}" in text_of(client, f"/map/?role={odd}")


def test_the_map_costs_the_same_for_one_module_and_for_many(cast: Cast, as_member: SignIn) -> None:
    role = role_of(cast.amina)
    track = make_track(job_role=role)
    make_target(role, "D3")
    make_point(cast)
    make_module("F0", track=track, aims={"D3": 2})
    client = as_member(cast.amina)
    text_of(client)
    with CaptureQueriesContext(
        connection,
    ) as few:
        text_of(client)
    for number in range(1, 9):
        make_module(f"F{number}", track=track, aims={"D3": 2}, points=["CU1"])
    with CaptureQueriesContext(connection) as many:
        text_of(client)
    assert len(many) == len(few)


def test_the_law_is_dated_and_says_when_it_is_old(cast: Cast, as_member: SignIn) -> None:
    client = as_member(cast.amina)
    assert "will stand here" in text_of(client, "/law/")
    today = clock.today()
    entry = LawEntry.objects.create(
        id="notice", order=1, title="Saying that it is AI", reference="Article 50",
        says="First.\n\nSecond <b>.", applies="From a date.", unsettled="Open still.",
        source={"title": "T", "publisher": "P", "date": "2024", "url": "https://law.example/"},
        note="No advice.", as_of=today - timedelta(days=30), review_by=today,
    )  # fmt: skip
    text = text_of(client, "/law/")
    assert 'id="notice"' in text
    assert "<p>Second &lt;b&gt;.</p>" in text
    assert "Open still." in text
    assert "past its date" not in text
    LawEntry.objects.filter(pk=entry.pk).update(review_by=today - timedelta(days=1))
    assert "past its date" in text_of(client, "/law/")
