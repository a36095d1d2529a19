"""The tree of teams: any depth, never a ring, and its paths stay true."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from people import clock, tree
from people.access import in_reach_of
from people.models import AuditEvent, Member, Team
from tests.conftest import Cast
from tests.factories import make_team

SignIn = Callable[[Member], Client]


def test_the_tree_is_shown_with_counts(cast: Cast, elsewhere: Cast, as_member: SignIn) -> None:
    page = as_member(cast.noor).get("/people/teams/")
    rows = [
        (row["team"].name, row["depth"], row["here"], row["below"]) for row in page.context["rows"]
    ]
    assert rows == [
        ("Headquarters", 0, 1, 5),
        ("Care desk", 1, 2, 3),
        ("Night desk", 2, 1, 1),
        ("Warehouse", 1, 1, 1),
    ]
    assert page.context["without"] == 2
    assert page.context["rows"][1]["managers"] == "Helen Marsh"


def test_a_team_stands_right_after_the_one_above_it_whatever_the_ids(cast: Cast) -> None:
    for number in range(12):
        make_team(cast.organisation, f"Team {number:02}", parent=cast.warehouse)
    teams = tree.in_order(Team.objects.order_by("?"))
    for above, team in itertools.pairwise(teams):
        assert team.parent_id is None or team.parent.is_within(teams[0])  # type: ignore[union-attr]
        assert team.depth <= above.depth + 1
    names = [team.name for team in teams if team.parent_id == cast.warehouse.pk]
    assert names == sorted(names)


def test_the_tree_costs_the_same_for_four_and_three_hundred_teams(
    cast: Cast, as_member: SignIn
) -> None:
    client = as_member(cast.noor)
    client.get("/people/teams/")
    with CaptureQueriesContext(connection) as few:
        client.get("/people/teams/")
    made = Team.objects.bulk_create(
        Team(organisation=cast.organisation, parent=cast.care, name=f"T{n}") for n in range(300)
    )
    for team in made:
        team.path = f"{cast.care.path}{team.pk}/"
    Team.objects.bulk_update(made, ["path"])
    with CaptureQueriesContext(connection) as many:
        client.get("/people/teams/")
    assert len(few) == len(many) <= 8


def test_an_empty_organisation_is_told_what_will_be_here(cast: Cast, as_member: SignIn) -> None:
    Team.objects.filter(organisation=cast.organisation).update(parent=None)
    Team.objects.filter(organisation=cast.organisation).delete()
    page = as_member(cast.noor).get("/people/teams/")
    assert "will stand here as a tree" in page.content.decode()


def test_a_team_is_added_with_its_managers(cast: Cast, as_member: SignIn) -> None:
    client = as_member(cast.noor)
    assert client.get(f"/people/teams/add/?under={cast.care.pk}").status_code == 200
    client.post(
        "/people/teams/add/",
        {"name": "Returns", "parent": cast.care.pk, "managers": cast.daniel.user.email.upper()},
    )
    team = Team.objects.get(name="Returns")
    assert team.path == f"{cast.care.path}{team.pk}/"
    assert list(cast.daniel.managed_teams.all()) == [team]
    assert AuditEvent.objects.get(action="team.added").detail["after"] == {
        "name": "Returns",
        "under": "Care desk",
        "managers": ["Daniel Wolfe"],
    }


def test_moving_a_team_moves_all_below_and_who_reaches_them(cast: Cast, as_member: SignIn) -> None:
    assert cast.rosa in in_reach_of(cast.helen)
    response = as_member(cast.noor).post(
        f"/people/teams/{cast.night.pk}/",
        {"name": "Night shift", "parent": cast.warehouse.pk, "managers": cast.rosa.user.email},
    )
    assert response.status_code == 302
    cast.night.refresh_from_db()
    assert cast.night.path == f"{cast.warehouse.path}{cast.night.pk}/"
    assert cast.rosa not in in_reach_of(cast.helen)
    event = AuditEvent.objects.get(action="team.changed")
    assert event.detail["before"] == {"name": "Night desk", "under": "Care desk"}
    assert event.detail["after"] == {"name": "Night shift", "under": "Warehouse"}


def test_moving_a_branch_keeps_every_path_below_true(cast: Cast, as_member: SignIn) -> None:
    as_member(cast.noor).post(
        f"/people/teams/{cast.care.pk}/", {"name": "Care desk", "parent": cast.warehouse.pk}
    )
    for team in Team.objects.select_related("parent"):
        assert team.path == (team.parent.path if team.parent else "/") + f"{team.pk}/"


@pytest.mark.parametrize("under", ["care", "night"])
def test_a_team_never_comes_under_itself(cast: Cast, as_member: SignIn, under: str) -> None:
    response = as_member(cast.noor).post(
        f"/people/teams/{cast.care.pk}/",
        {"name": "Care desk", "parent": getattr(cast, under).pk},
    )
    assert "parent" in response.context["form"].errors


def test_two_moves_at_once_cannot_make_a_ring(cast: Cast) -> None:
    stale = Team.objects.get(pk=cast.warehouse.pk)
    tree.change(cast.care, name="Care desk", parent=cast.warehouse, managers=[], by=cast.noor)
    with pytest.raises(tree.CannotMove):
        tree.change(stale, name="Warehouse", parent=cast.care, managers=[], by=cast.noor)


def test_a_tree_of_forty_levels_works(cast: Cast, as_member: SignIn) -> None:
    parent = cast.night
    for number in range(40):
        parent = tree.add(name=f"Level {number}", parent=parent, managers=[], by=cast.noor)
    assert as_member(cast.noor).get("/people/teams/").status_code == 200
    assert parent.depth == 42


def test_a_name_stands_once_in_one_place(cast: Cast, as_member: SignIn) -> None:
    client = as_member(cast.noor)
    for parent, name in ((cast.headquarters.pk, "warehouse"), ("", "Headquarters")):
        response = client.post("/people/teams/add/", {"name": name, "parent": parent})
        assert "name" in response.context["form"].errors


def test_only_an_empty_team_is_deleted(cast: Cast, as_member: SignIn) -> None:
    client = as_member(cast.noor)
    client.post(f"/people/teams/{cast.care.pk}/", {"delete": "1"})
    assert Team.objects.filter(pk=cast.care.pk).exists()
    empty = make_team(cast.organisation, "Empty", parent=cast.care)
    assert "Nobody is in it" in client.get(f"/people/teams/{empty.pk}/").content.decode()
    client.post(f"/people/teams/{empty.pk}/", {"delete": "1"})
    assert not Team.objects.filter(pk=empty.pk).exists()
    assert AuditEvent.objects.get(action="team.deleted").detail["before"]["name"] == "Empty"


def test_another_organisations_people_and_teams_cannot_be_chosen(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    response = as_member(cast.noor).post(
        "/people/teams/add/",
        {"name": "X", "parent": elsewhere.care.pk, "managers": elsewhere.amina.user.email},
    )
    assert set(response.context["form"].errors) == {"parent", "managers"}


def test_managers_are_named_by_address_and_an_unknown_one_is_said(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    Member.objects.filter(pk=cast.victor.pk).update(deactivated_at=clock.now())
    gone, foreign = cast.victor.user.email, elsewhere.amina.user.email
    for path in (f"/people/teams/{cast.care.pk}/", "/people/teams/add/"):
        response = as_member(cast.noor).post(
            path, {"name": "Care desk", "parent": "", "managers": f"{gone}\n{foreign}\nx"}
        )
        errors = response.context["form"].errors["managers"]
        assert [each.split()[-1] for each in errors] == sorted([f"{gone}.", f"{foreign}.", "x."])


def test_a_manager_who_was_deactivated_may_go_on_standing_there(
    cast: Cast, as_member: SignIn
) -> None:
    Member.objects.filter(pk=cast.helen.pk).update(deactivated_at=clock.now())
    as_member(cast.noor).post(
        f"/people/teams/{cast.care.pk}/",
        {"name": "Care", "parent": cast.headquarters.pk, "managers": cast.helen.user.email},
    )
    assert list(cast.care.managers.all()) == [cast.helen]
