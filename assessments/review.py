"""What is shown of answers: while a quiz is open, after it, and to those who may see the evidence.

Nothing here tells right from wrong for an item without credit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Q

from assessments import drawing, onward
from assessments.grading import evidence_name
from assessments.models import Attempt, AttemptItem, Quiz, QuizItem
from assessments.questions import Question, is_right, question, review_template
from assessments.questions.base import RIGHT, Answer
from curriculum.models import Step
from people import clock
from people.models import Member

LATE = {
    None: "an answer that came after the time is kept for your trainer",
    True: "it came after the time; a trainer let it count",
    False: "an answer that came after the time was not counted",
}
SURE = {1: "unsure", 2: "fairly sure", 3: "sure"}


def state_in_list(answer: Answer | None, is_current: bool) -> str:
    """One word for the list beside a case; parts that stay empty leave a question open."""
    if is_current:
        return "now"
    if answer is None or (isinstance(answer, list) and None in answer):
        return "open"
    return "answered"


def seconds_left(attempt: Attempt) -> int | None:
    if attempt.deadline is None:
        return None
    return max(0, int((attempt.deadline - clock.now()) / timedelta(seconds=1)))


class Lesson(NamedTuple):
    """A lesson to reread."""

    pk: int
    title: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One answered item with everything that may be said about it now."""

    order: int
    asked: Question
    template: str
    review: dict[str, Any]
    credit: float
    answered: bool
    sure: str
    late: str
    lesson: Lesson | None

    @property
    def verdict(self) -> str:
        if not self.answered:
            return "Left open"
        if is_right(self.credit):
            return "Right"
        return "Partly right" if self.credit > 0 else "Not right"

    @property
    def sign(self) -> str:
        return {"Right": "full", "Partly right": "half"}.get(self.verdict, "ring")

    @property
    def state(self) -> str:
        return "met" if self.verdict == "Right" else ""

    @property
    def is_right(self) -> bool:
        return is_right(self.credit)


def shown(place: AttemptItem, lessons_by_item: dict[int, Lesson]) -> Shown:
    """The item with its reveal; only for a place with credit."""
    assert place.credit is not None
    asked = question(place.item)
    return Shown(
        order=place.order,
        asked=asked,
        template=review_template(asked.kind),
        review=asked.review(place.counted_answer, place.shuffle),
        credit=place.credit,
        answered=asked.is_answered(place.counted_answer),
        sure=SURE.get(place.confidence or 0, ""),
        late="" if place.late_answer is None else LATE[place.late_counted],
        lesson=lessons_by_item.get(place.item_id),
    )


def lessons(attempt: Attempt, places: Iterable[AttemptItem]) -> dict[int, Lesson]:
    """Which lesson to reread for each item: two queries."""
    items = [place.item_id for place in places]
    keys = dict(
        QuizItem.objects.filter(quiz_id=attempt.quiz_id, item__in=items)
        .order_by()
        .values_list("item_id", "lesson")
    )
    found = Step.objects.filter(
        version_id=attempt.quiz.step.version_id, kind=Step.Kind.LESSON, key__in=set(keys.values())
    ).values_list("key", "pk", "title")
    named = {key: Lesson(pk, title) for key, pk, title in found}
    return {item: named[key] for item, key in keys.items() if key in named}


def calibration(member: Member) -> list[tuple[str, int, int]]:
    """How often the member was right at each stated confidence: (words, right, all); one query."""
    rows = (
        AttemptItem.objects.filter(
            attempt__member=member, confidence__isnull=False, credit__isnull=False
        )
        .order_by()
        .values_list("confidence")
        .annotate(right=Count("pk", filter=Q(credit__gte=RIGHT)), every=Count("pk"))
    )
    counts = {sure: (right, every) for sure, right, every in rows}
    words = ((1, "Unsure"), (2, "Fairly"), (3, "Sure"))
    return [(word, *counts.get(sure, (0, 0))) for sure, word in words] if counts else []


def of_attempt(attempt: Attempt) -> dict[str, Any]:
    """Everything the review page shows of a submitted attempt."""
    places = list(
        AttemptItem.objects.filter(attempt=attempt).select_related("item").order_by("order")
    )
    to_reread = lessons(attempt, places)
    quiz = attempt.quiz
    is_gate = quiz.purpose == Quiz.Purpose.GATE
    wait = None
    if attempt.passed is False:
        failed, latest = drawing.failures_in_a_row(attempt.member, quiz)
        if failed % drawing.TRIES == 0 and latest and clock.now() < latest + drawing.PAUSE:
            wait = latest + drawing.PAUSE
    return {
        "attempt": attempt,
        "quiz": quiz,
        "step": quiz.step,
        "is_gate": is_gate,
        "items": [shown(place, to_reread) for place in places],
        "count": len(places),
        "points": round(sum(place.credit or 0.0 for place in places), 1),
        "per_cent": int((attempt.score or 0.0) * 100 + 1e-6),
        "wait_until": wait,
        "calibration": calibration(attempt.member),
        "step_page": onward.onward(quiz.step),
        "module_page": onward.module_page(quiz.step),
    }


@dataclass(frozen=True, slots=True)
class AnswerShown:
    """An answer behind a piece of evidence, for those who may see answers."""

    attempt_id: int
    item: str
    title: str
    ask: str
    case: str
    answer: str
    right: bool
    sure: str


def answers_behind(attempt_ids: Iterable[int]) -> dict[tuple[int, str], AnswerShown]:
    """Graded answers of quizzes by (source id, item as evidence names it); one query.

    Whoever calls this has asked `people.access.may_see_answers`. `case` is sanitised HTML.
    """
    places = AttemptItem.objects.filter(
        attempt__in=list(attempt_ids),
        attempt__state=Attempt.State.SUBMITTED,
        credit__isnull=False,
    ).select_related("item")
    found = {}
    for place in places:
        asked = question(place.item)
        name = evidence_name(place.item.key, place.item.digest)
        found[place.attempt_id, name] = AnswerShown(
            attempt_id=place.attempt_id,
            item=name,
            title=asked.title,
            ask=asked.ask,
            case=asked.case,
            answer=asked.in_words(place.counted_answer),
            right=is_right(place.credit or 0.0),
            sure=SURE.get(place.confidence or 0, ""),
        )
    return found
