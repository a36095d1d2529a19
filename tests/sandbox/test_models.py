"""Trails are only ever added to, versions stay as published, and nobody reads what is not theirs."""

from __future__ import annotations

import json

import pytest
from django.db import IntegrityError, connection, transaction
from django.http import Http404

from people.access import Refused
from people.append_only import AppendOnlyError
from people.models import Organisation
from people.personal_data import Holds, columns, sections
from sandbox.access import debriefs_open_to, fetch_debrief, fetch_run, playable_by
from sandbox.models import (
    PublishedError,
    Run,
    RunEvent,
    Scenario,
    ScenarioVersion,
    TrailMovedOn,
)
from tests.conftest import Cast
from tests.sandbox.rows import entries, make_run, make_version


def test_a_trail_reads_back_as_it_was_written(cast: Cast) -> None:
    run = make_run(cast.amina)
    written = entries(1, 3)
    RunEvent.objects.append(run, written, state=Run.State.WAITING)
    read = [(each.seq, each.body, each.hash) for each in RunEvent.objects.of(run)]
    assert read == [(seq, body, hash_[:16]) for seq, body, hash_ in written]
    stored = Run.objects.get(pk=run.pk)
    assert (stored.head, stored.state) == (written[-1][2], Run.State.WAITING)
    assert (run.head, run.state) == (stored.head, stored.state)
    assert RunEvent.objects.of(run)[0].kind == "model.replied"


def test_the_second_writer_of_an_event_writes_nothing(cast: Cast) -> None:
    run = make_run(cast.amina)
    RunEvent.objects.append(run, entries(1, 3))
    head = run.head
    other = Run.objects.get(pk=run.pk)
    with transaction.atomic():
        with pytest.raises(TrailMovedOn):
            RunEvent.objects.append(other, entries(3, 2), state=Run.State.FINISHED)
        # The transaction around it goes on, and the in-memory run says what the table says.
        assert [each.seq for each in RunEvent.objects.of(run)] == [1, 2, 3]
    stored = Run.objects.get(pk=run.pk)
    assert (stored.head, stored.state) == (head, Run.State.PLANNING)
    assert (other.head, other.state) == (head, Run.State.PLANNING)


def test_two_runs_have_trails_of_their_own(cast: Cast) -> None:
    first = make_run(cast.amina)
    second = make_run(cast.daniel, first.version)
    RunEvent.objects.append(first, entries(1, 2))
    RunEvent.objects.append(second, entries(1, 2))
    assert RunEvent.objects.count() == 4


def test_an_event_is_never_changed(cast: Cast) -> None:
    run = make_run(cast.amina)
    RunEvent.objects.append(run, entries(1, 1))
    event = RunEvent.objects.get(run=run, seq=1)
    for change in (
        lambda: RunEvent.objects.all().update(body="[]"),
        lambda: RunEvent.objects.all().delete(),
        lambda: RunEvent.objects.bulk_update([event], ["body"]),
        event.save,
        event.delete,
    ):
        with pytest.raises(AppendOnlyError):
            change()


def test_an_append_is_two_statements_whatever_it_holds(
    cast: Cast, django_assert_max_num_queries: object
) -> None:
    run = make_run(cast.amina)
    with django_assert_max_num_queries(4):  # type: ignore[operator]  # two are the savepoint's
        RunEvent.objects.append(run, entries(1, 60))


