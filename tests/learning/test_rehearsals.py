"""Rehearsals on the learner's way: the step, the module, the next thing, what a manager gives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assessments import exercises
from curriculum.models import Module
from learning import assigning, enrolment, reminders
from learning.models import Assignment, Standing
from people import clock, search
from people.models import BackgroundJob, Member, Message
from sandbox import running, scenarios
from sandbox.models import Run, ScenarioVersion
from tests.conftest import Cast
from tests.learning.taught import make_module, make_track, make_version, step_of
from tests.sandbox.standing import started, version_for

SignIn = Callable[[Member], Client]


@pytest.fixture
def version(db: None) -> ScenarioVersion:
    return version_for(None)


@pytest.fixture
def module(cast: Cast) -> Module:
    """On Amina's track: two lessons and a supervised rehearsal."""
    track = make_track(job_role=cast.amina.job_role)
    return make_module("F1", title="Reading plans", gate=False, rung="supervised", track=track)


def finish(run: Run) -> Run:
    scenario = scenarios.loaded(run.version_id).scenario
    running.save_plan(run, scenario.references["lean"], run.plan_sequence + 1)
    running.start(run)
    running.finish(run, {})
    return run


def begun(member: Member, module: Module) -> Run:
    run = exercises.begin(member, step_of(module, "pay"))
    assert run is not None
    return run


def body(client: Client, path: str) -> str:
    page = client.get(path)
    assert page.status_code == 200, path
    return page.content.decode()


# ---- The step ------------------------------------------------------------------------------


def test_the_step_says_what_it_is_and_begins_by_one_button(
    cast: Cast, version: ScenarioVersion, module: Module, as_member: SignIn
) -> None:
    client = as_member(cast.amina)
    step = step_of(module, "pay")
    text = body(client, f"/steps/{step.pk}/")
    assert "Three invoices are due." in text
    assert "about 20 minutes, beside the 35 of the module" in text
    assert "<dt>Supervised</dt>" in text
    assert text.count(f'action="/exercises/{step.pk}/begin/"') == 1
    assert ">Begin</button>" in text
    answer = client.post(f"/exercises/{step.pk}/begin/")
    run = Run.objects.get()
    assert answer.headers["Location"] == f"/rehearsals/runs/{run.pk}/before/"
    assert (run.member, run.rung, run.state) == (cast.amina, "supervised", Run.State.PLANNING)
    text = body(client, f"/steps/{step.pk}/")
    assert ">Go on</button>" in text
    assert "Your plan is kept as you left it." in text
    client.post(f"/exercises/{step.pk}/begin/")
    assert Run.objects.count() == 1


def test_the_steps_page_holds_ones_own_runs_with_their_points(
    cast: Cast, version: ScenarioVersion, module: Module, as_member: SignIn
) -> None:
    run = finish(begun(cast.amina, module))
    other = finish(begun(cast.daniel, module))
    text = body(as_member(cast.amina), f"/steps/{step_of(module, 'pay').pk}/")
    assert run.score is not None
    assert f"{run.score['total']} points" in text
    assert f'href="/rehearsals/runs/{run.pk}/debrief/"' in text
    assert f"/rehearsals/runs/{other.pk}/" not in text
    assert ">Rehearse it again</button>" in text
    assert "it is practice" in text


def test_a_run_begun_elsewhere_is_gone_on_with_from_the_step(
    cast: Cast, version: ScenarioVersion, module: Module, as_member: SignIn
) -> None:
    finish(running.begin(cast.amina, version, "supervised"))
    run = started(cast.amina, version, "careful")
    client = as_member(cast.amina)
    step = step_of(module, "pay")
    text = body(client, f"/steps/{step.pk}/")
    assert ">Go on</button>" in text
    assert "2 more runs</a>" in text
    answer = client.post(f"/exercises/{step.pk}/begin/")
    assert answer.headers["Location"] == f"/rehearsals/runs/{run.pk}/"
    assert "1 more run</a>" in body(client, f"/steps/{step.pk}/")


def test_a_scenario_that_is_not_published_is_said_and_cannot_be_begun(
    cast: Cast, module: Module, as_member: SignIn
) -> None:
    client = as_member(cast.amina)
    step = step_of(module, "pay")
    assert "It cannot be begun yet" in body(client, f"/steps/{step.pk}/")
    answer = client.post(f"/exercises/{step.pk}/begin/", follow=True)
    assert "it is not published" in answer.content.decode()
    assert not Run.objects.exists()


