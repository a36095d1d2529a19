"""The pages of a quiz: who may open them, what they hold and above all what they do not."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from assessments import access, attempts
from assessments.models import Attempt, AttemptItem
from assessments.questions import KINDS
from curriculum.models import Module, ModuleVersion
from people import clock
from tests.assessments.builders import (
    CANARY,
    answer_all,
    item,
    make_module,
    make_quiz,
    places_of,
    posted_for,
    publish_version,
    quiz_document,
)
from tests.conftest import Cast, SignIn

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

ALL_KINDS = [item(kind, key=kind) for kind in KINDS]
MARKS = (CANARY, "because", "follows", "right", "tolerance", "1234", "accept")


def page(name: str, attempt: Attempt, *more: int) -> str:
    return reverse(name, args=[attempt.pk, *more])


def save(client: Client, attempt: Attempt, order: int, **values: str) -> Response:
    return client.post(page("quiz_save", attempt, order), values)


def test_a_quiz_is_started_by_post_and_leads_to_its_first_open_case(
    cast: Cast, as_member: SignIn
) -> None:
    quiz = make_quiz()
    client = as_member(cast.amina)
    start = reverse("quiz_start", args=[quiz.step_id])
    assert client.get(start).status_code == 405
    response = client.post(start)
    attempt = Attempt.objects.get()
    assert response["Location"] == page("quiz_item", attempt, 1)
    AttemptItem.objects.filter(attempt=attempt, order=1).update(answer=0)
    assert client.post(start)["Location"] == page("quiz_item", attempt, 2)


def test_only_published_modules_one_may_see_can_be_started(
    cast: Cast, elsewhere: Cast, as_member: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "may_take", access.published_to)
    client = as_member(cast.amina)
    theirs = make_module(quiz_document(), organisation=elsewhere.organisation)
    draft = make_module(quiz_document(), organisation=cast.organisation, publish=False)
    retired = make_module(quiz_document())
    Module.objects.filter(pk=retired.module_id).update(retired_at=clock.now())
    for version in (theirs, draft, retired):
        step = version.steps.get(kind="quiz")
        assert client.post(reverse("quiz_start", args=[step.pk])).status_code == 404
    lesson = retired.steps.get(kind="lesson")
    assert client.post(reverse("quiz_start", args=[lesson.pk])).status_code == 404
    monkeypatch.setattr(access, "may_take", lambda member, step: True)
    step = retired.steps.get(kind="quiz")
    assert client.post(reverse("quiz_start", args=[step.pk])).status_code == 302
    step = theirs.steps.get(kind="quiz")
    assert client.post(reverse("quiz_start", args=[step.pk])).status_code == 404


def test_attempts_of_others_do_not_exist(cast: Cast, elsewhere: Cast, as_member: SignIn) -> None:
    attempt = attempts.start(cast.amina, make_quiz())
    answer_all(attempt)
    for stranger in (cast.daniel, cast.helen, cast.joanna, cast.noor, elsewhere.amina):
        client = as_member(stranger)
        assert client.get(page("quiz_item", attempt, 1)).status_code == 404
        assert client.post(page("quiz_item", attempt, 1), {"answer": "0"}).status_code == 404
        assert save(client, attempt, 1, answer="0", sequence="5").status_code == 404
        assert client.get(page("quiz_submit", attempt)).status_code == 404
        assert client.post(page("quiz_submit", attempt), {"key": "k" * 20}).status_code == 404
        assert client.get(page("quiz_review", attempt)).status_code == 404
    attempt.refresh_from_db()
    assert attempt.state == Attempt.State.OPEN


@pytest.mark.parametrize("purpose", ["pre-test", "practice"])
def test_nothing_tells_right_from_wrong_before_it_is_time(
    cast: Cast, as_member: SignIn, purpose: str
) -> None:
    attempt = attempts.start(cast.amina, make_quiz(purpose, ALL_KINDS))
    client = as_member(cast.amina)
    places = places_of(attempt)
    for place in places:
        values = {"answer": "1", "sequence": "5", "place-0": "0", "pair-0": "1"}
        responses = [
            client.get(page("quiz_item", attempt, place.order)),
            client.post(page("quiz_save", attempt, place.order), values),
            client.post(page("quiz_save", attempt, place.order), {"answer": "zzz" * 99}),
        ]
        for response in responses:
            text = response.content.decode() + str(response.headers)
            assert CANARY not in text
        data = responses[0].content.decode()
        form = data[data.index("<form class=") : data.index("</form>", data.index("<form class="))]
        for mark in MARKS:
            assert mark not in form.lower().replace("title of", ""), (place.item.kind, mark)
    assert CANARY not in client.get(page("quiz_submit", attempt)).content.decode()
    refused = client.post(page("quiz_submit", attempt), {"key": "k" * 20, "held": '{"1": 999}'})
    assert refused.status_code == 400
    assert CANARY not in refused.content.decode()
    early = client.get(page("quiz_review", attempt))
    assert early.status_code == 302


def test_practice_reveals_one_case_and_keeps_the_others_closed(
    cast: Cast, as_member: SignIn
) -> None:
    documents = [item(key=key, case="") for key in ("one", "two")]
    for document, mark in zip(documents, ("first-reveal", "second-reveal"), strict=True):
        for option in document["options"]:
            option["follows"] = f"{mark} follows"
            option["because"] = f"{mark} because"
    attempt = attempts.start(cast.amina, make_quiz("practice", documents))
    client = as_member(cast.amina)
    first, _ = places_of(attempt)
    response = client.post(
        page("quiz_item", attempt, 1), {**posted_for(first), "sequence": "1"}, follow=True
    )
    text = response.content.decode()
    assert "What happened next" in text
    assert "first-reveal follows" in text
    assert "first-reveal because" in text
    assert "second-reveal" not in text
    assert text.index("first-reveal follows") < text.index("first-reveal because")
    assert "second-reveal" not in client.get(page("quiz_item", attempt, 2)).content.decode()


def test_practice_wants_an_answer_before_it_shows_one(cast: Cast, as_member: SignIn) -> None:
    attempt = attempts.start(cast.amina, make_quiz("practice"))
    response = as_member(cast.amina).post(page("quiz_item", attempt, 1), {"sequence": "1"})
    assert response.status_code == 400
    assert CANARY not in response.content.decode()
    assert "Answer the whole question first" in response.content.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_taken_and_reviewed_by_plain_forms(
    cast: Cast, as_member: SignIn, kind: str
) -> None:
    attempt = attempts.start(cast.amina, make_quiz("pre-test", [item(kind, key="the-item")]))
    client = as_member(cast.amina)
    place = places_of(attempt)[0]
    values = {"sequence": "1", "confidence": "2"}
    if kind in ("single", "multiple"):
        values["answer"] = posted_for(place)["answer"]
    elif kind in ("numeric", "short"):
        values["answer"] = "1234.5" if kind == "numeric" else "The owner"
    else:
        field = "place" if kind == "ordering" else "pair"
        values |= {f"{field}-{n}": str(n) for n in range(4 if kind == "ordering" else 3)}
    response = client.post(page("quiz_item", attempt, 1), values)
    assert response["Location"] == page("quiz_submit", attempt)
    again = client.get(page("quiz_item", attempt, 1)).content.decode()
    assert "Saved " in again
    if kind in ("single", "multiple"):
        assert f'value="{values["answer"]}" checked' in again
    elif kind in ("numeric", "short"):
        assert values["answer"] in again
    else:
        assert again.count(" selected") == (4 if kind == "ordering" else 3)
    overview = client.get(page("quiz_submit", attempt))
    assert "answered" in overview.content.decode()
    response = client.post(page("quiz_submit", attempt), {"key": overview.context["key"]})
    assert response["Location"] == page("quiz_review", attempt)
    review = client.get(response["Location"]).content.decode()
    assert f"{CANARY} follows" in review
    assert f"{CANARY} because" in review
    assert review.index(f"{CANARY} follows") < review.index(f"{CANARY} because")
    assert "you were fairly sure" in review
    assert "Read again: The lesson" in review


def test_shuffled_options_carry_only_their_place_on_the_page(cast: Cast, as_member: SignIn) -> None:
    quiz = make_quiz("pre-test", [item()])
    orders = set()
    for member in (cast.amina, cast.daniel, cast.victor, cast.rosa, cast.noor, cast.helen):
        attempt = attempts.start(member, quiz)
        text = as_member(member).get(page("quiz_item", attempt, 1)).content.decode()
        shown = [text.index(f"Option {letter} of") for letter in "ABCD"]
        orders.add(tuple(sorted(range(4), key=shown.__getitem__)))
        values = [text.index(f'name="answer" value="{n}"') for n in range(4)]
        assert values == sorted(values)
    assert len(orders) > 1


def test_saving_answers_with_what_the_server_holds(cast: Cast, as_member: SignIn) -> None:
    attempt = attempts.start(cast.amina, make_quiz())
    client = as_member(cast.amina)
    place = places_of(attempt)[0]
    now = clock.now()
    with clock.at(now):
        response = save(client, attempt, 1, **posted_for(place), confidence="3", sequence="7")
    assert response.status_code == 200
    assert response.json()["sequence"] == 7
    assert response.json()["kept"] == "saved"
    assert len(response.json()["saved_at"]) == 5
    older = save(client, attempt, 1, **posted_for(place, right=False), sequence="6")
    assert (older.status_code, older.json()["sequence"], older.json()["kept"]) == (200, 7, "newer")
    place.refresh_from_db()
    assert (place.answer, place.confidence, place.sequence) == (0, 3, 7)


def test_an_answer_can_be_taken_back(cast: Cast, as_member: SignIn) -> None:
    attempt = attempts.start(cast.amina, make_quiz())
    client = as_member(cast.amina)
    save(client, attempt, 1, answer="1", sequence="1")
    save(client, attempt, 1, sequence="2")
    assert places_of(attempt)[0].answer is None


@pytest.mark.parametrize(
    "values",
    [
        {"answer": "9", "sequence": "1"},
        {"answer": "1"},
        {"answer": "1", "sequence": "0"},
        {"answer": "1", "sequence": "-4"},
        {"answer": "1", "sequence": "9" * 30},
        {"answer": "1", "sequence": "many"},
        {"answer": "1", "sequence": "1", "confidence": "4"},
    ],
)
def test_a_save_that_makes_no_sense_is_refused_and_keeps_nothing(
    cast: Cast, as_member: SignIn, values: dict[str, str]
) -> None:
    attempt = attempts.start(cast.amina, make_quiz())
    response = save(as_member(cast.amina), attempt, 1, **values)
    assert response.status_code == 400
    assert response.json()["problem"]
    assert places_of(attempt)[0].sequence == 0


def test_saving_is_by_post_only_and_tells_scripts_when_one_is_signed_out(
    cast: Cast, as_member: SignIn
) -> None:
    attempt = attempts.start(cast.amina, make_quiz())
    url = page("quiz_save", attempt, 1)
    assert as_member(cast.amina).get(url).status_code == 405
    response = Client().post(url, {"answer": "1", "sequence": "1"})
    assert response.status_code == 401
    assert Client(enforce_csrf_checks=True).post(url, {}).status_code == 403
    assert as_member(cast.amina).post(page("quiz_save", attempt, 99), {}).status_code == 404


def test_late_and_closed_saves_say_what_was_kept(cast: Cast, as_member: SignIn) -> None:
    attempt = attempts.start(cast.amina, make_quiz("pre-test", time_limit=5))
    client = as_member(cast.amina)
    save(client, attempt, 1, answer="1", sequence="1")
    with clock.at(clock.now() + timedelta(minutes=6)):
        late = save(client, attempt, 1, answer="2", sequence="2")
        assert (late.status_code, late.json()["kept"]) == (409, "late")
        assert client.get(page("quiz_item", attempt, 1))["Location"] == page("quiz_submit", attempt)
        client.post(page("quiz_submit", attempt), {"key": "k" * 20})
        closed = save(client, attempt, 1, answer="3", sequence="3")
        assert (closed.status_code, closed.json()["kept"]) == (409, "closed")
        assert closed.json()["sequence"] == 2


def test_two_windows_without_script_never_lose_the_newer_answer(
    cast: Cast, as_member: SignIn
) -> None:
    attempt = attempts.start(cast.amina, make_quiz())
    client = as_member(cast.amina)
    url = page("quiz_item", attempt, 1)
    assert client.post(url, {"answer": "1", "sequence": "1"}).status_code == 302
    second = client.post(url, {"answer": "2", "sequence": "1"})
    assert second.status_code == 400
    assert "newer answer from another window" in second.content.decode()
    assert '<input type="hidden" name="sequence" value="2">' in second.content.decode()


def test_submission_asks_about_open_cases_and_is_done_once(cast: Cast, as_member: SignIn) -> None:
    attempt = attempts.start(cast.amina, make_quiz())
    answer_all(attempt)
    AttemptItem.objects.filter(attempt=attempt, order=3).update(answer=None)
    client = as_member(cast.amina)
    url = page("quiz_submit", attempt)
    refused = client.post(url, {"key": "k" * 20})
    assert refused.status_code == 400
    assert "Case 3" in refused.content.decode()
    values = {"key": "k" * 20, "confirmed": "yes"}
    assert client.post(url, values)["Location"] == page("quiz_review", attempt)
    assert client.post(url, values)["Location"] == page("quiz_review", attempt)
    other = client.post(url, {"key": "another-key-here", "confirmed": "yes"}, follow=True)
    assert "that result stands" in other.content.decode()
    assert client.get(url)["Location"] == page("quiz_review", attempt)
    assert client.get(page("quiz_item", attempt, 1))["Location"] == page("quiz_review", attempt)


@pytest.mark.parametrize("held", ["[", "[1]", '{"a": 1}', '{"1": null}', "[" * 5000, "3"])
def test_a_list_of_answers_that_cannot_be_read_is_refused(
    cast: Cast, as_member: SignIn, held: str
) -> None:
    attempt = attempts.start(cast.amina, make_quiz())
    answer_all(attempt)
    response = as_member(cast.amina).post(
        page("quiz_submit", attempt), {"key": "k" * 20, "held": held}
    )
    assert response.status_code == 400
    attempt.refresh_from_db()
    assert attempt.state == Attempt.State.OPEN


def test_submission_names_the_cases_whose_newest_answers_did_not_arrive(
    cast: Cast, as_member: SignIn
) -> None:
    attempt = attempts.start(cast.amina, make_quiz())
    answer_all(attempt)
    held = json.dumps({"2": 1, "5": 1_700_000_000_000})
    values = {"key": "k" * 20, "held": held}
    response = as_member(cast.amina).post(page("quiz_submit", attempt), values)
    assert response.status_code == 400
    text = response.content.decode()
    assert "have not arrived" in text
    assert "Case 5" in text
    assert "Case 2<" not in text


def test_fields_of_the_model_in_a_post_are_ignored(cast: Cast, as_member: SignIn) -> None:
    attempt = attempts.start(cast.amina, make_quiz())
    answer_all(attempt, right=False)
    forged = {
        "score": "1",
        "passed": "true",
        "state": "open",
        "member": str(cast.daniel.pk),
        "credit": "1",
        "number": "9",
        "deadline": "2099-01-01",
        "submitted_at": "2020-01-01",
        "exposure": "0",
    }
    client = as_member(cast.amina)
    save(
        client, attempt, 1, answer="1", sequence="9", late_answer="1", revealed_at="2020", **forged
    )
    client.post(page("quiz_submit", attempt), {"key": "k" * 20, "confirmed": "yes", **forged})
    attempt.refresh_from_db()
    assert (attempt.member, attempt.number, attempt.deadline) == (cast.amina, 1, None)
    assert attempt.score is not None
    assert attempt.score < 0.5
    assert attempt.passed is False


def test_what_was_typed_comes_back_as_text(cast: Cast, as_member: SignIn) -> None:
    attempt = attempts.start(cast.amina, make_quiz("pre-test", [item("short", key="s")]))
    client = as_member(cast.amina)
    nasty = '"><script>alert(1)</script>'
    client.post(page("quiz_item", attempt, 1), {"answer": nasty, "sequence": "1"})
    client.post(page("quiz_submit", attempt), {"key": "k" * 20})
    for url in (page("quiz_review", attempt),):
        text = client.get(url).content.decode()
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


def test_options_of_an_author_come_back_as_text(cast: Cast, as_member: SignIn) -> None:
    document = item()
    document["options"][0]["text"] = "<img src=x onerror=alert(1)>"
    document["title"] = "<b>Bold</b>"
    document["ask"] = "<i>Ask</i>"
    attempt = attempts.start(cast.amina, make_quiz("pre-test", [document]))
    text = as_member(cast.amina).get(page("quiz_item", attempt, 1)).content.decode()
    for raw in ("<img src=x", "<b>Bold", "<i>Ask"):
        assert raw not in text


def test_a_failed_gate_offers_another_try_and_after_three_says_when(
    cast: Cast, as_member: SignIn
) -> None:
    quiz = make_quiz()
    client = as_member(cast.amina)
    for number in (1, 2, 3):
        attempt = attempts.start(cast.amina, quiz)
        answer_all(attempt, right=False)
        attempts.submit(attempt, f"key-number-{number}", {})
        text = client.get(page("quiz_review", attempt)).content.decode()
        assert ("Try again with other questions" in text) == (number < 3)
    assert "your trainer has been told" in text
    response = client.post(reverse("quiz_start", args=[quiz.step_id]))
    assert response["Location"] == reverse("step", args=[quiz.step_id])
    assert Attempt.objects.count() == 3


def test_an_open_quiz_goes_on_when_its_module_is_retired(cast: Cast, as_member: SignIn) -> None:
    quiz = make_quiz()
    attempt = attempts.start(cast.amina, quiz)
    version = quiz.step.version
    ModuleVersion.objects.filter(pk=version.pk).update(state=ModuleVersion.State.RETIRED)
    Module.objects.filter(pk=version.module_id).update(retired_at=clock.now())
    client = as_member(cast.amina)
    assert client.get(page("quiz_item", attempt, 1)).status_code == 200
    assert save(client, attempt, 1, answer="1", sequence="1").status_code == 200


def test_a_version_published_again_keeps_the_open_attempt(cast: Cast) -> None:
    version = make_module(quiz_document())
    publish_version(version)
    quiz = version.steps.get(kind="quiz").quiz
    assert attempts.start(cast.amina, quiz) == attempts.start(cast.amina, quiz)


def test_statements_of_the_pages(
    cast: Cast, as_member: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    attempt = attempts.start(cast.amina, make_quiz())
    client = as_member(cast.amina)
    with django_assert_max_num_queries(5):
        assert save(client, attempt, 1, answer="1", sequence="1").status_code == 200
    with django_assert_max_num_queries(8):
        assert client.get(page("quiz_item", attempt, 1)).status_code == 200
    with django_assert_max_num_queries(8):
        client.get(page("quiz_submit", attempt))
    answer_all(attempt)
    attempts.submit(attempt, "a-long-enough-key", {})
    with django_assert_max_num_queries(9):
        assert client.get(page("quiz_review", attempt)).status_code == 200
