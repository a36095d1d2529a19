"""Trainers see quizzes and workplace tasks as learners will, with every answer beside them."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.models import Attempt, AttemptItem, Quiz
from assessments.questions import KINDS
from curriculum.models import Step
from people.models import Organisation
from tests.assessments.builders import CANARY, item, make_module, quiz_document, task_document
from tests.conftest import Cast, SignIn

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response


def quiz_step(organisation: Organisation, *items: dict[str, Any], **more: Any) -> Step:
    document = quiz_document("practice", list(items), **more)
    version = make_module(document, task_document(), organisation=organisation, publish=False)
    return Quiz.objects.select_related("step__version").get(step__version=version).step


def page_of(client: Client, step: Step) -> Response:
    return client.get(reverse("step_preview", args=[step.pk]))


@pytest.fixture
def every_kind(cast: Cast) -> Step:
    return quiz_step(cast.organisation, *(item(kind, key=f"{kind}-q") for kind in KINDS))


def test_every_question_is_asked_with_its_own_form(
    cast: Cast, as_member: SignIn, every_kind: Step
) -> None:
    text = page_of(as_member(cast.joanna), every_kind).content.decode()
    for kind in KINDS:
        assert f"What now, {kind}-q?" in text
    assert text.count("<p>A situation.</p>") == len(KINDS)
    assert 'type="radio"' in text
    assert 'type="checkbox"' in text
    assert "Nothing you choose here is saved" in text
    main = text.partition("<main")[2].partition("</main>")[0]
    assert 'method="post"' not in main
    assert main.count("<form") == len(KINDS)
    assert main.count("<h1") == 1


def test_no_two_elements_share_an_id_and_every_label_finds_its_field(
    cast: Cast, as_member: SignIn, every_kind: Step
) -> None:
    twice = [item(kind, key=f"{kind}-{n}") for kind in KINDS for n in (1, 2)]
    step = quiz_step(cast.organisation, *twice)
    text = page_of(as_member(cast.joanna), step).content.decode()
    ids = Counter(re.findall(r'\bid="([^"]+)"', text))
    assert [name for name, count in ids.items() if count > 1] == []
    named = re.findall(r'(?:for|aria-labelledby|aria-describedby)="([^"]+)"', text)
    assert {each for names in named for each in names.split()} <= ids.keys()


def test_what_is_right_and_why_is_folded_under_each_question(
    cast: Cast, as_member: SignIn, every_kind: Step
) -> None:
    text = page_of(as_member(cast.joanna), every_kind).content.decode()
    _, single, *_ = text.split("<details")
    for letter in "ABCD":
        assert f"{CANARY} follows {letter}" in single
        assert f"{CANARY} because {letter}" in single
    for kept in ("follows right", "follows wrong", "because right", "because wrong"):
        assert f"{CANARY} {kept}" in text
    assert text.count("What is right, and why") == len(KINDS)
    shown = re.sub(r"<details.*?</details>", "", text, flags=re.DOTALL)
    assert CANARY not in shown


def test_looking_writes_nothing_and_costs_the_same_for_more_questions(
    cast: Cast, as_member: SignIn
) -> None:
    client = as_member(cast.joanna)
    few = quiz_step(cast.organisation, item(key="a"))
    many = quiz_step(cast.organisation, *(item(key=f"b{n}") for n in range(12)))

    def statements(step: Step) -> int:
        page_of(client, step)
        with CaptureQueriesContext(connection) as captured:
            assert page_of(client, step).status_code == 200
        assert not [q for q in captured if not q["sql"].startswith("SELECT")]
        return len(captured)

    assert statements(few) == statements(many) <= 10
    assert not Attempt.objects.exists()
    assert not AttemptItem.objects.exists()


def test_a_task_is_shown_with_brief_measure_grader_and_every_band(
    cast: Cast, as_member: SignIn
) -> None:
    version = make_module(task_document(), organisation=cast.organisation, publish=False)
    step = version.steps.get(kind="task")
    answer = page_of(as_member(cast.joanna), step)
    text = answer.content.decode()
    assert answer.status_code == 200
    for said in (
        "<p>What to do.</p>",
        "Uses with an owner",
        "higher is better",
        "a trainer or your manager",
        "within 14 days",
        "AI concepts, level 2",
    ):
        assert said in text, said
    for n in range(1, 5):
        assert f"Criterion {n}" in text
        assert all(f"Band {band} of {n}" in text for band in range(5))


@pytest.mark.parametrize("kind", ["quiz", "task"])
def test_only_trainers_of_the_organisation_look(
    cast: Cast, elsewhere: Cast, as_member: SignIn, every_kind: Step, kind: str
) -> None:
    step = every_kind.version.steps.get(kind=kind)
    assert page_of(as_member(cast.joanna), step).status_code == 200
    for nobody in (cast.amina, cast.helen, cast.noor):
        assert page_of(as_member(nobody), step).status_code == 403
    assert page_of(as_member(elsewhere.joanna), step).status_code == 404
    address = reverse("step_preview", args=[step.pk])
    assert as_member(cast.joanna).post(address).status_code == 405
