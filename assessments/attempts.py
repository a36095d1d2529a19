"""Taking a quiz: start it, save answers as they change, commit in practice, submit once.

Every change of state is one conditional UPDATE, so that two tabs, a retry or twenty submissions
at once come out the same on SQLite and PostgreSQL. An item with credit is closed: a save that
arrives while the attempt is being graded changes nothing and says so.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, OuterRef, QuerySet

from assessments import drawing, grading
from assessments.models import Attempt, AttemptItem, Quiz
from assessments.questions import Answer, question
from people import clock
from people.models import Member

GRACE = timedelta(seconds=15)  # after the deadline, for the way to the server
LARGEST_SEQUENCE = 2**53  # what a browser counts exactly


class Kept(StrEnum):
    """What became of a saved answer."""

    SAVED = "saved"
    NEWER = "newer"  # the server holds a newer one; this one changed nothing
    LATE = "late"  # after the deadline: kept apart for a trainer to decide, not graded
    CLOSED = "closed"  # the quiz was submitted or the answer committed; nothing changed


@dataclass(frozen=True, slots=True)
class Saved:
    """`sequence` is the highest the server holds for the item, `saved_at` when that came."""

    kept: Kept
    sequence: int
    saved_at: datetime | None


class NotHeld(Exception):
    """The sender knows newer answers than the server holds, at these places."""

    def __init__(self, orders: list[int]) -> None:
        super().__init__(orders)
        self.orders = orders


class Unanswered(Exception):
    """Nobody has said yet that these places may stay empty."""

    def __init__(self, orders: list[int]) -> None:
        super().__init__(orders)
        self.orders = orders


class AlreadySubmitted(Exception):
    """The attempt was submitted before, by another submission; its result stands."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(attempt)
        self.attempt = attempt


def is_over(attempt: Attempt) -> bool:
    """Whether the server's clock has passed the deadline and the grace after it."""
    return attempt.deadline is not None and clock.now() > attempt.deadline + GRACE


def start(member: Member, quiz: Quiz, *, chance: random.Random | None = None) -> Attempt:
    """The member's open attempt, or a new one with its items drawn. Raises drawing.MustWait.

    `chance` draws and shuffles; only a story that must come out the same brings its own.
    """
    open_one = Attempt.objects.filter(member=member, quiz=quiz, state=Attempt.State.OPEN)
    attempt = open_one.first()
    if attempt is not None:
        return attempt
    drawing.refuse_too_early(member, quiz)
    try:
        with transaction.atomic():
            # Without a chance of its own, one seeded from the system's source.
            drawn_by = chance or random.Random(secrets.randbits(64))  # noqa: S311
            return _draw_attempt(member, quiz, drawn_by)
    except IntegrityError:  # another tab was first
        return open_one.get()


def _draw_attempt(member: Member, quiz: Quiz, chance: random.Random) -> Attempt:
    now = clock.now()
    earlier = Attempt.objects.filter(member=member, quiz=quiz).aggregate(last=Max("number"))
    attempt = Attempt.objects.create(
        member=member,
        quiz=quiz,
        number=(earlier["last"] or 0) + 1,
        started_at=now,
        deadline=now + timedelta(minutes=quiz.time_limit) if quiz.time_limit else None,
    )
    AttemptItem.objects.bulk_create(
        AttemptItem(
            attempt=attempt,
            item=drawn.item,
            order=order,
            shuffle=chance.randrange(drawing.SEEDS),
            exposure=drawn.exposure,
            asks_confidence=drawing.asks_confidence(order, attempt.number),
        )
        for order, drawn in enumerate(drawing.draw(member, quiz, chance), start=1)
    )
    return attempt


def _open_place(place: AttemptItem) -> QuerySet[AttemptItem]:
    """The row, if it may still change; all conditions stand on it, so a lock makes them anew."""
    still_open = Attempt.objects.filter(pk=OuterRef("attempt_id"), state=Attempt.State.OPEN)
    return AttemptItem.objects.filter(Exists(still_open), pk=place.pk, credit=None)


