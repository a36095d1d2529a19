"""Signing in, its limits, passwords, and the second factor."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings as site
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from people import jobs, messages
from people.models import AuditEvent, BackgroundJob, Member, Message, User
from tests.conftest import Cast
from tests.factories import PASSWORD

LOGIN = "/account/login/"


@pytest.fixture(autouse=True)
def fresh_limits(db: None) -> None:
    cache.clear()


@pytest.fixture
def amina(cast: Cast) -> User:
    user = cast.amina.user
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client: Client, user: User, password: str = PASSWORD, **extra: Any) -> Any:
    return client.post(LOGIN, {"login": user.email, "password": password}, **extra)


def actions(cast: Cast) -> list[str]:
    events = AuditEvent.objects.filter(organisation=cast.organisation)
    return list(events.order_by("number").values_list("action", flat=True))


def deliver() -> None:
    for job in BackgroundJob.objects.filter(kind=messages.SEND):
        jobs.run(job.pk)


def test_passwords_are_kept_as_argon2id_at_the_agreed_cost() -> None:
    kept = make_password(PASSWORD)
    assert kept.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_password(PASSWORD, kept)


def test_signing_in_leads_to_ones_part_and_is_audited(cast: Cast, amina: User) -> None:
    client = Client()
    response = sign_in(client, amina)
    assert response.status_code == 302
    assert response["Location"] == reverse("home")
    assert actions(cast) == ["sign-in"]
    client.post("/account/logout/")
    assert actions(cast) == ["sign-in", "sign-out"]


def test_capital_letters_in_the_address_do_not_matter(amina: User) -> None:
    response = Client().post(LOGIN, {"login": amina.email.upper(), "password": PASSWORD})
    assert response.status_code == 302


def test_the_session_gets_a_new_key_at_sign_in(amina: User) -> None:
    client = Client()
    client.session.save()
    client.get(LOGIN)
    before = client.session.session_key
    sign_in(client, amina)
    assert client.session.session_key != before


def test_a_wrong_password_and_an_unknown_address_say_the_same(cast: Cast, amina: User) -> None:
    wrong = sign_in(Client(), amina, "not it, not it, not it")
    unknown = Client().post(LOGIN, {"login": "nobody@example.test", "password": "x" * 12})
    assert wrong.status_code == unknown.status_code == 200
    assert wrong.context["form"].errors == unknown.context["form"].errors
    event = AuditEvent.objects.get(action="sign-in.failed", organisation=cast.organisation)
    assert event.subject == cast.amina
    assert event.detail == {}
    lost = AuditEvent.objects.get(action="sign-in.failed", organisation=None)
    assert "nobody" not in str(lost.detail)


def test_one_account_is_closed_after_five_wrong_passwords_from_anywhere(amina: User) -> None:
    for number in range(5):
        sign_in(Client(), amina, "wrong wrong wrong", REMOTE_ADDR=f"10.0.0.{number}")
    response = sign_in(Client(), amina, REMOTE_ADDR="10.0.0.99")
    assert response.status_code == 200
    assert "Too many failed" in str(response.context["form"].errors)


def test_one_address_on_the_network_is_closed_after_ten_wrong_passwords(
    cast: Cast, amina: User
) -> None:
    for number in range(10):
        Client().post(LOGIN, {"login": f"nobody{number}@example.test", "password": "wrong wrong 1"})
    assert sign_in(Client(), amina).status_code == 200
    assert sign_in(Client(), amina, REMOTE_ADDR="10.9.9.9").status_code == 302


def test_the_limits_are_kept_where_all_processes_see_them() -> None:
    backend = site.CACHES["default"]["BACKEND"]
    assert backend.endswith(("DatabaseCache", "RedisCache"))
    cache.set("seen", 1)
    assert cache.get("seen") == 1


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)"]
)
def test_signing_in_never_leads_off_the_site(amina: User, elsewhere: str) -> None:
    response = Client().post(LOGIN, {"login": amina.email, "password": PASSWORD, "next": elsewhere})
    assert response.status_code == 302
    assert response["Location"] == reverse("home")


def test_signing_in_leads_back_to_where_one_wanted_to_go(amina: User) -> None:
    response = Client().post(
        LOGIN, {"login": amina.email, "password": PASSWORD, "next": "/account/"}
    )
    assert response["Location"] == "/account/"


@pytest.mark.parametrize(
    "name",
    ["account_login", "account_reset_password", "account_reset_password_done", "account_inactive"],
)
def test_the_pages_at_the_door_are_open_to_everybody(db: None, name: str) -> None:
    response = Client().get(reverse(name))
    assert response.status_code == 200
    assert "<h1" in response.content.decode()


@pytest.mark.parametrize(
    "name",
    [
        "my_account",
        "account_change_password",
        "account_set_password",
        "account_reauthenticate",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_reauthenticate",
        "usersessions_list",
    ],
)
def test_the_pages_of_an_account_ask_to_sign_in(db: None, name: str) -> None:
    response = Client().get(reverse(name))
    assert response.status_code == 302
    assert response["Location"].startswith(LOGIN)


@pytest.mark.parametrize("path", ["signup/", "email/", "confirm-email/", "login/code/"])
def test_what_nobody_can_use_is_not_there(db: None, path: str) -> None:
    assert Client().get(f"/account/{path}").status_code in (302, 404)
    client = Client()
    user = User.objects.create_user("a@example.test", PASSWORD, name="A")
    client.force_login(user)
    assert client.get(f"/account/{path}").status_code == 404


# ---- Passwords -----------------------------------------------------------------------------


@pytest.mark.parametrize("bad", ["short", "passwordpassword", "amina.osei12345"])
def test_weak_passwords_are_refused(amina: User, bad: str) -> None:
    amina.email = "amina.osei12345@example.test"
    amina.save()
    client = Client()
    sign_in(client, amina)
    response = client.post(
        "/account/password/change/",
        {"oldpassword": PASSWORD, "password1": bad, "password2": bad},
    )
    if bad == "passwordpassword":  # long, and on no list: length is what protects
        return
    assert response.status_code == 200
    assert response.context["form"].errors


def test_a_changed_password_signs_out_every_other_device(cast: Cast, amina: User) -> None:
    here, there = Client(), Client()
    sign_in(here, amina)
    sign_in(there, amina)
    new = "an entirely other phrase"
    response = here.post(
        "/account/password/change/",
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )
    assert response.status_code == 302
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302
    assert "password.changed" in actions(cast)


def test_a_forgotten_password_is_set_anew_by_mail(cast: Cast, amina: User) -> None:
    client = Client(headers={"host": "localhost"})
    client.post("/account/password/reset/", {"email": amina.email})
    deliver()
    (sent,) = mail.outbox
    link = next(line for line in sent.body.splitlines() if "/key/" in line)
    assert link.startswith(site.SITE_URL + "/account/")  # never from the Host header
    page = client.get(link.removeprefix(site.SITE_URL), follow=True)
    new = "an entirely other phrase"
    done = client.post(page.request["PATH_INFO"], {"password1": new, "password2": new})
    assert done.status_code == 302
    assert sign_in(Client(), amina, new).status_code == 302
    assert sign_in(Client(), amina).status_code == 200
    again = Client().get(link.removeprefix(site.SITE_URL), follow=True)
    assert "no longer works" in again.content.decode()
    assert "password.reset" in actions(cast)
    assert "/key/" not in Message.objects.get().text  # not kept once it was sent


def test_nobody_learns_which_addresses_have_an_account(amina: User) -> None:
    known = Client().post("/account/password/reset/", {"email": amina.email})
    unknown = Client().post("/account/password/reset/", {"email": "nobody@example.test"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert Message.objects.count() == 1


def test_mails_for_a_new_password_are_limited(amina: User) -> None:
    codes = [
        Client()
        .post("/account/password/reset/", {"email": amina.email}, REMOTE_ADDR=f"10.0.1.{number}")
        .status_code
        for number in range(6)
    ]
    assert codes == [302] * 5 + [429]


# ---- Second factor -------------------------------------------------------------------------


@pytest.fixture
def with_app(amina: User, django_capture_on_commit_callbacks: Any) -> str:
    """Amina's secret, after she set up an app and got recovery codes."""
    client = Client()
    sign_in(client, amina)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    page = client.get("/account/second-factor/app/activate/")
    assert page.status_code == 200
    secret: str = page.context["form"].secret
    code = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post("/account/second-factor/app/activate/", {"code": code})
    assert done.status_code == 302
    assert client.get(done["Location"]).status_code == 200
    cache.clear()
    return secret


