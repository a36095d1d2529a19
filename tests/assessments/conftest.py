"""Hears what assessments announces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from assessments.results import Result, result_announced, step_changed
from curriculum.models import Step
from people.models import Member


@pytest.fixture
def results() -> Iterator[list[Result]]:
    """Every result announced during the test."""
    heard: list[Result] = []

    def hear(sender: type[Any], result: Result, **kwargs: Any) -> None:
        heard.append(result)

    result_announced.connect(hear, weak=False)
    yield heard
    result_announced.disconnect(hear)


@pytest.fixture
def steps() -> Iterator[list[tuple[str, bool]]]:
    """Every change of a step without a result: (title, done)."""
    heard: list[tuple[str, bool]] = []

    def hear(sender: type[Any], member: Member, step: Step, done: bool, **kwargs: Any) -> None:
        heard.append((step.title, done))

    step_changed.connect(hear, weak=False)
    yield heard
    step_changed.disconnect(hear)
