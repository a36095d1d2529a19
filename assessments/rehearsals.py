"""From a graded rehearsal to evidence, once; and which exercises hang on a scenario."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q

from assessments.difficulty import RUBRIC_VARIANCE, authored
from assessments.exercises import step_of
from assessments.marking import THRESHOLDS
from assessments.models import Exercise
from assessments.results import (
    Observation,
    ObservationKind,
    Result,
    result_announced,
    step_changed,
)
from people.models import Organisation
from sandbox.engine.scenario import Criterion
from sandbox.models import Run, Scenario
from sandbox.scenarios import loaded
from sandbox.signals import impact_asked, run_graded

SOURCE = "rehearsal"
WEIGHT = 0.5  # of each criterion; four of one run weigh 2, the most that one run may (4.3)


def connect() -> None:
    run_graded.connect(announce, dispatch_uid="assessments.rehearsals")
    impact_asked.connect(named_by, dispatch_uid="assessments.rehearsals")


def named_by(
    sender: type[Scenario], scenario: Scenario, organisation: Organisation, **kwargs: Any
) -> dict[str, int]:
    """In how many published modules of the organisation or the library a step rehearses it."""
    owners = Q(step__version__module__organisation=organisation)
    if scenario.organisation_id is None:
        owners |= Q(step__version__module__organisation=None)
    steps = Exercise.objects.filter(
        owners,
        scenario=scenario.key,
        step__version=F("step__version__module__published_version"),
        step__version__module__retired_at=None,
    )
    return {"exercises that name it": steps.count()}


def announce(sender: type[Run], run: Run, **kwargs: Any) -> None:
    """A run that counts is a result; a later one of the same step still completes the step."""
    step = step_of(run)
    if run.counts and run.score is not None:
        scenario = loaded(run.version_id).scenario
        observations = tuple(
            _observation(place, criterion, band)
            for place, (criterion, band) in enumerate(
                zip(scenario.criteria, run.score["bands"], strict=True), 1
            )
        )
        assert run.finished_at is not None
        result = Result(
            member=run.member,
            source_kind=SOURCE,
            source_id=run.pk,
            title=scenario.title,
            at=run.finished_at,
            observations=observations,
            step_id=step.pk if step else None,
            step_done=step is not None,
        )
        result_announced.send(sender=Run, result=result)
    elif step is not None:
        step_changed.send(sender=Run, member=run.member, step=step, done=True)


def _observation(place: int, criterion: Criterion, band: int) -> Observation:
    return Observation(
        competency_id=criterion.competency,
        level=criterion.level,
        kind=ObservationKind.RUBRIC,
        item=f"{place}-{criterion.part}",
        outcome=band,
        weight=WEIGHT,
        difficulty=authored(criterion.level),
        difficulty_variance=RUBRIC_VARIANCE,
        steps=len(THRESHOLDS),
        thresholds=THRESHOLDS,
    )
