"""Doing a workplace task: the draft kept as typed, handing in, a second grader.

The draft follows the contract of quiz answers: the highest sequence wins, and the server's answer
alone says what is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from assessments.attempts import Kept, Saved
from assessments.models import Submission, WorkplaceTask
from assessments.results import step_changed
from people import clock
from people.models import Member

APPEAL_WITHIN = timedelta(days=14)
EDITABLE = (Submission.State.DRAFT, Submission.State.RETURNED)


@dataclass(frozen=True, slots=True)
class Draft:
    text: str
    measure_before: Decimal | None
    measure_after: Decimal | None


def work_of(member: Member, task: WorkplaceTask) -> Submission | None:
    return Submission.objects.filter(member=member, task=task).first()


def _editable(member: Member, task: WorkplaceTask) -> QuerySet[Submission]:
    return Submission.objects.filter(member=member, task=task, state__in=EDITABLE)


def save(member: Member, task: WorkplaceTask, draft: Draft, sequence: int) -> Saved:
    """Keeps the draft if the work may still change and `sequence` is higher than what is held."""
    now = clock.now()
    values = {
        "text": draft.text,
        "measure_before": draft.measure_before,
        "measure_after": draft.measure_after,
        "sequence": sequence,
        "saved_at": now,
    }
    older = _editable(member, task).filter(sequence__lt=sequence)
    if older.update(**values):
        return Saved(Kept.SAVED, sequence, now)
    held = work_of(member, task)
    if held is None:
        try:
            with transaction.atomic():
                Submission.objects.create(member=member, task=task, started_at=now, **values)
        except IntegrityError:  # another tab was first
            return save(member, task, draft, sequence)
        return Saved(Kept.SAVED, sequence, now)
    if held.state not in EDITABLE:
        return Saved(Kept.CLOSED, held.sequence, held.saved_at)
    same = held.sequence == sequence and held.text == draft.text
    return Saved(Kept.SAVED if same else Kept.NEWER, held.sequence, held.saved_at)


@transaction.atomic
def hand_in(member: Member, task: WorkplaceTask) -> bool:
    """Hands the draft in to be marked; False if there is none that may be handed in."""
    handed_in = (
        _editable(member, task)
        .exclude(text="")
        .update(state=Submission.State.HANDED_IN, handed_in_at=clock.now(), returned_with="")
    )
    if handed_in:
        step_changed.send(sender=Submission, member=member, step=task.step, done=True)
    return bool(handed_in)


def appeal_until(work: Submission) -> datetime | None:
    """Until when a second grader may be asked for; None if that is not (or no longer) open."""
    if work.state != Submission.State.GRADED or work.appealed_at or work.graded_at is None:
        return None
    until = work.graded_at + APPEAL_WITHIN
    return until if clock.now() <= until else None


def appeal(work: Submission, reason: str) -> bool:
    """Puts the work back into the queue for somebody else; False if it is too late for that."""
    now = clock.now()
    return bool(
        Submission.objects.filter(
            pk=work.pk,
            state=Submission.State.GRADED,
            appealed_at=None,
            graded_at__gte=now - APPEAL_WITHIN,
        ).update(
            state=Submission.State.HANDED_IN,
            appealed_at=now,
            appeal_reason=reason,
            handed_in_at=now,
        )
    )
