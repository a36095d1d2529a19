"""Scenarios that a trainer has brought in, and what the workshop says about them."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from django.urls import reverse

from assessments.scenario_folders import LIBRARY
from people.models import BackgroundJob
from sandbox import publishing
from sandbox.linting import Check
from sandbox.linting import Report as Lint
from sandbox.models import Scenario, ScenarioVersion
from tests.assessments.test_scenario_packages import bring_in, with_exercise
from tests.conftest import Cast, SignIn
from tests.packages import library_package, own_package
from tests.sandbox.small import package_files
from tests.sandbox.standing import library_version

State = ScenarioVersion.State


def text(response: Any) -> str:
    """As a person reads it."""
    assert response.status_code == 200, response.status_code
    body = re.sub(r"<[^>]+>", " ", response.content.decode())
    return html.unescape(" ".join(body.split()))


def own_draft(cast: Cast, **changes: Any) -> ScenarioVersion:
    """A scenario that a trainer has brought in; its check waits."""
    if not Scenario.objects.exists():
        assert bring_in(library_package()).ok
    package = with_exercise(own_package("OWN-1"), None, "OWN-1")
    package.files |= package_files(**changes)
    report = bring_in(package, cast.organisation)
    assert report.ok, report.faults
    return ScenarioVersion.objects.get(scenario__organisation=cast.organisation, state=State.DRAFT)


def checks(version: ScenarioVersion) -> list[BackgroundJob]:
    found = BackgroundJob.objects.filter(kind=publishing.LINT, subject_id=version.pk)
    return list(found.order_by("pk"))


def verdict(monkeypatch: pytest.MonkeyPatch, ok: bool) -> None:
    words = "“Approve everything” scores 44; at most 20 are allowed."

    def lint(scenario: Any) -> Lint:
        found = [Check("naive approve", ok, words), Check("starter", False, "Scores 80.", True)]
        return Lint(scenario.id, scenario.digest, 200, found)

    monkeypatch.setattr(publishing, "lint", lint)


def reported(name: str) -> ScenarioVersion:
    """A built-in scenario, published with the report that is kept beside it."""
    version = library_version(name)
    version.report = json.loads((LIBRARY / name / "report.json").read_text())
    # The model refuses to change what is published.
    ScenarioVersion._base_manager.filter(pk=version.pk).update(report=version.report)
    return version


def page(cast: Cast, as_member: SignIn, version: ScenarioVersion) -> Any:
    return as_member(cast.joanna).get(reverse("scenario", args=[version.scenario_id]))
