"""Notes: kept by form and by script, one's own only, escaped, capped, faithful to the lesson."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from learning import notes as noting
from learning.models import Note
from people.models import Member
from tests.conftest import Cast
from tests.learning.taught import make_module, make_version, step_of

SignIn = Callable[[Member], Client]
JSON = {"accept": "application/json"}


@pytest.fixture
def lesson(cast: Cast) -> int:
    return int(step_of(make_module(), "first").pk)


def test_a_plain_form_keeps_a_note_and_leads_back_to_it(
    cast: Cast, as_member: SignIn, lesson: int
) -> None:
    client = as_member(cast.amina)
    answer = client.post(
        f"/steps/{lesson}/notes/add/", {"text": "Try this", "quote": "first  paragraph"}
    )
    note = Note.objects.get()
    assert answer["Location"] == f"/steps/{lesson}/#note-{note.pk}"
    assert (note.quote, note.text, note.block) == ("first paragraph", "Try this", 0)
    text = client.get(f"/steps/{lesson}/").content.decode()
    assert f'id="note-{note.pk}"' in text
    assert 'data-quote="first paragraph"' in text


def test_the_script_gets_what_it_needs(cast: Cast, as_member: SignIn, lesson: int) -> None:
    client = as_member(cast.amina)
    answer = client.post(
        f"/steps/{lesson}/notes/add/", {"quote": "Künstliche words", "block": "1"}, headers=JSON
    )
    assert answer.status_code == 201
    note = Note.objects.get()
    assert answer.json()["id"] == note.pk
    assert answer.json()["block"] == 1
    assert client.post(f"/notes/{note.pk}/delete/", headers=JSON).json() == {"deleted": note.pk}
    assert not Note.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"text": "  "},
        {"text": "x" * 4001},
        {"quote": "x" * 601},
        {"text": "x", "block": "-1"},
        {"text": "x", "block": "many"},
    ],
)
def test_bad_input_is_refused_with_what_was_typed(
    cast: Cast, as_member: SignIn, lesson: int, values: dict[str, str]
) -> None:
    client = as_member(cast.amina)
    page = client.post(f"/steps/{lesson}/notes/add/", values)
    assert page.status_code == 422
    assert b"This was not saved" in page.content
    answer = client.post(f"/steps/{lesson}/notes/add/", values, headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert not Note.objects.exists()


def test_a_lesson_holds_only_so_many(
    cast: Cast, as_member: SignIn, lesson: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(noting, "MOST_A_LESSON", 1)
    client = as_member(cast.amina)
    assert client.post(f"/steps/{lesson}/notes/add/", {"text": "one"}).status_code == 302
    assert client.post(f"/steps/{lesson}/notes/add/", {"text": "two"}).status_code == 422
    assert Note.objects.count() == 1


def test_nobody_sees_or_changes_the_notes_of_somebody_else(
    cast: Cast, elsewhere: Cast, as_member: SignIn, lesson: int
) -> None:
    as_member(cast.amina).post(f"/steps/{lesson}/notes/add/", {"text": "My secret"})
    note = Note.objects.get()
    for other in (cast.daniel, cast.helen, cast.noor, cast.joanna, elsewhere.amina):
        client = as_member(other)
        assert "My secret" not in client.get(f"/steps/{lesson}/").content.decode()
        assert "My secret" not in client.get("/notes/").content.decode()
        assert client.get(f"/notes/{note.pk}/edit/").status_code == 404
        assert client.post(f"/notes/{note.pk}/edit/", {"text": "x"}).status_code == 404
        assert client.post(f"/notes/{note.pk}/delete/").status_code == 404
    note.refresh_from_db()
    assert note.text == "My secret"


def test_notes_are_edited_and_deleted(cast: Cast, as_member: SignIn, lesson: int) -> None:
    client = as_member(cast.amina)
    client.post(f"/steps/{lesson}/notes/add/", {"text": "One"})
    note = Note.objects.get()
    assert b"One" in client.get(f"/notes/{note.pk}/edit/").content
    assert client.post(f"/notes/{note.pk}/edit/", {"text": ""}).status_code == 422
    assert client.post(f"/notes/{note.pk}/edit/", {"text": "Two"}).status_code == 302
    assert "Two" in client.get("/notes/").content.decode()
    assert client.get(f"/notes/{note.pk}/delete/").status_code == 405
    assert client.post(f"/notes/{note.pk}/delete/", {"next": "/notes/"})["Location"] == "/notes/"
    assert b"Your notes and highlights will stand here" in client.get("/notes/").content


def test_what_was_written_is_shown_as_text(cast: Cast, as_member: SignIn, lesson: int) -> None:
    client = as_member(cast.amina)
    evil = "\"><script>alert('x')</script>"
    client.post(f"/steps/{lesson}/notes/add/", {"text": evil, "quote": evil})
    for url in (f"/steps/{lesson}/", "/notes/", "/search/?q=alert"):
        assert b"<script>alert" not in client.get(url).content


def test_notes_follow_a_lesson_into_its_newer_version(
    cast: Cast, as_member: SignIn, lesson: int
) -> None:
    from curriculum.models import Module

    client = as_member(cast.amina)
    client.post(f"/steps/{lesson}/notes/add/", {"text": "Still here"})
    module = Module.objects.get()
    make_version(module)
    newer = step_of(module, "first")
    assert "Still here" in client.get(f"/steps/{newer.pk}/").content.decode()


def test_only_lessons_one_may_see_have_notes(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    theirs = make_module("X1", organisation=elsewhere.organisation)
    gate = step_of(make_module(), "gate")
    client = as_member(cast.amina)
    url = f"/steps/{step_of(theirs, 'first').pk}/notes/add/"
    assert client.post(url, {"text": "x"}).status_code == 404
    assert client.post(f"/steps/{gate.pk}/notes/add/", {"text": "x"}).status_code == 422
    assert client.get(f"/steps/{gate.pk}/notes/add/").status_code == 405
