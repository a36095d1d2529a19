"""Standings and rollups stay what a recount from the claims would give, whatever happens."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from learning import daily, evidence, rollups, standing
from learning.claims import ClaimState
from learning.models import Assignment, Standing, TeamRollup, TeamTotal
from learning.readiness import claims_for, readiness
from learning.tasks import daily_round
from people import clock, jobs, membership
from people.models import BackgroundJob, Member, Organisation, Team
from tests.conftest import Cast
from tests.factories import make_job_role, make_member, make_organisation, make_team
from tests.learning.competence_rows import (
    NOW,
    band,
    graded,
    item,
    make_target,
    result,
    teach,
)

COLUMN = {
    ClaimState.MET: "met",
    ClaimState.REFRESH_DUE: "refresh_due",
    ClaimState.LAPSED: "lapsed",
    ClaimState.NOT_MET: "not_met",
    ClaimState.UNCERTAIN: "uncertain",
    ClaimState.NOT_ENOUGH: "not_enough",
    ClaimState.NONE: "not_enough",
}


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.at(NOW):
        yield


def assign(member: Member, *, due_in: int) -> Assignment:
    made = Assignment.objects.create(
        organisation=member.organisation,
        member=member,
        module=teach("U1"),
        due_on=clock.today() + timedelta(days=due_in),
    )
    standing.refresh([member])
    return made


def assert_true(organisation: Organisation) -> None:
    """Recounts everything the slow way, from claims and assignments, team by team."""
    members = list(
        organisation.members.filter(deactivated_at=None).select_related("team", "job_role", "user")
    )
    claims = claims_for(members)
    cells: dict[tuple[int, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    totals: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    standings = {row.member_id: row for row in Standing.objects.filter(organisation=organisation)}
    assert standings.keys() == {member.pk for member in members}
    teams = {team.pk: team for team in Team.objects.filter(organisation=organisation)}
    for member in members:
        row, mine = standings[member.pk], claims[member.pk]
        said = readiness(mine)
        states = [claim.state for claim in mine.values()]
        counted = [claim for claim in mine.values() if claim.state != ClaimState.NOT_TAUGHT]
        late = list(member.assignments.filter(completed_at=None, withdrawn_at=None))
        assert row.readiness == pytest.approx(said.probability, abs=1e-9)
        assert row.rest_met == pytest.approx(said.rest_share)
        assert row.critical == said.critical
        assert row.targets == len(counted)
        assert row.met == sum(state.is_met for state in states)
        assert row.lapsed == states.count(ClaimState.LAPSED)
        assert row.refresh_due == states.count(ClaimState.REFRESH_DUE)
        assert row.critical_missed == sum(
            c.critical and c.state in (ClaimState.NOT_MET, ClaimState.UNCERTAIN) for c in counted
        )
        assert row.not_enough == sum(COLUMN[c.state] == "not_enough" for c in counted)
        assert row.overdue == sum(a.due_on < clock.today() for a in late)
        assert row.next_due_on == min((a.due_on for a in late), default=None)
        assert row.states == {
            code: [
                c.state.value,
                None if c.probability is None else pytest.approx(c.probability, abs=6e-4),
                c.level,
            ]
            for code, c in mine.items()
        }
        assert row.team_path == (member.team.path if member.team else "")
        for team in teams.values():
            if not member.team or not member.team.is_within(team):
                continue
            total = totals[team.pk]
            total["people"] += 1
            total["asked"] += said.critical > 0
            total["not_enough"] += said.lacks_evidence
            total["overdue"] += row.overdue > 0
            total["expected"] += said.probability or 0
            total["targets"] += row.targets
            total["critical_missed"] += row.critical_missed
            total["lapsed"] += row.lapsed
            total["lacking"] += row.not_enough
            total["due"] += bool(late)
            for claim in counted:
                cell = cells[team.pk, claim.competency_id]
                cell["people"] += 1
                cell[COLUMN[claim.state]] += 1
                if claim.state.is_said:
                    cell["expected"] += round(claim.probability or 0.0, 3)
    for kept in TeamRollup.objects.filter(team__organisation=organisation):
        counted_cell = cells.pop((kept.team_id, kept.competency_id), defaultdict(float))
        for name in set(rollups.CELL) - {"spread"}:
            assert getattr(kept, name) == pytest.approx(counted_cell[name], abs=1e-6), name
    assert not cells
    for whole in TeamTotal.objects.filter(team__organisation=organisation):
        counted_total = totals.pop(whole.team_id, defaultdict(float))
        for name in set(rollups.TOTAL) - {"spread"}:
            assert getattr(whole, name) == pytest.approx(counted_total[name], abs=1e-6), name
    assert not totals


def test_after_random_changes_standings_and_rollups_equal_a_recount(
    cast: Cast, elsewhere: Cast
) -> None:
    rng = random.Random(3)
    role, other = cast.amina.job_role, make_job_role("technical", layer="technical")
    make_target(role, "U1", 2, critical=True)
    make_target(role, "D1", 2)
    make_target(role, "O1", 2, critical=True, taught=False)
    make_target(role, "U3", 1)
    make_target(other, "U1", 3)
    people = [cast.amina, cast.daniel, cast.rosa, cast.victor]
    teams = [cast.headquarters, cast.care, cast.night, cast.warehouse, None]
    standing.rebuild(cast.organisation)
    standing.rebuild(elsewhere.organisation)
    for turn in range(60):
        with clock.at(NOW + timedelta(days=3 * turn)):
            member = Member.objects.select_related("organisation", "team", "user").get(
                pk=rng.choice(people).pk
            )
            match rng.choice(["quiz", "quiz", "run", "grade", "assign", "move", "leave", "round"]):
                case "quiz":
                    seen = (
                        item(rng.choice(["U1", "D1"]), int(rng.random() < 0.8)) for _ in range(6)
                    )
                    evidence.record(result(member, *seen, days_ago=-3 * turn))
                case "run":
                    evidence.record(
                        result(member, band("U1"), days_ago=-3 * turn, kind="rehearsal")
                    )
                case "grade":
                    seen = (graded(code, cast.joanna) for code in ("U1", "D1"))
                    evidence.record(result(member, *seen, days_ago=-3 * turn, kind="task"))
                case "assign":
                    assign(member, due_in=rng.randint(-3, 9))
                case "move":
                    member.team = rng.choice(teams)
                    member.job_role = rng.choice([role, other, None])
                    member.save()
                    membership.announce(member.organisation, [member.pk])
                case "leave":
                    member.deactivated_at = None if member.deactivated_at else clock.now()
                    member.save()
                    membership.announce(member.organisation, [member.pk])
                case "round":
                    standing.rebuild(cast.organisation)
    with clock.at(NOW + timedelta(days=200)):
        ids = cast.organisation.members.values_list("pk", flat=True)
        standing.refresh(list(ids))
        assert_true(cast.organisation)
        standing.rebuild(elsewhere.organisation)
        assert_true(elsewhere.organisation)
        before = list(Standing.objects.order_by("pk").values())
        Standing.objects.all().delete()
        TeamRollup.objects.all().delete()
        TeamTotal.objects.all().delete()
        for organisation in (cast.organisation, elsewhere.organisation):
            standing.rebuild(organisation)
            assert_true(organisation)
        assert list(Standing.objects.order_by("pk").values()) == before


def test_need_puts_overdue_before_critical_before_lapsed_before_too_little() -> None:
    def need(**counts: int) -> int:
        return standing.need(Standing(**counts))

    order = [
        need(overdue=1),
        need(critical_missed=20, lapsed=20, not_enough=20),
        need(critical_missed=1),
        need(lapsed=20, not_enough=20),
        need(lapsed=1),
        need(not_enough=20),
        need(),
    ]
    assert order == sorted(order, reverse=True)
    assert need(overdue=5000) == need(overdue=999)
    assert need(overdue=1, critical_missed=2, lapsed=3, not_enough=4) == 1_002_003_004


def test_rollups_that_went_wrong_are_found_and_written_anew(cast: Cast) -> None:
    make_target(cast.amina.job_role, "U1", 2, critical=True)
    standing.rebuild(cast.organisation)
    assert rollups.prove(cast.organisation)
    TeamRollup.objects.filter(team=cast.care).update(people=99)
    TeamTotal.objects.filter(team=cast.night).delete()
    assert not rollups.prove(cast.organisation)
    assert_true(cast.organisation)
    assert rollups.prove(cast.organisation)


def test_a_team_that_moved_takes_its_numbers_along(cast: Cast) -> None:
    make_target(cast.amina.job_role, "U1", 2, critical=True)
    standing.rebuild(cast.organisation)
    cast.night.parent = cast.warehouse
    cast.night.save()
    membership.announce(cast.organisation, [cast.rosa.pk])
    assert_true(cast.organisation)
    assert TeamTotal.objects.get(team=cast.warehouse).asked == 1


def test_a_team_that_was_deleted_leaves_no_number_behind(cast: Cast) -> None:
    make_target(cast.amina.job_role, "U1", 2, critical=True)
    standing.rebuild(cast.organisation)
    cast.rosa.team = cast.care
    cast.rosa.save()
    cast.night.delete()
    standing.refresh([cast.rosa])
    assert_true(cast.organisation)


def test_an_organisation_without_teams_or_targets_has_plain_standings(db: None) -> None:
    organisation = make_organisation("Nobody yet")
    standing.rebuild(organisation)
    alone = make_member(organisation, "Alone")
    standing.rebuild(organisation)
    row = Standing.objects.get(member=alone)
    assert (row.need, row.targets, row.readiness, row.rest_met) == (0, 0, None, None)
    standing.refresh([])


def test_a_refresh_costs_as_many_statements_for_ten_as_for_one(cast: Cast) -> None:
    make_target(cast.amina.job_role, "U1", 2, critical=True)
    people = [
        make_member(cast.organisation, f"P {n}", team=cast.night, job_role=cast.amina.job_role)
        for n in range(10)
    ]
    standing.refresh(people)
    assert statements(people[:1]) == statements(people)
    assert statements(people) <= 8


def statements(members: list[Member]) -> int:
    with CaptureQueriesContext(connection) as captured:
        standing.refresh(members)
    return len(captured)


# ---- the daily round -------------------------------------------------------------------------


def test_the_round_is_queued_once_a_local_day_for_every_organisation(
    cast: Cast, elsewhere: Cast, settings: object
) -> None:
    assert daily_round() == 2
    assert daily_round() == 0
    with clock.at(NOW + timedelta(hours=13)):
        assert daily_round() == 2
    assert BackgroundJob.objects.filter(kind=daily.KIND).count() == 4


def test_the_round_brings_standings_to_today_then_runs_what_was_added(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daily, "_steps", {})
    role = cast.amina.job_role
    make_target(role, "U1", 2)
    evidence.record(result(cast.amina, *(item("U1") for _ in range(7))))
    evidence.record(result(cast.amina, band("U1"), kind="rehearsal"))
    ran = []
    daily.register("reminders", lambda organisation, job: ran.append(organisation))
    assert Standing.objects.get(member=cast.amina).states["U1"][0] == "met"
    with clock.at(NOW + timedelta(days=300)):
        daily_round()
        job = BackgroundJob.objects.get(kind=daily.KIND)
        jobs.run(job.pk)
        job.refresh_from_db()
        assert (job.state, job.error) == (BackgroundJob.State.DONE, "")
        row = Standing.objects.get(member=cast.amina)
        assert row.as_of == clock.today()
        assert row.states["U1"][0] in ("refresh-due", "lapsed")
        assert_true(cast.organisation)
    assert ran == [cast.organisation]


def test_two_steps_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daily, "_steps", {})
    daily.register("digest", lambda organisation, job: None)
    with pytest.raises(AssertionError, match="digest"):
        daily.register("digest", lambda organisation, job: None)


def test_moving_members_moves_the_numbers(cast: Cast) -> None:
    make_target(cast.amina.job_role, "U1", 2, critical=True)
    standing.rebuild(cast.organisation)
    team = make_team(cast.organisation, "New desk", parent=cast.warehouse)
    Member.objects.filter(pk=cast.amina.pk).update(team=team)
    membership.announce(cast.organisation, [cast.amina.pk])
    assert_true(cast.organisation)
