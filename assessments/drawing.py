"""Which items an attempt asks, and when the next attempt may begin."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet

from assessments.models import Attempt, AttemptItem, Item, Quiz
from people import clock
from people.models import Member

TRIES = 3  # at a gate before a pause
PAUSE = timedelta(hours=24)
CONFIDENCE_EVERY = 3
SEEDS = 2**31 - 1


class MustWait(Exception):
    """Three tries at the gate have failed; the next one begins at `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


@dataclass(frozen=True, slots=True)
class Drawn:
    item: Item
    exposure: int


def tries(member: Member, quiz: Quiz) -> QuerySet[Attempt]:
    """The member's submitted tries at this quiz, in whichever version of its module, in order."""
    step = quiz.step
    return Attempt.objects.filter(
        member=member,
        quiz__step__key=step.key,
        quiz__step__version__module_id=step.version.module_id,
        state=Attempt.State.SUBMITTED,
    ).order_by("submitted_at", "pk")


def failures_in_a_row(member: Member, quiz: Quiz) -> tuple[int, datetime | None]:
    """How many tries failed since the last one that passed, and when the latest was submitted."""
    count, latest = 0, None
    for passed, submitted_at in tries(member, quiz).values_list("passed", "submitted_at"):
        count = 0 if passed else count + 1
        latest = submitted_at
    return count, latest


def refuse_too_early(member: Member, quiz: Quiz) -> None:
    """Raises MustWait within a day of every third failed try at a gate."""
    if quiz.purpose != Quiz.Purpose.GATE:
        return
    failed, latest = failures_in_a_row(member, quiz)
    if failed and failed % TRIES == 0 and latest and clock.now() < latest + PAUSE:
        raise MustWait(latest + PAUSE)


def draw(member: Member, quiz: Quiz, chance: random.Random) -> list[Drawn]:
    """Unseen items first, then the least seen; chance decides among equals.

    A gate asks in random order, so that neighbours cannot compare; the others in the order of
    the file, which the author meant.
    """
    bank = list(quiz.items.order_by("places__order"))
    met = dict(
        AttemptItem.objects.filter(attempt__member=member, item__in=[item.pk for item in bank])
        .order_by()
        .values_list("item")
        .annotate(Count("pk"))
    )
    numbered = [(met.get(item.pk, 0), chance.random(), n) for n, item in enumerate(bank)]
    chosen = sorted(numbered)[: quiz.draw]
    if quiz.purpose != Quiz.Purpose.GATE:
        chosen.sort(key=lambda each: each[2])
    else:
        chance.shuffle(chosen)
    return [Drawn(bank[number], exposure) for exposure, _, number in chosen]


def asks_confidence(order: int, attempt_number: int) -> bool:
    """One item in three; which ones moves on with every try."""
    return order % CONFIDENCE_EVERY == attempt_number % CONFIDENCE_EVERY
