"""Who may open the administration: every page, six identities, own and other organisation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from people import clock, inviting
from people.models import AuditEvent, BackgroundJob, Member, User
from tests.conftest import Cast

SignIn = Callable[[Member], Client]

PAGES = [
    "/people/",
    "/people/{amina}/",
    "/people/invite/",
    "/people/invitations/",
    "/people/teams/",
    "/people/teams/add/",
    "/people/teams/{care}/",
    "/people/settings/",
    "/people/audit/",
    "/people/audit/export/",
    "/people/work/",
]
POSTS = [
    "/people/{amina}/deactivate/",
    "/people/{amina}/reactivate/",
    "/people/invitations/{invitation}/resend/",
    "/people/invitations/{invitation}/revoke/",
    "/people/audit/check/",
    "/people/work/{job}/retry/",
]
OPERATOR = ["/people/organisations/", "/people/organisations/add/", "/people/organisations/work/"]


def address(path: str, cast: Cast) -> str:
    job = BackgroundJob.objects.create(kind="send-message", organisation=cast.organisation)
    (invitation,) = inviting.invite(
        [("a@example.test", "")],
        organisation=cast.organisation,
        access=inviting.Access(),
        by=cast.noor,
    )
    return path.format(amina=cast.amina.pk, care=cast.care.pk, invitation=invitation.pk, job=job.pk)


@pytest.mark.parametrize("path", PAGES)
def test_administrators_open_every_page(cast: Cast, as_member: SignIn, path: str) -> None:
    response = as_member(cast.noor).get(address(path, cast))
    assert response.status_code == 200
    if not path.endswith("export/"):
        assert response.content.decode().count("<h1") == 1


@pytest.mark.parametrize("path", PAGES + POSTS)
@pytest.mark.parametrize("who", ["amina", "helen", "joanna"])
def test_others_are_told_which_access_is_missing_and_who_gives_it(
    cast: Cast, as_member: SignIn, path: str, who: str
) -> None:
    client = as_member(getattr(cast, who))
    there = address(path, cast)
    before = AuditEvent.objects.count()
    response = client.post(there) if path in POSTS else client.get(there)
    assert response.status_code == 403
    text = response.content.decode()
    assert "for administrators of Calder &amp; Wray" in text
    assert cast.noor.user.email in text
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("path", [each for each in PAGES + POSTS if "{" in each])
def test_another_organisations_things_do_not_exist(
    cast: Cast, elsewhere: Cast, as_member: SignIn, path: str
) -> None:
    client = as_member(elsewhere.noor)
    there = address(path, cast)
    foreign = client.post(there) if path in POSTS else client.get(there)
    gone = "/people/" + "/".join(
        "987654321" if part.isdigit() else part for part in there.split("/")[2:]
    )
    missing = client.post(gone) if path in POSTS else client.get(gone)
    assert foreign.status_code == missing.status_code == 404
    said = [r.content.decode().replace(there, "").replace(gone, "") for r in (foreign, missing)]
    assert without_token(said[0]) == without_token(said[1])


def without_token(page: str) -> str:
    import re

    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


@pytest.mark.parametrize("path", ["/people/99999999999999999999/", "/people/teams/0/"])
def test_numbers_that_nobody_has_are_not_found(cast: Cast, as_member: SignIn, path: str) -> None:
    assert as_member(cast.noor).get(path).status_code == 404


@pytest.mark.parametrize("path", PAGES + POSTS + OPERATOR)
def test_anonymous_people_are_asked_to_sign_in(cast: Cast, path: str) -> None:
    there = address(path, cast)
    response = Client().post(there) if path in POSTS else Client().get(there)
    assert response.status_code == 302
    assert response["Location"].startswith("/account/login/")


@pytest.mark.parametrize("path", PAGES + POSTS)
def test_the_site_operator_belongs_to_no_organisation(
    cast: Cast, operator: User, path: str
) -> None:
    client = Client()
    client.force_login(operator)
    there = address(path, cast)
    response = client.post(there) if path in POSTS else client.get(there)
    assert response.status_code == 302
    assert response["Location"] == "/account/no-organisation/"


@pytest.mark.parametrize("path", PAGES + POSTS)
def test_a_deactivated_administrator_is_out(cast: Cast, as_member: SignIn, path: str) -> None:
    there = address(path, cast)
    Member.objects.filter(pk=cast.noor.pk).update(deactivated_at=clock.now())
    client = as_member(cast.noor)
    response = client.post(there) if path in POSTS else client.get(there)
    assert response.status_code == 302


@pytest.mark.parametrize("path", POSTS)
def test_changes_are_posts_only(cast: Cast, as_member: SignIn, path: str) -> None:
    assert as_member(cast.noor).get(address(path, cast)).status_code == 405


@pytest.mark.parametrize("path", ["/people/", "/people/teams/", "/people/audit/"])
def test_lists_take_no_posts(cast: Cast, as_member: SignIn, path: str) -> None:
    assert as_member(cast.noor).post(path).status_code == 405


@pytest.mark.parametrize("path", POSTS)
def test_a_post_without_its_token_is_refused_in_plain_words(cast: Cast, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.noor.user)
    response = client.post(address(path, cast))
    assert response.status_code == 403
    assert "nothing was changed" in response.content.decode()


@pytest.mark.parametrize("path", OPERATOR)
@pytest.mark.parametrize("who", ["amina", "noor"])
def test_the_operators_pages_are_closed_to_members(
    cast: Cast, as_member: SignIn, path: str, who: str
) -> None:
    response = as_member(getattr(cast, who)).get(path)
    assert response.status_code == 403
    assert "operate this site" in response.content.decode()


ACCOUNT = [
    "my_account",
    "no_organisation",
    "account_login",
    "account_logout",
    "account_inactive",
    "account_reauthenticate",
    "account_change_password",
    "account_set_password",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "mfa_index",
    "mfa_authenticate",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "usersessions_list",
]


@pytest.mark.parametrize("name", ACCOUNT)
@pytest.mark.parametrize("who", ["anonymous", "amina", "noor", "operator"])
def test_no_page_of_the_account_breaks_for_anybody(
    cast: Cast, operator: User, who: str, name: str
) -> None:
    """Also for somebody without a password or a second factor."""
    client = Client()
    if who != "anonymous":
        client.force_login(operator if who == "operator" else getattr(cast, who).user)
    assert client.get(reverse(name)).status_code in (200, 302, 403, 404)
    assert client.post(reverse(name)).status_code in (200, 302, 403, 404, 405)


@pytest.mark.parametrize("who", ["amina", "operator"])
def test_a_broken_reset_link_says_so(cast: Cast, operator: User, who: str) -> None:
    client = Client()
    client.force_login(operator if who == "operator" else cast.amina.user)
    page = client.get("/account/password/reset/key/zz-nonsense/")
    assert "no longer works" in page.content.decode()
