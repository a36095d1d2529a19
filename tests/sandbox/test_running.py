"""The verbs of a run under bad luck: other windows, killed servers, two ends at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox import running, scenarios
from sandbox.models import Run
from tests.conftest import Cast
from tests.sandbox.standing import planned, version_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(cast: Cast) -> Run:
    return planned(cast.amina, version_for(None))


def test_only_the_plan_that_was_read_is_started(run: Run) -> None:
    elsewhere = Run.objects.select_related("version").get(pk=run.pk)
    plan = scenarios.read_plan(elsewhere.plan)
    assert running.save_plan(elsewhere, replace(plan, checkpoints=()), run.plan_sequence + 1)
    with pytest.raises(running.IllegalPlan, match="another window"):
        running.start(run)
    assert Run.objects.get(pk=run.pk).state == Run.State.PLANNING
    running.start(elsewhere)
    trail = running.trail_of(elsewhere)
    assert trail[1].data["digest"] == scenarios.plan_digest(scenarios.read_plan(elsewhere.plan))


def test_a_design_that_a_killed_server_left_is_graded_when_it_is_looked_at(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(
        rung=Run.Rung.DESIGN, state=Run.State.RUNNING, plan_digest="ab" * 32
    )
    left = Run.objects.select_related("version").get(pk=run.pk)
    running.resume(left)
    assert left.state == Run.State.FINISHED
    assert left.score is not None
    assert not left.counts


def test_of_two_ends_one_stands_and_of_two_runs_one_counts(cast: Cast, run: Run) -> None:
    other = running.fresh(cast.amina, run.version, Run.Rung.GUIDED)
    for each in (run, other):
        Run.objects.filter(pk=each.pk).update(
            state=Run.State.ANSWERING, rung=Run.Rung.SUPERVISED, plan_digest="ab" * 32
        )
        each.refresh_from_db()
    twin = Run.objects.select_related("version").get(pk=run.pk)
    running.finish(run, {"first": ["9"]})
    running.finish(twin, {"first": ["7"]})
    running.finish(other, {})
    assert Run.objects.get(pk=run.pk).answers == {"first": ["9"]}
    assert list(Run.objects.filter(counts=True)) == [run]
