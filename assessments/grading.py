"""Grading a submitted quiz: credit for every item, points, and one Result for learning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assessments import drawing
from assessments.models import Attempt, AttemptItem, Quiz
from assessments.questions import Question, is_right, question
from assessments.results import Observation, Result, gate_failed, result_announced
from people.bulk import update_each

SOURCE = "quiz"
WEIGHTS = (1.0, 0.5)  # of a first and a second meeting with an item
LATER = 0.25


def weight(exposure: int) -> float:
    """Of an observation, by how often the member met the item before."""
    return WEIGHTS[exposure] if exposure < len(WEIGHTS) else LATER


def evidence_name(key: str, digest: str) -> str:
    """How evidence names an item: its id and the start of its digest."""
    return f"{key}@{digest[:12]}"


def grade(attempt: Attempt, places: list[AttemptItem]) -> None:
    """Writes credit, score and whether the gate was passed; announces the result.

    Runs inside the transaction that closed the attempt.
    """
    asked = {place.pk: question(place.item) for place in places}
    answered = {
        place.pk: place.credit is not None or asked[place.pk].is_answered(place.answer)
        for place in places
    }
    for place in places:
        if place.credit is None:
            place.credit = asked[place.pk].credit(place.answer)
    update_each(AttemptItem, ("credit",), [(place.credit, place.pk) for place in places])
    quiz = attempt.quiz
    attempt.state = Attempt.State.SUBMITTED
    passed = add_up(attempt, places)
    assert attempt.submitted_at is not None
    result = Result(
        member=attempt.member,
        source_kind=SOURCE,
        source_id=attempt.pk,
        title=quiz.step.title,
        at=attempt.submitted_at,
        observations=tuple(_observations(attempt, places, asked, answered)),
        step_id=quiz.step_id,
        step_done=passed is not False,
    )
    result_announced.send(sender=Attempt, result=result)
    if passed is False:
        failed, _ = drawing.failures_in_a_row(attempt.member, quiz)
        if failed % drawing.TRIES == 0:
            gate_failed.send(sender=Attempt, attempt=attempt)


def add_up(attempt: Attempt, places: Sequence[AttemptItem]) -> bool | None:
    """Writes the score from the credits of all places; whether a gate is passed by it."""
    quiz = attempt.quiz
    score = sum(place.credit or 0.0 for place in places) / len(places)
    passed = None
    if quiz.purpose == Quiz.Purpose.GATE:
        passed = score * 100 >= (quiz.pass_mark or 0) - 1e-6
    attempt.score, attempt.passed = score, passed
    attempt.save(update_fields=["score", "passed"])
    return passed


def _observations(
    attempt: Attempt,
    places: list[AttemptItem],
    asked: dict[int, Question],
    answered: dict[int, bool],
) -> Iterator[Observation]:
    """What the answers show. A pre-test is for placement only and shows nothing.

    An item left empty counts as wrong at a gate, unless the time ran out before it; in practice
    it was not asked yet.
    """
    if attempt.quiz.purpose == Quiz.Purpose.PRE_TEST:
        return
    ran_out = attempt.deadline is not None and attempt.submitted_at is not None
    ran_out = ran_out and attempt.submitted_at >= attempt.deadline  # type: ignore[operator]
    practice = attempt.quiz.purpose == Quiz.Purpose.PRACTICE
    for place in places:
        if not answered[place.pk] and (practice or ran_out):
            continue
        yield observation(place, asked[place.pk])


def observation(place: AttemptItem, asked: Question) -> Observation:
    """What the credit of one item shows."""
    item = place.item
    return Observation(
        competency_id=item.competency_id,
        level=item.level,
        kind=asked.evidence,
        item=evidence_name(item.key, item.digest),
        outcome=int(is_right(place.credit or 0.0)),
        weight=weight(place.exposure),
        difficulty=item.difficulty,
        difficulty_variance=item.difficulty_variance,
        guess=asked.guess,
        first_item_id=item.pk if place.exposure == 0 else None,
    )
