"""Quizzes and workplace tasks as documents of a package, and the rows they become."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from assessments.models import Item, Quiz, QuizItem, WorkplaceTask
from assessments.quiz_documents import QUIZ
from assessments.task_documents import TASK
from curriculum.packages.kinds import ModuleContext, StepKind, step_kind
from tests.assessments.builders import item, make_module, quiz_document, task_document
from tests.conftest import Cast

CONTEXT = ModuleContext("F1", frozenset({"U1"}), frozenset({"lesson-one"}))
LIBRARY = Path(__file__).parents[2] / "curriculum" / "library"


def paths(document: Any, kind: StepKind[Any] = QUIZ) -> list[tuple[str | int, ...]]:
    return [problem.path for problem in kind.check(document, CONTEXT)]


def test_both_kinds_are_registered() -> None:
    assert step_kind("quiz") is QUIZ
    assert step_kind("task") is TASK


def test_sound_documents_have_no_problems() -> None:
    for purpose in ("pre-test", "practice", "gate"):
        assert paths(quiz_document(purpose)) == []
    assert paths(task_document(), TASK) == []


@pytest.mark.parametrize(
    ("purpose", "changes", "path"),
    [
        ("gate", {"draw": 7}, ("draw",)),
        ("gate", {"pass_mark": None}, ("pass_mark",)),
        ("gate", {"items": [item(key=f"i{n}") for n in range(15)]}, ("items",)),
        ("practice", {"pass_mark": 60}, ("pass_mark",)),
        ("practice", {"draw": 9}, ("draw",)),
        ("pre-test", {"draw": 2}, ("draw",)),
        ("pre-test", {"items": [item(competency="Z9")], "draw": 1}, ("items", 0, "competency")),
        ("pre-test", {"items": [item(lesson="nowhere")], "draw": 1}, ("items", 0, "lesson")),
    ],
)
def test_contradictions_are_named_with_their_place(
    purpose: str, changes: dict[str, Any], path: tuple[str | int, ...]
) -> None:
    items = changes.pop("items", None)
    assert paths(quiz_document(purpose, items, **changes)) == [path]


def test_problems_of_an_item_carry_its_place() -> None:
    options = [{**option, "right": True} for option in item()["options"]]
    document = quiz_document("pre-test", [item(), item(key="two", options=options)])
    assert paths(document) == [("items", 1, "options")]


def test_a_task_needs_four_different_criteria_of_five_bands() -> None:
    good = task_document().model_dump()["criteria"]
    for criteria in (good[:3], [*good, good[0]], [{**good[0], "bands": ["one"]}, *good[1:]]):
        with pytest.raises(ValidationError):
            task_document(criteria=criteria)
    twice = task_document(criteria=[good[0], *good[:3]])
    assert paths(twice, TASK) == [("criteria", 1, "id")]
    elsewhere = task_document(criteria=[{**good[0], "competency": "Z9"}, *good[1:]])
    assert paths(elsewhere, TASK) == [("criteria", 0, "competency")]


def test_writing_makes_the_rows_with_the_difficulty_of_the_level(db: None) -> None:
    make_module(
        quiz_document("pre-test", [item(), item("numeric", key="two", level=4)]), task_document()
    )
    quiz = Quiz.objects.get()
    first, second = QuizItem.objects.select_related("item").order_by("order")
    assert (quiz.draw, quiz.purpose, quiz.step.minutes) == (2, "pre-test", 3)
    assert (first.item.difficulty, first.item.difficulty_variance) == (-1.7, 0.49)
    assert second.item.difficulty == pytest.approx(1.3)
    assert first.item.content["case"] == "<p>A situation.</p>"
    assert first.lesson == "lesson-one"
    assert WorkplaceTask.objects.get().brief == "<p>What to do.</p>"


def test_an_item_in_the_same_wording_is_the_same_item_in_a_later_version(db: None) -> None:
    make_module(quiz_document("pre-test", [item(), item(key="two")]))
    make_module(
        quiz_document("pre-test", [item(lesson="another"), item(key="two", ask="Changed?")])
    )
    assert Item.objects.filter(key="q1").count() == 1
    assert Item.objects.filter(key="two").count() == 2


def test_organisations_have_their_own_items(cast: Cast, elsewhere: Cast) -> None:
    for organisation in (None, cast.organisation, elsewhere.organisation):
        make_module(quiz_document("pre-test", [item()]), organisation=organisation)
    assert Item.objects.filter(key="q1").count() == 3


@pytest.mark.parametrize("kind", [QUIZ, TASK])
def test_every_quiz_and_task_of_the_library_is_sound(kind: StepKind[Any]) -> None:
    competencies = frozenset(
        each["id"]
        for file in LIBRARY.glob("competencies/*.yaml")
        for each in yaml.safe_load(file.read_text("utf-8"))["competencies"]
    )
    files = sorted(LIBRARY.glob(f"modules/*/{kind.folder}/*.yaml"))
    assert files
    for file in files:
        lessons = frozenset(each.stem for each in file.parents[1].glob("lessons/*.md"))
        document = kind.document.model_validate(yaml.safe_load(file.read_text("utf-8")))
        context = ModuleContext(file.parents[1].name, competencies, lessons)
        assert list(kind.check(document, context)) == [], file
