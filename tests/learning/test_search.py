"""Search: words by their beginnings, accents aside, only what one may see, safe excerpts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from curriculum.models import Step
from curriculum.publishing import retire
from learning import search_index
from learning.enrolment import enrol
from people.models import Member
from tests.conftest import Cast
from tests.learning.taught import make_competency, make_module, make_track, make_version, published

SignIn = Callable[[Member], Client]


def found(client: Client, words: str) -> str:
    page = client.get("/search/", {"q": words, "part": "results"})
    assert page.status_code == 200
    return page.content.decode()


def test_lessons_are_found_by_beginnings_without_accents(cast: Cast, as_member: SignIn) -> None:
    make_module()
    client = as_member(cast.amina)
    for words in ("kunst", "KÜNSTL", "Künstliche words", "first kunst"):
        text = found(client, words)
        assert "Lesson first" in text, words
        assert "<mark>Künstliche</mark>" in text
    assert "Lesson second" not in found(client, "first kunst")
    assert "Nothing that you may see" in found(client, "unstliche")


@pytest.mark.parametrize(
    "words",
    ['"', "*", "a OR", "NEAR(", "first AND", "-first", "'; DROP", "\\", "a:b", "()", "%", "&|!"],
)
def test_signs_of_a_query_language_are_only_signs(
    cast: Cast, as_member: SignIn, words: str
) -> None:
    make_module()
    found(as_member(cast.amina), words)
    assert as_member(cast.amina).get("/search/", {"q": words + "\x00"}).status_code == 200


def test_drafts_and_other_organisations_are_never_found(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    make_module("X1", title="Theirs alone", organisation=elsewhere.organisation)
    make_module("D1", title="A draft alone", publish_it=False)
    make_track("theirs", organisation=elsewhere.organisation)
    client = as_member(cast.amina)
    for words in ("kunst", "alone", "theirs"):
        assert "Nothing that you may see" in found(client, words), words
    assert "Theirs alone" in found(as_member(elsewhere.amina), "alone")


def test_the_version_one_learns_is_searched(cast: Cast, as_member: SignIn) -> None:
    module = make_module(lessons=("oldish",))
    enrol(cast.amina, module)
    make_version(module, lessons=("newish",))
    assert "Lesson oldish" in found(as_member(cast.amina), "lesson")
    assert "Lesson newish" in found(as_member(cast.daniel), "lesson")
    assert "Lesson oldish" not in found(as_member(cast.daniel), "lesson")
    retire(module, by=None)
    assert "Lesson oldish" in found(as_member(cast.amina), "lesson")
    assert "Lesson newish" not in found(as_member(cast.daniel), "lesson")


def test_modules_tracks_competencies_and_pages_are_found(cast: Cast, as_member: SignIn) -> None:
    make_module("F1", title="Checking well", track=make_track("checking"))
    make_competency("D4", "Checking with care")
    text = found(as_member(cast.amina), "check")
    for heading in ("Modules", "Tracks", "Competencies"):
        assert f"<h3>{heading}</h3>" in text
    assert "What is kept about me" in found(as_member(cast.amina), "download")
    assert "The record of the law" in found(as_member(cast.amina), "gdpr")
    assert "Assign learning" in found(as_member(cast.helen), "assign")
    assert "Assign learning" not in found(as_member(cast.amina), "assign")


def test_titles_weigh_more_than_words(cast: Cast) -> None:
    module = make_module(lessons=("second", "third"))
    steps = search_index.find_lessons("third", [published(module).pk], 5)
    assert [step.key for step in steps] == ["third"]
    assert search_index.find_lessons("", [published(module).pk], 5) == []
    assert search_index.find_lessons("third", [], 5) == []


def test_indexing_again_changes_nothing(cast: Cast) -> None:
    module = make_module()
    version = published(module).pk
    assert search_index.index_version(version) == 2
    assert search_index.index_version(version) == 2
    assert len(search_index.find_lessons("paragraph", [version], 9)) == 2


def test_an_excerpt_is_escaped_and_marks_whole_words() -> None:
    text = f"{'Long ago. ' * 30}Then <script> said Übung & more. {'End. ' * 60}"
    cut = str(search_index.excerpt(text, "ubu scri"))
    assert "<mark>Übung</mark> &amp; more" in cut
    assert "&lt;<mark>script</mark>&gt;" in cut
    assert cut.startswith("… ")
    assert cut.endswith(" …")
    assert str(search_index.excerpt("Short.", "nothing")) == "Short."
    assert str(search_index.excerpt("", "x")) == ""


def test_the_page_and_the_fragment_say_the_same(cast: Cast, as_member: SignIn) -> None:
    make_module()
    client = as_member(cast.amina)
    whole = client.get("/search/", {"q": "kunst"}).content.decode()
    assert "<h1>Search</h1>" in whole
    assert "<h2>Lessons</h2>" in whole
    assert "<html" not in found(client, "kunst")
    assert "Type a word" in client.get("/search/").content.decode()
    assert Step.objects.count() == 3
