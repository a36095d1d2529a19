"""What the learner's pages connect at start: progress, search, personal data, who is affected."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save

from assessments import access
from assessments.results import result_announced, step_changed
from curriculum.models import Module, PublishEntry
from curriculum.signals import impact_asked
from learning import enrolment, finding, personal_data, progress, rehearsing, search_index
from learning.models import Assignment, Enrolment
from people import search
from people.models import Organisation
from sandbox.models import Scenario
from sandbox.signals import impact_asked as scenario_impact_asked
from sandbox.signals import run_graded


def affected(sender: Any, module: Module, **kwargs: Any) -> dict[str, int]:
    """Who is touched when the module is published anew or retired."""
    mine = Enrolment.objects.filter(module=module, member__deactivated_at=None)
    due = Assignment.objects.filter(module=module, completed_at=None, withdrawn_at=None)
    return {
        "in the middle of it": mine.filter(completed_at=None).count(),
        "have completed it": mine.filter(completed_at__isnull=False).count(),
        "open assignments": due.count(),
    }


def affected_by_scenario(
    sender: Any, scenario: Scenario, organisation: Organisation, **kwargs: Any
) -> dict[str, int]:
    """Who has the scenario still to rehearse when it is retired."""
    due = Assignment.objects.filter(
        scenario=scenario,
        member__organisation=organisation,
        completed_at=None,
        withdrawn_at=None,
    )
    return {"open assignments": due.count()}


def index_published(
    sender: Any, instance: PublishEntry, created: bool, raw: bool = False, **kwargs: Any
) -> None:
    """Every publication enters the log; its lessons can be found from then on."""
    if created and not raw and instance.action == PublishEntry.Action.PUBLISHED:
        search_index.index_version(instance.version_id)


def connect() -> None:
    result_announced.connect(progress.on_result, dispatch_uid="progress")
    step_changed.connect(progress.on_step_changed, dispatch_uid="progress")
    run_graded.connect(rehearsing.receive, dispatch_uid="rehearsing")
    impact_asked.connect(affected, dispatch_uid="affected")
    scenario_impact_asked.connect(affected_by_scenario, dispatch_uid="affected-by-scenario")
    post_save.connect(index_published, sender=PublishEntry, dispatch_uid="search-index")
    access.may_take = enrolment.may_take
    search.register("Lessons", finding.lessons)
    search.register("Modules", finding.modules)
    search.register("Tracks", finding.tracks)
    search.register("Rehearsals", finding.rehearsals)
    search.register("Competencies", finding.competencies)
    search.register("Your notes", finding.notes)
    search.register("Pages", finding.actions)
    personal_data.connect()
