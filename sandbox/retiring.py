"""Taking a scenario out of the catalogue and back into it, and having a draft checked again."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from people import audit, jobs
from people.models import BackgroundJob, Member, Organisation
from sandbox.models import Run, Scenario, ScenarioVersion
from sandbox.publishing import LINT
from sandbox.signals import impact_asked

WORDS = {
    "scenario.retired": "Retired a rehearsal scenario",
    "scenario.restored": "Published a retired rehearsal scenario again",
    "scenario.check-asked": "Had a rehearsal scenario checked again",
    "scenario.exported": "Took a rehearsal scenario away as a package",
}
State = ScenarioVersion.State
WAITING = (BackgroundJob.State.QUEUED, BackgroundJob.State.RUNNING)


class AlreadySo(Exception):
    """Somebody has done it in the meantime, or there is nothing to do it to."""


def impact(scenario: Scenario, organisation: Organisation) -> dict[str, int]:
    """What of the organisation hangs on the scenario, as words and counts."""
    runs = Run.objects.going_on().filter(
        version__scenario=scenario,
        member__organisation=organisation,
        member__deactivated_at=None,
    )
    counts = {"runs under way": runs.count()}
    answers: list[tuple[Any, Any]] = impact_asked.send(
        sender=Scenario, scenario=scenario, organisation=organisation
    )
    for _, answer in answers:
        if isinstance(answer, dict):
            counts.update(answer)
    return counts


@transaction.atomic
def retire(scenario: Scenario, *, by: Member) -> ScenarioVersion:
    """No new run is begun of it; those that go on may end, and debriefs stay readable.

    Raises `AlreadySo` if none of its versions is published.
    """
    Scenario.objects.select_for_update().get(pk=scenario.pk)
    version = ScenarioVersion.objects.light().filter(scenario=scenario).published().first()
    if version is None:
        raise AlreadySo
    counts = impact(scenario, by.organisation)
    ScenarioVersion.objects.filter(pk=version.pk).update(state=State.RETIRED)
    version.state = State.RETIRED
    _enter("scenario.retired", version, by, impact=counts)
    return version


@transaction.atomic
def restore(scenario: Scenario, *, by: Member) -> ScenarioVersion:
    """Publishes its newest retired version again, as it was found fair then.

    Raises `AlreadySo` if a version is published, or none has ever been.
    """
    Scenario.objects.select_for_update().get(pk=scenario.pk)
    versions = ScenarioVersion.objects.light().filter(scenario=scenario)
    version = versions.fixed().order_by("-number").first()
    if version is None or versions.published().exists():
        raise AlreadySo
    ScenarioVersion.objects.filter(pk=version.pk).update(state=State.PUBLISHED)
    version.state = State.PUBLISHED
    _enter("scenario.restored", version, by)
    return version


@transaction.atomic
def check_again(version: ScenarioVersion, *, by: Member) -> BackgroundJob:
    """Queues the check of a draft anew, without what the last one found.

    Only drafts: a check always finds the same in the same content, and a published version never
    changes. Raises `AlreadySo` for any other, and while a check of it waits or runs.
    """
    Scenario.objects.select_for_update().get(pk=version.scenario_id)
    if is_waiting(check_of(version)):
        raise AlreadySo
    if not ScenarioVersion.objects.filter(pk=version.pk, state=State.DRAFT).update(report={}):
        raise AlreadySo
    _enter("scenario.check-asked", version, by)
    return jobs.queue(LINT, organisation=by.organisation, subject=version)


def check_of(version: ScenarioVersion) -> BackgroundJob | None:
    """The newest background job that checks, or has checked, this version."""
    return BackgroundJob.objects.filter(kind=LINT, subject_id=version.pk).first()


def is_waiting(job: BackgroundJob | None) -> bool:
    """Whether the check is still to come or going on."""
    return job is not None and job.state in WAITING


def _enter(action: str, version: ScenarioVersion, by: Member, **detail: Any) -> None:
    audit.record(
        action,
        organisation=by.organisation,
        actor=by,
        about=version.scenario,
        key=version.scenario.key,
        version=version.number,
        **detail,
    )
