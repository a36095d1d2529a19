"""Invitations: written by administrators, accepted once by the one they were sent to."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings as site
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from people import clock, inviting, jobs, messages
from people.models import AuditEvent, BackgroundJob, Invitation, Member, Message, User
from tests.conftest import Cast
from tests.factories import PASSWORD

SignIn = Callable[[Member], Client]
FIELDS = {"team": "", "job_role": ""}


@pytest.fixture(autouse=True)
def fresh_limits(db: None) -> None:
    cache.clear()


def link() -> str:
    """The path in the newest mail."""
    for job in BackgroundJob.objects.filter(kind=messages.SEND, state="queued").order_by("pk"):
        jobs.run(job.pk)
    found = re.search(r"https?://\S+(/account/invitations/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def invite(cast: Cast, email: str = "new@example.test", **access: object) -> Invitation:
    (made,) = inviting.invite(
        [(email, "New Person")],
        organisation=cast.organisation,
        access=inviting.Access(**access),  # type: ignore[arg-type]
        by=cast.noor,
    )
    return made


def test_an_administrator_invites_several_people_at_once(cast: Cast, as_member: SignIn) -> None:
    client = as_member(cast.noor)
    assert client.get("/people/invite/").status_code == 200
    lines = "One@Example.test\nPriya Nair <priya@example.test>\n\nTom Lee, tom@example.test\n"
    response = client.post(
        "/people/invite/",
        {"people": lines, "team": cast.care.pk, "job_role": "", "is_manager": "on"},
    )
    assert response["Location"] == reverse("invitations")
    made = Invitation.objects.order_by("pk")
    assert [(each.email, each.name) for each in made] == [
        ("one@example.test", ""),
        ("priya@example.test", "Priya Nair"),
        ("tom@example.test", "Tom Lee"),
    ]
    assert all(each.is_manager and each.team == cast.care for each in made)
    assert Message.objects.filter(kind=inviting.KIND).count() == 3
    assert AuditEvent.objects.filter(action="invitation.sent", actor=cast.noor).count() == 3


def test_every_wrong_line_is_named_and_nobody_is_invited(cast: Cast, as_member: SignIn) -> None:
    invite(cast, "waiting@example.test")
    lines = f"good@example.test\nnot an address\n{cast.amina.user.email}\nwaiting@example.test\ngood@example.test"
    response = as_member(cast.noor).post("/people/invite/", {"people": lines, **FIELDS})
    errors = " ".join(response.context["form"].errors["people"])
    assert "Line 2" in errors
    assert "Line 5 repeats" in errors
    assert "is a member already" in errors
    assert "has an open invitation" in errors
    assert Invitation.objects.count() == 1


def test_another_organisations_team_cannot_be_chosen(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    response = as_member(cast.noor).post(
        "/people/invite/", {"people": "a@example.test", "team": elsewhere.care.pk, "job_role": ""}
    )
    assert "team" in response.context["form"].errors
    assert not Invitation.objects.exists()


def test_a_new_person_chooses_a_password_and_is_in(cast: Cast) -> None:
    invitation = invite(cast, team=cast.care, is_trainer=True, is_manager=True)
    path = link()
    client = Client()
    page = client.get(path)
    assert page.status_code == 200
    assert "Calder &amp; Wray" in page.content.decode()
    done = client.post(path, {"name": "Nia New", "password": PASSWORD})
    assert done["Location"] == reverse("home")
    member = Member.objects.get(user__email="new@example.test")
    assert (member.name, member.team, member.is_trainer) == ("Nia New", cast.care, True)
    assert list(member.managed_teams.all()) == [cast.care]
    assert client.get("/account/").context["member"] == member
    invitation.refresh_from_db()
    assert invitation.accepted_at is not None
    assert AuditEvent.objects.filter(action="invitation.accepted", actor=member).exists()
    assert AuditEvent.objects.filter(action="sign-in", actor=member).exists()
    fresh = Client()
    fresh.post("/account/login/", {"login": "new@example.test", "password": PASSWORD})
    assert fresh.get("/account/").status_code == 200


def test_a_weak_password_is_refused_and_what_was_typed_stays(cast: Cast) -> None:
    invite(cast)
    response = Client().post(link(), {"name": "Nia New", "password": "short"})
    assert response.status_code == 200
    assert "password" in response.context["form"].errors
    assert 'value="Nia New"' in response.content.decode()
    assert not User.objects.filter(email="new@example.test").exists()


def test_an_invitation_works_once(cast: Cast) -> None:
    invite(cast)
    path = link()
    Client().post(path, {"name": "Nia New", "password": PASSWORD})
    again = Client().post(path, {"name": "Eve", "password": PASSWORD})
    assert again.status_code == 410
    assert "was used" in again.content.decode()
    assert User.objects.get(email="new@example.test").name == "Nia New"


def test_somebody_with_an_account_signs_in_first_and_then_joins(
    cast: Cast, elsewhere: Cast
) -> None:
    user = elsewhere.amina.user
    user.set_password(PASSWORD)
    user.save()
    invite(cast, user.email)
    path = link()
    client = Client()
    page = client.get(path)
    assert f"/account/login/?next={path}" in page.content.decode()
    # Holding the mail is not enough: nothing happens without signing in.
    client.post(path, {"name": "Eve", "password": "another phrase entirely"})
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert user.memberships.count() == 1
    response = client.post(
        "/account/login/", {"login": user.email, "password": PASSWORD, "next": path}
    )
    assert response["Location"] == path
    assert client.get(path).status_code == 200
    assert user.memberships.count() == 1  # a GET changes nothing
    client.post(path)
    assert user.memberships.count() == 2
    assert client.get("/account/").context["member"].organisation == cast.organisation


def test_somebody_else_who_is_signed_in_cannot_take_it(cast: Cast, as_member: SignIn) -> None:
    invite(cast)
    client = as_member(cast.amina)
    path = link()
    assert "for another address" in client.get(path).content.decode()
    assert "for another address" in client.post(path).content.decode()
    assert Invitation.objects.get().accepted_at is None


def test_one_who_left_and_is_invited_again_comes_back_with_the_new_access(
    cast: Cast, as_member: SignIn
) -> None:
    cast.victor.deactivated_at = clock.now()
    cast.victor.is_trainer = True
    cast.victor.save()
    invite(cast, cast.victor.user.email, team=cast.care)
    as_member(cast.victor).post(link())
    cast.victor.refresh_from_db()
    assert cast.victor.is_active
    assert cast.victor.team == cast.care
    assert not cast.victor.is_trainer


def test_an_expired_a_revoked_and_an_invented_link_say_so(cast: Cast, as_member: SignIn) -> None:
    invitation = invite(cast)
    path = link()
    with clock.at(clock.now() + timedelta(days=15)):
        expired = Client().post(path, {"name": "Nia", "password": PASSWORD})
    assert expired.status_code == 410
    assert "has expired" in expired.content.decode()
    as_member(cast.noor).post(f"/people/invitations/{invitation.pk}/revoke/")
    revoked = Client().get(path)
    assert revoked.status_code == 410
    assert "was taken back" in revoked.content.decode()
    assert Client().get("/account/invitations/invented/").status_code == 404
    assert not User.objects.filter(email="new@example.test").exists()


def test_sending_again_makes_a_new_link_and_ends_the_old_one(cast: Cast, as_member: SignIn) -> None:
    invitation = invite(cast)
    old = link()
    with clock.at(clock.now() + timedelta(days=15)):
        as_member(cast.noor).post(f"/people/invitations/{invitation.pk}/resend/")
        new = link()
        assert Client().get(new).status_code == 200
        assert Client().get(old).status_code == 404


def test_the_secret_of_the_link_is_kept_nowhere(cast: Cast) -> None:
    invite(cast)
    token = link().rstrip("/").rpartition("/")[2]
    assert not Invitation.objects.filter(token_digest=token).exists()
    assert token not in Message.objects.get().text
    assert token not in str(list(AuditEvent.objects.values_list("detail", flat=True)))


def test_the_link_names_the_site_and_not_whatever_host_was_asked(cast: Cast) -> None:
    invite(cast)
    link()
    assert f"{site.SITE_URL}/account/invitations/" in mail.outbox[-1].body


def test_the_list_shows_open_and_past_ones_of_ones_own_organisation(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    invite(cast, "open@example.test")
    done = invite(cast, "revoked@example.test")
    invite(elsewhere, "foreign@example.test")
    inviting.revoke(done, by=cast.noor)
    page = as_member(cast.noor).get("/people/invitations/").content.decode()
    assert "open@example.test" in page
    assert "revoked@example.test" in page
    assert "foreign@example.test" not in page


def test_an_accepted_invitation_can_no_longer_be_sent_or_revoked(
    cast: Cast, as_member: SignIn
) -> None:
    invitation = invite(cast)
    Client().post(link(), {"name": "Nia New", "password": PASSWORD})
    client = as_member(cast.noor)
    for act in ("resend", "revoke"):
        client.post(f"/people/invitations/{invitation.pk}/{act}/")
    invitation.refresh_from_db()
    assert invitation.revoked_at is None
    assert Message.objects.filter(kind=inviting.KIND).count() == 1
