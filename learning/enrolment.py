"""Enrolment: opening a step pins the module's published version; moving on to a newer is asked."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from assessments.models import Attempt, Submission
from curriculum.models import Module, ModuleVersion, Step
from learning.models import Enrolment, StepProgress
from people.models import Member


class NotTaught(Exception):
    """The module has no published version to begin with, or was retired before one began."""


def enrol(member: Member, module: Module) -> Enrolment:
    """The member's enrolment, made now if there is none. Raises NotTaught.

    Whoever is enrolled already keeps the version they began with, retired or not.
    """
    kept = Enrolment.objects.filter(member=member, module=module).select_related("version").first()
    if kept is not None:
        return kept
    if module.published_version_id is None or module.retired_at is not None:
        raise NotTaught(str(module))
    enrolment, _ = Enrolment.objects.get_or_create(
        member=member, module=module, defaults={"version_id": module.published_version_id}
    )
    return enrolment


def version_to_learn(module: Module, enrolment: Enrolment | None) -> int | None:
    """The id of the version the member learns: the pinned one, else the published one."""
    if enrolment is not None:
        return enrolment.version_id
    return None if module.retired_at else module.published_version_id


def may_take(member: Member, step: Step) -> bool:
    """Whether a step of a visible module is one to work on: of the version begun, else published.

    The rule that assessments asks: somebody in the middle of a module goes on although it was
    retired or published anew.
    """
    begun = Enrolment.objects.filter(member=member, module_id=step.version.module_id).first()
    return version_to_learn(step.version.module, begun) == step.version_id


def counterpart(step: Step, version_id: int) -> Step | None:
    """The step of another version that is the same one: same kind, same key."""
    return Step.objects.filter(version_id=version_id, kind=step.kind, key=step.key).first()


@dataclass(frozen=True, slots=True)
class NewerVersion:
    """A version published since; `obstacles` says what would be lost by moving to it now."""

    version: ModuleVersion
    obstacles: tuple[str, ...]


def newer_version(enrolment: Enrolment) -> NewerVersion | None:
    """What a learner on an older version may move to; None if theirs is the published one."""
    module = enrolment.module
    newest = module.published_version
    if newest is None or newest.pk == enrolment.version_id or module.retired_at is not None:
        return None
    return NewerVersion(newest, tuple(_obstacles(enrolment, newest)))


def _obstacles(enrolment: Enrolment, newest: ModuleVersion) -> list[str]:
    there = set(newest.steps.values_list("kind", "key"))
    done = StepProgress.objects.filter(
        enrolment=enrolment, step__version_id=enrolment.version_id, done_at__isnull=False
    ).exclude(step__kind=Step.Kind.LESSON)
    said = [
        f"“{title}” is done and has no place in the newer version."
        for kind, key, title in done.values_list("step__kind", "step__key", "step__title")
        if (kind, key) not in there
    ]
    trying = Attempt.objects.filter(
        member_id=enrolment.member_id,
        state=Attempt.State.OPEN,
        quiz__step__version_id=enrolment.version_id,
    ).values_list("quiz__step__title", flat=True)
    said += [f"“{title}” is open: hand it in first." for title in trying]
    writing = Submission.objects.filter(
        member_id=enrolment.member_id,
        state__in=[Submission.State.DRAFT, Submission.State.RETURNED],
        task__step__version_id=enrolment.version_id,
    ).values_list("task__step__title", flat=True)
    return said + [f"“{title}” is being written: hand it in first." for title in writing]


@transaction.atomic
def move_on(enrolment: Enrolment) -> bool:
    """Pins the published version instead, keeping what was done in steps that are the same.

    False if there is nothing newer, something would be lost, or another request was first.
    """
    newer = newer_version(enrolment)
    if newer is None or newer.obstacles:
        return False
    moved = Enrolment.objects.filter(pk=enrolment.pk, version_id=enrolment.version_id).update(
        version=newer.version
    )
    if not moved:
        return False
    there = {(step.kind, step.key): step.pk for step in newer.version.steps.only("kind", "key")}
    rows = StepProgress.objects.filter(
        enrolment=enrolment, step__version_id=enrolment.version_id
    ).select_related("step")
    for row in rows:
        if same := there.get((row.step.kind, row.step.key)):
            row.step_id = same
            row.save(update_fields=["step"])
    enrolment.version = newer.version
    return True
