"""The team page: who is on it, in which order, what the figures say, who may look."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from learning import assigning, standing
from learning.models import Standing
from learning.readiness import claims_for, expected_ready, readiness
from learning.team_scope import Reach, Totals, scope_for, standings, totals, totals_of_person
from people import clock
from people.access import in_reach_of
from people.models import AuditEvent, Member, Organisation
from tests.conftest import Cast
from tests.factories import make_member, make_team
from tests.learning.competence_rows import NOW, make_target, teach
from tests.learning.desk import crowd, furnish

SignIn = Callable[[Member], Client]


@pytest.fixture(autouse=True)
def _now() -> object:
    with clock.at(NOW):
        yield


def names(html: str) -> list[str]:
    return re.findall(r'aria-label="Select ([^"]+)"', html)


def page(client: Client, **query: str | int) -> str:
    response = client.get(reverse("team"), query)
    assert response.status_code == 200
    return response.content.decode()


def test_people_who_need_me_stand_first_and_the_rule_is_printed(
    cast: Cast, as_member: SignIn
) -> None:
    furnish(cast)
    html = page(as_member(cast.helen))
    assert names(html) == ["Daniel Wolfe", "Rosa Lind", "Amina Osei"]
    assert "Order: overdue first, then critical targets missed, then lapsed" in html
    assigning.assign(
        [cast.amina], teach("G1"), due_on=clock.today() + timedelta(days=2), by=cast.helen
    )
    with clock.at(NOW + timedelta(days=4)):
        standing.refresh([cast.amina])
        later = page(as_member(cast.helen))
    assert names(later)[0] == "Amina Osei"
    assert "1 overdue" in later


def test_reaches_are_those_of_the_access_policy(cast: Cast, as_member: SignIn) -> None:
    furnish(cast)
    scope = scope_for(cast.helen)
    for reach, direct in ((Reach.ALL, False), (Reach.DIRECT, True)):
        shown = {row.member_id for row in standings(scope, reach)}
        assert shown == set(in_reach_of(cast.helen, direct=direct).values_list("pk", flat=True))
        assert totals(scope)[reach].people == len(shown)
    assert page(as_member(cast.helen), reach="due").count("Nothing is due.") == 1
    assigning.assign([cast.rosa], teach("G1"), due_on=clock.today(), by=cast.helen)
    assert names(page(as_member(cast.helen), reach="due")) == ["Rosa Lind"]
    assert totals(scope)[Reach.DUE].people == 1


def test_direct_reports_hold_managers_one_below_but_not_their_people(cast: Cast) -> None:
    deep = make_member(cast.organisation, "Nils Berg", team=cast.night)
    standing.refresh(list(Member.objects.all()))
    scope = scope_for(cast.helen)
    direct = {row.member_id for row in standings(scope, Reach.DIRECT)}
    assert cast.rosa.pk in direct
    assert deep.pk not in direct


def test_figures_add_up_to_the_people_shown(cast: Cast) -> None:
    furnish(cast)
    # A manager inside the own team, another team managed inside it: nobody is counted twice.
    cast.night.managers.add(cast.helen)
    Member.objects.filter(pk=cast.helen.pk).update(team=cast.care)
    standing.refresh(list(Member.objects.filter(organisation=cast.organisation)))
    helen = Member.objects.get(pk=cast.helen.pk)
    scope = scope_for(helen)
    for reach in (Reach.ALL, Reach.DIRECT):
        rows = list(standings(scope, reach))
        expected = Totals()
        for row in rows:
            expected.add(totals_of_person(row))
        kept = totals(scope)[reach]
        for name in Totals.__dataclass_fields__:
            assert getattr(kept, name) == pytest.approx(getattr(expected, name)), (reach, name)
        claims = claims_for([row.member for row in rows])
        from_claims = expected_ready(readiness(each) for each in claims.values())
        assert kept.ready.expected == pytest.approx(from_claims.expected)
        assert kept.ready.margin == pytest.approx(from_claims.margin)
        assert kept.ready.not_enough == from_claims.not_enough


def test_without_evidence_nothing_is_expected_of_anybody(cast: Cast, as_member: SignIn) -> None:
    make_target(cast.amina.job_role, "U1", 2, critical=True)
    standing.refresh(list(Member.objects.filter(organisation=cast.organisation)))
    html = page(as_member(cast.helen))
    assert "Not said yet<small>not enough evidence for 3</small>" in html
    assert "likely 0 to 0" not in html
    assert "<small>not said yet</small>" in page(as_member(cast.helen), view="teams")


@pytest.mark.parametrize("query", [{}, {"by": "competency"}, {"view": "teams"}])
def test_statements_are_the_same_for_ten_and_a_thousand_members(
    cast: Cast, as_member: SignIn, query: dict[str, str]
) -> None:
    furnish(cast)
    crowd(cast.organisation, cast.care, 7, prefix="Early")
    client = as_member(cast.helen)
    page(client, **query)
    with CaptureQueriesContext(connection) as few:
        page(client, **query)
    crowd(cast.organisation, cast.care, 990, prefix="Late")
    page(client, **query)
    with CaptureQueriesContext(connection) as many:
        html = page(client, **query)
    assert len(many) == len(few) <= 14
    if query.get("view") != "teams":
        assert len(names(html)) == 25


def test_no_statement_reads_a_row_for_a_member_who_is_not_shown(
    cast: Cast, as_member: SignIn
) -> None:
    furnish(cast)
    crowd(cast.organisation, cast.care, 300)
    with CaptureQueriesContext(connection) as queries:
        page(as_member(cast.helen))
    people = [
        each["sql"]
        for each in queries
        if 'FROM "learning_standing"' in each["sql"] or 'FROM "learning_belief"' in each["sql"]
    ]
    for sql in people:
        assert "LIMIT" in sql or " IN (" in sql or "IN (SELECT" in sql
        assert "COUNT(" not in sql
        assert "SUM(" not in sql


def test_pages_of_the_grid_hold_everybody_once(cast: Cast, as_member: SignIn) -> None:
    furnish(cast)
    crowd(cast.organisation, cast.care, 40)
    client = as_member(cast.helen)
    first, second = page(client), page(client, page=2)
    assert "1 to 25 of 43" in first
    assert len(names(first)) == 25
    assert len(names(second)) == 18
    assert not set(names(first)) & set(names(second))
    assert names(page(client, page=99)) == []


def test_a_person_is_found_by_name(cast: Cast, as_member: SignIn) -> None:
    furnish(cast)
    client = as_member(cast.helen)
    assert names(page(client, q="wolfe")) == ["Daniel Wolfe"]
    assert "Nobody called “Victor” here." in page(client, q="Victor")


def test_teams_stand_side_by_side_and_lead_to_their_people(cast: Cast, as_member: SignIn) -> None:
    furnish(cast)
    client = as_member(cast.helen)
    html = page(client, view="teams", by="competency")
    assert "Night desk" in html
    assert "Warehouse" not in html
    assert "U1: 1 of 2 at target" not in html  # three are asked on the care desk and below
    assert "Competency U1: 1 of 3 at target" in html
    assert names(page(client, team=cast.night.pk)) == ["Rosa Lind"]


def test_a_team_of_somebody_else_is_refused_and_a_foreign_one_not_found(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    client = as_member(cast.helen)
    for name in ("team", "team_export"):
        assert client.get(reverse(name), {"team": cast.warehouse.pk}).status_code == 403
        assert client.get(reverse(name), {"team": elsewhere.care.pk}).status_code == 404
        assert client.get(reverse(name), {"team": 10**12}).status_code == 404


def test_nobody_of_another_organisation_or_team_is_shown(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    furnish(cast)
    standing.refresh(list(Member.objects.all()))
    ids = re.findall(r"/team/people/(\d+)/", page(as_member(cast.helen)))
    assert {int(pk) for pk in ids} == {cast.amina.pk, cast.daniel.pk, cast.rosa.pk}


@pytest.mark.parametrize("who", ["amina", "joanna", "noor"])
@pytest.mark.parametrize("name", ["team", "team_export", "assign"])
def test_only_managers_have_a_team_page(cast: Cast, as_member: SignIn, who: str, name: str) -> None:
    assert as_member(getattr(cast, who)).get(reverse(name)).status_code == 403


def test_bad_values_in_the_address_fall_back(cast: Cast, as_member: SignIn) -> None:
    furnish(cast)
    client = as_member(cast.helen)
    html = page(client, reach="everybody", view="x", by="<b>", team="abc", page="-4")
    assert names(html) == names(page(client))
    assert page(client, team="9" * 40)


def test_an_empty_team_says_what_will_be_here(cast: Cast, as_member: SignIn) -> None:
    empty = make_team(cast.organisation, "New desk")
    lead = make_member(cast.organisation, "Ida Moor", team=empty, manages=empty)
    html = page(as_member(lead))
    assert "Nobody stands here yet." in html
    assert "–<small>nobody here has a critical target" in html
    assert page(as_member(lead), view="teams")


def test_somebody_without_a_job_role_is_named_as_such(cast: Cast, as_member: SignIn) -> None:
    furnish(cast)
    make_member(cast.organisation, "Yusuf Dar", team=cast.care)
    standing.refresh(list(Member.objects.filter(organisation=cast.organisation)))
    html = page(as_member(cast.helen))
    assert "no job role yet, so nothing is asked" in html


def test_a_deactivated_member_leaves_the_page(cast: Cast, as_member: SignIn) -> None:
    furnish(cast)
    Member.objects.filter(pk=cast.daniel.pk).update(deactivated_at=clock.now())
    standing.refresh([cast.daniel])
    assert "Daniel Wolfe" not in page(as_member(cast.helen))


def test_names_are_escaped_wherever_they_stand(cast: Cast, as_member: SignIn) -> None:
    furnish(cast)
    evil = '<script>alert("x")</script>\'&'
    member = make_member(
        cast.organisation, evil, team=cast.care, job_title=evil, job_role=cast.amina.job_role
    )
    standing.refresh([member])
    client = as_member(cast.helen)
    pages = [page(client), page(client, by="competency"), page(client, q=evil)]
    pages.append(client.get(reverse("person", args=[member.pk])).content.decode())
    pages.append(client.get(reverse("person_competency", args=[member.pk, "U1"])).content.decode())
    pages.append(client.get(reverse("assign"), {"member": member.pk}).content.decode())
    for html in pages:
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert" in html


def test_the_export_is_audited_and_no_other_method_is_special(
    cast: Cast, as_member: SignIn
) -> None:
    furnish(cast)
    response = as_member(cast.helen).get(reverse("team_export"), {"by": "competency"})
    b"".join(response)
    event = AuditEvent.objects.filter(organisation=cast.organisation).latest("number")
    assert (event.action, event.actor_id) == ("team.exported", cast.helen.pk)
    assert event.detail["by"] == "competency"


@pytest.mark.django_db
def test_an_organisation_without_teams_has_no_manager_and_no_page(as_member: SignIn) -> None:
    lonely = Organisation.objects.create(name="Small", slug="small")
    member = make_member(lonely, "Ada Voss")
    assert as_member(member).get(reverse("team")).status_code == 403
    assert Standing.objects.filter(organisation=lonely).count() == 0


@pytest.mark.parametrize("reach", list(Reach))
def test_few_and_many_are_read_alike(cast: Cast, reach: Reach) -> None:
    furnish(cast)
    due = clock.today() + timedelta(days=4)
    assigning.assign([cast.rosa, cast.amina], teach("G1"), due_on=due, by=cast.helen)
    scope = scope_for(cast.helen)
    few = [row.member_id for row in standings(scope, reach, people=3)]
    many = [row.member_id for row in standings(scope, reach, people=30_000)]
    assert few == many != []
