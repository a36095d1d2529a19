"""Steps: opening enrols and notes once, modules complete, versions stay pinned, access."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assessments.models import Attempt
from assessments.results import Result, result_announced, step_changed
from curriculum.models import Module
from curriculum.publishing import publish, retire
from learning.enrolment import enrol, may_take, move_on, newer_version
from learning.models import Assignment, Enrolment, Standing, StepProgress
from people import clock
from people.models import Member
from tests.conftest import Cast
from tests.learning.taught import make_module, make_track, make_version, published, step_of

SignIn = Callable[[Member], Client]
WRITES = ("INSERT", "UPDATE", "DELETE")


def announce(member: Member, module: Module, *, passed: bool = True, source_id: int = 1) -> None:
    result = Result(
        member=member,
        source_kind="quiz",
        source_id=source_id,
        title="The gate",
        at=clock.now(),
        observations=(),
        step_id=step_of(module, "gate").pk,
        step_done=passed,
    )
    result_announced.send(sender=Attempt, result=result)


def assign(cast: Cast, **target: object) -> Assignment:
    return Assignment.objects.create(
        organisation=cast.organisation,
        member=cast.amina,
        assigned_by=cast.helen,
        due_on=clock.today() + timedelta(days=5),
        **target,
    )


def test_opening_a_lesson_enrols_on_the_published_version_and_notes_it_done(
    cast: Cast, as_member: SignIn
) -> None:
    module = make_module()
    page = as_member(cast.amina).get(f"/steps/{step_of(module, 'first').pk}/")
    assert page.status_code == 200
    assert b"The first paragraph." in page.content
    enrolment = Enrolment.objects.get(member=cast.amina, module=module)
    assert enrolment.version_id == module.published_version_id
    progress = StepProgress.objects.get(enrolment=enrolment)
    assert progress.step.key == "first"
    assert progress.done_at is not None


def test_a_second_view_writes_nothing_and_asks_at_most_eight_times(
    cast: Cast, as_member: SignIn
) -> None:
    module = make_module(lessons=tuple(f"l{n}" for n in range(12)))
    client, url = as_member(cast.amina), f"/steps/{step_of(module, 'l3').pk}/"
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(url).status_code == 200
    assert not [q for q in asked.captured_queries if q["sql"].startswith(WRITES)]
    assert len(asked) <= 8, [q["sql"] for q in asked.captured_queries]


def test_the_door_of_a_quiz_asks_at_most_eight_times(cast: Cast, as_member: SignIn) -> None:
    module = make_module()
    client, url = as_member(cast.amina), f"/steps/{step_of(module, 'gate').pk}/"
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        page = client.get(url)
    assert len(asked) <= 8, [q["sql"] for q in asked.captured_queries]
    text = page.content.decode()
    assert "/start/" in text
    assert "None yet." in text
    assert "Begin" in text


def test_three_failed_tries_close_the_door_for_a_day(cast: Cast, as_member: SignIn) -> None:
    module = make_module()
    quiz = step_of(module, "gate").quiz
    for number in (1, 2, 3):
        Attempt.objects.create(
            member=cast.amina,
            quiz=quiz,
            number=number,
            state=Attempt.State.SUBMITTED,
            submitted_at=clock.now(),
            score=0.5,
            passed=False,
        )
    client, url = as_member(cast.amina), f"/steps/{quiz.step_id}/"
    text = client.get(url).content.decode()
    assert "The next try opens" in text
    assert "/start/" not in text
    with clock.at(clock.now() + timedelta(hours=25)):
        assert "/start/" in client.get(url).content.decode()


def test_an_open_attempt_is_gone_on_with(cast: Cast, as_member: SignIn) -> None:
    quiz = step_of(make_module(), "gate").quiz
    Attempt.objects.create(member=cast.amina, quiz=quiz, number=1)
    assert "Go on</button>" in as_member(cast.amina).get(f"/steps/{quiz.step_id}/").content.decode()


def test_a_task_leads_to_its_own_page(cast: Cast, as_member: SignIn) -> None:
    task = step_of(make_module(task=True), "task")
    assert as_member(cast.amina).get(f"/steps/{task.pk}/")["Location"] == f"/tasks/{task.pk}/"


def test_steps_of_other_organisations_drafts_and_nobody_do_not_exist(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    theirs = make_module("X1", organisation=elsewhere.organisation)
    draft = make_version(make_module("F2"), publish_it=False)
    client = as_member(cast.amina)
    for pk in (step_of(theirs, "first").pk, draft.steps.get(key="first").pk, 999_999):
        assert client.get(f"/steps/{pk}/").status_code == 404
    assert client.get(f"/modules/{theirs.pk}/").status_code == 404
    assert client.post(f"/modules/{theirs.pk}/start/").status_code == 404
    assert not Enrolment.objects.exists()


def test_a_module_that_was_never_published_does_not_exist(cast: Cast, as_member: SignIn) -> None:
    module = make_module("F9", publish_it=False)
    assert as_member(cast.amina).get(f"/modules/{module.pk}/").status_code == 404


def test_the_module_is_complete_when_lessons_gate_and_task_are_done(
    cast: Cast, as_member: SignIn
) -> None:
    module = make_module(task=True)
    client = as_member(cast.amina)
    client.get(f"/steps/{step_of(module, 'first').pk}/")
    text = client.get(f"/modules/{module.pk}/").content.decode()
    assert "Lesson “Lesson second” has not been opened." in text
    assert "“The gate” has not been passed" in text
    client.get(f"/steps/{step_of(module, 'second').pk}/")
    announce(cast.amina, module)
    assert Enrolment.objects.get(member=cast.amina).completed_at is None
    step_changed.send(sender=Module, member=cast.amina, step=step_of(module, "task"), done=True)
    assert Enrolment.objects.get(member=cast.amina).completed_at is not None
    assert "Complete since" in client.get(f"/modules/{module.pk}/").content.decode()


def test_a_work_given_back_opens_the_module_again(cast: Cast) -> None:
    module = make_module(lessons=(), gate=False, task=True)
    task = step_of(module, "task")
    step_changed.send(sender=Module, member=cast.amina, step=task, done=True)
    assert Enrolment.objects.get().completed_at is not None
    step_changed.send(sender=Module, member=cast.amina, step=task, done=False)
    assert Enrolment.objects.get().completed_at is None
    assert StepProgress.objects.get().done_at is None


def test_a_failed_gate_completes_nothing(cast: Cast) -> None:
    module = make_module(lessons=())
    announce(cast.amina, module, passed=False)
    assert not StepProgress.objects.filter(done_at__isnull=False).exists()


def test_completing_a_module_ends_its_assignment_and_refreshes_the_standing(cast: Cast) -> None:
    module, other = make_module(lessons=()), make_module("F2", lessons=())
    open_one, kept = assign(cast, module=module), assign(cast, module=other)
    announce(cast.amina, module)
    open_one.refresh_from_db()
    kept.refresh_from_db()
    assert open_one.completed_at is not None
    assert kept.completed_at is None
    assert Standing.objects.get(member=cast.amina).next_due_on == kept.due_on


def test_an_assigned_track_ends_with_its_last_module(cast: Cast) -> None:
    track = make_track()
    first = make_module("F1", lessons=(), track=track)
    second = make_module("F2", lessons=(), track=track)
    assignment = assign(cast, track=track)
    announce(cast.amina, first, source_id=1)
    assignment.refresh_from_db()
    assert assignment.completed_at is None
    announce(cast.amina, second, source_id=2)
    assignment.refresh_from_db()
    assert assignment.completed_at is not None


def test_a_completed_module_assigned_again_ends_with_the_next_gate(cast: Cast) -> None:
    module = make_module(lessons=())
    announce(cast.amina, module, source_id=1)
    again = assign(cast, module=module)
    announce(cast.amina, module, source_id=2)
    again.refresh_from_db()
    assert again.completed_at is not None


def test_who_began_keeps_the_version_and_may_go_on_in_a_retired_module(
    cast: Cast, as_member: SignIn
) -> None:
    module = make_module()
    old = step_of(module, "first")
    client = as_member(cast.amina)
    client.get(f"/steps/{old.pk}/")
    make_version(module)
    new = step_of(module, "first")
    assert client.get(f"/steps/{new.pk}/")["Location"] == f"/steps/{old.pk}/"
    assert may_take(cast.amina, old)
    assert not may_take(cast.amina, new)
    assert not may_take(cast.daniel, old)
    retire(module, by=None)
    assert client.get(f"/steps/{old.pk}/").status_code == 200
    assert "You began before that" in client.get(f"/modules/{module.pk}/").content.decode()
    late = as_member(cast.daniel)
    assert late.get(f"/steps/{new.pk}/")["Location"] == f"/modules/{module.pk}/"
    assert "It cannot be begun any more" in late.get(f"/modules/{module.pk}/").content.decode()
    assert late.post(f"/modules/{module.pk}/start/")["Location"] == f"/modules/{module.pk}/"
    assert not Enrolment.objects.filter(member=cast.daniel).exists()


def test_moving_to_a_newer_version_keeps_what_is_the_same(cast: Cast, as_member: SignIn) -> None:
    module = make_module()
    client = as_member(cast.amina)
    client.get(f"/steps/{step_of(module, 'first').pk}/")
    announce(cast.amina, module)
    make_version(module, lessons=("first", "third"))
    text = client.get(f"/modules/{module.pk}/").content.decode()
    assert "There is a newer version" in text
    assert client.get(f"/modules/{module.pk}/move-on/").status_code == 405
    assert client.post(f"/modules/{module.pk}/move-on/").status_code == 302
    enrolment = Enrolment.objects.get()
    assert enrolment.version_id == module.published_version_id
    done = StepProgress.objects.filter(
        step__version_id=enrolment.version_id, done_at__isnull=False
    ).values_list("step__key", flat=True)
    assert set(done) == {"first", "gate"}


def test_moving_is_refused_while_something_graded_would_be_lost(cast: Cast) -> None:
    module = make_module()
    enrolment = enrol(cast.amina, module)
    announce(cast.amina, module)
    make_version(module, gate=False)
    enrolment = Enrolment.objects.get(pk=enrolment.pk)
    newer = newer_version(enrolment)
    assert newer is not None
    assert newer.obstacles == ("“The gate” is done and has no place in the newer version.",)
    assert not move_on(enrolment)
    make_version(module)
    enrolment = Enrolment.objects.get(pk=enrolment.pk)
    quiz = enrolment.version.steps.get(key="gate").quiz
    Attempt.objects.create(member=cast.amina, quiz=quiz, number=1)
    assert not move_on(enrolment)
    Attempt.objects.update(state=Attempt.State.SUBMITTED)
    assert move_on(enrolment)


def test_links_between_lessons_lead_to_the_version_one_learns(
    cast: Cast, as_member: SignIn
) -> None:
    module = make_module()
    client = as_member(cast.amina)
    step = step_of(module, "second")
    assert client.get("/modules/by-key/F1/second/")["Location"] == f"/steps/{step.pk}/"
    assert client.get("/modules/by-key/F1/unknown/")["Location"] == f"/modules/{module.pk}/"
    assert client.get("/modules/by-key/F7/second/").status_code == 404


def test_starting_leads_to_the_first_step_and_only_by_post(cast: Cast, as_member: SignIn) -> None:
    module = make_module()
    client = as_member(cast.amina)
    assert client.get(f"/modules/{module.pk}/start/").status_code == 405
    first = step_of(module, "first")
    assert client.post(f"/modules/{module.pk}/start/")["Location"] == f"/steps/{first.pk}/"


@pytest.mark.parametrize("members", [10, 1000])
def test_other_learners_cost_nothing(cast: Cast, as_member: SignIn, members: int) -> None:
    from people.models import User

    module = make_module()
    users = User.objects.bulk_create(
        User(email=f"u{n}@example.test", name=f"U {n}") for n in range(members)
    )
    others = Member.objects.bulk_create(
        Member(organisation=cast.organisation, user=user) for user in users
    )
    Enrolment.objects.bulk_create(
        Enrolment(member=other, module=module, version=published(module)) for other in others
    )
    client = as_member(cast.amina)
    client.get(f"/steps/{step_of(module, 'first').pk}/")
    with CaptureQueriesContext(connection) as asked:
        client.get(f"/modules/{module.pk}/")
    assert len(asked) == 8


def test_publishing_says_who_is_affected(cast: Cast) -> None:
    module = make_module(lessons=())
    enrol(cast.daniel, module)
    announce(cast.amina, module)
    assign(cast, module=module)
    version = make_version(module, publish_it=False)
    entry = publish(version, by=None)
    assert entry.impact == {
        "in the middle of it": 1,
        "have completed it": 1,
        "open assignments": 1,
    }
