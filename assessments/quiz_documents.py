"""The quiz as a document of a package: its strict type, its checks and how it is written."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Annotated, Any, Literal

from django.db.models import Count
from pydantic import Field

from assessments import bank_linting, previews, quiz_wordings
from assessments.difficulty import authored
from assessments.models import Item, Quiz, QuizItem
from assessments.questions import AnyQuestion, Question
from assessments.questions.base import Id, Line, Strict
from curriculum.models import Step
from curriculum.packages.kinds import ModuleContext, Problem, StepKind
from people.models import Organisation

GATE_DRAW = 8
GATE_BANK = 16
MINUTES_AN_ITEM = 1.25


class QuizDocument(Strict):
    id: Id
    title: Annotated[Line, Field(max_length=160)]
    purpose: Literal["pre-test", "practice", "gate"]
    draw: Annotated[int, Field(ge=1, le=40)]
    pass_mark: Annotated[int, Field(ge=1, le=100)] | None = None
    time_limit: Annotated[int, Field(ge=1, le=240)] | None = None
    items: Annotated[list[AnyQuestion], Field(min_length=1, max_length=200)]


def check(document: QuizDocument, context: ModuleContext) -> Iterator[Problem]:
    """What the types cannot find: numbers that contradict each other, names that lead nowhere."""
    count = len(document.items)
    if document.purpose == "gate":
        if document.draw != GATE_DRAW:
            yield Problem(("draw",), f"a gate draws {GATE_DRAW}, not {document.draw}")
        if count < GATE_BANK:
            yield Problem(("items",), f"a gate needs at least {GATE_BANK} items, this has {count}")
        if document.pass_mark is None:
            yield Problem(("pass_mark",), "a gate needs a pass mark, in per cent")
    elif document.pass_mark is not None:
        yield Problem(("pass_mark",), "only a gate has a pass mark; write null")
    if document.purpose == "pre-test" and document.draw != count:
        yield Problem(("draw",), f"a pre-test asks all its items: write {count}")
    elif document.draw > count:
        yield Problem(("draw",), f"{document.draw} cannot be drawn from {count} items")
    for number, item in enumerate(document.items):
        yield from _check_item(item, ("items", number), context)


def _check_item(
    item: Question, path: tuple[str | int, ...], context: ModuleContext
) -> Iterator[Problem]:
    if item.competency not in context.competencies:
        yield Problem((*path, "competency"), f"there is no competency {item.competency}")
    if item.lesson not in context.lessons:
        yield Problem((*path, "lesson"), f"the module has no lesson {item.lesson}")
    for problem in item.problems():
        yield Problem((*path, *problem.path), problem.message)


def markdown(document: QuizDocument) -> list[str]:
    """The case of each item, in order; empty where there is none."""
    return [item.case for item in document.items]


def write(step: Step, document: QuizDocument, rendered: Sequence[str]) -> None:
    """Hangs the quiz on the step. Items that exist in the same wording are used again."""
    quiz = Quiz.objects.create(
        step=step,
        purpose=document.purpose,
        draw=document.draw,
        pass_mark=document.pass_mark,
        time_limit=document.time_limit,
    )
    owner = step.version.module.organisation
    wanted = [_item(each, html, owner) for each, html in zip(document.items, rendered, strict=True)]
    keys = [item.key for item in wanted]
    of_owner = Item.objects.filter(organisation=owner, key__in=keys)
    known = {(item.key, item.digest): item for item in of_owner}
    new = [item for item in wanted if (item.key, item.digest) not in known]
    known |= {(item.key, item.digest): item for item in Item.objects.bulk_create(new)}
    QuizItem.objects.bulk_create(
        QuizItem(
            quiz=quiz,
            item=known[item.key, item.digest],
            order=number,
            lesson=document.items[number].lesson,
        )
        for number, item in enumerate(wanted)
    )


def _item(source: Question, html: str, owner: Organisation | None) -> Item:
    content = source.model_dump(mode="json")
    return Item(
        organisation=owner,
        key=source.id,
        digest=digest(content),
        kind=source.kind,
        title=source.title,
        competency_id=source.competency,
        level=source.level,
        content={**content, "case": html},
        difficulty=authored(source.level),
    )


def digest(content: dict[str, Any]) -> str:
    """SHA-256 of what is asked; the lesson to reread may change without making a new item."""
    asked = {key: value for key, value in content.items() if key != "lesson"}
    text = json.dumps(asked, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def asked_of(versions: Collection[int]) -> Iterable[tuple[int, str, int]]:
    """How many items the quizzes of each module version have of each competency."""
    items = QuizItem.objects.filter(quiz__step__version_id__in=versions)
    counted = items.values_list("quiz__step__version_id", "item__competency_id")
    return counted.annotate(count=Count("pk"))


QUIZ = StepKind(
    kind=Step.Kind.QUIZ,
    folder="quizzes",
    document=QuizDocument,
    title=lambda document: document.title,
    minutes=lambda document: math.ceil(document.draw * MINUTES_AN_ITEM),
    check=check,
    markdown=markdown,
    write=write,
    preview=previews.quiz,
    ids=lambda document: [item.id for item in document.items],
    lint=bank_linting.lint,
    wordings=quiz_wordings.wordings,
    asked=lambda document: [item.competency for item in document.items],
    asked_of=asked_of,
)
