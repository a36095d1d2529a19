"""Marking workplace tasks: the queue, four marks at once, returning, and one Result a work.

A grader marks a work only while it is handed in, so two graders of one work never both count. The
marks of a second round stand beside the first, which the second grader does not see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from django.db import transaction
from django.db.models import QuerySet

from assessments import access
from assessments.difficulty import RUBRIC_VARIANCE, authored
from assessments.models import Mark, Submission
from assessments.results import (
    Observation,
    ObservationKind,
    Result,
    result_announced,
    step_changed,
)
from people import audit, clock, messages
from people.access import reaches
from people.models import Member

SOURCE, APPEAL_SOURCE = "task", "task-appeal"
THRESHOLDS = (-1.5, -0.5, 0.5, 1.5)
SLOPE = 1.2
MOST_WEIGHT = 3.0  # of one work, whatever the number of criteria
BANDS = range(5)


class Criterion(TypedDict):
    id: str
    title: str
    competency: str
    level: int
    bands: list[str]


@dataclass(frozen=True, slots=True)
class Given:
    """What a grader gives for one criterion."""

    band: int
    comment: str


def criteria(work: Submission) -> list[Criterion]:
    found: list[Criterion] = work.task.criteria
    return found


def round_of(work: Submission) -> int:
    """2 once the member has asked for a second grader."""
    return 2 if work.appealed_at else 1


def queue(grader: Member) -> QuerySet[Submission]:
    """What waits for this grader, the longest wait first."""
    waiting = access.markable_by(grader).filter(state=Submission.State.HANDED_IN)
    return waiting.order_by("handed_in_at", "pk")


@transaction.atomic
def mark(work: Submission, grader: Member, given: Mapping[str, Given]) -> bool:
    """Gives all criteria their bands and announces the result; False if somebody was faster."""
    now = clock.now()
    waiting = Submission.objects.filter(pk=work.pk, state=Submission.State.HANDED_IN)
    if not waiting.update(state=Submission.State.GRADED, graded_at=now):
        return False
    as_manager = reaches(grader, work.member)
    Mark.objects.bulk_create(
        Mark(
            submission=work,
            criterion=criterion["id"],
            grader=grader,
            as_manager=as_manager,
            band=given[criterion["id"]].band,
            comment=given[criterion["id"]].comment,
            round=round_of(work),
            at=now,
        )
        for criterion in criteria(work)
    )
    observations = tuple(
        _observation(criterion, given[criterion["id"]], grader, as_manager=as_manager, of=work)
        for criterion in criteria(work)
    )
    result = Result(
        member=work.member,
        source_kind=SOURCE if round_of(work) == 1 else APPEAL_SOURCE,
        source_id=work.pk,
        title=work.task.step.title,
        at=now,
        observations=observations,
        step_id=work.task.step_id,
        step_done=True,
    )
    result_announced.send(sender=Submission, result=result)
    _tell(work, grader, "task.marked", "assessments/marked", f"marked-{work.pk}-{round_of(work)}")
    return True


def _observation(
    criterion: Criterion, given: Given, grader: Member, *, as_manager: bool, of: Submission
) -> Observation:
    return Observation(
        competency_id=criterion["competency"],
        level=criterion["level"],
        kind=ObservationKind.GRADED,
        item=criterion["id"],
        outcome=given.band,
        weight=min(1.0, MOST_WEIGHT / len(of.task.criteria)),
        difficulty=authored(criterion["level"]),
        difficulty_variance=RUBRIC_VARIANCE,
        steps=len(THRESHOLDS),
        slope=SLOPE,
        thresholds=THRESHOLDS,
        grader_id=grader.pk,
        as_manager=as_manager,
    )


@transaction.atomic
def return_work(work: Submission, grader: Member, what_to_change: str) -> bool:
    """Gives the work back unmarked; False if somebody marked it first or it was appealed."""
    waiting = Submission.objects.filter(
        pk=work.pk, state=Submission.State.HANDED_IN, appealed_at=None
    )
    if not waiting.update(state=Submission.State.RETURNED, returned_with=what_to_change):
        return False
    step_changed.send(sender=Submission, member=work.member, step=work.task.step, done=False)
    key = f"returned-{work.pk}-{clock.now().timestamp():.0f}"
    _tell(work, grader, "task.returned", "assessments/returned", key)
    return True


def _tell(work: Submission, grader: Member, action: str, kind: str, key: str) -> None:
    """The audit trail and the member hear of it."""
    audit.record(
        action,
        organisation=grader.organisation,
        actor=grader,
        about=work,
        subject=work.member,
        round=round_of(work),
    )
    messages.write(kind, work.member, key=key, context={"step": work.task.step})
