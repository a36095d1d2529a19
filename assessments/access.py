"""Who may take a step or mark a work; the rules of people, applied to what is assessed."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from assessments.models import Attempt, AttemptItem, Mark, Submission, WorkplaceTask
from curriculum.models import ModuleVersion, Step
from people.access import in_reach_of, is_manager
from people.models import Member


def published_to(member: Member, step: Step) -> bool:
    """Whether the step is of a published version of a module that is still taught."""
    version = step.version
    return version.state == ModuleVersion.State.PUBLISHED and version.module.retired_at is None


# learning knows who is enrolled and puts its own rule here from its `apps.py`: somebody in the
# middle of a module goes on although it was retired. Asked only for modules the member may see.
may_take: Callable[[Member, Step], bool] = published_to


# What hangs on a step of each kind that is taken here.
OWN_ROW = {Step.Kind.QUIZ: "quiz", Step.Kind.TASK: "task", Step.Kind.EXERCISE: "exercise"}


def fetch_step(member: Member, step_id: int, kind: Step.Kind) -> Step:
    """The step with its version, module and own row, one query. Raises Http404."""
    steps = Step.objects.visible_to(member).filter(kind=kind, pk=step_id)
    step = steps.select_related("version__module", OWN_ROW[kind]).first()
    if not isinstance(step, Step) or not may_take(member, step):
        raise Http404
    return step


def markable_by(grader: Member) -> QuerySet[Submission]:
    """Handed-in and graded works this member marks: never their own.

    A trainer marks the organisation's works, a manager those of the people they answer for, each
    as the task allows. After an appeal any trainer may mark, but nobody who marked before.
    """
    rule = Q(pk__in=())
    if grader.is_trainer:
        rule |= Q(task__graded_by__in=_by(WorkplaceTask.GradedBy.TRAINER))
        rule |= Q(appealed_at__isnull=False)
    if is_manager(grader):
        rule |= Q(
            task__graded_by__in=_by(WorkplaceTask.GradedBy.MANAGER),
            member__in=in_reach_of(grader).values("pk"),
        )
    marked_before = Mark.objects.filter(submission=OuterRef("pk"), grader=grader, round=1)
    return (
        Submission.objects.filter(
            rule,
            state__in=(Submission.State.HANDED_IN, Submission.State.GRADED),
            member__organisation_id=grader.organisation_id,
            member__deactivated_at=None,
        )
        .exclude(member=grader)
        .exclude(Exists(marked_before), appealed_at__isnull=False)
    )


def _by(who: WorkplaceTask.GradedBy) -> tuple[str, str]:
    return (who, WorkplaceTask.GradedBy.EITHER)


def works_of_organisation(member: Member) -> QuerySet[Submission]:
    """Every work of the organisation: what exists, to tell 403 from 404."""
    return Submission.objects.filter(member__organisation_id=member.organisation_id)


def late_in_organisation(member: Member) -> QuerySet[Attempt]:
    """Submitted attempts of the organisation to which answers came after the time."""
    came = AttemptItem.objects.filter(late_answer__isnull=False)
    return Attempt.objects.filter(
        pk__in=came.order_by().values("attempt"),
        state=Attempt.State.SUBMITTED,
        member__organisation_id=member.organisation_id,
        member__deactivated_at=None,
    )


def late_decided_by(grader: Member) -> QuerySet[Attempt]:
    """Those of them this member may decide on, decided or not: trainers, never on their own."""
    if not grader.is_trainer:
        return Attempt.objects.none()
    return late_in_organisation(grader).exclude(member=grader)
