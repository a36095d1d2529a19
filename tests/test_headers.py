"""What every answer carries, what every unsafe method asks for, and where `next` may lead."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from people.models import Member
from tests.access import (  # noqa: F401  (each enters its rows)
    accounts_rows,
    assessments_rows,
    curriculum_rows,
    learning_rows,
    people_rows,
    table,
)
from tests.access.watching import FREE, watched
from tests.factories import PASSWORD
from tests.world import World, world_fixture  # noqa: F401

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def policy(response: Any) -> dict[str, str]:
    parts = response["Content-Security-Policy"].split(";")
    return dict(part.strip().split(" ", 1) for part in parts if part.strip())


def check(response: Any) -> None:
    assert policy(response) == POLICY
    for name, value in EVERYWHERE.items():
        assert response[name] == value, name
    permissions = response["Permissions-Policy"]
    for feature in ("camera", "geolocation", "microphone", "payment"):
        assert f"{feature}=()" in permissions


def kept_by_nobody(response: Any) -> None:
    control = response["Cache-Control"]
    assert "no-store" in control
    assert "private" in control
    assert "public" not in control


def client_of(member: Member, **options: Any) -> Client:
    client = Client(raise_request_exception=False, **options)
    client.force_login(member.user)
    return client


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/search/?q=a&part=results", 200),
        ("/record/download/", 200),
        ("/account/no-organisation/", 302),
        ("/people/", 403),
        ("/nothing-here/", 404),
        ("/modules/987654321/", 404),
        ("/people/audit/check/", 405),
    ],
)
def test_every_answer_to_somebody_signed_in_is_fenced_and_kept_by_nobody(
    world: World, db: None, path: str, status: int
) -> None:
    response = client_of(world.here.cast.amina).get(path)
    assert response.status_code == status
    check(response)
    kept_by_nobody(response)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 302), ("/account/login/", 200), ("/healthz", 200), ("/nothing-here/", 302)],
)
def test_every_answer_to_anybody_is_fenced(world: World, db: None, path: str, status: int) -> None:
    response = Client().get(path)
    assert response.status_code in (status, 404 if path == "/nothing-here/" else status)
    check(response)


def test_downloads_are_fenced_too(world: World, db: None) -> None:
    cast = world.here.cast
    for member, path in (
        (cast.helen, reverse("team_export")),
        (cast.noor, reverse("audit_export")),
        (cast.joanna, reverse("track_export", args=[world.here.track.pk])),
    ):
        response = client_of(member).get(path)
        assert response.status_code == 200
        assert response["Content-Disposition"].startswith("attachment")
        check(response)
        kept_by_nobody(response)


def test_files_of_the_site_are_not_sniffed_and_refer_nowhere() -> None:
    response = Client().get("/static/css/tokens.css")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/css")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"


def test_a_page_that_breaks_is_fenced(world: World, monkeypatch: Any, db: None) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("made to break")

    monkeypatch.setattr("people.search.find", broken)
    response = client_of(world.here.cast.amina).get("/search/?q=a")
    assert response.status_code == 500
    assert b"made to break" not in response.content
    check(response)


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(world: World, db: None) -> None:
    cache.clear()
    client = sign_in_by_password(world, "/")[0]
    session, csrf = client.cookies["sessionid"], client.cookies["csrftoken"]
    assert session["httponly"]
    assert session["samesite"] == csrf["samesite"] == "Lax"


def sign_in_by_password(world: World, wanted: str) -> tuple[Client, Any]:
    user = world.here.cast.daniel.user
    user.set_password(PASSWORD)
    user.save()
    client = Client()
    values = {"login": user.email, "password": PASSWORD, "next": wanted}
    return client, client.post(reverse("account_login"), values)


# ---- A token with everything that changes --------------------------------------------------

UNSAFE = ("post", "put", "patch", "delete")


@pytest.mark.parametrize("method", UNSAFE)
def test_no_unsafe_method_works_without_its_token(world: World, db: None, method: str) -> None:
    """Whoever is signed in and whatever the address: 403 in plain words, and nothing written."""
    cast = world.here.cast
    clients = {
        name: client_of(getattr(cast, who), enforce_csrf_checks=True)
        for name, who in table.PERSON.items()
    }
    clients["anonymous"] = Client(enforce_csrf_checks=True)
    said = []
    for row in table.rows().values():
        its = world.here.of["daniel"]
        path = reverse(row.name, args=row.at(its))
        for identity in ("anonymous", "learner", "administrator"):
            with watched() as written:
                response = getattr(clients[identity], method)(path)
            # Signing in is asked for first; the page of a wrong token is for those who are in.
            fine = response.status_code == 403 or (
                identity == "anonymous" and response.status_code in (302, 401)
            )
            if not fine or written - FREE:
                said.append(f"{method} {row.name} as {identity}: {response.status_code} {written}")
    assert said == []


# ---- Where `next` leads --------------------------------------------------------------------

ELSEWHERE = [
    "https://evil.example/",
    "http://evil.example",
    "//evil.example/",
    "///evil.example/",
    "////evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    " //evil.example",
    "//evil.example\\@testserver",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http:\\\\evil.example",
    "HTTPS://EVIL.EXAMPLE/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,evil",
    "vbscript:evil",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "//testserver:80@evil.example/",
    "ftp://evil.example/",
    "\x00//evil.example",
    "//evil%2eexample/",
    "///\\evil.example",
    "http://[::1]evil.example/",
    "//[evil.example",
    "evil.example//",
    "?next=//evil.example",
]


def leads_away(location: str) -> bool:
    """Whether a browser would leave the host: it drops control characters and takes \\ for /."""
    plain = "".join(each for each in location.strip() if ord(each) > 32).replace("\\", "/")
    if re.match(r"[a-z][a-z0-9+.-]*:", plain, re.IGNORECASE) or plain.startswith("//"):
        return True
    return urlsplit(urljoin("http://testserver/account/login/", plain)).netloc != "testserver"


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_next_stays_on_this_host(world: World, db: None, wanted: str) -> None:
    cache.clear()
    cast = world.here.cast
    amina, helen = client_of(cast.amina), client_of(cast.helen)
    assignment = world.here.of["amina"].assignment
    withdraw = reverse("assignment_withdraw", args=[assignment.pk])
    answers = [
        amina.post(reverse("appearance"), {"theme": "dark", "next": wanted}),
        helen.post(withdraw, {"next": wanted}),
        amina.get(reverse("account_login"), {"next": wanted}),
    ]
    answers.append(sign_in_by_password(world, wanted)[1])
    for response in answers:
        assert response.status_code == 302
        assert not leads_away(response["Location"]), response["Location"]


def test_next_leads_to_a_page_of_this_host(world: World, db: None) -> None:
    client = client_of(world.here.cast.amina)
    response = client.post(reverse("appearance"), {"theme": "dark", "next": "/role/?layer=product"})
    assert response["Location"] == "/role/?layer=product"
