"""The scenarios that a trainer sees, each with where it stands: checked, published, retired."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, F

from people.models import BackgroundJob, Member
from sandbox.models import Run, Scenario, ScenarioVersion
from sandbox.publishing import LINT
from sandbox.retiring import is_waiting

State = ScenarioVersion.State


@dataclass(slots=True)
class Held:
    """A scenario with its versions, the newest first, and what goes on with it here."""

    scenario: Scenario
    versions: list[ScenarioVersion] = field(default_factory=list)
    job: BackgroundJob | None = None
    open_runs: int = 0
    replaced: bool = False  # the organisation's own of the same key stands before it

    def _first(self, state: str) -> ScenarioVersion | None:
        return next((each for each in self.versions if each.state == state), None)

    @property
    def draft(self) -> ScenarioVersion | None:
        return self._first(State.DRAFT)

    @property
    def published(self) -> ScenarioVersion | None:
        return self._first(State.PUBLISHED)

    @property
    def retired(self) -> ScenarioVersion | None:
        """The newest that was published once, if none is now."""
        return None if self.published else self._first(State.RETIRED)

    @property
    def shown(self) -> ScenarioVersion | None:
        """What a page about the scenario is about: what is worked on, or else what is played."""
        return self.draft or self.published or self.retired

    @property
    def checking(self) -> bool:
        return self.draft is not None and is_waiting(self.job)

    @property
    def broke(self) -> bool:
        """The check itself failed too often and found nothing."""
        parked = self.job is not None and self.job.state == BackgroundJob.State.PARKED
        return self.draft is not None and parked and not self.judged

    @property
    def judged(self) -> bool:
        """A check has said something about the version that is shown."""
        return self.shown is not None and self.shown.fair is not None  # type: ignore[attr-defined]

    @property
    def fair(self) -> bool:
        return self.shown is not None and bool(self.shown.fair)  # type: ignore[attr-defined]


def catalogue(member: Member) -> list[Held]:
    """Everything the member may see, the own ones first; four queries, whatever there is."""
    scenarios = Scenario.objects.visible_to(member).order_by(
        F("organisation").asc(nulls_last=True), "title"
    )
    return _held(member, list(scenarios))


def held(member: Member, scenario: Scenario) -> Held:
    """One scenario."""
    (found,) = _held(member, [scenario])
    if scenario.organisation_id is None:
        own = ScenarioVersion.objects.published().filter(
            scenario__organisation_id=member.organisation_id, scenario__key=scenario.key
        )
        found.replaced = own.exists()
    return found


def _held(member: Member, scenarios: list[Scenario]) -> list[Held]:
    versions: dict[int, list[ScenarioVersion]] = defaultdict(list)
    # The report weighs much; whether it is good is one word of it.
    rows = ScenarioVersion.objects.light().annotate(fair=F("report__ok"))
    for version in rows.filter(scenario__in=scenarios).order_by("-number"):
        versions[version.scenario_id].append(version)
    drafts = [each.pk for found in versions.values() for each in found if each.state == State.DRAFT]
    checks: dict[int, BackgroundJob] = {}
    for job in BackgroundJob.objects.filter(kind=LINT, subject_id__in=drafts).defer("error"):
        assert job.subject_id is not None
        checks.setdefault(job.subject_id, job)
    runs = (
        Run.objects.going_on()
        .filter(
            member__organisation_id=member.organisation_id,
            member__deactivated_at=None,
            version__scenario__in=scenarios,
        )
        .order_by()
        .values_list("version__scenario")
        .annotate(open=Count("pk"))
    )
    counts = dict(runs)
    own_keys = {
        each.key
        for each in scenarios
        if each.organisation_id and any(v.state == State.PUBLISHED for v in versions[each.pk])
    }
    found = []
    for scenario in scenarios:
        mine = versions[scenario.pk]
        draft = next((each for each in mine if each.state == State.DRAFT), None)
        found.append(
            Held(
                scenario=scenario,
                versions=mine,
                job=checks.get(draft.pk) if draft else None,
                open_runs=counts.get(scenario.pk, 0),
                replaced=scenario.organisation_id is None and scenario.key in own_keys,
            )
        )
    return found
