"""The evidence log: one road in, a chain that shows tampering, beliefs that equal the log."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments.models import Item
from assessments.results import Result, result_announced
from learning import beliefs, evidence
from learning.models import Belief, Evidence, Standing
from people import clock
from people.append_only import AppendOnlyError
from people.models import AuditEvent, Member
from tests.conftest import Cast
from tests.learning.competence_rows import (
    NOW,
    attestation,
    band,
    graded,
    item,
    make_competency,
    result,
)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture(autouse=True)
def _competencies(db: None) -> None:
    for code in ("U1", "U2", "D1"):
        make_competency(code)


def stored(member: Member) -> dict[str, dict[str, float]]:
    return {
        belief.competency_id: {name: getattr(belief, name) for name in beliefs.NUMBERS}
        for belief in Belief.objects.filter(member=member)
    }


def rebuilt(member: Member) -> dict[str, dict[str, float]]:
    rows = beliefs.replayed(beliefs.read(Evidence.objects.filter(member=member)))
    return {
        row.competency_id: {name: getattr(row, name) for name in beliefs.NUMBERS} for row in rows
    }


def assert_stored_equals_log(member: Member) -> None:
    have, should = stored(member), rebuilt(member)
    assert have.keys() == should.keys()
    for code in have:
        assert have[code] == pytest.approx(should[code], abs=1e-9), code


def test_a_result_becomes_one_row_an_observation_with_what_it_was_judged_with(cast: Cast) -> None:
    seen = item("U1", 0, difficulty=0.31, difficulty_variance=0.2, guess=0.5, weight=0.5)
    (row,) = evidence.record(result(cast.amina, seen, days_ago=2))
    row.refresh_from_db()
    assert (row.number, row.place, row.competency_id, row.outcome) == (1, 1, "U1", 0)
    assert (row.difficulty, row.difficulty_variance, row.guess, row.weight) == (0.31, 0.2, 0.5, 0.5)
    assert row.source_title == "Gate of module U-1"
    assert Belief.objects.get().last_evidence == 1


def test_the_announcement_is_heard(cast: Cast) -> None:
    result_announced.send(sender=None, result=result(cast.amina, item("U1")))
    assert Evidence.objects.count() == 1


def test_a_repeated_announcement_writes_nothing(cast: Cast) -> None:
    announced = result(cast.amina, item("U1"), item("U2"))
    assert len(evidence.record(announced)) == 2
    before = stored(cast.amina)
    assert evidence.record(announced) == []
    assert stored(cast.amina) == before
    assert Evidence.objects.count() == 2


def test_what_a_source_adds_later_is_recorded_and_counts_the_source_once(cast: Cast) -> None:
    first = result(cast.amina, band("U1"), kind="rehearsal")
    evidence.record(first)
    more = replace(first, observations=(*first.observations, band("U1", 2), band("U2")))
    assert len(evidence.record(more)) == 2
    assert Belief.objects.get(competency_id="U1").exercises == 1
    assert_stored_equals_log(cast.amina)


def test_a_result_without_observations_or_weight_leaves_no_trace(cast: Cast) -> None:
    assert evidence.record(result(cast.amina)) == []
    assert evidence.record(result(cast.amina, item("U1", weight=0.0))) == []
    assert not Evidence.objects.exists()
    assert not Belief.objects.exists()


def test_an_attestation_teaches_nothing_whatever_is_announced(cast: Cast) -> None:
    said = replace(attestation("U1", cast.helen), taught=True)
    (row,) = evidence.record(result(cast.amina, said, kind="attestation"))
    assert not row.taught


def test_random_histories_out_of_order_equal_the_rebuild(cast: Cast) -> None:
    rng = random.Random(7)
    makers = [
        lambda code: item(code, rng.randint(0, 1), weight=rng.choice([1.0, 0.5, 0.25])),
        lambda code: band(code, rng.randint(0, 4)),
        lambda code: graded(code, rng.choice([cast.joanna, cast.noor]), rng.randint(0, 4)),
        lambda code: graded(code, cast.helen, 3, as_manager=True),
        lambda code: attestation(code, cast.helen),
    ]
    for _ in range(40):
        seen = [
            rng.choice(makers)(rng.choice(["U1", "U2", "D1"])) for _ in range(rng.randint(1, 6))
        ]
        evidence.record(result(cast.amina, *seen, days_ago=rng.choice([0, 1, 5, 30, 90, 300])))
        if rng.random() < 0.3:
            rows = Evidence.objects.filter(member=cast.amina, corrections=None)
            row = rng.choice(list(rows))
            evidence.correct(
                row,
                outcome=rng.randint(0, row.steps),
                weight=rng.choice([row.weight, 0.0]),
                by=cast.joanna,
                reason="The key was wrong.",
            )
    assert_stored_equals_log(cast.amina)
    assert evidence.first_broken_link(cast.amina) is None
    call_command("rebuild_beliefs", check=True)


def test_late_evidence_takes_its_place_in_time(cast: Cast, elsewhere: Cast) -> None:
    early, late = item("U1", 0), item("U1", 1)
    evidence.record(result(cast.amina, late, days_ago=1))
    evidence.record(result(cast.amina, early, days_ago=200))
    evidence.record(result(elsewhere.amina, early, days_ago=200))
    evidence.record(result(elsewhere.amina, late, days_ago=1))
    ours, theirs = stored(cast.amina)["U1"], stored(elsewhere.amina)["U1"]
    assert ours == pytest.approx(theirs, abs=1e-12)


def test_a_correction_stands_at_the_old_place_in_time(cast: Cast, elsewhere: Cast) -> None:
    first, second = item("U1", 0), item("U1", 1)
    (row,) = evidence.record(result(cast.amina, first, days_ago=100))
    evidence.record(result(cast.amina, second, days_ago=1))
    new = evidence.correct(row, outcome=1, by=cast.joanna, reason="The key was wrong.")
    assert (new.number, new.place, new.at, new.corrects) == (3, 1, row.at, row)
    evidence.record(result(elsewhere.amina, replace(first, outcome=1), days_ago=100))
    evidence.record(result(elsewhere.amina, second, days_ago=1))
    ours, theirs = stored(cast.amina)["U1"], stored(elsewhere.amina)["U1"]
    ours.pop("last_evidence"), theirs.pop("last_evidence")
    assert ours == pytest.approx(theirs, abs=1e-12)
    assert evidence.first_broken_link(cast.amina) is None
    event = AuditEvent.objects.get(action="evidence.corrected")
    assert (event.actor, event.subject) == (cast.joanna, cast.amina)


def test_a_row_struck_out_counts_for_nothing(cast: Cast) -> None:
    (row,) = evidence.record(result(cast.amina, item("U1")))
    evidence.correct(row, weight=0.0, by=cast.joanna, reason="Somebody else answered.")
    assert not Belief.objects.exists()
    assert Evidence.objects.count() == 2


def test_a_row_is_corrected_once_then_its_correction_is(cast: Cast) -> None:
    (row,) = evidence.record(result(cast.amina, item("U1", 0)))
    new = evidence.correct(row, outcome=1, by=cast.joanna, reason="Appeal upheld.")
    with pytest.raises(evidence.AlreadyCorrected):
        evidence.correct(row, outcome=0, by=cast.joanna, reason="Again.")
    newest = evidence.correct(new, outcome=0, by=cast.joanna, reason="Second look.")
    assert newest.place == row.place
    assert_stored_equals_log(cast.amina)


def test_a_correction_that_cannot_be_is_refused(cast: Cast, elsewhere: Cast) -> None:
    (row,) = evidence.record(result(cast.amina, item("U1")))
    for wrong in ({"outcome": 2}, {"outcome": -1}, {"weight": -0.5}):
        with pytest.raises(ValueError, match="outcome"):
            evidence.correct(row, by=cast.joanna, reason="?", **wrong)
    with pytest.raises(ValueError, match="organisation"):
        evidence.correct(row, outcome=0, by=elsewhere.joanna, reason="?")
    assert Evidence.objects.count() == 1


def test_the_chain_shows_which_row_was_changed(cast: Cast) -> None:
    for outcome in (1, 0, 1):
        evidence.record(result(cast.amina, item("U1", outcome)))
    assert evidence.first_broken_link(cast.amina) is None
    table = Evidence._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET outcome = 1 WHERE number = 2")  # noqa: S608
    assert evidence.first_broken_link(cast.amina) == 2
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE number = 2")  # noqa: S608
    assert evidence.first_broken_link(cast.amina) == 3


def test_rows_cannot_be_changed_or_deleted(cast: Cast) -> None:
    (row,) = evidence.record(result(cast.amina, item("U1")))
    row.outcome = 0
    with pytest.raises(AppendOnlyError):
        row.save()
    with pytest.raises(AppendOnlyError):
        Evidence.objects.all().delete()


def test_items_learn_from_first_attempts_once_and_rows_keep_what_was_before(cast: Cast) -> None:
    question = Item.objects.create(
        key="U1-01",
        digest="d" * 64,
        kind="single",
        title="",
        competency_id="U1",
        level=2,
        content=SINGLE,
        difficulty=-0.7,
        difficulty_variance=0.49,
    )
    announced = result(cast.amina, item("U1", 0, first_item_id=question.pk), item("U1", 1))
    evidence.record(announced)
    evidence.record(announced)
    question.refresh_from_db()
    assert question.first_attempts == 1
    assert question.difficulty > -0.7
    assert question.difficulty_variance < 0.49
    assert Evidence.objects.get(number=1).difficulty == -0.7


SINGLE = {
    "kind": "single",
    "id": "u1-01",
    "title": "A question",
    "competency": "U1",
    "level": 2,
    "lesson": "first",
    "ask": "Which?",
    "options": [
        {"text": f"Option {n}", "right": n == 0, "follows": "It goes on.", "because": "So."}
        for n in range(4)
    ],
}


def statements(announced: Result) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        evidence.record(announced)
    return len(captured)


def test_ten_observations_cost_as_many_statements_as_one(cast: Cast) -> None:
    evidence.record(result(cast.amina, item("U1"), item("U2"), item("D1")))
    one = statements(result(cast.amina, item("U1")))
    ten = statements(result(cast.amina, *(item(c) for c in ["U1", "U2", "D1"] * 3), item("U1")))
    assert one == ten
    assert ten <= 20


def test_a_check_finds_a_belief_that_differs_and_a_rebuild_mends_it(cast: Cast) -> None:
    evidence.record(result(cast.amina, item("U1"), item("U2")))
    call_command("rebuild_beliefs", check=True)
    Belief.objects.filter(competency_id="U1").update(durable=1.0)
    Standing.objects.all().delete()
    with pytest.raises(CommandError):
        call_command("rebuild_beliefs", check=True)
    call_command("rebuild_beliefs", organisation=cast.organisation.slug)
    call_command("rebuild_beliefs", check=True)
    assert Standing.objects.filter(member=cast.amina).exists()
    Belief.objects.filter(competency_id="U2").delete()
    with pytest.raises(CommandError):
        call_command("rebuild_beliefs", check=True)


def test_an_organisation_nobody_knows_is_said_so(db: None) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        call_command("rebuild_beliefs", organisation="nowhere")
