"""Drawing, saving and submitting: the rules, whatever the page."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection, connections
from pytest_django import DjangoAssertNumQueries

from assessments import attempts, drawing
from assessments.attempts import AlreadySubmitted, Kept, NotHeld, Unanswered
from assessments.models import Attempt, AttemptItem, Quiz
from assessments.results import ObservationKind, Result
from people import clock
from people.models import Member, Message
from tests.assessments.builders import answer_all, item, make_quiz, places_of
from tests.conftest import Cast

KEY = "a-key-of-the-page"


def take(member: Member, quiz: Quiz, right: bool = True) -> Attempt:
    attempt = attempts.start(member, quiz)
    answer_all(attempt, right)
    return attempts.submit(attempt, f"key-{attempt.pk:08}", {})


def test_starting_again_goes_on_with_the_open_attempt(cast: Cast) -> None:
    quiz = make_quiz()
    assert attempts.start(cast.amina, quiz) == attempts.start(cast.amina, quiz)
    assert Attempt.objects.count() == 1
    assert attempts.start(cast.daniel, quiz).member == cast.daniel


def test_a_gate_draws_eight_and_the_second_try_draws_eight_others(cast: Cast) -> None:
    quiz = make_quiz()
    first = take(cast.amina, quiz, right=False)
    second = take(cast.amina, quiz, right=False)
    seen = [{place.item_id for place in places_of(attempt)} for attempt in (first, second)]
    assert [len(items) for items in seen] == [8, 8]
    assert not seen[0] & seen[1]
    third = attempts.start(cast.amina, quiz)
    assert {place.exposure for place in places_of(third)} == {1}


def test_a_colleague_s_attempts_do_not_use_up_one_s_own_items(cast: Cast) -> None:
    quiz = make_quiz()
    take(cast.daniel, quiz)
    assert {place.exposure for place in places_of(attempts.start(cast.amina, quiz))} == {0}


def test_a_pre_test_asks_everything_in_the_order_of_the_file(cast: Cast) -> None:
    quiz = make_quiz("pre-test")
    places = places_of(attempts.start(cast.amina, quiz))
    assert [place.item.key for place in places] == ["pre-test-1", "pre-test-2", "pre-test-3"]


def test_confidence_is_asked_on_one_item_in_three_and_moves_on(cast: Cast) -> None:
    asked = [[n for n in range(1, 9) if drawing.asks_confidence(n, number)] for number in (1, 2, 3)]
    assert asked == [[1, 4, 7], [2, 5, 8], [3, 6]]


def test_repeats_weigh_less_and_only_first_meetings_teach_difficulty(
    cast: Cast, results: list[Result]
) -> None:
    quiz = make_quiz()
    for _ in range(3):
        take(cast.amina, quiz, right=False)
    with clock.at(clock.now() + timedelta(hours=25)):
        take(cast.amina, quiz)
        take(cast.amina, quiz)
    weights = [{each.weight for each in result.observations} for result in results]
    assert weights == [{1.0}, {1.0}, {0.5}, {0.5}, {0.25}]
    firsts = [
        {each.first_item_id is not None for each in result.observations} for result in results
    ]
    assert firsts == [{True}, {True}, {False}, {False}, {False}]


def test_after_three_failed_tries_the_gate_waits_a_day_and_trainers_hear(
    cast: Cast, elsewhere: Cast
) -> None:
    quiz = make_quiz()
    for _ in range(3):
        take(cast.amina, quiz, right=False)
    with pytest.raises(drawing.MustWait) as wait:
        attempts.start(cast.amina, quiz)
    assert timedelta(hours=23) < wait.value.until - clock.now() <= timedelta(hours=24)
    told = list(Message.objects.filter(kind="assessments/gate-failed"))
    assert [message.member for message in told] == [cast.joanna]
    assert "Amina Osei" in told[0].text
    assert not mail.outbox
    with clock.at(clock.now() + timedelta(hours=25)):
        assert attempts.start(cast.amina, quiz).number == 4


def test_a_passed_try_ends_the_row_of_failures(cast: Cast) -> None:
    quiz = make_quiz()
    for right in (False, False, True, False):
        take(cast.amina, quiz, right)
    attempts.start(cast.amina, quiz)


def test_saving_keeps_the_highest_sequence_whatever_comes_later(cast: Cast) -> None:
    place = places_of(attempts.start(cast.amina, make_quiz()))[0]
    assert attempts.save(place, 2, None, 10).kept == Kept.SAVED
    older = attempts.save(place, 1, None, 9)
    assert (older.kept, older.sequence) == (Kept.NEWER, 10)
    assert attempts.save(place, 1, None, 10).kept == Kept.NEWER
    place.refresh_from_db()
    assert (place.answer, place.sequence) == (2, 10)


def test_the_same_answer_sent_twice_is_acknowledged_twice(cast: Cast) -> None:
    place = places_of(attempts.start(cast.amina, make_quiz()))[0]
    attempts.save(place, 2, 1, 10)
    assert attempts.save(place, 2, 1, 10).kept == Kept.SAVED


def test_an_answer_after_the_deadline_is_kept_apart_and_not_graded(
    cast: Cast, results: list[Result]
) -> None:
    quiz = make_quiz("pre-test", time_limit=10)
    attempt = attempts.start(cast.amina, quiz)
    in_time, late, _ = places_of(attempt)
    attempts.save(in_time, 0, None, 1)
    attempts.save(late, 1, None, 1)
    assert attempt.deadline == attempt.started_at + timedelta(minutes=10)
    with clock.at(attempt.deadline + timedelta(seconds=14)):
        assert attempts.save(in_time, 0, None, 2).kept == Kept.SAVED
    with clock.at(attempt.deadline + timedelta(seconds=16)):
        assert attempts.save(late, 0, None, 2).kept == Kept.LATE
        assert attempts.save(late, 0, None, 2).kept == Kept.LATE
        attempts.submit(attempt, KEY, {late.order: 2})
    late.refresh_from_db()
    assert (late.answer, late.late_answer, late.credit) == (1, 0, 0.0)
    assert attempt.score == pytest.approx(1 / 3)


def test_closing_the_tab_does_not_stop_the_clock(cast: Cast) -> None:
    quiz = make_quiz("pre-test", time_limit=10)
    attempt = attempts.start(cast.amina, quiz)
    with clock.at(clock.now() + timedelta(minutes=9)):
        assert attempts.start(cast.amina, quiz).deadline == attempt.deadline


def test_submitting_twice_with_one_key_gives_one_result(cast: Cast, results: list[Result]) -> None:
    attempt = attempts.start(cast.amina, make_quiz())
    answer_all(attempt)
    first = attempts.submit(attempt, KEY, {})
    again = attempts.submit(Attempt.objects.get(pk=attempt.pk), KEY, {})
    assert (first.score, again.score, first.passed) == (1.0, 1.0, True)
    assert len(results) == 1


def test_another_submission_of_the_same_attempt_is_refused(
    cast: Cast, results: list[Result]
) -> None:
    attempt = attempts.start(cast.amina, make_quiz())
    answer_all(attempt, right=False)
    attempts.submit(attempt, KEY, {})
    answer_all(attempt, right=True)
    with pytest.raises(AlreadySubmitted):
        attempts.submit(Attempt.objects.get(pk=attempt.pk), "another-key", {})
    attempt.refresh_from_db()
    assert (attempt.score, attempt.passed, len(results)) == (0.0, False, 1)


def test_submission_is_refused_while_the_server_lacks_answers(
    cast: Cast, results: list[Result]
) -> None:
    attempt = attempts.start(cast.amina, make_quiz())
    answer_all(attempt)
    with pytest.raises(NotHeld) as lacking:
        attempts.submit(attempt, KEY, {1: 1, 3: 2, 4: 99})
    assert lacking.value.orders == [3, 4]
    attempt.refresh_from_db()
    assert attempt.state == Attempt.State.OPEN
    assert not results


def test_unanswered_items_must_be_confirmed(cast: Cast, results: list[Result]) -> None:
    attempt = attempts.start(cast.amina, make_quiz())
    answer_all(attempt)
    AttemptItem.objects.filter(attempt=attempt, order__in=(2, 5)).update(answer=None)
    with pytest.raises(Unanswered) as empty:
        attempts.submit(attempt, KEY, {})
    assert empty.value.orders == [2, 5]
    attempts.submit(attempt, KEY, {}, confirmed=True)
    assert attempt.score == 6 / 8
    assert sorted(each.outcome for each in results[0].observations) == [0, 0, 1, 1, 1, 1, 1, 1]


def test_time_that_ran_out_is_no_evidence_against_the_member(
    cast: Cast, results: list[Result]
) -> None:
    quiz = make_quiz(time_limit=10)
    attempt = attempts.start(cast.amina, quiz)
    attempts.save(places_of(attempt)[0], 0, None, 1)
    with clock.at(clock.now() + timedelta(minutes=11)):
        attempts.submit(attempt, KEY, {})
    assert [each.outcome for each in results[0].observations] == [1]
    assert attempt.passed is False


def test_a_save_after_submission_changes_nothing(cast: Cast) -> None:
    attempt = attempts.start(cast.amina, make_quiz())
    answer_all(attempt)
    attempts.submit(attempt, KEY, {})
    place = places_of(attempt)[0]
    assert attempts.save(place, 3, None, 99).kept == Kept.CLOSED
    place.refresh_from_db()
    assert (place.answer, place.sequence, place.credit) == (0, 1, 1.0)


def test_what_a_gate_announces(cast: Cast, results: list[Result]) -> None:
    quiz = make_quiz()
    take(cast.amina, quiz)
    (result,) = results
    assert (result.member, result.source_kind, result.step_id) == (cast.amina, "quiz", quiz.step_id)
    assert result.step_done
    observation = result.observations[0]
    assert (observation.kind, observation.guess) == (ObservationKind.CHOICE, 0.25)
    assert (observation.difficulty, observation.difficulty_variance) == (-1.7, 0.49)
    assert observation.item.split("@")[0].startswith("gate-")


def test_a_failed_gate_is_evidence_but_leaves_the_step_open(
    cast: Cast, results: list[Result]
) -> None:
    take(cast.amina, make_quiz(), right=False)
    assert not results[0].step_done
    assert {each.outcome for each in results[0].observations} == {0}


def test_the_pass_mark_counts_points(cast: Cast) -> None:
    attempt = attempts.start(cast.amina, make_quiz())
    answer_all(attempt)
    AttemptItem.objects.filter(attempt=attempt, order__lte=2).update(answer=1)
    assert attempts.submit(attempt, KEY, {}).passed is True  # 6 of 8 are 75 per cent
    attempt = attempts.start(cast.daniel, attempt.quiz)
    answer_all(attempt)
    AttemptItem.objects.filter(attempt=attempt, order__lte=3).update(answer=1)
    assert attempts.submit(attempt, KEY, {}).passed is False


def test_a_pre_test_is_for_placement_only(cast: Cast, results: list[Result]) -> None:
    take(cast.amina, make_quiz("pre-test"), right=False)
    assert results[0].observations == ()
    assert results[0].step_done


def test_practice_is_committed_item_by_item_and_ends_by_itself(
    cast: Cast, results: list[Result]
) -> None:
    attempt = attempts.start(cast.amina, make_quiz("practice"))
    places = places_of(attempt)
    assert not attempts.commit(places[0])
    for place, answer in zip(places, (0, 1, 0), strict=True):
        attempts.save(place, answer, None, 1)
        assert attempts.commit(place)
        assert attempts.save(place, 0, None, 2).kept == Kept.CLOSED
    attempt.refresh_from_db()
    assert attempt.state == Attempt.State.SUBMITTED
    assert [each.outcome for each in results[0].observations] == [1, 0, 1]


def test_practice_ended_early_counts_only_what_was_answered(
    cast: Cast, results: list[Result]
) -> None:
    attempt = attempts.start(cast.amina, make_quiz("practice"))
    place = places_of(attempt)[1]
    attempts.save(place, 0, None, 1)
    attempts.commit(place)
    attempts.submit(attempt, KEY, {}, confirmed=True)
    assert [each.item.split("@")[0] for each in results[0].observations] == ["practice-2"]


def test_partly_right_counts_as_points_and_not_as_right(cast: Cast, results: list[Result]) -> None:
    attempt = attempts.start(cast.amina, make_quiz("practice", [item("multiple", key="m")]))
    place = places_of(attempt)[0]
    attempts.save(place, [0], None, 1)
    attempts.submit(attempt, KEY, {})
    observation = results[0].observations[0]
    assert attempt.score == 0.5
    assert (observation.kind, observation.outcome, observation.guess) == ("constructed", 0, 0.05)


def test_an_edit_of_the_quiz_during_an_attempt_does_not_change_its_grading(cast: Cast) -> None:
    attempt = attempts.start(cast.amina, make_quiz("pre-test", [item(key="same")]))
    answer_all(attempt)
    make_quiz("pre-test", [item(key="same", options=list(reversed(item()["options"])))])
    assert attempts.submit(attempt, KEY, {}).score == 1.0


def test_submitting_costs_the_same_for_three_items_and_for_twelve(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    costs = []
    for count in (3, 12):
        quiz = make_quiz("pre-test", [item(key=f"q{n}-{count}") for n in range(count)])
        attempt = attempts.start(cast.amina, quiz)
        answer_all(attempt)
        attempt = Attempt.objects.select_related("quiz__step").get(pk=attempt.pk)
        attempt.member = cast.amina
        with django_assert_max_num_queries(40) as made:
            attempts.submit(attempt, KEY, {})
        costs.append(len(made))
    assert costs[0] == costs[1]


@pytest.mark.django_db(transaction=True)
def test_twenty_submissions_at_once_give_one_result(request: pytest.FixtureRequest) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite in memory is one connection; the sequential test covers it")
    from tests.conftest import make_cast

    cast = make_cast("Calder & Wray")
    attempt = attempts.start(cast.amina, make_quiz())
    answer_all(attempt)
    results = request.getfixturevalue("results")
    outcomes: list[str] = []
    start = threading.Barrier(20)

    def submit(number: int) -> None:
        start.wait()
        try:
            attempts.submit(Attempt.objects.get(pk=attempt.pk), f"key-{number:08}", {})
            outcomes.append("submitted")
        except AlreadySubmitted:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 19 + ["submitted"]
    assert len(results) == 1


@pytest.mark.django_db(transaction=True)
def test_an_answer_acknowledged_during_submission_is_the_one_that_was_graded() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite writes one after another")
    from tests.conftest import make_cast

    cast = make_cast("Calder & Wray")
    attempt = attempts.start(cast.amina, make_quiz("pre-test"))
    answer_all(attempt)
    acknowledged: dict[int, int] = {}
    start = threading.Barrier(4)

    def keep_saving(place: AttemptItem) -> None:
        start.wait()
        for sequence in range(2, 200):
            saved = attempts.save(place, sequence % 2, None, sequence)
            if saved.kept == Kept.SAVED:
                acknowledged[place.pk] = sequence
        connections.close_all()

    places = places_of(attempt)
    threads = [threading.Thread(target=keep_saving, args=(place,)) for place in places]
    for thread in threads:
        thread.start()
    start.wait()
    attempts.submit(Attempt.objects.get(pk=attempt.pk), KEY, {})
    for thread in threads:
        thread.join()
    for place in places_of(attempt):
        assert place.sequence == acknowledged.get(place.pk, 1)
        assert place.credit == float(place.answer == 0)
