"""What the tests of curriculum share: a framework, and a module brought in and published."""

from __future__ import annotations

import pytest

from curriculum.models import Module
from curriculum.packages.known import Known
from curriculum.packages.loading import load
from tests.conftest import Cast
from tests.curriculum.packages import files, make_framework, package


@pytest.fixture
def framework(db: None) -> None:
    make_framework()


@pytest.fixture
def own(framework: None, cast: Cast) -> Module:
    """A module of the cast's organisation as a draft."""
    report = load(package(), organisation=cast.organisation, by=cast.joanna)
    assert report.ok, report.faults
    return Module.objects.get(organisation=cast.organisation)


@pytest.fixture
def built_in(framework: None) -> Module:
    """The same module as a part of the built-in library, published."""
    content = {path: text for path, text in files().items() if path.split("/")[0] != "job-roles"}
    known = Known(competencies=frozenset({"U1", "U2"}))
    report = load(package(content), organisation=None, by=None, publish=True, known=known)
    assert report.ok, report.faults
    return Module.objects.get(organisation=None)
