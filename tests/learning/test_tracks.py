"""Tracks and modules: order, states, what they aim at, retirement, other organisations."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from curriculum.models import Module
from curriculum.publishing import retire, retire_track
from learning.enrolment import enrol
from learning.models import Enrolment
from people import clock
from people.models import Member
from tests.conftest import Cast
from tests.learning.taught import make_module, make_track, make_version, published

SignIn = Callable[[Member], Client]


def test_ones_own_tracks_come_first(cast: Cast, elsewhere: Cast, as_member: SignIn) -> None:
    mine = make_track("mine", job_role=cast.amina.job_role)
    other = make_track("other")
    theirs = make_track("theirs", organisation=elsewhere.organisation)
    text = as_member(cast.amina).get("/tracks/").content.decode()
    assert text.index(f"/tracks/{mine.pk}/") < text.index(f"/tracks/{other.pk}/")
    assert f"/tracks/{theirs.pk}/" not in text
    assert as_member(cast.amina).get(f"/tracks/{theirs.pk}/").status_code == 404


def test_a_track_shows_its_modules_in_order_with_state_and_aims(
    cast: Cast, as_member: SignIn
) -> None:
    track = make_track(job_role=cast.amina.job_role)
    first = make_module("F1", title="First one", track=track, aims={"D3": 1})
    second = make_module("F2", title="Second one", track=track, requires=["F1"])
    client = as_member(cast.amina)
    client.get(f"/steps/{published(first).steps.get(order=1).pk}/")
    text = client.get(f"/tracks/{track.pk}/").content.decode()
    assert text.index("First one") < text.index("Second one")
    assert "1 of 3 steps done" in text
    assert "aims at Critical verification, level 1" in text
    assert "comes after First one" in text
    assert "0 of 2 modules complete" in text
    assert "Go on with First one" in text
    Enrolment.objects.update(completed_at=clock.now())
    text = client.get(f"/tracks/{track.pk}/").content.decode()
    assert "1 of 2 modules complete" in text
    assert "Begin Second one" in text
    assert second.title in text


def test_a_retired_track_says_so_and_keeps_what_was_begun(cast: Cast, as_member: SignIn) -> None:
    track = make_track(job_role=cast.amina.job_role)
    module = make_module(track=track)
    enrol(cast.amina, module)
    retire_track(track, by=cast.joanna)
    client = as_member(cast.amina)
    text = client.get(f"/tracks/{track.pk}/").content.decode()
    assert "This track was retired on" in text
    assert "stay open until you finish them" in text
    assert "No track leads to this job role yet" in client.get("/tracks/").content.decode()
    assert client.get("/").status_code == 200


def test_a_complete_module_leads_on(cast: Cast, as_member: SignIn) -> None:
    track = make_track(job_role=cast.amina.job_role)
    first = make_module("F1", title="First one", track=track)
    second = make_module("F2", title="Second one", track=track)
    client = as_member(cast.amina)
    enrol(cast.amina, second)
    Enrolment.objects.update(completed_at=clock.now())
    text = client.get(f"/modules/{second.pk}/").content.decode()
    assert f'href="/modules/{first.pk}/">Next: First one</a>' in text
    enrol(cast.amina, first)
    Enrolment.objects.update(completed_at=clock.now())
    text = client.get(f"/modules/{second.pk}/").content.decode()
    assert "Every module on your tracks is complete." in text
    assert "Next:" not in text


def test_an_empty_track_and_retired_modules_make_sense(cast: Cast, as_member: SignIn) -> None:
    track = make_track()
    client = as_member(cast.amina)
    assert "None of them is published" in client.get(f"/tracks/{track.pk}/").content.decode()
    module = make_module("F1", title="Gone one", track=track)
    retire(module, by=None)
    text = client.get(f"/tracks/{track.pk}/").content.decode()
    assert "Not open at the moment: Gone one." in text


def test_a_module_page_says_what_it_is(cast: Cast, as_member: SignIn) -> None:
    make_module("F0", title="Before it")
    module = make_module("F1", aims={"D3": 2}, requires=["F0"], task=True)
    text = as_member(cast.amina).get(f"/modules/{module.pk}/").content.decode()
    assert "Check one answer in ten" in text
    assert "level 2 Practitioner" in text
    assert "Before it" in text
    assert "Workplace task" in text
    assert ">Begin</button>" in text
    assert "What is missing" not in text
    assert not Enrolment.objects.exists()


def test_words_of_an_author_are_never_html(cast: Cast, as_member: SignIn) -> None:
    track = make_track()
    module = make_module("F1", title="<img src=x>", track=track)
    Module.objects.filter(pk=module.pk).update(title="<img src=x>")
    for url in (f"/modules/{module.pk}/", f"/tracks/{track.pk}/", "/", "/tracks/"):
        assert b"<img src=x>" not in as_member(cast.helen).get(url).content


@pytest.mark.parametrize("modules", [2, 25])
def test_a_track_costs_the_same_however_long_it_is(
    cast: Cast, as_member: SignIn, modules: int
) -> None:
    track = make_track()
    for number in range(modules):
        module = make_module(f"M{number}", track=track, aims={"D3": 1}, gate=False)
        enrol(cast.amina, module)
        if number % 2:
            make_version(module, gate=False)
    client = as_member(cast.amina)
    client.get(f"/tracks/{track.pk}/")
    with CaptureQueriesContext(connection) as asked:
        client.get(f"/tracks/{track.pk}/")
    assert len(asked) == 7