def code_now(secret: str) -> str:
    value: str = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    return value


def test_setting_up_an_app_is_audited_and_asked_for_at_sign_in(
    cast: Cast, amina: User, with_app: str
) -> None:
    assert "second-factor.on" in actions(cast)
    client = Client()
    response = sign_in(client, amina)
    assert response["Location"] == reverse("mfa_authenticate")
    assert client.get("/account/").status_code == 302  # not in yet
    assert client.get(response["Location"]).status_code == 200
    done = client.post(response["Location"], {"code": code_now(with_app)})
    assert done.status_code == 302
    assert client.get("/account/").status_code == 200


def test_a_code_works_once(amina: User, with_app: str) -> None:
    code = code_now(with_app)
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(client, amina)
    assert first.post("/account/second-factor/authenticate/", {"code": code}).status_code == 302
    again = second.post("/account/second-factor/authenticate/", {"code": code})
    assert again.status_code == 200
    assert again.context["form"].errors


def test_guessing_codes_is_limited(cast: Cast, amina: User, with_app: str) -> None:
    client = Client()
    sign_in(client, amina)
    for number in range(5):
        client.post(
            "/account/second-factor/authenticate/",
            {"code": "000000"},
            REMOTE_ADDR=f"10.0.2.{number}",
        )
    response = client.post(
        "/account/second-factor/authenticate/",
        {"code": code_now(with_app)},
        REMOTE_ADDR="10.0.2.99",
    )
    assert response.status_code == 200
    assert "Too many failed" in str(response.context["form"].errors)


