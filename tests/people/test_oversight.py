"""Settings, the audit trail and background jobs, as an administrator sees them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from people import audit, clock, jobs
from people.models import AuditEvent, BackgroundJob, Member, Organisation
from tests.conftest import Cast

SignIn = Callable[[Member], Client]


def test_settings_are_changed_and_audited(cast: Cast, as_member: SignIn) -> None:
    client = as_member(cast.noor)
    assert client.get("/people/settings/").status_code == 200
    client.post("/people/settings/", {"name": "Calder & Wray", "managers_see": "answers"})
    cast.organisation.refresh_from_db()
    assert cast.organisation.managers_see == Organisation.ManagersSee.ANSWERS
    event = AuditEvent.objects.get(action="settings.changed")
    assert event.detail == {
        "before": {"managers_see": "status"},
        "after": {"managers_see": "answers"},
    }


def test_bad_settings_change_nothing(cast: Cast, as_member: SignIn) -> None:
    response = as_member(cast.noor).post("/people/settings/", {"name": "", "managers_see": "all"})
    assert set(response.context["form"].errors) == {"name", "managers_see"}
    assert not AuditEvent.objects.exists()


# ---- Audit trail ---------------------------------------------------------------------------


@pytest.fixture
def trail(cast: Cast, elsewhere: Cast) -> None:
    with clock.at(datetime(2026, 5, 1, 23, 30, tzinfo=UTC)):  # 2 May in London
        audit.record(
            "sign-in", organisation=cast.organisation, actor=cast.amina, subject=cast.amina
        )
    with clock.at(datetime(2026, 5, 3, 9, 0, tzinfo=UTC)):
        audit.record(
            "member.changed",
            organisation=cast.organisation,
            actor=cast.noor,
            subject=cast.daniel,
            before={"job_title": "", "trainer": False},
            after={"job_title": "=cmd|' /C calc'!A0", "trainer": True},
        )
    audit.record("sign-in", organisation=elsewhere.organisation, actor=elsewhere.amina)


def test_the_trail_shows_ones_own_organisation_newest_first(
    cast: Cast, trail: None, as_member: SignIn
) -> None:
    page = as_member(cast.noor).get("/people/audit/")
    rows = [(row["who"], row["what"], row["about"]) for row in page.context["rows"]]
    assert rows == [
        ("Noor Haddad", "Changed a member", "Daniel Wolfe"),
        ("Amina Osei", "Signed in", ""),
    ]
    assert "trainer: no → yes" in page.content.decode()


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("action=sign-in", [1]),
        ("person=daniel", [2]),
        ("person=noor+haddad", [2]),
        ("person=nobody", []),
        ("since=2026-05-02&until=2026-05-02", [1]),
        ("until=2026-05-01", []),
        ("since=2026-05-03", [2]),
        ("since=rubbish", [2, 1]),
        ("action=rubbish", [2, 1]),
        ("page=99", [2, 1]),
    ],
)
def test_the_trail_is_filtered(
    cast: Cast, trail: None, as_member: SignIn, query: str, numbers: list[int]
) -> None:
    page = as_member(cast.noor).get(f"/people/audit/?{query}")
    assert [event.number for event in page.context["page"]] == numbers


def test_the_download_equals_the_screen_is_safe_and_is_audited(
    cast: Cast, trail: None, as_member: SignIn
) -> None:
    response = as_member(cast.noor).get("/people/audit/export/?person=daniel")
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["Number"], row["Action"], row["About"]) == ("2", "member.changed", "Daniel Wolfe")
    assert row["When"] == "2026-05-03T10:00:00+01:00"
    event = AuditEvent.objects.get(action="audit.exported")
    assert event.detail == {"rows": 1, "filter_person": "daniel"}
    assert event.actor == cast.noor


def test_a_formula_in_a_name_is_disarmed_in_the_download(cast: Cast, as_member: SignIn) -> None:
    cast.amina.user.name = "=1+1"
    cast.amina.user.save()
    audit.record("sign-in", organisation=cast.organisation, actor=cast.amina)
    response = as_member(cast.noor).get("/people/audit/export/")
    text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    assert ",'=1+1," in text


def test_the_trail_costs_the_same_for_ten_and_a_thousand_events(
    cast: Cast, as_member: SignIn
) -> None:
    client = as_member(cast.noor)
    audit.record("sign-in", organisation=cast.organisation, actor=cast.amina, subject=cast.amina)
    client.get("/people/audit/")
    with CaptureQueriesContext(connection) as few:
        client.get("/people/audit/")
    AuditEvent.objects.bulk_create(
        AuditEvent(
            organisation=cast.organisation,
            number=n,
            actor=cast.daniel,
            subject=cast.amina,
            user=cast.daniel.user,
            action="sign-in",
            previous_hash="0",
            hash="0",
        )
        for n in range(2, 1001)
    )
    with CaptureQueriesContext(connection) as many:
        client.get("/people/audit/")
    assert len(few) == len(many) <= 9


def test_the_chain_is_checked_by_a_background_job_one_at_a_time(
    cast: Cast, trail: None, as_member: SignIn
) -> None:
    client = as_member(cast.noor)
    assert "has not been checked" in client.get("/people/audit/").content.decode()
    client.post("/people/audit/check/")
    client.post("/people/audit/check/")
    job = BackgroundJob.objects.get(kind=audit.VERIFY)
    assert "waits its turn" in client.get("/people/audit/").content.decode()
    jobs.run(job.pk)
    assert "The chain is whole" in client.get("/people/audit/").content.decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_auditevent SET action = 'x' WHERE action = 'sign-in'")
    client.post("/people/audit/check/")
    jobs.run(BackgroundJob.objects.get(kind=audit.VERIFY, state="queued").pk)
    assert "broken at event 1" in client.get("/people/audit/").content.decode()


# ---- Background jobs -----------------------------------------------------------------------


def parked(organisation: Organisation | None) -> BackgroundJob:
    return BackgroundJob.objects.create(
        kind="send-message",
        organisation=organisation,
        state=BackgroundJob.State.PARKED,
        attempts=5,
        error="Traceback\n  <b>secret</b>\nConnectionRefusedError: away",
    )


def test_failed_work_shows_the_error_and_is_tried_again(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    job, foreign = parked(cast.organisation), parked(elsewhere.organisation)
    client = as_member(cast.noor)
    page = client.get("/people/work/")
    text = page.content.decode()
    assert list(page.context["page"]) == [job]
    assert "ConnectionRefusedError: away" in text
    assert "<b>secret" not in text
    client.post(f"/people/work/{job.pk}/retry/")
    job.refresh_from_db()
    assert (job.state, job.attempts) == (BackgroundJob.State.QUEUED, 0)
    assert AuditEvent.objects.filter(action="background-job.retried").count() == 1
    assert client.post(f"/people/work/{foreign.pk}/retry/").status_code == 404
    client.post(f"/people/work/{job.pk}/retry/")
    assert AuditEvent.objects.filter(action="background-job.retried").count() == 1


def test_failing_work_says_when_it_is_tried_next(cast: Cast, as_member: SignIn) -> None:
    BackgroundJob.objects.create(
        kind="send-message", organisation=cast.organisation, attempts=2, error="away"
    )
    BackgroundJob.objects.create(kind="send-message", organisation=cast.organisation)
    page = as_member(cast.noor).get("/people/work/")
    assert len(page.context["page"]) == 1
    assert (page.context["waiting"], page.context["parked"]) == (2, 0)
    assert "next try" in page.content.decode()


def test_no_failed_work_is_a_good_day(cast: Cast, as_member: SignIn) -> None:
    assert "Nothing has failed" in as_member(cast.noor).get("/people/work/").content.decode()
