"""A trail that was changed in the database is noticed, told plainly, and harms no other run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from sandbox import running, scenarios
from sandbox.broken_trails import broken_at
from sandbox.engine.events import BrokenTrail, Kind, verify_export
from sandbox.models import Run, RunEvent, ScenarioVersion
from tests.conftest import Cast, SignIn
from tests.sandbox.posted import DECISION, ask_of, state_of, text
from tests.sandbox.standing import library_version, started


@pytest.fixture
def version(db: None) -> ScenarioVersion:
    scenarios.forget()
    return library_version("payment-run")


@pytest.fixture
def run(cast: Cast, version: ScenarioVersion) -> Run:
    return started(cast.amina, version, "starter")


Forgery = Callable[[list[Any]], Any]


def _amount(body: list[Any]) -> Any:
    body[5] = {**body[5], "tokens": 1}
    return body


def _minute(body: list[Any]) -> Any:
    body[4] += 1
    return body


def downloaded(client: Client, run: Run) -> str:
    """The exported trail. A run has to be over for that, so this one is for a moment."""
    Run.objects.filter(pk=run.pk).update(state=Run.State.ANSWERING)
    questions = client.get(reverse("rehearsal_questions", args=[run.pk]))
    assert questions.status_code in (200, 409)
    answer = client.get(reverse("rehearsal_trail_download", args=[run.pk]))
    assert answer["Content-Type"].startswith("application/jsonl")
    Run.objects.filter(pk=run.pk).update(state=run.state)
    text: str = answer.content.decode()
    return text


FORGED: dict[str, Forgery] = {
    "another figure": _amount,
    "another time": _minute,
    "another actor": lambda body: [*body[:3], "somebody", *body[4:]],
}


def forge(run: Run, kind: str, change: Callable[[list[Any]], Any]) -> int:
    """Changes the text of the first event of that kind behind Django's back."""
    event = next(each for each in RunEvent.objects.of(run) if each.kind == kind)
    body = change(json.loads(event.body))
    written = body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sandbox_runevent SET body = %s WHERE run_id = %s AND seq = %s",
            [written, run.pk, event.seq],
        )
    return event.seq


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_event_is_noticed_everywhere(
    cast: Cast, as_member: SignIn, run: Run, how: str
) -> None:
    client = as_member(cast.amina)
    assert verify_export(downloaded(client, run)) == run.head
    seq = forge(run, Kind.MODEL_REPLIED, FORGED[how])
    trail = client.get(reverse("rehearsal_trail", args=[run.pk]))
    assert trail.status_code == 200
    assert f"broken at event {seq}" in text(trail)
    with pytest.raises(BrokenTrail) as broken:
        verify_export(downloaded(client, run))
    assert broken.value.seq == seq
    for name in ("run", "events", "brief_again"):
        page = client.get(reverse(f"rehearsal_{name}", args=[run.pk]))
        assert page.status_code == 200, name


@pytest.mark.parametrize("which", ["4", "(SELECT MAX(seq) FROM sandbox_runevent)"])
def test_an_event_taken_out_is_noticed(cast: Cast, as_member: SignIn, run: Run, which: str) -> None:
    client = as_member(cast.amina)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM sandbox_runevent WHERE seq = {which}")  # noqa: S608
    assert "broken at event" in text(client.get(reverse("rehearsal_trail", args=[run.pk])))
    assert broken_at(run) is not None
    download = downloaded(client, run)
    if which == "4":
        with pytest.raises(BrokenTrail):
            verify_export(download)
    else:  # a shorter chain holds in itself: its head gives it away
        assert verify_export(download) != run.head
    assert client.get(reverse("rehearsal_run", args=[run.pk])).status_code < 500


UNREADABLE: dict[str, Forgery] = {
    "a text that is no event": lambda body: "<script>alert(1)</script>",
    "an event of a later version": lambda body: [body[0], 99, *body[2:]],
    "an event of an unknown kind": lambda body: [*body[:2], "world.ended", *body[3:]],
    "an event without what it holds": lambda body: [*body[:5], {}],
    "a list": lambda body: [],
}
PAGES = ("run", "trail", "events", "brief_again")


@pytest.mark.parametrize("kind", [Kind.PROPOSAL_MADE, Kind.APPROVAL_ASKED])
@pytest.mark.parametrize("how", UNREADABLE)
def test_a_trail_that_cannot_be_read_is_told_and_breaks_no_other_run(
    cast: Cast, as_member: SignIn, run: Run, how: str, kind: str
) -> None:
    other = started(cast.amina, run.version, "careful")
    ask = ask_of(run)
    seq = forge(run, kind, UNREADABLE[how])
    client, before = as_member(cast.amina), state_of(run)
    said = {name: client.get(reverse(f"rehearsal_{name}", args=[run.pk])) for name in PAGES}
    assert all(answer.status_code < 500 for answer in said.values())
    assert f"broken at event {seq}" in text(said["trail"])
    with pytest.raises(BrokenTrail) as broken:
        verify_export(downloaded(client, run))
    assert broken.value.seq == seq
    assert "<script>alert" not in said["run"].content.decode()
    address = reverse("rehearsal_decide", args=[run.pk])
    assert client.post(address, {"ask": ask, **DECISION}).status_code == 409
    assert state_of(run) == before
    for name in PAGES:
        assert client.get(reverse(f"rehearsal_{name}", args=[other.pk])).status_code == 200
    assert client.get(reverse("rehearsals")).status_code == 200
    assert as_member(cast.daniel).get(reverse("rehearsal_run", args=[run.pk])).status_code == 403


def test_an_error_of_the_program_stays_one(
    cast: Cast, as_member: SignIn, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a broken trail is called broken."""
    monkeypatch.setattr(running, "rehearsal_of", lambda given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        as_member(cast.amina).get(reverse("rehearsal_run", args=[run.pk]))
