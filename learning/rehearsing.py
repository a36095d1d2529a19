"""Rehearsals as learning meets them: where they begin, and what ends when one is finished."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse

from curriculum.models import Module
from learning import standing
from learning.models import Assignment, Target
from people.models import Member
from sandbox.access import debriefs_open_to
from sandbox.models import Run, Scenario
from sandbox.models.scenarios import ScenarioQuerySet

MOST_RUNS = 30  # on a person's page


def offered_to(member: Member) -> ScenarioQuerySet:
    """The scenarios that can be begun; a built-in one gives way to an own one of its key."""
    own = Scenario.objects.filter(organisation_id=member.organisation_id, key=OuterRef("key"))
    offered = Scenario.objects.visible_to(member).published()
    return offered.exclude(Exists(own.published()), organisation=None)


def finished_runs(viewer: Member, subject: Member) -> list[Run]:
    """The finished rehearsals of `subject` whose debrief `viewer` may read, the newest first."""
    runs = debriefs_open_to(viewer).filter(member=subject, state=Run.State.FINISHED)
    runs = runs.select_related("version__scenario").defer("version__document", "version__report")
    return list(runs.order_by("-finished_at", "-pk")[:MOST_RUNS])


def rehearsal_page(scenario: Scenario) -> str:
    """The page on which the scenario is introduced and begun."""
    return reverse("rehearsal_brief", args=[scenario.key])


def page_of_target(target: Target) -> str:
    """Where what was assigned is done."""
    if isinstance(target, Scenario):
        return rehearsal_page(target)
    return reverse("module" if isinstance(target, Module) else "track", args=[target.pk])


def what_it_is(target: Target) -> str:
    return "Rehearsal" if isinstance(target, Scenario) else type(target).__name__


def close_assignments(member: Member, scenario_id: int, *, at: datetime) -> int:
    """Ends the open assignments of the scenario."""
    mine = Assignment.objects.filter(member=member, completed_at=None, withdrawn_at=None)
    closed = mine.filter(scenario_id=scenario_id).update(completed_at=at)
    if closed:
        standing.refresh([member])
    return closed


def receive(sender: type[Run], run: Run, **kwargs: Any) -> None:
    """The receiver of the sandbox's `run_graded`: whichever version it was, and counting or not."""
    if run.rung == Run.Rung.SUPERVISED and run.finished_at is not None:
        close_assignments(run.member, run.version.scenario_id, at=run.finished_at)
