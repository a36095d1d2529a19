"""Answers that came after the deadline: a trainer decides, and everything follows from it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments import attempts, late
from assessments.models import Attempt, AttemptItem
from learning import evidence
from learning.models import Belief, Enrolment, Evidence, StepProgress
from people import clock
from people.models import AuditEvent, Member, Message
from tests.assessments.builders import make_quiz, places_of
from tests.conftest import Cast, SignIn

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

KEY = "a-submission-key"


def take(
    member: Member, *, held: dict[int, int], came: dict[int, int], purpose: str = "gate"
) -> Attempt:
    """Answers `held` in time and `came` late, each a mapping from order to answer; 0 is right."""
    quiz = make_quiz(purpose, time_limit=10)
    attempt = attempts.start(member, quiz)
    places = {place.order: place for place in places_of(attempt)}
    for order, answer in held.items():
        attempts.save(places[order], answer, None, 1)
    assert attempt.deadline is not None
    with clock.at(attempt.deadline + timedelta(minutes=2)):
        for order, answer in came.items():
            assert attempts.save(places[order], answer, None, 2).kept == attempts.Kept.LATE
        attempts.submit(attempt, KEY, {}, confirmed=True)
    return Attempt.objects.select_related(
        "member__user", "member__organisation", "quiz__step__version__module"
    ).get(pk=attempt.pk)


def nearly(member: Member) -> Attempt:
    """Five of eight right in time; a wrong one put right and an empty one filled, both late."""
    held = {1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 1, 7: 1}
    return take(member, held=held, came={6: 0, 8: 0})


def address(attempt: Attempt) -> str:
    return reverse("late_answers", args=[attempt.pk])


def post(client: Client, attempt: Attempt, decision: str) -> Response:
    return client.post(address(attempt), {"decision": decision})


def test_what_came_late_counts_when_a_trainer_says_so(cast: Cast, as_member: SignIn) -> None:
    attempt = nearly(cast.amina)
    assert (attempt.score, attempt.passed) == (5 / 8, False)
    assert Evidence.objects.count() == 7
    answer = post(as_member(cast.joanna), attempt, "count")
    assert answer["Location"] == reverse("grading")
    attempt.refresh_from_db()
    assert (attempt.score, attempt.passed) == (7 / 8, True)
    counted = dict(attempt.places.values_list("order", "late_counted"))
    assert [order for order, each in counted.items() if each] == [6, 8]
    # The wrong answer's row is corrected; the empty item had none and gets its own.
    corrected = Evidence.objects.exclude(corrects=None).get()
    assert corrected.corrects is not None
    assert (corrected.outcome, corrected.corrects.outcome) == (1, 0)
    assert corrected.corrected_by == cast.joanna
    assert "came after the deadline" in corrected.reason
    fresh = Evidence.objects.get(source_kind="quiz-late")
    assert (fresh.outcome, fresh.source_id, fresh.corrects) == (1, attempt.pk, None)
    assert evidence.first_broken_link(cast.amina) is None
    assert Belief.objects.get(member=cast.amina).pieces == 8
    done = StepProgress.objects.get(enrolment__member=cast.amina, step=attempt.quiz.step)
    assert done.done_at is not None
    assert Enrolment.objects.filter(member=cast.amina).exists()


def test_left_as_it_was_nothing_moves(cast: Cast, as_member: SignIn) -> None:
    attempt = nearly(cast.amina)
    post(as_member(cast.joanna), attempt, "leave")
    attempt.refresh_from_db()
    assert (attempt.score, attempt.passed) == (5 / 8, False)
    assert Evidence.objects.count() == 7
    assert not StepProgress.objects.filter(done_at__isnull=False).exists()
    late_ones = attempt.places.filter(late_answer__isnull=False)
    assert set(late_ones.values_list("late_counted", flat=True)) == {False}


@pytest.mark.parametrize(
    ("decision", "action", "said"),
    [
        ("count", "late-answers.counted", "count now, and the quiz is passed"),
        ("leave", "late-answers.left", "stands as it was"),
    ],
)
def test_a_decision_is_audited_and_told_and_made_once(
    cast: Cast, as_member: SignIn, decision: str, action: str, said: str
) -> None:
    attempt = nearly(cast.amina)
    client = as_member(cast.joanna)
    other = "leave" if decision == "count" else "count"
    for again in (decision, decision, other):
        assert post(client, attempt, again).status_code == 302
    assert not late.decide(attempt, count=True, by=cast.joanna)
    event = AuditEvent.objects.get(action__startswith="late-answers")
    assert (event.action, event.actor, event.subject) == (action, cast.joanna, cast.amina)
    mail = Message.objects.get(kind="assessments/late")
    assert mail.member == cast.amina
    assert said in mail.text
    assert Evidence.objects.count() == (9 if decision == "count" else 7)
    attempt.refresh_from_db()
    assert attempt.passed is (decision == "count")


def test_counting_never_takes_away_what_was_held(cast: Cast, as_member: SignIn) -> None:
    attempt = take(cast.amina, held=dict.fromkeys(range(1, 9), 0), came={1: 1})
    assert attempt.passed
    text = as_member(cast.joanna).get(address(attempt)).content.decode()
    assert "Count what came late" not in text
    assert "changes nothing" in text
    post(as_member(cast.joanna), attempt, "count")
    attempt.refresh_from_db()
    assert (attempt.score, attempt.passed) == (1, True)
    assert attempt.places.get(order=1).counted_answer == 0
    assert not Evidence.objects.exclude(corrects=None).exists()


def test_a_pre_test_shows_nothing_early_or_late(cast: Cast) -> None:
    attempt = take(cast.amina, held={1: 1}, came={1: 0, 2: 0}, purpose="pre-test")
    assert late.decide(attempt, count=True, by=cast.joanna)
    attempt.refresh_from_db()
    assert attempt.score == pytest.approx(2 / 3)
    assert not Evidence.objects.exists()


def test_an_open_attempt_is_not_decided_on(cast: Cast) -> None:
    attempt = attempts.start(cast.amina, make_quiz("gate", time_limit=10))
    AttemptItem.objects.filter(attempt=attempt, order=1).update(late_answer=0)
    assert not late.decide(attempt, count=True, by=cast.joanna)
    assert not late.waiting(cast.joanna).exists()


def test_the_page_shows_the_case_and_both_answers(cast: Cast, as_member: SignIn) -> None:
    attempt = take(cast.amina, held={1: 1}, came={1: 0, 2: 0})
    text = as_member(cast.joanna).get(address(attempt)).content.decode()
    place = places_of(attempt)[0]
    assert f"Option B of {place.item.key}" in text
    assert f"Option A of {place.item.key}" in text
    assert "<p>A situation.</p>" in text
    assert "nothing <span" in text
    assert text.count("Came late") == 2
    assert text.count("<h1") == 1


def test_the_learner_reads_what_became_of_it(cast: Cast, as_member: SignIn) -> None:
    attempt = nearly(cast.amina)
    review = reverse("quiz_review", args=[attempt.pk])
    assert "kept for your trainer" in as_member(cast.amina).get(review).content.decode()
    post(as_member(cast.joanna), attempt, "count")
    text = as_member(cast.amina).get(review).content.decode()
    assert "kept for your trainer" not in text
    assert "a trainer let it count" in text


def test_who_decides(cast: Cast, elsewhere: Cast, as_member: SignIn) -> None:
    attempt = nearly(cast.amina)
    for nobody in (cast.amina, cast.helen, cast.noor):
        assert as_member(nobody).get(address(attempt)).status_code == 403
        assert post(as_member(nobody), attempt, "count").status_code == 403
    for stranger in (elsewhere.joanna, elsewhere.helen):
        assert post(as_member(stranger), attempt, "count").status_code == 404
    assert post(as_member(cast.joanna), attempt, "maybe").status_code == 400
    assert as_member(cast.joanna).put(address(attempt)).status_code == 405
    on_time = take(cast.daniel, held={1: 0}, came={})
    assert as_member(cast.joanna).get(address(on_time)).status_code == 404
    own = take(cast.joanna, held={}, came={1: 0})
    assert post(as_member(cast.joanna), own, "count").status_code == 403
    assert not AttemptItem.objects.exclude(late_counted=None).exists()


def test_the_queue_names_them_for_trainers_only_and_costs_the_same_for_more(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    client = as_member(cast.joanna)
    queue = reverse("grading")
    assert "came late" not in client.get(queue).content.decode()

    def statements() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as captured:
            text = client.get(queue).content.decode()
        return len(captured), text.count("/grading/late/")

    first = nearly(cast.amina)
    few, listed = statements()
    assert listed == 1
    take(cast.daniel, held={}, came={1: 0})
    take(cast.victor, held={}, came={1: 0, 2: 0})
    assert statements() == (few, 3)
    for other in (cast.helen, elsewhere.joanna):
        assert "/grading/late/" not in as_member(other).get(queue).content.decode()
    post(client, first, "leave")
    assert statements()[1] == 2