def test_a_recovery_code_opens_the_door_once(amina: User, with_app: str) -> None:
    codes = Authenticator.objects.get(user=amina, type="recovery_codes").wrap().get_unused_codes()
    for expected in (302, 200):
        client = Client()
        sign_in(client, amina)
        response = client.post("/account/second-factor/authenticate/", {"code": codes[0]})
        assert response.status_code == expected


def test_turning_the_app_off_asks_who_one_is_and_is_audited(
    cast: Cast, amina: User, with_app: str
) -> None:
    client = Client()
    client.force_login(amina)
    asked = client.get("/account/second-factor/app/deactivate/")
    assert asked.status_code == 302
    assert "reauthenticate" in asked["Location"]
    assert client.get(asked["Location"]).status_code == 200
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    assert client.get("/account/second-factor/app/deactivate/").status_code == 200
    client.post("/account/second-factor/app/deactivate/")
    assert not Authenticator.objects.filter(user=amina).exists()
    assert "second-factor.off" in actions(cast)


def test_no_page_of_the_second_factor_is_broken(amina: User, with_app: str) -> None:
    client = Client()
    sign_in(client, amina)
    client.post("/account/second-factor/authenticate/", {"code": code_now(with_app)})
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    for name in (
        "mfa_index",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_reauthenticate",
        "account_reauthenticate",
    ):
        assert client.get(reverse(name)).status_code == 200, name


# ---- Sessions ------------------------------------------------------------------------------


def test_one_sees_where_one_is_signed_in_and_signs_out_the_others(amina: User) -> None:
    here, there = Client(headers={"user-agent": "Here"}), Client(headers={"user-agent": "There"})
    sign_in(here, amina)
    sign_in(there, amina)
    page = here.get("/account/sessions/").content.decode()
    assert "Here" in page
    assert "There" in page
    here.post("/account/sessions/")
    assert there.get("/account/").status_code == 302
    assert here.get("/account/").status_code == 200
    assert Session.objects.count() == 1


def test_a_browser_name_is_never_taken_for_html(amina: User) -> None:
    client = Client(headers={"user-agent": "<script>alert(1)</script>"})
    sign_in(client, amina)
    assert "<script>alert" not in client.get("/account/sessions/").content.decode()


def test_an_account_that_was_closed_stays_out(amina: User) -> None:
    amina.is_active = False
    amina.save()
    assert sign_in(Client(), amina)["Location"] == reverse("account_inactive")


def test_somebody_without_any_organisation_is_told_so(
    operator: User, as_member: Callable[[Member], Client]
) -> None:
    client = Client()
    client.force_login(operator)
    page = client.get(reverse("no_organisation"))
    assert page.status_code == 200
    assert "You operate this site" in page.content.decode()
