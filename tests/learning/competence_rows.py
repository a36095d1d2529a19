"""Competencies, targets and announced results, for the tests of competence."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from assessments.results import Observation, ObservationKind, Result
from curriculum.models import Aim, Competency, Domain, Module, ModuleVersion, Target
from people.models import JobRole, Member, Organisation

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BANDS = (-1.5, -0.5, 0.5, 1.5)
_source = itertools.count(1)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def make_competency(code: str = "U1", name: str = "") -> Competency:
    letter = code[0]
    domain, _ = Domain.objects.get_or_create(
        id=letter, defaults={"name": f"Domain {letter}", "order": "UDOGVT".index(letter)}
    )
    competency, _ = Competency.objects.get_or_create(
        id=code,
        defaults={
            "domain": domain,
            "name": name or f"Competency {code}",
            "short": code,
            "definition": "",
            "order": int(code[1:]),
        },
    )
    return competency


def make_target(
    job_role: JobRole | None,
    code: str,
    level: int = 2,
    *,
    critical: bool = False,
    taught: bool = True,
) -> Target:
    assert job_role is not None
    competency = make_competency(code)
    if taught:
        teach(code)
    return Target.objects.create(
        job_role=job_role, competency=competency, level=level, critical=critical
    )


def teach(code: str, *, organisation: Organisation | None = None, published: bool = True) -> Module:
    """A module that aims at the competency."""
    key = f"M-{code}-{organisation.pk if organisation else 0}"
    module, made = Module.objects.get_or_create(
        key=key, organisation=organisation, defaults={"title": key}
    )
    if made:
        version = ModuleVersion.objects.create(
            module=module, number=1, title=key, minutes=30, digest="0" * 64
        )
        Aim.objects.create(version=version, competency=make_competency(code), level=2)
        if published:
            ModuleVersion.objects.filter(pk=version.pk).update(state=ModuleVersion.State.PUBLISHED)
            module.published_version = version
            module.save()
    return module


def item(code: str, outcome: int = 1, **fields: Any) -> Observation:
    """An answered question; by default one of level 2 with four options."""
    values: dict[str, Any] = {
        "level": 2,
        "kind": ObservationKind.CHOICE,
        "item": f"item-{next(_source)}",
        "weight": 1.0,
        "difficulty": -0.7,
        "difficulty_variance": 0.49,
        "guess": 0.25,
        **fields,
    }
    return Observation(competency_id=code, outcome=outcome, **values)


def band(code: str, outcome: int = 4, **fields: Any) -> Observation:
    """A criterion of a rehearsal; `kind`, `grader_id` and the like make it something else."""
    values: dict[str, Any] = {
        "level": 2,
        "kind": ObservationKind.RUBRIC,
        "item": f"criterion-{next(_source)}",
        "weight": 0.5,
        "difficulty": 0.0,
        "difficulty_variance": 0.09,
        "steps": 4,
        "thresholds": BANDS,
        **fields,
    }
    return Observation(competency_id=code, outcome=outcome, **values)


def graded(code: str, grader: Member, outcome: int = 4, **fields: Any) -> Observation:
    return band(
        code,
        outcome,
        kind=ObservationKind.GRADED,
        weight=1.0,
        slope=1.2,
        grader_id=grader.pk,
        **fields,
    )


def attestation(code: str, manager: Member, level: int = 3) -> Observation:
    return band(
        code,
        level,
        kind=ObservationKind.ATTESTATION,
        difficulty=-0.7,
        slope=0.9,
        thresholds=(-1.0, 0.0, 1.0, 2.0),
        taught=False,
        grader_id=manager.pk,
        as_manager=True,
    )


def result(
    member: Member, *observations: Observation, days_ago: float = 0.0, kind: str = "quiz"
) -> Result:
    """Something graded so many days before NOW."""
    return Result(
        member=member,
        source_kind=kind,
        source_id=next(_source),
        title="Gate of module U-1",
        at=ago(days_ago),
        observations=observations,
    )
