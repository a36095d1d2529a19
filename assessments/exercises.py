"""Exercises: which scenario a step rehearses, and runs that are begun from the step."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from assessments.models import ExerciseRun
from curriculum.models import Step
from people.models import Member
from sandbox import running
from sandbox.models import Run, ScenarioVersion
from sandbox.models.runs import RunQuerySet

State = ScenarioVersion.State


def version_for(step: Step, *, drafts: bool = False) -> ScenarioVersion | None:
    """The published version of the scenario that the step names, light, with its scenario.

    An organisation's own scenario stands before a built-in one of the same key. `drafts` lets one
    that is not published yet stand in.
    """
    owner = step.version.module.organisation_id
    versions = ScenarioVersion.objects.light().filter(
        Q(scenario__organisation_id=owner) | Q(scenario__organisation=None),
        scenario__key=step.exercise.scenario,
        state__in=[State.PUBLISHED, State.DRAFT] if drafts else [State.PUBLISHED],
    )
    found = list(versions.select_related("scenario"))
    # The own one first, and of one scenario the published version.
    found.sort(key=lambda each: (each.scenario.organisation_id is None, each.state == State.DRAFT))
    return found[0] if found else None


@transaction.atomic
def begin(member: Member, step: Step) -> Run | None:
    """A new run of the step's scenario on its rung, or the one that is still going on.

    One that was begun elsewhere belongs to the step from now on. None while the scenario is not
    published. The caller has asked whether the member may take the step
    (`assessments.access.may_take`).
    """
    # Locked, so that pressing twice begins one run.
    Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    version = version_for(step)
    run = going_on(member, step, version)
    if run is None and version is not None:
        run = running.fresh(member, version, step.exercise.rung)
    if run is not None:
        ExerciseRun.objects.get_or_create(run=run, defaults={"step": step})
    return run


def going_on(member: Member, step: Step, version: ScenarioVersion | None) -> Run | None:
    """The open run that the step would go on with: its own, or one that belongs to no step."""
    if run := runs_of(member, step).going_on().first():
        return run
    if version is None:
        return None
    loose = runs_elsewhere(member, version).filter(version=version)
    return loose.filter(rung=step.exercise.rung).going_on().first()


def runs_elsewhere(member: Member, version: ScenarioVersion) -> RunQuerySet:
    """The member's runs of the same scenario that were begun from no step, the newest first."""
    runs = Run.objects.visible_to(member).filter(
        version__scenario_id=version.scenario_id, exercise_run=None
    )
    return runs.select_related("version__scenario").defer("version__document", "version__report")


def runs_of(member: Member, step: Step) -> RunQuerySet:
    """The member's runs that were begun from this step, the newest first.

    In every version of the module: whoever moves on to a newer one goes on with what is open.
    """
    runs = Run.objects.visible_to(member).filter(
        exercise_run__step__key=step.key,
        exercise_run__step__kind=step.kind,
        exercise_run__step__version__module_id=step.version.module_id,
    )
    return runs.select_related("version__scenario").defer("version__document", "version__report")


def step_of(run: Run) -> Step | None:
    """The step that the run was begun from, if it was begun from one."""
    begun = ExerciseRun.objects.filter(run=run).select_related("step__version__module").first()
    return begun.step if begun else None