def test_a_digest_takes_half_its_digits_in_bytes(cast: Cast) -> None:
    run = make_run(cast.amina)
    RunEvent.objects.append(run, entries(1, 1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT hash FROM sandbox_runevent")
        assert len(bytes(cursor.fetchone()[0])) == 8
        cursor.execute("SELECT head FROM sandbox_run")
        assert len(bytes(cursor.fetchone()[0])) == 32
    assert Run.objects.filter(head=entries(1, 1)[0][2]).exists()


def test_a_published_version_never_changes(cast: Cast) -> None:
    version = make_version()
    version.document = {"id": "another"}
    for change in (
        version.save,
        version.delete,
        lambda: ScenarioVersion.objects.update(document={}),
        lambda: ScenarioVersion.objects.update(report={"passed": True}),
        ScenarioVersion.objects.all().delete,
    ):
        with pytest.raises(PublishedError):
            change()
    ScenarioVersion.objects.update(state=ScenarioVersion.State.RETIRED)
    assert ScenarioVersion.objects.get().document == {"id": "payment-run"}


def test_a_second_published_version_is_refused(cast: Cast) -> None:
    make_version()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_version(number=2)


def test_a_built_in_key_is_there_once(cast: Cast) -> None:
    make_version()
    with pytest.raises(IntegrityError), transaction.atomic():
        Scenario.objects.create(key="payment-run", title="Again", minutes=5, summary="…")


def test_one_run_of_a_version_counts(cast: Cast) -> None:
    run = make_run(cast.amina, counts=True)
    make_run(cast.amina, run.version)
    make_run(cast.daniel, run.version, counts=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_run(cast.amina, run.version, counts=True)


def test_seeds_are_drawn_anew_and_fit_their_column(cast: Cast) -> None:
    version = make_version()
    seeds = {make_run(cast.amina, version).seed for _ in range(20)}
    assert len(seeds) == 20
    assert all(0 < seed < 2**63 for seed in seeds)
    assert set(Run.objects.values_list("seed", flat=True)) == seeds


def test_a_member_sees_built_in_scenarios_and_the_organisations_own(
    cast: Cast, elsewhere: Cast
) -> None:
    make_version()
    make_version("ours", cast.organisation)
    make_version("not-yet", cast.organisation, ScenarioVersion.State.DRAFT)
    make_version("theirs", elsewhere.organisation)
    seen = Scenario.objects.visible_to(cast.amina)
    assert [each.key for each in seen.order_by("key")] == ["not-yet", "ours", "payment-run"]
    assert {each.key for each in seen.published()} == {"ours", "payment-run"}
    assert {each.scenario.key for each in playable_by(cast.amina)} == {"ours", "payment-run"}


def test_only_ones_own_run_is_played(cast: Cast, elsewhere: Cast) -> None:
    run = make_run(cast.amina)
    assert fetch_run(cast.amina, run.pk) == run
    for colleague in (cast.daniel, cast.helen, cast.joanna, cast.noor):
        with pytest.raises(Refused):
            fetch_run(colleague, run.pk)
    for stranger in (elsewhere.amina, elsewhere.joanna):
        with pytest.raises(Http404):
            fetch_run(stranger, run.pk)


def test_who_reads_a_debrief(cast: Cast, elsewhere: Cast) -> None:
    version = make_version()
    finished = make_run(cast.amina, version, state=Run.State.FINISHED)
    waiting = make_run(cast.amina, version, state=Run.State.WAITING)

    def readers() -> set[str]:
        people = ("amina", "daniel", "helen", "rosa", "joanna", "noor", "victor")
        found = {name for name in people if finished in set(debriefs_open_to(getattr(cast, name)))}
        assert all(waiting not in set(debriefs_open_to(getattr(cast, n))) for n in people[1:])
        return found

    assert readers() == {"amina", "joanna"}
    cast.helen.organisation.managers_see = Organisation.ManagersSee.ANSWERS
    assert readers() == {"amina", "joanna", "helen"}
    with pytest.raises(Refused):
        fetch_debrief(cast.noor, finished.pk)
    with pytest.raises(Refused):
        fetch_debrief(cast.joanna, waiting.pk)
    with pytest.raises(Http404):
        fetch_debrief(elsewhere.joanna, finished.pk)


def test_the_record_holds_ones_own_runs_and_decisions(cast: Cast) -> None:
    run = make_run(cast.amina, prediction="The second invoice will hurt.")
    make_run(cast.daniel, run.version, prediction="Nothing will happen.")
    body = json.dumps([1, 1, "approval.given", "learner", 4, {"decision": "reject"}])
    RunEvent.objects.append(run, [(1, body, "ab" * 32)])
    found = {section.title: section.rows for section in sections(cast.amina)}
    assert [row["Your prediction"] for row in found["Rehearsals"]] == [run.prediction]
    (decision,) = found["Decisions you took in rehearsals"]
    assert "reject" in str(decision["Decision"])
    assert columns()["sandbox.RunEvent.body"] == Holds.PERSONAL
