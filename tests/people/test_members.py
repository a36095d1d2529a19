"""Administration of members: list, access, deactivation, and never no administrator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from people import clock
from people.models import AuditEvent, Member, Organisation, User
from people.signals import members_changed
from tests.conftest import Cast
from tests.factories import PASSWORD, make_member

SignIn = Callable[[Member], Client]


def fields(**changed: object) -> dict[str, Any]:
    return {"job_role": "", "job_title": "", "team": "", **changed}


def crowd(organisation: Organisation, size: int) -> None:
    users = User.objects.bulk_create(
        User(email=f"p{n}@{organisation.pk}.test", name=f"Person {n:04}", password="!")
        for n in range(size)
    )
    Member.objects.bulk_create(Member(organisation=organisation, user=user) for user in users)


def test_the_list_shows_people_with_team_job_role_and_access(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    page = as_member(cast.noor).get("/people/")
    text = page.content.decode()
    assert {each.pk for each in page.context["page"]} == set(
        Member.objects.filter(organisation=cast.organisation).values_list("pk", flat=True)
    )
    assert elsewhere.amina.user.email not in text
    assert "Learner, manager" in text
    assert "Learner, administrator" in text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=amina", ["Amina Osei"]),
        ("q=osei+ami", ["Amina Osei"]),
        ("q=zzz", []),
        ("state=ended", ["Victor Hale"]),
        ("state=nonsense&q=amina", ["Amina Osei"]),
        ("page=999&q=amina", ["Amina Osei"]),
        ("page=-1&q=amina", ["Amina Osei"]),
        ("q=%00amina+zzz&state=ended", ["Victor Hale"]),
        ("q=%25", []),
    ],
)
def test_the_list_is_searched_and_filtered(
    cast: Cast, as_member: SignIn, query: str, names: list[str]
) -> None:
    Member.objects.filter(pk=cast.victor.pk).update(deactivated_at=clock.now())
    page = as_member(cast.noor).get(f"/people/?{query}")
    assert page.status_code == 200
    assert [each.name for each in page.context["page"]] == names


def test_a_team_filter_takes_all_teams_below(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    client = as_member(cast.noor)
    found = client.get(f"/people/?team={cast.care.pk}").context["page"]
    assert {each.name for each in found} == {"Amina Osei", "Daniel Wolfe", "Rosa Lind"}
    foreign = client.get(f"/people/?team={elsewhere.care.pk}").context["page"]
    assert elsewhere.amina not in list(foreign)


def test_the_list_costs_the_same_for_ten_and_a_thousand(cast: Cast, as_member: SignIn) -> None:
    client = as_member(cast.noor)
    client.get("/people/")
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get("/people/")
    crowd(cast.organisation, 1000)
    with CaptureQueriesContext(connection) as many:
        page = client.get("/people/")
    assert len(page.context["page"]) == 50
    assert len(few) == len(many) <= 7


def test_access_is_changed_and_audited_with_before_and_after(cast: Cast, as_member: SignIn) -> None:
    heard: list[Any] = []

    def hear(**kwargs: Any) -> None:
        heard.append(kwargs["member_ids"])

    members_changed.connect(hear)
    try:
        response = as_member(cast.noor).post(
            f"/people/{cast.amina.pk}/",
            fields(
                team=cast.warehouse.pk,
                job_title="Adviser",
                is_trainer="on",
                managed_teams=[cast.night.pk],
            ),
        )
    finally:
        members_changed.disconnect(hear)
    assert response.status_code == 302
    cast.amina.refresh_from_db()
    assert (cast.amina.team, cast.amina.is_trainer) == (cast.warehouse, True)
    event = AuditEvent.objects.get(action="member.changed")
    assert (event.actor, event.subject) == (cast.noor, cast.amina)
    assert event.detail["before"] == {
        "job_role": "Customer",
        "job_title": "",
        "team": "Care desk",
        "trainer": False,
        "manages": [],
    }
    assert event.detail["after"]["manages"] == ["Night desk"]
    assert heard == [[cast.amina.pk]]


def test_saving_without_a_change_writes_no_event(cast: Cast, as_member: SignIn) -> None:
    as_member(cast.noor).post(f"/people/{cast.victor.pk}/", fields(team=cast.warehouse.pk))
    assert not AuditEvent.objects.exists()


def test_another_organisations_team_is_refused(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    response = as_member(cast.noor).post(
        f"/people/{cast.amina.pk}/",
        fields(team=elsewhere.care.pk, managed_teams=[elsewhere.care.pk]),
    )
    assert set(response.context["form"].errors) == {"team", "managed_teams"}


def test_deactivation_holds_from_the_very_next_request(cast: Cast, as_member: SignIn) -> None:
    trainer = as_member(cast.joanna)
    assert trainer.get("/account/").context["member"] == cast.joanna
    as_member(cast.noor).post(f"/people/{cast.joanna.pk}/deactivate/")
    response = trainer.get("/people/")
    assert response.status_code == 302
    assert "no-organisation" in response["Location"]
    page = trainer.get(response["Location"])
    assert "has ended" in page.content.decode()
    assert AuditEvent.objects.filter(action="member.deactivated", subject=cast.joanna).exists()


def test_the_last_membership_takes_the_sessions_with_it(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    cache.clear()
    user = cast.amina.user
    user.set_password(PASSWORD)
    user.save()
    second = make_member(elsewhere.organisation, user=user)
    client = Client()
    client.post("/account/login/", {"login": user.email, "password": PASSWORD})
    as_member(cast.noor).post(f"/people/{cast.amina.pk}/deactivate/")
    assert client.get("/account/").context["member"] == second  # still somewhere
    as_member(elsewhere.noor).post(f"/people/{second.pk}/deactivate/")
    assert client.get("/account/").status_code == 302
    assert not Session.objects.filter(session_key=client.cookies["sessionid"].value).exists()


def test_reactivation_gives_back_what_was(cast: Cast, as_member: SignIn) -> None:
    admin = as_member(cast.noor)
    admin.post(f"/people/{cast.joanna.pk}/deactivate/")
    admin.post(f"/people/{cast.joanna.pk}/reactivate/")
    cast.joanna.refresh_from_db()
    assert cast.joanna.is_active
    assert cast.joanna.is_trainer
    assert AuditEvent.objects.filter(action="member.reactivated").exists()


def test_the_last_administrator_stays(cast: Cast, as_member: SignIn) -> None:
    admin = as_member(cast.noor)
    admin.post(f"/people/{cast.noor.pk}/deactivate/")
    response = admin.post(f"/people/{cast.noor.pk}/", fields())
    assert "is_administrator" in response.context["form"].errors
    cast.noor.refresh_from_db()
    assert cast.noor.is_active
    assert cast.noor.is_administrator


def test_one_of_two_administrators_may_go(cast: Cast, as_member: SignIn) -> None:
    make_member(cast.organisation, "Second", is_administrator=True)
    as_member(cast.noor).post(f"/people/{cast.noor.pk}/deactivate/")
    cast.noor.refresh_from_db()
    assert not cast.noor.is_active


def test_a_deactivated_administrator_does_not_count(cast: Cast, as_member: SignIn) -> None:
    make_member(cast.organisation, "Gone", is_administrator=True, deactivated_at=clock.now())
    as_member(cast.noor).post(f"/people/{cast.noor.pk}/deactivate/")
    cast.noor.refresh_from_db()
    assert cast.noor.is_active


def test_a_deactivated_administrator_cannot_undo_it(cast: Cast, as_member: SignIn) -> None:
    make_member(cast.organisation, "Second", is_administrator=True)
    admin = as_member(cast.noor)
    admin.post(f"/people/{cast.noor.pk}/deactivate/")
    admin.post(f"/people/{cast.noor.pk}/reactivate/")
    cast.noor.refresh_from_db()
    assert not cast.noor.is_active


def test_a_name_is_never_taken_for_html(cast: Cast, as_member: SignIn) -> None:
    cast.amina.user.name = "<script>alert(1)</script>"
    cast.amina.user.save()
    client = as_member(cast.noor)
    for path in ("/people/", f"/people/{cast.amina.pk}/", "/people/teams/add/"):
        assert "<script>alert" not in client.get(path).content.decode()
