"""Workplace tasks: the draft, handing in, who marks what, the marks, a second grader."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from assessments import marking, workplace
from assessments.models import Mark, Submission, WorkplaceTask
from assessments.results import Result
from people import clock
from people.models import AuditEvent, Message
from tests.assessments.builders import hand_in, make_module, make_task, task_document
from tests.conftest import Cast, SignIn
from tests.factories import make_member

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

TEXT = "<script>alert(1)</script> & what I did"


def page(task: WorkplaceTask) -> str:
    return reverse("task_page", args=[task.step_id])


def save(client: Client, task: WorkplaceTask, **values: str) -> Response:
    return client.post(reverse("task_save", args=[task.step_id]), values)


def grade(work: Submission) -> str:
    return reverse("grade", args=[work.pk])


def bands(*values: int | str) -> dict[str, str]:
    return {f"band-{n}": str(band) for n, band in enumerate(values)}


def given(band: int = 3) -> dict[str, marking.Given]:
    return {f"criterion-{n}": marking.Given(band, "") for n in range(1, 5)}


def test_the_page_shows_brief_rubric_and_an_empty_draft_without_writing(
    cast: Cast, as_member: SignIn
) -> None:
    task = make_task()
    text = as_member(cast.amina).get(page(task)).content.decode()
    for words in ("What to do.", "Band 4 of 2", "Uses with an owner", "Hand in"):
        assert words in text
    assert not Submission.objects.exists()


def test_the_draft_is_saved_as_typed_by_the_contract_of_answers(
    cast: Cast, as_member: SignIn
) -> None:
    task = make_task()
    client = as_member(cast.amina)
    first = save(client, task, text="One", measure_before="12.5", sequence="5")
    assert (first.status_code, first.json()["sequence"]) == (200, 5)
    older = save(client, task, text="Zero", sequence="4")
    assert (older.json()["sequence"], older.json()["kept"]) == (5, "newer")
    assert save(client, task, text="Two", measure_before="13", sequence="6").json()["sequence"] == 6
    work = Submission.objects.get()
    assert (work.text, work.measure_before, work.measure_after) == ("Two", Decimal(13), None)
    assert work.member == cast.amina


def test_a_measure_that_is_no_number_is_named_and_the_text_kept(
    cast: Cast, as_member: SignIn
) -> None:
    task = make_task()
    response = save(as_member(cast.amina), task, text="One", measure_after="many", sequence="1")
    assert response.status_code == 200
    assert "Measure after" in response.json()["problems"]
    assert Submission.objects.get().text == "One"


@pytest.mark.parametrize(
    "values",
    [{"text": "x" * 20_001, "sequence": "1"}, {"text": "x"}, {"text": "x", "sequence": "0"}],
)
def test_a_draft_that_cannot_be_kept_is_refused(
    cast: Cast, as_member: SignIn, values: dict[str, str]
) -> None:
    task = make_task()
    assert save(as_member(cast.amina), task, **values).status_code == 400
    assert not Submission.objects.exists()


def test_other_organisations_tasks_do_not_exist_and_signed_out_scripts_hear_it(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    version = make_module(task_document(), organisation=elsewhere.organisation)
    task = version.steps.get(kind="task").task
    client = as_member(cast.amina)
    assert client.get(page(task)).status_code == 404
    assert client.post(page(task), {"text": "x", "sequence": "1"}).status_code == 404
    assert save(client, task, text="x", sequence="1").status_code == 404
    assert Client().post(reverse("task_save", args=[task.step_id])).status_code == 401
    assert as_member(elsewhere.amina).get(page(task)).status_code == 200
    assert client.get(reverse("task_save", args=[task.step_id])).status_code == 405
    assert client.put(page(task)).status_code == 405


def test_handing_in_closes_the_draft_and_finishes_the_step(
    cast: Cast, as_member: SignIn, steps: list[tuple[str, bool]]
) -> None:
    task = make_task()
    client = as_member(cast.amina)
    empty = client.post(page(task), {"text": " ", "sequence": "1", "action": "hand-in"})
    assert empty.status_code == 400
    assert "Write what you did" in empty.content.decode()
    client.post(page(task), {"text": "Draft", "sequence": "1", "action": "save"})
    assert Submission.objects.get().state == "draft"
    client.post(page(task), {"text": TEXT, "sequence": "2", "action": "hand-in"})
    assert Submission.objects.get().state == "handed-in"
    assert steps == [(task.step.title, True)]
    closed = save(client, task, text="More", sequence="3")
    assert (closed.status_code, closed.json()["kept"]) == (409, "closed")
    again = client.post(
        page(task), {"text": "More", "sequence": "4", "action": "hand-in"}, follow=True
    )
    assert "what was handed in stands" in again.content.decode()
    assert "<script>alert" not in again.content.decode()
    assert Submission.objects.get().text == TEXT


def test_the_queue_holds_what_each_audience_may_mark(cast: Cast, elsewhere: Cast) -> None:
    helpers = {by: make_task(graded_by=by) for by in ("trainer", "manager", "either")}
    works = {by: hand_in(cast.amina, task) for by, task in helpers.items()}
    hand_in(cast.victor, helpers["manager"])
    hand_in(elsewhere.amina, helpers["either"])
    draft = hand_in(cast.daniel, helpers["either"])
    Submission.objects.filter(pk=draft.pk).update(state="draft")
    assert set(marking.queue(cast.joanna)) == {works["trainer"], works["either"]}
    assert set(marking.queue(cast.helen)) == {works["manager"], works["either"]}
    assert not marking.queue(cast.rosa)
    assert not marking.queue(cast.amina)


def test_nobody_marks_their_own_work(cast: Cast, as_member: SignIn) -> None:
    work = hand_in(cast.joanna, make_task())
    assert work not in marking.queue(cast.joanna)
    assert as_member(cast.joanna).get(grade(work)).status_code == 403
    assert as_member(cast.joanna).post(grade(work), bands(4, 4, 4, 4)).status_code == 403


def test_works_out_of_reach_are_refused_and_other_organisations_do_not_exist(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    work = hand_in(cast.amina, make_task())
    expected = {cast.joanna: 200, cast.helen: 200, cast.rosa: 403, cast.daniel: 403, cast.noor: 403}
    for member, status in expected.items():
        assert as_member(member).get(grade(work)).status_code == status, member
    for member in (elsewhere.joanna, elsewhere.helen):
        assert as_member(member).get(grade(work)).status_code == 404
        assert as_member(member).post(grade(work), bands(4, 4, 4, 4)).status_code == 404
    assert as_member(cast.joanna).put(grade(work)).status_code == 405
    assert as_member(cast.amina).get(reverse("grading")).status_code == 403


def test_what_a_marker_looks_for_is_shown_to_markers_alone(cast: Cast, as_member: SignIn) -> None:
    notes = "The share is 22 of 300."
    task = make_task(marking=notes)
    learner = as_member(cast.amina)
    assert "22 of 300" not in learner.get(page(task)).content.decode()
    work = hand_in(cast.amina, task)
    assert "22 of 300" not in learner.get(page(task)).content.decode()
    text = as_member(cast.joanna).get(grade(work)).content.decode()
    assert "<p>The share is 22 of 300.</p>" in text
    assert "What to do." in text
    marking.mark(work, cast.joanna, given())
    assert "22 of 300" not in learner.get(page(task)).content.decode()
    assert (
        "What a marker looks for"
        not in as_member(cast.joanna)
        .get(grade(hand_in(cast.daniel, make_task(id="another-task"))))
        .content.decode()
    )


def test_the_text_is_shown_escaped_with_the_rubric(cast: Cast, as_member: SignIn) -> None:
    work = hand_in(cast.amina, make_task(), text=TEXT)
    text = as_member(cast.joanna).get(grade(work)).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert text.count('type="radio" name="band-') == 20


def test_marks_become_one_result_and_the_member_hears(
    cast: Cast, as_member: SignIn, results: list[Result]
) -> None:
    task = make_task()
    work = hand_in(cast.amina, task)
    following = hand_in(cast.daniel, task)
    values = {**bands(4, 3, 2, 0), "comment-0": "Clear.", "action": "mark"}
    response = as_member(cast.joanna).post(grade(work), values)
    assert response["Location"] == grade(following)
    work.refresh_from_db()
    assert work.state == "graded"
    assert list(work.marks.order_by("criterion").values_list("band", flat=True)) == [4, 3, 2, 0]
    (result,) = results
    assert (result.source_kind, result.source_id, result.step_id) == ("task", work.pk, task.step_id)
    observation = result.observations[0]
    assert (observation.kind, observation.outcome, observation.steps) == ("graded", 4, 4)
    assert observation.thresholds == (-1.5, -0.5, 0.5, 1.5)
    assert (observation.slope, observation.weight) == (1.2, 0.75)
    assert (observation.difficulty, observation.difficulty_variance) == (-0.7, 0.09)
    assert (observation.grader_id, observation.as_manager) == (cast.joanna.pk, False)
    assert sum(each.weight for each in result.observations) <= 3
    assert Message.objects.get(kind="assessments/marked").member == cast.amina
    assert AuditEvent.objects.filter(action="task.marked", subject=cast.amina).exists()
    page_text = as_member(cast.amina).get(page(task)).content.decode()
    assert "Clear." in page_text
    assert "Band 4 of 1" in page_text


def test_a_manager_s_marks_say_so_even_if_they_train_too(cast: Cast, results: list[Result]) -> None:
    cast.helen.is_trainer = True
    cast.helen.save()
    marking.mark(hand_in(cast.amina, make_task()), cast.helen, given())
    assert all(each.as_manager for each in results[0].observations)
    assert all(Mark.objects.values_list("as_manager", flat=True))


def test_marks_are_all_needed_and_what_was_chosen_is_kept(cast: Cast, as_member: SignIn) -> None:
    work = hand_in(cast.amina, make_task())
    values = {**bands(4, 3, 2), "comment-1": "Typed already"}
    response = as_member(cast.joanna).post(grade(work), values)
    assert response.status_code == 400
    text = response.content.decode()
    assert "Choose the band that fits" in text
    assert "Typed already" in text
    assert sum("band-" in each and " checked" in each for each in text.split("<input")) == 3
    for wrong in ("5", "-1", "x"):
        assert as_member(cast.joanna).post(grade(work), bands(4, 3, 2, wrong)).status_code == 400
    assert not Mark.objects.exists()


def test_two_graders_of_one_work_never_both_count(
    cast: Cast, as_member: SignIn, results: list[Result]
) -> None:
    work = hand_in(cast.amina, make_task())
    assert marking.mark(work, cast.joanna, given())
    assert not marking.mark(work, cast.helen, given(0))
    assert Mark.objects.count() == 4
    assert len(results) == 1
    assert as_member(cast.helen).post(grade(work), bands(0, 0, 0, 0))["Location"] == reverse(
        "grading"
    )


def test_a_returned_work_says_what_to_change_and_can_be_handed_in_again(
    cast: Cast, as_member: SignIn, steps: list[tuple[str, bool]]
) -> None:
    task = make_task()
    work = hand_in(cast.amina, task)
    client = as_member(cast.joanna)
    assert client.post(grade(work), {"action": "return", "what_to_change": ""}).status_code == 400
    values = {"action": "return", "what_to_change": "Add <b>the</b> owner."}
    assert client.post(grade(work), values)["Location"] == reverse("grading")
    text = as_member(cast.amina).get(page(task)).content.decode()
    assert "Add &lt;b&gt;the&lt;/b&gt; owner." in text
    assert "What I did." in text
    assert Message.objects.filter(kind="assessments/returned", member=cast.amina).exists()
    again = {"text": "Better", "sequence": "9", "action": "hand-in"}
    as_member(cast.amina).post(page(task), again)
    work.refresh_from_db()
    assert (work.state, work.text) == ("handed-in", "Better")
    assert steps == [(task.step.title, False), (task.step.title, True)]


def test_an_appeal_is_marked_unseen_by_somebody_else(
    cast: Cast, as_member: SignIn, results: list[Result]
) -> None:
    task = make_task()
    work = hand_in(cast.amina, task)
    first = {key: marking.Given(0, "first-comment") for key in given()}
    marking.mark(work, cast.joanna, first)
    client = as_member(cast.amina)
    assert client.post(page(task), {"action": "appeal", "reason": ""}).status_code == 400
    client.post(page(task), {"action": "appeal", "reason": "Look at the second part."})
    work.refresh_from_db()
    assert work.state == "handed-in"
    assert work not in marking.queue(cast.joanna)
    assert as_member(cast.joanna).get(grade(work)).status_code == 403
    second = make_member(cast.organisation, "Second Trainer", is_trainer=True)
    text = as_member(second).get(grade(work)).content.decode()
    assert "first-comment" not in text
    assert "Joanna" not in text
    assert "Look at the second part." in text
    assert as_member(second).post(grade(work), bands(3, 3, 3, 3)).status_code == 302
    assert [(each.source_kind, each.source_id) for each in results] == [
        ("task", work.pk),
        ("task-appeal", work.pk),
    ]
    assert sorted(Mark.objects.values_list("round", flat=True)) == [1] * 4 + [2] * 4
    shown = client.get(page(task)).content.decode()
    assert "Marks of the second grader" in shown
    assert "first-comment" in shown
    assert not workplace.appeal(work, "Once more")


def test_an_appeal_is_open_for_fourteen_days(cast: Cast, as_member: SignIn) -> None:
    task = make_task()
    work = hand_in(cast.amina, task)
    marking.mark(work, cast.joanna, given())
    work.refresh_from_db()
    client = as_member(cast.amina)
    with clock.at(clock.now() + timedelta(days=15)):
        assert workplace.appeal_until(work) is None
        client.post(page(task), {"action": "appeal", "reason": "Too late"})
        work.refresh_from_db()
        assert work.appealed_at is None
    assert "Ask until" in client.get(page(task)).content.decode()


def test_only_the_member_may_appeal_and_only_after_marks(cast: Cast, as_member: SignIn) -> None:
    task = make_task()
    work = hand_in(cast.amina, task)
    for member in (cast.daniel, cast.amina):
        as_member(member).post(page(task), {"action": "appeal", "reason": "Please"})
    work.refresh_from_db()
    assert work.appealed_at is None


def test_an_empty_queue_says_what_will_stand_there(cast: Cast, as_member: SignIn) -> None:
    text = as_member(cast.joanna).get(reverse("grading")).content.decode()
    assert "Nothing waits for you" in text


def test_the_queue_is_paged_and_costs_the_same_for_five_and_fifty(
    cast: Cast, as_member: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    task = make_task()
    client = as_member(cast.joanna)
    costs = []
    for count in (5, 55):
        while Submission.objects.count() < count:
            hand_in(make_member(cast.organisation, "Member", team=cast.care), task)
        with django_assert_max_num_queries(9) as made:
            text = client.get(reverse("grading")).content.decode()
        costs.append(len(made))
    assert costs[0] == costs[1]
    assert "1 to 50 of 55" in text


def test_statements_of_the_task_pages(
    cast: Cast, as_member: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    task = make_task()
    client = as_member(cast.amina)
    save(client, task, text="One", sequence="1")
    with django_assert_max_num_queries(6):
        save(client, task, text="Two", sequence="2")
    with django_assert_max_num_queries(8):
        client.get(page(task))
    work = hand_in(cast.daniel, task)
    grader = as_member(cast.joanna)
    with django_assert_max_num_queries(8):
        grader.get(grade(work))
