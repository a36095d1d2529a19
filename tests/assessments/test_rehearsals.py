"""From a finished rehearsal to evidence: four criteria of half a weight, once a version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from assessments import exercises
from assessments.models import ExerciseRun
from curriculum.models import Step
from learning import enrolment, progress
from learning.models import Belief, Enrolment, Evidence, StepProgress
from people.models import Member, Organisation
from people.personal_data import sections
from sandbox import running, scenarios
from sandbox.models import Run, ScenarioVersion
from tests.conftest import Cast
from tests.learning.taught import make_competency, make_module, step_of
from tests.sandbox.standing import started, version_for

SignIn = Callable[[Member], Client]


@pytest.fixture
def version(db: None) -> ScenarioVersion:
    make_competency("U1", "Capabilities and limits")
    return version_for(None)


def make_step(rung: str = "supervised", module: str = "F1") -> Step:
    """A module of two lessons and this rehearsal."""
    return step_of(make_module(module, gate=False, rung=rung), "pay")


def finish(run: Run, plan: str = "lean", seed: int = 7) -> Run:
    """Plays a run that was begun to its end, with this reference plan."""
    Run.objects.filter(pk=run.pk).update(seed=seed)
    run.refresh_from_db()
    scenario = scenarios.loaded(run.version_id).scenario
    running.save_plan(run, scenario.references[plan], run.plan_sequence + 1)
    running.start(run)
    if run.rung != Run.Rung.DESIGN:
        running.finish(run, {})
    return run


def begin(member: Member, step: Step) -> Run:
    run = exercises.begin(member, step)
    assert run is not None
    return run


def rows(member: Member) -> list[Evidence]:
    return list(Evidence.objects.filter(member=member, source_kind="rehearsal"))


def test_the_first_supervised_run_is_four_rubric_observations(
    cast: Cast, version: ScenarioVersion
) -> None:
    run = finish(begin(cast.amina, make_step()))
    assert run.counts
    found = rows(cast.amina)
    assert [row.kind for row in found] == ["rubric"] * 4
    assert sum(row.weight for row in found) == 2
    assert {row.weight for row in found} == {0.5}
    assert [row.item.partition("-")[2] for row in found] == [
        "outcome",
        "discrimination",
        "economy",
        "explanation",
    ]
    assert run.score is not None
    assert [row.outcome for row in found] == run.score["bands"]
    assert {row.source_id for row in found} == {run.pk}
    belief = Belief.objects.get(member=cast.amina, competency_id="U1")
    assert (belief.pieces, belief.exercises, belief.observations) == (4, 1, 2.0)


def test_later_runs_and_other_rungs_are_practice(cast: Cast, version: ScenarioVersion) -> None:
    step = make_step()
    finish(begin(cast.amina, step))
    again = finish(begin(cast.amina, step), seed=9)
    assert not again.counts
    for rung in ("guided", "design"):
        run = finish(running.begin(cast.daniel, version, rung))
        assert run.state == Run.State.FINISHED
        assert run.score is not None
        assert not run.counts
    live = started(cast.rosa, version, "lean", seed=7)
    Run.objects.filter(pk=live.pk).update(rung=Run.Rung.LIVE)
    live.refresh_from_db()
    running.finish(live, {})
    assert (live.state, live.score, live.counts) == (Run.State.FINISHED, None, False)
    assert len(rows(cast.amina)) == 4
    assert rows(cast.daniel) == rows(cast.rosa) == []


def test_finishing_twice_is_evidence_once(cast: Cast, version: ScenarioVersion) -> None:
    run = finish(begin(cast.amina, make_step()))
    running.finish(run, {})
    running.finish(Run.objects.get(pk=run.pk), {"first": ["1"]})
    assert len(rows(cast.amina)) == 4


@pytest.mark.parametrize("rung", ["supervised", "guided", "design"])
def test_a_finished_run_completes_the_step(cast: Cast, version: ScenarioVersion, rung: str) -> None:
    step = make_step(rung)
    run = begin(cast.amina, step)
    assert not StepProgress.objects.filter(step=step).exists()
    finish(run)
    assert StepProgress.objects.get(step=step, enrolment__member=cast.amina).done_at


def test_a_run_that_does_not_count_completes_the_step_too(
    cast: Cast, version: ScenarioVersion
) -> None:
    finish(running.begin(cast.amina, version, "supervised"))
    step = make_step()
    run = finish(begin(cast.amina, step))
    assert not run.counts
    assert StepProgress.objects.get(step=step).done_at
    assert len(rows(cast.amina)) == 4


def test_the_rehearsal_completes_the_module(cast: Cast, version: ScenarioVersion) -> None:
    step = make_step("guided")
    enrolled = enrolment.enrol(cast.amina, step.version.module)
    for lesson in step.version.steps.filter(kind=Step.Kind.LESSON):
        progress.open_step(enrolled, lesson)
    assert Enrolment.objects.get().completed_at is None
    finish(begin(cast.amina, step))
    assert Enrolment.objects.get().completed_at is not None


def test_a_run_begins_with_the_starter_and_then_with_the_last_own_plan(
    cast: Cast, version: ScenarioVersion
) -> None:
    step = make_step()
    scenario = scenarios.loaded(version).scenario
    first = begin(cast.amina, step)
    assert scenarios.read_plan(first.plan) == scenario.starter
    assert begin(cast.amina, step) == first
    finish(first)
    second = begin(cast.amina, step)
    assert second != first
    assert scenarios.read_plan(second.plan) == scenario.references["lean"]
    assert second.seed != first.seed


def test_a_run_begun_elsewhere_becomes_the_steps(cast: Cast, version: ScenarioVersion) -> None:
    loose = running.begin(cast.amina, version, "supervised")
    other_rung = running.begin(cast.amina, version, "guided")
    step = make_step()
    assert begin(cast.amina, step) == loose
    assert ExerciseRun.objects.get().run == loose
    # It is one step's alone: another one that rehearses the same begins anew.
    elsewhere = begin(cast.amina, make_step(module="F2"))
    assert elsewhere not in (loose, other_rung)


def test_my_record_and_the_persons_page_lead_to_the_debrief(
    cast: Cast, version: ScenarioVersion, as_member: SignIn
) -> None:
    Organisation.objects.update(managers_see=Organisation.ManagersSee.ANSWERS)
    run = finish(begin(cast.amina, make_step()))
    debrief = f"/rehearsals/runs/{run.pk}/debrief/"
    found = {section.title: section.rows for section in sections(cast.amina)}
    assert {row["Kind"] for row in found["Evidence behind it"]} == {"Rehearsal, marked by rules"}
    assert run.score is not None
    assert found["Rehearsals"][0]["Score"] == run.score["total"]
    assert found["Rehearsals"][0]["Debrief"] == debrief

    def page(member: Member, path: str) -> str:
        answer: Any = as_member(member).get(path)
        assert answer.status_code == 200
        return str(answer.content.decode())

    for member, path in (
        (cast.amina, "/record/"),
        (cast.amina, "/competencies/U1/"),
        (cast.helen, f"/team/people/{cast.amina.pk}/"),
        (cast.helen, f"/team/people/{cast.amina.pk}/U1/"),
    ):
        text = page(member, path)
        assert "Rehearsal" in text, path
        assert f'href="{debrief}"' in text, path


def test_a_manager_without_the_answers_sees_that_it_was_rehearsed_and_no_more(
    cast: Cast, version: ScenarioVersion, as_member: SignIn
) -> None:
    run = finish(begin(cast.amina, make_step()))
    text = as_member(cast.helen).get(f"/team/people/{cast.amina.pk}/").content.decode()
    assert "Rehearsal, marked by rules" in text
    assert f"/rehearsals/runs/{run.pk}/" not in text
    assert "points" not in text
