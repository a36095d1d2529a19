"""One's own account: details, appearance, and several organisations."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from people import clock
from people.models import Member
from tests.conftest import Cast
from tests.factories import make_member

SignIn = Callable[[Member], Client]


@pytest.mark.parametrize("who", ["amina", "helen", "joanna", "noor"])
def test_everybody_has_an_account_page(cast: Cast, as_member: SignIn, who: str) -> None:
    response = as_member(getattr(cast, who)).get("/account/")
    assert response.status_code == 200


def test_name_and_time_zone_are_saved(cast: Cast, as_member: SignIn) -> None:
    client = as_member(cast.amina)
    client.post("/account/", {"name": "Amina O.", "time_zone": "Asia/Tokyo"})
    cast.amina.user.refresh_from_db()
    assert (cast.amina.user.name, cast.amina.user.time_zone) == ("Amina O.", "Asia/Tokyo")
    assert client.get("/account/").status_code == 200


def test_a_bad_name_or_zone_changes_nothing(cast: Cast, as_member: SignIn) -> None:
    response = as_member(cast.amina).post("/account/", {"name": "", "time_zone": "../etc/passwd"})
    assert response.status_code == 200
    cast.amina.user.refresh_from_db()
    assert cast.amina.user.name == "Amina Osei"


def test_a_zone_this_machine_does_not_know_breaks_no_page(cast: Cast, as_member: SignIn) -> None:
    cast.amina.user.time_zone = "Mars/Olympus"
    cast.amina.user.save()
    assert as_member(cast.amina).get("/account/").status_code == 200


def test_the_theme_is_stored_and_one_stays_where_one_was(cast: Cast, as_member: SignIn) -> None:
    client = as_member(cast.amina)
    response = client.post("/account/appearance/", {"theme": "dark", "next": "/role/?a=1"})
    assert response["Location"] == "/role/?a=1"
    assert 'data-theme="dark"' in client.get("/account/").content.decode()
    client.post("/account/appearance/", {"theme": "<pink>"})
    cast.amina.user.refresh_from_db()
    assert cast.amina.user.theme == "dark"


@pytest.mark.parametrize(
    "evil",
    [
        "https://evil.test/",
        "//evil.test/",
        "///evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "http:evil.test",
        "javascript:alert(1)",
        "/\t/evil.test",
        "http://testserver/account/",
        "",
    ],
)
def test_next_never_leads_off_the_site(cast: Cast, as_member: SignIn, evil: str) -> None:
    response = as_member(cast.amina).post("/account/appearance/", {"theme": "dark", "next": evil})
    assert response.status_code == 302
    assert response["Location"] == "/account/"


def test_appearance_and_switching_are_posts_only(cast: Cast, as_member: SignIn) -> None:
    client = as_member(cast.amina)
    assert client.get("/account/appearance/").status_code == 405
    assert client.get("/account/organisation/").status_code == 405


def test_one_switches_between_ones_own_organisations(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    second = make_member(elsewhere.organisation, user=cast.noor.user)
    client = as_member(cast.noor)
    assert client.get("/people/").status_code == 200
    response = client.post("/account/organisation/", {"member": second.pk})
    assert response["Location"] == reverse("home")
    assert client.get("/people/").status_code == 403  # only a learner over there
    client.post("/account/organisation/", {"member": cast.noor.pk})
    assert client.get("/people/").status_code == 200


@pytest.mark.parametrize("wanted", ["other", "999999", "x", ""])
def test_one_cannot_switch_to_what_is_not_ones_own(
    cast: Cast, elsewhere: Cast, as_member: SignIn, wanted: str
) -> None:
    number = str(elsewhere.noor.pk) if wanted == "other" else wanted
    client = as_member(cast.amina)
    assert client.post("/account/organisation/", {"member": number}).status_code == 404
    assert client.get("/account/").context["member"] == cast.amina


def test_a_membership_that_ended_cannot_be_switched_to(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    ended = make_member(elsewhere.organisation, user=cast.noor.user, deactivated_at=clock.now())
    client = as_member(cast.noor)
    assert client.post("/account/organisation/", {"member": ended.pk}).status_code == 404


def test_one_who_belongs_somewhere_needs_no_such_page(cast: Cast, as_member: SignIn) -> None:
    assert as_member(cast.amina).get("/account/no-organisation/")["Location"] == reverse("home")
