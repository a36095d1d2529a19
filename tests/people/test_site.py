"""The site operator's pages, health, settings checks, and what is shown when all goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as site
from django.core.checks import run_checks
from django.db import OperationalError
from django.test import Client

from people import clock
from people.models import BackgroundJob, Invitation, Member, Organisation, User
from tests.conftest import Cast

SignIn = Callable[[Member], Client]


@pytest.fixture
def at_the_desk(operator: User) -> Client:
    client = Client()
    client.force_login(operator)
    return client


def test_an_operator_makes_an_organisation_with_its_first_administrator(
    at_the_desk: Client, operator: User
) -> None:
    assert at_the_desk.get("/people/organisations/add/").status_code == 200
    response = at_the_desk.post(
        "/people/organisations/add/",
        {
            "name": "Bexley & Sons",
            "administrator_name": "Bea",
            "administrator_email": "Bea@example.test",
        },
    )
    assert response["Location"] == "/people/organisations/"
    organisation = Organisation.objects.get()
    invitation = Invitation.objects.get(organisation=organisation)
    assert (invitation.email, invitation.is_administrator) == ("bea@example.test", True)
    actions = organisation.audit_events.order_by("number")
    assert [each.action for each in actions] == ["organisation.added", "invitation.sent"]
    assert all(each.user == operator for each in actions)
    assert "Bexley &amp; Sons" in at_the_desk.get("/people/organisations/").content.decode()


def test_two_organisations_never_share_a_name_or_short_name(at_the_desk: Client) -> None:
    for name in ("One Firm", "one firm", "One-Firm!", "???"):
        at_the_desk.post(
            "/people/organisations/add/",
            {"name": name, "administrator_name": "B", "administrator_email": "b@example.test"},
        )
    slugs = list(Organisation.objects.order_by("pk").values_list("slug", flat=True))
    assert slugs == ["one-firm", "one-firm-2", "organisation"]


def test_an_operator_sees_the_sites_own_failed_work(at_the_desk: Client, cast: Cast) -> None:
    job = BackgroundJob.objects.create(kind="send-message", state="parked", error="away")
    inside = BackgroundJob.objects.create(
        kind="send-message", state="parked", error="x", organisation=cast.organisation
    )
    page = at_the_desk.get("/people/organisations/work/")
    assert list(page.context["page"]) == [job]
    at_the_desk.post(f"/people/organisations/work/{job.pk}/retry/")
    job.refresh_from_db()
    assert job.state == "queued"
    assert at_the_desk.post(f"/people/organisations/work/{inside.pk}/retry/").status_code == 404


def test_the_site_says_that_it_is_alive_and_ready(db: None) -> None:
    assert Client().get("/healthz").json() == {"alive": True}
    BackgroundJob.objects.create(kind="x", due_at=clock.now())
    response = Client().get("/readyz")
    body = response.json()
    assert body["database"] is True
    assert set(body) == {"ready", "database", "migrations", "oldest_background_job_seconds"}
    assert Client().post("/readyz").status_code == 405


def test_a_site_without_a_database_is_not_ready(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("password=hunter2")

    monkeypatch.setattr("people.health.MigrationExecutor", away)
    response = Client().get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"ready": False, "database": False}


def ids(**changed: Any) -> set[str]:
    from django.test import override_settings

    with override_settings(**changed):
        return {str(each.id) for each in run_checks() if str(each.id).startswith("tutti.")}


def test_settings_that_do_not_go_together_are_named_with_a_hint() -> None:
    assert ids(SITE_URL="http://127.0.0.1:8000", ALLOWED_HOSTS=["127.0.0.1"]) == set()
    assert "tutti.W001" in ids(BROKER_URL="redis://x", REDIS_URL="")
    assert "tutti.E001" in ids(SITE_URL="tutti.example.org")
    assert "tutti.E002" in ids(SITE_URL="https://tutti.example.org")
    assert "tutti.W003" in ids(SITE_URL="http://tutti.test", ALLOWED_HOSTS=[".test"])
    assert "tutti.W004" in ids(
        HTTPS=True, EMAIL_BACKEND="django.core.mail.backends.console.EmailBackend"
    )
    assert "tutti.E003" in ids(JOB_LEASE_SECONDS=1, JOB_SWEEP_SECONDS=10)
    memory = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    assert "tutti.W002" in ids(CACHES=memory)


def test_every_check_has_a_hint() -> None:
    from django.test import override_settings

    with override_settings(SITE_URL="http://x", BROKER_URL="redis://x", JOB_SWEEP_SECONDS=0):
        found = [each for each in run_checks() if str(each.id).startswith("tutti.")]
    assert len(found) >= 3
    assert all(each.hint for each in found)


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [(ValueError, 500, "Something went wrong"), (OperationalError, 503, "away for a moment")],
)
def test_an_error_page_stands_alone(
    cast: Cast,
    as_member: SignIn,
    monkeypatch: pytest.MonkeyPatch,
    error: type[Exception],
    status: int,
    words: str,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error("the password is hunter2")

    monkeypatch.setattr("people.views.members.Paginator", fail)
    client = as_member(cast.noor)
    client.raise_request_exception = False
    response = client.get("/people/")
    assert response.status_code == status
    assert words in response.content.decode()
    assert "hunter2" not in response.content.decode()


def test_a_wrong_address_has_a_page_for_everybody(cast: Cast, as_member: SignIn) -> None:
    for client in (Client(), as_member(cast.amina)):
        response = client.get("/no/such/page/")
        assert response.status_code == 404
        assert "There is nothing here" in response.content.decode()


def test_what_is_said_to_one_person_is_cached_by_nobody(cast: Cast, as_member: SignIn) -> None:
    response = as_member(cast.noor).get("/people/")
    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]


def test_every_answer_carries_its_number_and_the_policy(cast: Cast, as_member: SignIn) -> None:
    first, second = as_member(cast.noor).get("/people/"), Client().get("/account/login/")
    assert first["X-Request-Id"] != second["X-Request-Id"]
    for response in (first, second):
        assert "default-src 'none'" in response["Content-Security-Policy"]
        text = response.content.decode()
        assert "style=" not in text
        assert "onclick=" not in text
        assert "<script>" not in text


def test_the_cache_table_is_made_by_migrate(db: None) -> None:
    from django.db import connection

    if site.REDIS_URL:
        pytest.skip("the cache is Redis")
    assert "site_cache" in connection.introspection.table_names()


def test_the_folder_of_collected_files_is_there_before_anything_is_collected() -> None:
    assert site.STATIC_ROOT.is_dir()
