"""Assigning once whatever happens, telling people, withdrawing and reminding within one's reach."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from curriculum.models import Module, Track
from learning import assigning
from learning.models import Assignment, Standing
from people import clock
from people.models import AuditEvent, Member, Message
from tests.conftest import Cast
from tests.learning.competence_rows import NOW, make_competency, teach
from tests.learning.desk import furnish

SignIn = Callable[[Member], Client]


@pytest.fixture(autouse=True)
def _now() -> object:
    with clock.at(NOW):
        yield


@pytest.fixture
def module(cast: Cast) -> Module:
    furnish(cast)
    return teach("U1")


def in_days(days: int) -> Any:
    return clock.today() + timedelta(days=days)


def post(client: Client, *members: Member, **fields: object) -> Any:
    data = {
        "member": [member.pk for member in members],
        "what": f"module:{teach('U1').pk}",
        "due_on": in_days(10).isoformat(),
        **fields,
    }
    return client.post(reverse("assign"), data)


def test_people_get_the_module_a_mail_and_a_date(
    cast: Cast, as_member: SignIn, module: Module
) -> None:
    response = post(as_member(cast.helen), cast.amina, cast.rosa, note="Before the launch.")
    assert response.status_code == 302
    made = Assignment.objects.filter(module=module)
    assert {each.member_id for each in made} == {cast.amina.pk, cast.rosa.pk}
    assert {each.due_on for each in made} == {in_days(10)}
    mails = Message.objects.filter(kind="learning/assigned")
    assert {mail.to for mail in mails} == {cast.amina.user.email, cast.rosa.user.email}
    assert "Before the launch." in mails[0].text
    assert "You get this mail because your manager" in mails[0].text
    events = AuditEvent.objects.filter(action="assignment.made")
    assert {event.subject_id for event in events} == {cast.amina.pk, cast.rosa.pk}
    assert Standing.objects.get(member=cast.amina).next_due_on == in_days(10)


def test_assigning_again_moves_the_date_and_makes_no_second(cast: Cast, module: Module) -> None:
    def again(days: int) -> assigning.Assigned:
        return assigning.assign([cast.amina], module, due_on=in_days(days), by=cast.helen)

    assert again(5) == assigning.Assigned(made=1)
    assert again(5) == assigning.Assigned(same=1)
    with clock.at(NOW + timedelta(hours=1)):
        assert again(8) == assigning.Assigned(moved=1)
    assert Assignment.objects.get(member=cast.amina).due_on == in_days(8)
    assert Message.objects.filter(kind="learning/assigned").count() == 2
    Assignment.objects.update(completed_at=clock.now())
    assert again(9) == assigning.Assigned(made=1)


def test_a_track_is_assigned_like_a_module(cast: Cast, as_member: SignIn, module: Module) -> None:
    track = Track.objects.create(key="care", title="Care track")
    post(as_member(cast.helen), cast.amina, what=f"track:{track.pk}")
    assert Assignment.objects.get(member=cast.amina).target == track


def test_modules_that_teach_the_competency_stand_first(
    cast: Cast, elsewhere: Cast, as_member: SignIn, module: Module
) -> None:
    teach("G1", published=False)
    teach("O1", organisation=elsewhere.organisation)
    html = (
        as_member(cast.helen)
        .get(reverse("assign"), {"member": str(cast.amina.pk), "competency": "U1"})
        .content.decode()
    )
    assert 'label="Teaches Competency U1"' in html
    assert html.index(f'value="module:{module.pk}"') < html.index('label="Other modules"')
    assert f'value="module:{teach("O1", organisation=elsewhere.organisation).pk}"' not in html
    assert "Amina Osei" in html


def test_targets_one_may_not_assign_are_no_choice(
    cast: Cast, elsewhere: Cast, as_member: SignIn, module: Module
) -> None:
    foreign = teach("O1", organisation=elsewhere.organisation)
    retired = teach("D1")
    Module.objects.filter(pk=retired.pk).update(retired_at=clock.now())
    for what in (f"module:{foreign.pk}", f"module:{retired.pk}", "module:0", "", "track:x"):
        response = post(as_member(cast.helen), cast.amina, what=what)
        assert response.status_code == 422
        assert "Everything you typed is still here" in response.content.decode()
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("due_on", ["", "2026-11-20", "2029-01-01", "soon"])
def test_a_date_must_lie_ahead_and_within_a_year(
    cast: Cast, as_member: SignIn, module: Module, due_on: str
) -> None:
    assert post(as_member(cast.helen), cast.amina, due_on=due_on).status_code == 422
    assert not Assignment.objects.exists()


def test_one_person_out_of_reach_refuses_the_whole(
    cast: Cast, elsewhere: Cast, as_member: SignIn, module: Module
) -> None:
    client = as_member(cast.helen)
    assert post(client, cast.amina, cast.victor).status_code == 403
    assert post(client, cast.amina, elsewhere.amina).status_code == 404
    assert client.get(reverse("assign"), {"member": cast.victor.pk}).status_code == 403
    assert client.get(reverse("assign"), {"member": elsewhere.amina.pk}).status_code == 404
    assert client.get(reverse("assign"), {"member": "x"}).status_code == 404
    assert client.get(reverse("assign"), {"member": "9" * 30}).status_code == 404
    bad: dict[str, str | int] = {"member": cast.amina.pk, "competency": "Z9"}
    assert client.get(reverse("assign"), bad).status_code == 404
    assert post(as_member(cast.joanna), cast.amina).status_code == 403
    assert not Assignment.objects.exists()


def test_nobody_selected_leads_back_to_the_team_page(
    cast: Cast, as_member: SignIn, module: Module
) -> None:
    html = as_member(cast.helen).get(reverse("assign")).content.decode()
    assert "Nobody is selected." in html
    too_many = {"member": list(range(1, 260))}
    assert as_member(cast.helen).get(reverse("assign"), too_many).status_code == 400


def test_the_way_back_stays_on_this_site(cast: Cast, as_member: SignIn, module: Module) -> None:
    client = as_member(cast.helen)
    assert post(client, cast.amina, next="//evil.test/").url == reverse("team")
    assert post(client, cast.rosa, next="/team/?page=2").url == "/team/?page=2"


def test_withdrawing_once_tells_the_member(cast: Cast, as_member: SignIn, module: Module) -> None:
    assigning.assign([cast.amina], module, due_on=in_days(3), by=cast.helen)
    made = Assignment.objects.get()
    url = reverse("assignment_withdraw", args=[made.pk])
    client = as_member(cast.helen)
    assert client.get(url).status_code == 405
    assert client.post(url)["Location"] == reverse("person", args=[cast.amina.pk])
    client.post(url)
    made.refresh_from_db()
    assert made.withdrawn_at is not None
    assert Message.objects.filter(kind="learning/withdrawn").count() == 1
    assert AuditEvent.objects.filter(action="assignment.withdrawn").count() == 1
    assert Standing.objects.get(member=cast.amina).next_due_on is None


def test_reminding_at_most_once_a_day(cast: Cast, as_member: SignIn, module: Module) -> None:
    assigning.assign([cast.amina], module, due_on=in_days(3), by=cast.helen)
    url = reverse("assignment_remind", args=[Assignment.objects.get().pk])
    client = as_member(cast.helen)
    mails = Message.objects.filter(kind="learning/reminder", member=cast.amina)
    client.post(url)
    client.post(url)
    assert mails.count() == 1
    with clock.at(NOW + timedelta(days=1)):
        client.post(url)
    assert mails.count() == 2
    Assignment.objects.update(completed_at=clock.now())
    with clock.at(NOW + timedelta(days=2)):
        client.post(url)
    assert mails.count() == 2


@pytest.mark.parametrize("name", ["assignment_withdraw", "assignment_remind"])
def test_assignments_of_others_are_out_of_reach(
    cast: Cast, elsewhere: Cast, as_member: SignIn, module: Module, name: str
) -> None:
    for manager, member, status in (
        (elsewhere.helen, elsewhere.amina, 404),
        (cast.noor, cast.victor, 403),
    ):
        assigning.assign([member], module, due_on=in_days(3), by=manager)
        pk = Assignment.objects.latest("pk").pk
        assert as_member(cast.helen).post(reverse(name, args=[pk])).status_code == status
    assert not Assignment.objects.exclude(withdrawn_at=None).exists()
    make_competency("U2")