def test_a_step_of_another_organisation_is_not_there(
    cast: Cast, elsewhere: Cast, version: ScenarioVersion, as_member: SignIn
) -> None:
    theirs = make_module("OWN", gate=False, rung="supervised", organisation=elsewhere.organisation)
    step = step_of(theirs, "pay")
    client = as_member(cast.amina)
    assert client.get(f"/steps/{step.pk}/").status_code == 404
    assert client.post(f"/exercises/{step.pk}/begin/").status_code == 404
    assert not Run.objects.exists()


def test_the_module_says_what_is_missing_and_shows_the_minutes_apart(
    cast: Cast, version: ScenarioVersion, module: Module, as_member: SignIn
) -> None:
    client = as_member(cast.amina)
    enrolment.enrol(cast.amina, module)
    text = body(client, f"/modules/{module.pk}/")
    assert "35 minutes and 20 of rehearsal" in text
    assert "“Pay them” has not been rehearsed to its end" in text
    track = module.tracks.get()
    assert "a rehearsal of 20 minutes beside them" in body(client, f"/tracks/{track.pk}/")
    finish(begun(cast.amina, module))
    text = body(client, f"/modules/{module.pk}/")
    assert "has not been rehearsed" not in text
    assert "finished</span>" in text


def test_a_newer_version_of_the_module_goes_on_with_the_open_run(
    cast: Cast, version: ScenarioVersion, module: Module
) -> None:
    run = begun(cast.amina, module)
    make_version(module, gate=False, rung="supervised", lessons=("first", "second", "third"))
    assert begun(cast.amina, module) == run


# ---- Your part -----------------------------------------------------------------------------


def test_a_run_at_a_checkpoint_is_the_next_thing(
    cast: Cast, version: ScenarioVersion, module: Module, as_member: SignIn
) -> None:
    run = started(cast.amina, version, "careful")
    assert run.state == Run.State.WAITING
    client = as_member(cast.amina)
    text = body(client, "/")
    assert "A small payment run waits at 09:0" in text
    assert f'href="/rehearsals/runs/{run.pk}/"' in text
    assert "stopped at a checkpoint" in text
    # What is due comes first; the run stays in sight.
    assigning.assign([cast.amina], module, due_on=clock.today(), by=cast.helen)
    text = body(client, "/")
    assert "Reading plans</h2>" in text
    assert 'id="begun"' in text
    assert "A small payment run waits at 09:0" in text


@pytest.mark.parametrize(
    ("plan", "words"),
    [(None, "Your plan is kept as you left it"), ("lean", "The questions about its trail")],
)
def test_home_knows_how_a_run_stands(
    cast: Cast, version: ScenarioVersion, as_member: SignIn, plan: str | None, words: str
) -> None:
    if plan:
        started(cast.amina, version, plan)
    else:
        running.begin(cast.amina, version, "supervised")
    text = body(as_member(cast.amina), "/")
    assert words in text
    assert "A small payment run</h2>" in text


def test_what_is_over_or_somebody_elses_is_not_open(
    cast: Cast, version: ScenarioVersion, as_member: SignIn
) -> None:
    finish(running.begin(cast.amina, version, "supervised"))
    stopped = running.begin(cast.amina, version, "guided")
    Run.objects.filter(pk=stopped.pk).update(state=Run.State.STOPPED)
    started(cast.daniel, version, "careful")
    assert "A small payment run" not in body(as_member(cast.amina), "/")


def test_home_stays_within_its_statements(
    cast: Cast, version: ScenarioVersion, module: Module, as_member: SignIn
) -> None:
    started(cast.amina, version, "careful")
    running.begin(cast.amina, version, "guided")
    assigning.assign([cast.amina], version.scenario, due_on=clock.today(), by=cast.helen)
    client = as_member(cast.amina)
    body(client, "/")  # reads the scenario, once a process
    with CaptureQueriesContext(connection) as asked:
        body(client, "/")
    assert len(asked) <= 8, [query["sql"][:200] for query in asked.captured_queries]


# ---- Assigned ------------------------------------------------------------------------------


def give(cast: Cast, version: ScenarioVersion, days: int = 7) -> Assignment:
    due_on = clock.today() + timedelta(days=days)
    assigning.assign([cast.amina], version.scenario, due_on=due_on, by=cast.helen)
    return Assignment.objects.get(member=cast.amina)


