"""The audit trail is append-only, one chain an organisation, and tells when it was tampered with."""

from __future__ import annotations

import pytest
from django.db import connection

from people import audit, jobs
from people.append_only import AppendOnlyError
from people.models import AuditEvent
from tests.conftest import Cast


def test_each_organisation_and_the_site_count_for_themselves(cast: Cast, elsewhere: Cast) -> None:
    numbers = [
        audit.record("x", organisation=organisation).number
        for organisation in (
            cast.organisation,
            elsewhere.organisation,
            cast.organisation,
            None,
            None,
        )
    ]
    assert numbers == [1, 1, 2, 1, 2]
    assert audit.first_broken_link(cast.organisation) is None
    assert audit.first_broken_link(None) is None


def test_events_are_never_changed_or_deleted(cast: Cast) -> None:
    event = audit.record("x", organisation=cast.organisation)
    for forbidden in (
        event.save,
        event.delete,
        AuditEvent.objects.all().delete,
        lambda: AuditEvent.objects.update(action="y"),
    ):
        with pytest.raises(AppendOnlyError):
            forbidden()


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE people_auditevent SET action = 'y' WHERE number = 2",
        "UPDATE people_auditevent SET hash = previous_hash WHERE number = 2",
        "DELETE FROM people_auditevent WHERE number = 2",
    ],
)
def test_a_change_by_hand_breaks_the_chain(cast: Cast, tamper: str) -> None:
    for _ in range(3):
        audit.record("x", organisation=cast.organisation, actor=cast.noor, word="é", n=1)
    assert audit.first_broken_link(cast.organisation) is None
    with connection.cursor() as cursor:
        cursor.execute(tamper)
    assert audit.first_broken_link(cast.organisation) in (2, 3)


def test_detail_is_short_and_plain(cast: Cast) -> None:
    event = audit.record(
        "x", organisation=cast.organisation, long="a" * 999, odd="a\0b", nested={"k": (1, None)}
    )
    event.refresh_from_db()
    assert event.detail == {"long": "a" * 300, "odd": "ab", "nested": {"k": [1, None]}}
    assert audit.first_broken_link(cast.organisation) is None


def test_checking_the_trail_writes_what_it_found_once(cast: Cast) -> None:
    audit.record("x", organisation=cast.organisation)
    job = jobs.queue(audit.VERIFY, organisation=cast.organisation)
    jobs.run(job.pk)
    jobs.run(job.pk)
    (found,) = AuditEvent.objects.filter(action=audit.VERIFIED)
    assert found.detail == {"events": 1, "whole": True, "first_broken": None}
    assert found.organisation == cast.organisation