def save(place: AttemptItem, answer: Answer | None, confidence: int | None, sequence: int) -> Saved:
    """Keeps the answer if the item is open and `sequence` is higher than what is held."""
    now = clock.now()
    late = is_over(place.attempt)
    values: dict[str, object] = (
        {"late_answer": answer, "sequence": sequence}
        if late
        else {
            "answer": answer,
            "confidence": confidence,
            "sequence": sequence,
            "saved_at": now,
        }
    )
    if _open_place(place).filter(sequence__lt=sequence).update(**values):
        return Saved(Kept.LATE if late else Kept.SAVED, sequence, now)
    held = AttemptItem.objects.select_related("attempt").get(pk=place.pk)
    closed = held.attempt.state != Attempt.State.OPEN or held.credit is not None
    same = (held.sequence, held.answer, held.confidence) == (sequence, answer, confidence)
    if same and not late:  # sent again, by the form itself or because the answer to it was lost
        return Saved(Kept.SAVED, sequence, held.saved_at)
    if closed:
        return Saved(Kept.CLOSED, held.sequence, held.saved_at)
    return Saved(Kept.LATE if late else Kept.NEWER, held.sequence, held.saved_at)


def commit(place: AttemptItem) -> bool:
    """Practice: grades the answer as it stands and opens its reveal. False if it is not whole.

    With the last item the attempt is submitted too.
    """
    for _ in range(5):
        place.refresh_from_db(fields=["answer", "sequence", "credit", "revealed_at"])
        if place.credit is not None:
            break
        asked = question(place.item)
        if not asked.is_answered(place.answer):
            return False
        credit = asked.credit(place.answer)
        unchanged = _open_place(place).filter(sequence=place.sequence)
        if unchanged.update(credit=credit, revealed_at=clock.now()):
            place.credit = credit
            break
    if not AttemptItem.objects.filter(attempt=place.attempt_id, credit=None).exists():
        finish(place.attempt, f"practice-{place.attempt_id}")
    return True


def finish(attempt: Attempt, key: str) -> None:
    """Submits an attempt of which nothing is left to answer."""
    try:
        submit(attempt, key, {}, confirmed=True)
    except AlreadySubmitted:
        return


def submit(
    attempt: Attempt, key: str, held: Mapping[int, int], *, confirmed: bool = False
) -> Attempt:
    """Closes and grades the attempt once, and announces its result.

    `held` says which sequence the sender knows to be the newest at each place (by its order).
    Raises NotHeld if the server lacks one of them, Unanswered if places are empty and that was not
    `confirmed`, AlreadySubmitted if another submission came first. The same key again returns the
    attempt as it stands.
    """
    now = clock.now()
    with transaction.atomic():
        taken = Attempt.objects.filter(pk=attempt.pk, state=Attempt.State.OPEN).update(
            state=Attempt.State.SUBMITTED, submitted_at=now, submission_key=key
        )
        if taken:
            attempt.submitted_at = now
            _grade(attempt, held, confirmed=confirmed)
    attempt.refresh_from_db(fields=["state", "submitted_at", "submission_key", "score", "passed"])
    if attempt.submission_key != key:
        raise AlreadySubmitted(attempt)
    return attempt


def _grade(attempt: Attempt, held: Mapping[int, int], *, confirmed: bool) -> None:
    """Inside the transaction of `submit`: refuses by raising, which opens the attempt again."""
    places = list(
        AttemptItem.objects.select_for_update(of=("self",))
        .filter(attempt=attempt)
        .select_related("item")
        .order_by("order")
    )
    missing = [place.order for place in places if place.sequence < held.get(place.order, 0)]
    if missing:
        raise NotHeld(missing)
    empty = [
        place.order
        for place in places
        if place.credit is None and not question(place.item).is_answered(place.answer)
    ]
    if empty and not confirmed and not is_over(attempt):
        raise Unanswered(empty)
    grading.grade(attempt, places)
