"""Answers that came after the deadline: a trainer lets them count or leaves all as it was.

One decision an attempt, since what made somebody late made them late as a whole. Counting never
takes anything away: an item counts anew only if the late answer earns more than what was held.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from assessments import access, grading
from assessments.models import Attempt, AttemptItem, Quiz
from assessments.questions import Question, question
from assessments.results import Correction, result_corrected, step_changed
from people import audit, messages
from people.models import Member
from people.templatetags.tutti import moment

SOURCE = "quiz-late"
REASON = "An answer that came after the deadline was counted."


@dataclass(frozen=True, slots=True)
class Late:
    """An item with what was held at the deadline and what came after it."""

    place: AttemptItem
    asked: Question
    credit: float  # of the late answer

    @property
    def held(self) -> str:
        return self.asked.in_words(self.place.answer)

    @property
    def came(self) -> str:
        return self.asked.in_words(self.place.late_answer)

    @property
    def held_credit(self) -> float:
        return self.place.credit or 0.0

    @property
    def held_points(self) -> str:
        return _points(self.held_credit)

    @property
    def late_points(self) -> str:
        return _points(self.credit)

    @property
    def earns_more(self) -> bool:
        return self.credit > self.held_credit


def _points(credit: float) -> str:
    return f"{round(credit, 2):g} of 1 point"


def waiting(grader: Member) -> QuerySet[Attempt]:
    """The attempts on which this member may still decide, the longest wait first."""
    undecided = AttemptItem.objects.filter(late_answer__isnull=False, late_counted=None)
    ids = undecided.order_by().values("attempt")
    return access.late_decided_by(grader).filter(pk__in=ids).order_by("submitted_at", "pk")


def of_attempt(attempt: Attempt) -> list[Late]:
    """The items to which an answer came late: one query."""
    return [_late(place) for place in _places(attempt) if place.late_answer is not None]


def is_decided(found: list[Late]) -> bool:
    return all(each.place.late_counted is not None for each in found)


def _places(attempt: Attempt) -> QuerySet[AttemptItem]:
    places = AttemptItem.objects.filter(attempt=attempt).select_related("item")
    return places.order_by("order")


def _late(place: AttemptItem) -> Late:
    asked = question(place.item)
    return Late(place, asked, asked.credit(place.late_answer))


@transaction.atomic
def decide(attempt: Attempt, *, count: bool, by: Member) -> bool:
    """Counts what came late, or leaves it; False if somebody has decided before.

    Score and gate are worked out anew, the corrected items are announced, and the learner is told.
    """
    closed = Attempt.objects.filter(pk=OuterRef("attempt_id"), state=Attempt.State.SUBMITTED)
    undecided = AttemptItem.objects.filter(
        Exists(closed), attempt=attempt, late_answer__isnull=False, late_counted=None
    )
    if not undecided.update(late_counted=False):
        return False
    gained = _count(attempt, by) if count else 0
    audit.record(
        "late-answers.counted" if count else "late-answers.left",
        organisation=by.organisation,
        actor=by,
        about=attempt,
        subject=attempt.member,
        quiz=attempt.quiz.step.title,
        number=attempt.number,
        items=gained,
    )
    messages.write(
        "assessments/late",
        attempt.member,
        key=f"late-{attempt.pk}",
        context={
            "attempt": attempt,
            "step": attempt.quiz.step,
            "counted": gained > 0,
            "deadline": moment(attempt.deadline),
        },
    )
    return True


def _count(attempt: Attempt, by: Member) -> int:
    """Gives the late answers their credit; returns how many items earn more by it."""
    places = list(_places(attempt))
    passed_before = attempt.passed
    gained = []
    for place in places:
        late = _late(place) if place.late_answer is not None else None
        if late is not None and late.earns_more:
            place.credit, place.late_counted = late.credit, True
            place.save(update_fields=["credit", "late_counted"])
            gained.append(late)
    grading.add_up(attempt, places)
    if attempt.quiz.purpose != Quiz.Purpose.PRE_TEST:  # which shows nothing, early or late
        for late in gained:
            result_corrected.send(sender=Attempt, correction=_correction(attempt, late, by))
    if attempt.passed and not passed_before:
        step = attempt.quiz.step
        step_changed.send(sender=Attempt, member=attempt.member, step=step, done=True)
    return len(gained)


def _correction(attempt: Attempt, late: Late, by: Member) -> Correction:
    assert attempt.submitted_at is not None
    return Correction(
        member=attempt.member,
        source_kind=grading.SOURCE,
        late_source_kind=SOURCE,
        source_id=attempt.pk,
        title=attempt.quiz.step.title,
        at=attempt.submitted_at,
        observation=grading.observation(late.place, late.asked),
        by=by,
        reason=REASON,
    )
