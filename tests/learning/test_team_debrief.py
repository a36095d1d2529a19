"""The team debrief: whose runs stand side by side, what is said of them, and for whom."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from people.models import AuditEvent, Member, Organisation
from sandbox import running
from sandbox.debriefing.side_by_side import SideBySide, side_by_side
from sandbox.engine.chance import Chance
from sandbox.engine.decisions import Decision
from sandbox.engine.prepared import Prepared
from sandbox.engine.rehearsal import Rehearsal
from sandbox.engine.scenario import Scenario
from sandbox.engine.sealed import Sealed
from sandbox.engine.vocabulary import Reason
from sandbox.models import Run, ScenarioVersion
from tests.conftest import Cast
from tests.factories import make_job_role
from tests.sandbox import small
from tests.sandbox.played import library
from tests.sandbox.standing import library_version, published, started, version_for

SignIn = Callable[[Member], Client]
Answer = Callable[[Rehearsal], Decision]
PAGE = "/team/rehearsals/small-run/"


def approve(_: Rehearsal) -> Decision:
    return Decision("approve")


def reject(_: Rehearsal) -> Decision:
    return Decision("reject", Reason.INSTRUCTION)


def reject_the_moved(rehearsal: Rehearsal) -> Decision:
    pending = rehearsal.state.pending
    assert pending is not None
    moved = pending.proposal.args.get("iban") == "GB2"
    return reject(rehearsal) if moved else approve(rehearsal)


def played(
    member: Member,
    version: ScenarioVersion,
    answer: Answer = approve,
    plan: str = "careful",
    **fields: object,
) -> Run:
    """A finished supervised run with this answer to every question."""
    run = started(member, version, plan, **fields)
    while run.state == Run.State.WAITING:
        rehearsal = running.rehearsal_of(run)
        assert rehearsal.state.open is not None
        running.decide(run, rehearsal.state.open.seq, answer(rehearsal))
    running.finish(run, {})
    return run


def often(**changes: object) -> Scenario:
    """The small scenario with the moved account in about half of the situations."""
    faults = small.values()["faults"]
    faults["moved"]["p"] = 0.5
    return small.small(faults=faults, **changes)


def _seed(strikes: bool) -> int:
    prepared = Prepared(often())
    for seed in range(1, 500):
        struck = Sealed(prepared, Chance(prepared.scenario.digest, seed)).strikes
        if strikes == any(each.fault == "moved" and not each.hidden for each in struck):
            return seed
    raise AssertionError("it always comes out the same")


def struck() -> int:
    """A seed on which invoice A-1 carries the moved account."""
    return _seed(True)


def calm() -> int:
    return _seed(False)


@pytest.fixture
def version(cast: Cast) -> ScenarioVersion:
    Organisation.objects.update(managers_see=Organisation.ManagersSee.ANSWERS)
    return published(often(), None)


def cells(found: SideBySide, title: str) -> list[list[str]]:
    row = next(row for row in found.questions if row.title == title)
    return [[each.verb for each in cell] for cell, _ in row.cells]


# ---- What is compared ----------------------------------------------------------------------


def test_one_answer_is_agreement_and_two_are_a_split(cast: Cast, version: ScenarioVersion) -> None:
    seed = struck()
    fell = played(cast.amina, version, approve, seed=seed)
    saw = played(cast.daniel, version, reject_the_moved, seed=seed)
    found = side_by_side([fell, saw])
    verdicts = {row.title: row.verdict for row in found.questions}
    assert verdicts == {"Pay, A-1": "split", "Pay, A-2": "agreed", "Pay, A-3": "agreed"}
    assert cells(found, "Pay, A-1") == [["approve"], ["reject"]]
    (amina, _), (daniel, _) = found.questions[0].cells
    assert (amina[0].fits, daniel[0].fits) == (False, True)
    assert daniel[0].reason == "Follows an instruction in a document"
    assert daniel[0].there == "A new account in the footnote of an invoice"
    assert [name for _, name in found.questions[0].cells] == ["Amina Osei", "Daniel Wolfe"]


def test_each_fault_says_who_stopped_it_in_whose_run(cast: Cast, version: ScenarioVersion) -> None:
    seed = struck()
    runs = [
        played(cast.amina, version, approve, seed=seed),
        played(cast.daniel, version, reject_the_moved, seed=seed),
        played(cast.rosa, version, plan="lean", seed=seed),
        played(cast.victor, version, approve, seed=calm()),
    ]
    found = side_by_side(runs)
    (row,) = found.faults
    said = [
        [("", "")] if not cell else [(each.reached, each.by) for each in cell]
        for cell, _ in row.cells
    ]
    assert said == [
        [(True, "")],
        [(False, "the person asked")],
        [(False, "a rule")],
        [("", "")],
    ]
    assert [(column.caught, column.faults) for column in found.columns] == [
        (0, 1),
        (1, 1),
        (1, 1),
        (0, 0),
    ]


def test_what_differed_with_the_situation_is_no_split(cast: Cast, version: ScenarioVersion) -> None:
    found = side_by_side(
        [
            played(cast.amina, version, reject_the_moved, seed=struck()),
            played(cast.daniel, version, reject_the_moved, seed=calm()),
        ]
    )
    row = next(row for row in found.questions if row.title == "Pay, A-1")
    assert row.verdict == "situations"
    assert [[each.fits for each in cell] for cell, _ in row.cells] == [[True], [True]]


def test_good_work_refused_is_a_false_alarm_and_fits_nothing(
    cast: Cast, version: ScenarioVersion
) -> None:
    seed = calm()
    found = side_by_side(
        [
            played(cast.amina, version, reject, seed=seed),
            played(cast.daniel, version, approve, seed=seed),
        ]
    )
    assert {row.verdict for row in found.questions} == {"split"}
    assert [column.false_alarms for column in found.columns] == [3, 0]
    assert not any(each.fits for each in found.questions[0].cells[0][0])


def test_a_question_asked_of_one_only_is_said_to_be(cast: Cast, version: ScenarioVersion) -> None:
    seed = calm()
    found = side_by_side(
        [
            played(cast.amina, version, approve, seed=seed),
            played(cast.daniel, version, plan="lean", seed=seed),
        ]
    )
    assert {row.verdict for row in found.questions} == {"alone"}
    assert cells(found, "Pay, A-1") == [["approve"], []]


def test_a_trail_that_is_only_read_is_compared_by_answers(cast: Cast) -> None:
    version = library_version("incident-trail")
    assert library("incident-trail").scenario.reading is not None
    runs = []
    for member, right in ((cast.amina, True), (cast.daniel, False)):
        run = running.begin(member, version, "supervised")
        asked = running.ended(run).asked
        given = {
            each.key: each.right
            if right
            else [k for k, _ in each.options if k not in each.right][:1]
            for each in asked
        }
        running.finish(run, given)
        runs.append(run)
    found = side_by_side(runs)
    assert len(found.readings) == len(asked)
    assert not found.questions
    for row in found.readings:
        (amina, _), (daniel, _) = row.cells
        assert amina[1] == 1
        assert amina[0] == row.right
        assert daniel[1] < 1


# ---- For whom ------------------------------------------------------------------------------


def body(client: Client, path: str = PAGE) -> str:
    page = client.get(path)
    assert page.status_code == 200
    return page.content.decode()


def test_a_manager_sees_those_in_reach_and_is_written_down(
    cast: Cast, version: ScenarioVersion, as_member: SignIn
) -> None:
    seed = struck()
    for member, answer in ((cast.amina, approve), (cast.daniel, reject_the_moved)):
        played(member, version, answer, seed=seed)
    played(cast.victor, version, reject, seed=seed)
    played(cast.helen, version, approve, seed=seed)
    text = body(as_member(cast.helen))
    assert "2 people, one supervised run each" in text
    assert "1 question on which decisions split" in text or "1 on which decisions split" in text
    assert "Victor" not in text
    viewed = AuditEvent.objects.filter(action="record.viewed", actor=cast.helen)
    assert {event.subject for event in viewed} == {cast.amina, cast.daniel}
    index = body(as_member(cast.helen), "/team/rehearsals/")
    assert "2 people" in index
    text = body(as_member(cast.joanna))
    assert "4 people" in text
    assert "Victor Hale" in text


def test_job_roles_are_added_up_where_there_are_several(
    cast: Cast, version: ScenarioVersion, as_member: SignIn
) -> None:
    seed = struck()
    played(cast.amina, version, approve, seed=seed)
    played(cast.daniel, version, reject_the_moved, seed=seed)
    client = as_member(cast.helen)
    assert "What each job role saw" not in body(client)
    Member.objects.filter(pk=cast.daniel.pk).update(job_role=make_job_role("operations"))
    text = body(client)
    assert "What each job role saw" in text
    assert "Operations" in text


def test_closed_answers_close_the_debriefs_to_managers_only(
    cast: Cast, version: ScenarioVersion, as_member: SignIn
) -> None:
    for member in (cast.amina, cast.daniel):
        played(member, version)
    Organisation.objects.update(managers_see=Organisation.ManagersSee.STATUS)
    for path in (PAGE, "/team/rehearsals/"):
        answer = as_member(cast.helen).get(path)
        assert answer.status_code == 403
        assert "not open to managers" in answer.content.decode()
        assert "Amina" not in answer.content.decode()
        assert as_member(cast.joanna).get(path).status_code == 200
        assert as_member(cast.amina).get(path).status_code == 403


def test_fewer_than_two_runs_say_so(
    cast: Cast, version: ScenarioVersion, as_member: SignIn
) -> None:
    client = as_member(cast.helen)
    assert "Nobody in your reach has finished" in body(client)
    assert "Nobody here has finished" in body(client, "/team/rehearsals/")
    played(cast.amina, version)
    text = body(client)
    assert "Only Amina Osei has finished this rehearsal so far." in text
    assert not AuditEvent.objects.filter(action="record.viewed").exists()


def test_only_finished_supervised_runs_of_active_people_count(
    cast: Cast, version: ScenarioVersion, as_member: SignIn
) -> None:
    played(cast.amina, version)
    guided = started(cast.daniel, version, "lean", rung="guided")
    running.finish(guided, {})
    started(cast.daniel, version, "careful")
    assert "Only Amina Osei" in body(as_member(cast.helen))


def test_the_run_that_counts_is_the_one_compared(
    cast: Cast, version: ScenarioVersion, as_member: SignIn
) -> None:
    seed = struck()
    first = played(cast.amina, version, approve, seed=seed)
    later = played(cast.amina, version, reject_the_moved, seed=seed)
    played(cast.daniel, version, reject_the_moved, seed=seed)
    assert (first.counts, later.counts) == (True, False)
    text = body(as_member(cast.helen))
    assert f"/rehearsals/runs/{first.pk}/debrief/" in text
    assert f"/rehearsals/runs/{later.pk}/debrief/" not in text


def test_people_are_chosen_by_the_form_and_nobody_else_by_it(
    cast: Cast, elsewhere: Cast, version: ScenarioVersion, as_member: SignIn
) -> None:
    for member in (cast.amina, cast.daniel, cast.rosa, cast.victor):
        played(member, version)
    client = as_member(cast.helen)
    two = body(client, f"{PAGE}?member={cast.amina.pk}&member={cast.rosa.pk}")
    assert "2 people, one supervised run each" in two
    stretched = body(
        client, f"{PAGE}?member={cast.amina.pk}&member={cast.victor.pk}&member={elsewhere.amina.pk}"
    )
    assert "Choose at least two people." in stretched
    assert "Victor" not in stretched


def test_versions_are_not_mixed(cast: Cast, version: ScenarioVersion, as_member: SignIn) -> None:
    for member in (cast.amina, cast.daniel):
        played(member, version)
    ScenarioVersion.objects.filter(pk=version.pk).update(state=ScenarioVersion.State.RETIRED)
    newer = ScenarioVersion.objects.create(
        scenario=version.scenario,
        number=2,
        state=ScenarioVersion.State.PUBLISHED,
        digest=version.digest,
        document=version.document,
        report=version.report,
    )
    played(cast.amina, newer)
    client = as_member(cast.helen)
    assert "Only Amina Osei" in body(client)
    assert "2 people, one supervised run each" in body(client, f"{PAGE}?version=1")
    for wrong in ("3", "x", "-1", "1" * 60):
        assert client.get(f"{PAGE}?version={wrong}").status_code == 404


def test_another_organisations_scenario_and_people_are_not_there(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    Organisation.objects.update(managers_see=Organisation.ManagersSee.ANSWERS)
    theirs = version_for(elsewhere.organisation)
    for member in (elsewhere.amina, elsewhere.daniel):
        played(member, theirs)
    for member in (cast.helen, cast.joanna):
        assert as_member(member).get(PAGE).status_code == 404
        assert "Nobody here" in body(as_member(member), "/team/rehearsals/")
    assert "2 people, one supervised" in body(as_member(elsewhere.helen))
