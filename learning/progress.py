"""Progress: what a member did of a module, what is missing, and when module and assignment end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from assessments.models import Quiz
from assessments.results import Result
from curriculum.models import Step, TrackModule
from learning import standing
from learning.enrolment import counterpart
from learning.models import Assignment, Enrolment, StepProgress
from people import clock
from people.models import Member
from people.prepared import prepared

# What a module is complete without: these route and train, they decide nothing.
NEEDED = Q(kind__in=[Step.Kind.LESSON, Step.Kind.EXERCISE, Step.Kind.TASK]) | Q(
    kind=Step.Kind.QUIZ, quiz__purpose=Quiz.Purpose.GATE
)


@dataclass(frozen=True, slots=True)
class Place:
    """A step as one member meets it: what it is, whether it counts, what they did with it."""

    pk: int
    kind: str
    key: str
    title: str
    minutes: int
    purpose: str
    opened_at: datetime | None
    done_at: datetime | None

    @property
    def is_needed(self) -> bool:
        return self.kind != Step.Kind.QUIZ or self.purpose == Quiz.Purpose.GATE

    @property
    def is_done(self) -> bool:
        return self.done_at is not None

    @property
    def word(self) -> str:
        """What kind of thing it is, in one or two words."""
        if self.kind == Step.Kind.QUIZ:
            return {"pre-test": "Pre-test", "practice": "Practice quiz"}.get(self.purpose, "Gate")
        return Step.Kind(self.kind).label

    @property
    def what_is_missing(self) -> str:
        """Why a needed step that is not done still stands in the way."""
        match self.kind:
            case Step.Kind.LESSON:
                return f"Lesson “{self.title}” has not been opened."
            case Step.Kind.QUIZ:
                return f"“{self.title}” has not been passed: it shows that the module was learnt."
            case Step.Kind.TASK:
                return f"“{self.title}” has not been handed in: it brings the module to your work."
            case _:
                return f"“{self.title}” has not been rehearsed to its end: it is the module in use."


def places(version_id: int, enrolment_id: int | None) -> list[Place]:
    """The steps of a version in order, with what this enrolment did: one statement."""
    return [
        Place(pk, kind, key, title, minutes, purpose or "", opened_at, done_at)
        for pk, kind, key, title, minutes, purpose, opened_at, done_at in _places(
            version_id, enrolment_id or 0
        )
    ]


@prepared
def _places(version_id: int, enrolment_id: int) -> QuerySet[Step, Any]:
    done = StepProgress.objects.filter(enrolment_id=enrolment_id, step=OuterRef("pk"))
    return (
        Step.objects.filter(version_id=version_id)
        .order_by("order")
        .annotate(
            purpose=F("quiz__purpose"),
            opened_at=Subquery(done.values("opened_at")[:1]),
            done_at=Subquery(done.values("done_at")[:1]),
        )
        .values_list("pk", "kind", "key", "title", "minutes", "purpose", "opened_at", "done_at")
    )


def rehearsal_minutes(steps: Sequence[Place]) -> int:
    """The minutes of the rehearsals, which the module's own do not hold."""
    return sum(place.minutes for place in steps if place.kind == Step.Kind.EXERCISE)


def missing(steps: Sequence[Place]) -> list[Place]:
    """The needed steps that are not done."""
    return [place for place in steps if place.is_needed and not place.is_done]


def next_place(steps: Sequence[Place]) -> Place | None:
    """Where to go on: at the start the first step, later the first needed one that is not done."""
    if not any(place.opened_at for place in steps):
        return steps[0] if steps else None
    return next(iter(missing(steps)), None)


@transaction.atomic
def open_step(enrolment: Enrolment, step: Step, *, at: datetime | None = None) -> None:
    """Notes that a step was opened, once; a lesson is done by that."""
    at = at or clock.now()
    done_at = at if step.kind == Step.Kind.LESSON else None
    _, new = StepProgress.objects.get_or_create(
        enrolment=enrolment, step=step, defaults={"opened_at": at, "done_at": done_at}
    )
    if new and done_at:
        complete_if_done(enrolment, at=at)


@transaction.atomic
def finish_step(member: Member, step: Step, *, at: datetime) -> None:
    """Notes that a step is done: a quiz submitted or passed, a task handed in.

    Whoever never opened the module is enrolled on the version they worked on. Work on an older
    version counts for the step that took its place.
    """
    enrolment, _ = Enrolment.objects.get_or_create(
        member=member, module_id=step.version.module_id, defaults={"version_id": step.version_id}
    )
    here: Step | None = step
    if step.version_id != enrolment.version_id:
        here = counterpart(step, enrolment.version_id)
    if here is None:
        return
    row, new = StepProgress.objects.get_or_create(
        enrolment=enrolment, step=here, defaults={"opened_at": at, "done_at": at}
    )
    if not new:
        StepProgress.objects.filter(pk=row.pk, done_at=None).update(done_at=at)
    complete_if_done(enrolment, at=at)


def complete_if_done(enrolment: Enrolment, *, at: datetime) -> bool:
    """Completes the module once nothing is missing, and with it what was assigned.

    A completed module that was assigned again (because it lapsed) ends with the next graded step.
    """
    if missing(places(enrolment.version_id, enrolment.pk)):
        return False
    Enrolment.objects.filter(pk=enrolment.pk, completed_at=None).update(completed_at=at)
    close_assignments(enrolment.member, enrolment.module_id, at=at)
    return True


def close_assignments(member: Member, module_id: int, *, at: datetime) -> int:
    """Ends the open assignments of the module, and of tracks all of whose modules are complete."""
    mine = Assignment.objects.filter(member=member, completed_at=None, withdrawn_at=None)
    tracks = list(
        mine.filter(track__places__module_id=module_id).values_list("track_id", flat=True)
    )
    finished = [track_id for track_id in set(tracks) if track_id and _is_through(member, track_id)]
    closed = mine.filter(Q(module_id=module_id) | Q(track_id__in=finished)).update(completed_at=at)
    if closed:
        standing.refresh([member])
    return closed


def _is_through(member: Member, track_id: int) -> bool:
    """Whether every module of the track that can still be learnt is complete."""
    left = TrackModule.objects.filter(
        track_id=track_id, module__retired_at=None, module__published_version__isnull=False
    ).exclude(
        module__in=Enrolment.objects.filter(member=member, completed_at__isnull=False).values(
            "module_id"
        )
    )
    return not left.exists()


def on_result(sender: Any, result: Result, **kwargs: Any) -> None:
    """A graded thing was announced; its step may be done by it."""
    if result.step_id is not None and result.step_done:
        step = Step.objects.select_related("version").get(pk=result.step_id)
        finish_step(result.member, step, at=result.at)


def on_step_changed(sender: Any, member: Member, step: Step, done: bool, **kwargs: Any) -> None:
    """A step was done without a result, or is no longer done."""
    if done:
        finish_step(member, step, at=clock.now())
    else:
        undo_step(member, step)


@transaction.atomic
def undo_step(member: Member, step: Step) -> None:
    """A work came back for another go: step and module are not done until it is handed in again."""
    enrolments = Enrolment.objects.filter(member=member, module_id=step.version.module_id)
    undone = StepProgress.objects.filter(
        enrolment__in=enrolments, step__kind=step.kind, step__key=step.key, done_at__isnull=False
    ).update(done_at=None)
    if undone:
        enrolments.update(completed_at=None)
