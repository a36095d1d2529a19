"""Scenario versions: written as drafts, linted, and published only if solvable and fair."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from people import audit, clock, jobs
from people.models import BackgroundJob, Layer, Member, Organisation
from sandbox import scenarios
from sandbox.engine.prepared import Prepared
from sandbox.engine.scenario import Scenario as Script
from sandbox.grading import measured
from sandbox.linting import Report as Found
from sandbox.linting import lint
from sandbox.models import Scenario, ScenarioVersion

LINT = "lint-scenario"
WORDS = {
    "scenario.published": "Published a rehearsal scenario",
    "scenario.not-fair": "Kept back a rehearsal scenario that its check found unfair",
}
State = ScenarioVersion.State
Report = Mapping[str, Any]


class NotFair(Exception):
    """The version has no report of its own content, or one that found it unfair."""


def versions_of(
    organisation: Organisation | None, keys: list[str] | None = None
) -> dict[str, ScenarioVersion]:
    """The version of each scenario of that owner that a load would replace: the draft, or else the
    one that is published. Without `keys` all of them; one query."""
    found: dict[str, ScenarioVersion] = {}
    versions = ScenarioVersion.objects.light().filter(
        scenario__organisation=organisation, state__in=(State.DRAFT, State.PUBLISHED)
    )
    if keys is not None:
        versions = versions.filter(scenario__key__in=keys)
    # "draft" sorts before "published".
    for version in versions.select_related("scenario").order_by("state"):
        found.setdefault(version.scenario.key, version)
    return found


@transaction.atomic
def write(
    script: Script,
    papers: Mapping[str, scenarios.Rendered],
    *,
    organisation: Organisation | None,
    by: Member | None,
    report: Report | None = None,
) -> ScenarioVersion:
    """The version that holds this content: the one that is there, or a new draft.

    With a report of exactly this content that found it fair, the draft is published at once; an
    organisation's is linted in a background job, which publishes it. Without a report a built-in
    one stays a draft.
    """
    version = versions_of(organisation, [script.id]).get(script.id)
    if version is None or version.digest != script.digest:
        version = _new_draft(script, papers, organisation, version)
        if organisation is not None:
            jobs.queue(LINT, organisation=organisation, subject=version)
    if version.state == State.DRAFT and report is not None and _is_of(report, version):
        ScenarioVersion.objects.filter(pk=version.pk).update(report=dict(report))
        if report.get("ok"):
            publish(version, by=by)
    return version


def _new_draft(
    script: Script,
    papers: Mapping[str, scenarios.Rendered],
    organisation: Organisation | None,
    before: ScenarioVersion | None,
) -> ScenarioVersion:
    row, created = Scenario.objects.get_or_create(
        organisation=organisation, key=script.id, defaults=_shown(script)
    )
    if before is not None and before.state == State.DRAFT:
        before.delete()
    if not created and not row.versions.exclude(state=State.DRAFT).exists():
        Scenario.objects.filter(pk=row.pk).update(**_shown(script))
    last = row.versions.aggregate(last=Max("number"))["last"] or 0
    return ScenarioVersion.objects.create(
        scenario=row,
        number=last + 1,
        digest=script.digest,
        only_reads=script.reading is not None,
        document=scenarios.to_document(script, papers),
    )


def _shown(script: Script) -> dict[str, Any]:
    """What lists of scenarios show."""
    return {
        "title": script.title,
        "layer": script.layer if script.layer in Layer.values else "",
        "minutes": script.minutes,
        "summary": script.summary,
    }


def _is_of(report: Report, version: ScenarioVersion) -> bool:
    return bool(report.get("digest") == version.digest)


@transaction.atomic
def publish(version: ScenarioVersion, *, by: Member | None = None) -> None:
    """Makes the draft the version that new runs begin with; runs of earlier ones keep theirs.

    Raises `NotFair` unless its stored report is of its content and good. Twice does no harm.
    """
    scenario = Scenario.objects.select_for_update().get(pk=version.scenario_id)
    stored = ScenarioVersion.objects.get(pk=version.pk)
    if stored.state != State.DRAFT:
        return
    if not _is_of(stored.report, stored) or not stored.report.get("ok"):
        raise NotFair(str(stored))
    others = ScenarioVersion.objects.filter(scenario=scenario, state=State.PUBLISHED)
    others.update(state=State.RETIRED)
    now = clock.now()
    ScenarioVersion.objects.filter(pk=stored.pk).update(state=State.PUBLISHED, published_at=now)
    version.state, version.published_at = State.PUBLISHED, now
    script = scenarios.from_document(stored.document)
    Scenario.objects.filter(pk=scenario.pk).update(**_shown(script))
    audit.record(
        "scenario.published",
        organisation=scenario.organisation,
        actor=by,
        about=scenario,
        key=scenario.key,
        version=stored.number,
        digest=stored.digest,
    )


def kept(found: Found, script: Script) -> dict[str, Any]:
    """The lint report as it is stored: with what the other ways come to on the hidden situations,
    so that nobody waits for that when a plan is graded."""
    document = found.document()
    if script.reading is None:
        hidden = measured(Prepared(script), settings.SEED_TERM).document()
        document["hidden"] = {"term": settings.SEED_TERM, **hidden}
    return document


def _linted(job: BackgroundJob, script: Script) -> dict[str, Any]:
    """The report, worked out in a thread beside, so that the lease is kept meanwhile.

    The thread touches no database. Raises `LeaseLost` once it has ended.
    """
    with ThreadPoolExecutor(1) as beside:
        work = beside.submit(lambda: kept(lint(script), script))
        while True:
            try:
                return work.result(timeout=settings.JOB_LEASE_SECONDS / 6)
            except TimeoutError:
                jobs.beat(job)


def lint_version(job: BackgroundJob) -> None:
    """Background job: plays the draft in every reference and naive way; publishes it if fair."""
    assert job.subject_id is not None
    version = ScenarioVersion.objects.filter(pk=job.subject_id, state=State.DRAFT).first()
    if version is None or _is_of(version.report, version):
        return  # published or found unfair by an earlier attempt, or replaced by a newer draft
    report = _linted(job, scenarios.from_document(version.document))
    with transaction.atomic():
        jobs.beat(job)
        waiting = ScenarioVersion.objects.filter(pk=version.pk, state=State.DRAFT)
        if not waiting.update(report=report):
            return
        if report["ok"]:
            publish(version)
            return
        audit.record(
            "scenario.not-fair",
            organisation=job.organisation,
            about=version.scenario,
            key=version.scenario.key,
            version=version.number,
            found=[each["words"] for each in report["checks"] if not each["ok"]][:20],
        )