def test_a_manager_assigns_a_rehearsal_by_the_form(
    cast: Cast, elsewhere: Cast, version: ScenarioVersion, as_member: SignIn
) -> None:
    version_for(elsewhere.organisation, "theirs")
    client = as_member(cast.helen)
    text = body(client, f"/team/assign/?member={cast.amina.pk}")
    assert '<optgroup label="Rehearsals">' in text
    assert "theirs" not in text
    due_on = clock.today() + timedelta(days=5)
    client.post(
        "/team/assign/",
        {
            "member": cast.amina.pk,
            "what": f"scenario:{version.scenario_id}",
            "due_on": due_on.isoformat(),
        },
    )
    assignment = Assignment.objects.get()
    assert (assignment.scenario, assignment.module, assignment.track) == (
        version.scenario,
        None,
        None,
    )
    assert Standing.objects.get(member=cast.amina).next_due_on == due_on
    mail = Message.objects.get(kind="learning/assigned")
    assert "A small payment run" in mail.subject
    text = body(as_member(cast.amina), "/")
    assert "Rehearsal · assigned by Helen Marsh" in text
    assert 'href="/rehearsals/small-run/"' in text
    assert "A small payment run" in body(client, f"/team/people/{cast.amina.pk}/")


def test_an_own_scenario_stands_in_for_the_built_in_one(
    cast: Cast, version: ScenarioVersion, as_member: SignIn
) -> None:
    own = version_for(cast.organisation, "of ours")
    text = body(as_member(cast.helen), f"/team/assign/?member={cast.amina.pk}")
    assert f'value="scenario:{own.scenario_id}"' in text
    assert f'value="scenario:{version.scenario_id}"' not in text


def test_a_supervised_run_of_any_version_ends_it(cast: Cast, version: ScenarioVersion) -> None:
    old = running.begin(cast.amina, version, "supervised")
    assignment = give(cast, version)
    finish(running.begin(cast.amina, version, "guided"))
    finish(running.begin(cast.daniel, version, "supervised"))
    assignment.refresh_from_db()
    assert assignment.completed_at is None
    ScenarioVersion.objects.filter(pk=version.pk).update(state=ScenarioVersion.State.RETIRED)
    finish(old)
    assignment.refresh_from_db()
    assert assignment.completed_at == old.finished_at
    assert Standing.objects.get(member=cast.amina).next_due_on is None


def test_a_rehearsal_given_again_is_done_by_the_next_run_though_it_does_not_count(
    cast: Cast, version: ScenarioVersion
) -> None:
    finish(running.begin(cast.amina, version, "supervised"))
    assignment = give(cast, version)
    again = finish(running.begin(cast.amina, version, "supervised"))
    assignment.refresh_from_db()
    assert not again.counts
    assert assignment.completed_at is not None


def test_an_assigned_rehearsal_goes_on_where_it_stands(
    cast: Cast, version: ScenarioVersion, as_member: SignIn
) -> None:
    give(cast, version)
    client = as_member(cast.amina)
    assert "A rehearsal of about 10 minutes." in body(client, "/")
    run = started(cast.amina, version, "careful")
    text = body(client, "/")
    assert "A small payment run waits at 09:0" in text
    assert f'class="button primary" href="/rehearsals/runs/{run.pk}/"' in text


def test_it_is_reminded_of_withdrawn_and_kept_in_the_record(
    cast: Cast, version: ScenarioVersion, as_member: SignIn
) -> None:
    assignment = give(cast, version, days=1)
    Assignment.objects.update(assigned_at=clock.now() - timedelta(days=3))
    job = BackgroundJob.objects.create(organisation=cast.organisation, kind="daily-round")
    reminders.daily(cast.organisation, job)
    assert "A small payment run" in Message.objects.get(kind="learning/due-soon").subject
    assert "A small payment run" in body(as_member(cast.amina), "/record/")
    client = as_member(cast.helen)
    client.post(f"/team/assignments/{assignment.pk}/remind/")
    client.post(f"/team/assignments/{assignment.pk}/withdraw/")
    assert Message.objects.filter(kind="learning/reminder").count() == 1
    finish(running.begin(cast.amina, version, "supervised"))
    assignment.refresh_from_db()
    assert assignment.withdrawn_at is not None
    assert assignment.completed_at is None


def test_an_assignment_is_of_one_thing(
    cast: Cast, version: ScenarioVersion, module: Module
) -> None:
    values = {"organisation": cast.organisation, "member": cast.amina, "due_on": clock.today()}
    for targets in ({}, {"module": module, "scenario": version.scenario}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Assignment.objects.create(**values, **targets)


# ---- Found ---------------------------------------------------------------------------------


def test_search_finds_what_can_be_rehearsed(
    cast: Cast, elsewhere: Cast, version: ScenarioVersion
) -> None:
    version_for(elsewhere.organisation, "theirs")
    found = dict(search.find(cast.amina, "payment small"))
    assert [(hit.title, hit.url) for hit in found["Rehearsals"]] == [
        ("A small payment run", "/rehearsals/small-run/")
    ]
    ScenarioVersion.objects.update(state=ScenarioVersion.State.RETIRED)
    assert "Rehearsals" not in dict(search.find(cast.amina, "payment small"))
