"""Writing and checking the audit trail."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC
from typing import Any

from django.db import IntegrityError, models, transaction

from people import clock, jobs
from people.models import AuditEvent, BackgroundJob, Member, Organisation, User

GENESIS = "0" * 64
VERIFY = "verify-audit-trail"
VERIFIED = "audit.verified"


def digest(event: AuditEvent) -> str:
    """SHA-256 over the previous hash and the canonical JSON of the event."""
    body = json.dumps(
        [
            event.previous_hash,
            event.organisation_id,
            event.number,
            event.at.astimezone(UTC).isoformat(),
            event.actor_id,
            event.user_id,
            event.action,
            event.object_kind,
            event.object_id,
            event.subject_id,
            event.detail,
        ],
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(body.encode()).hexdigest()


# What an action is called on the page; the apps above add theirs.
_words = {
    "sign-in": "Signed in",
    "sign-in.failed": "Sign-in failed",
    "sign-out": "Signed out",
    "password.changed": "Changed their password",
    "password.reset": "Set a new password by mail",
    "second-factor.on": "Set up a second factor",
    "second-factor.off": "Removed a second factor",
    "second-factor.renewed": "Made new recovery codes",
    "second-factor.failed": "Wrong second factor",
    "member.changed": "Changed a member",
    "member.deactivated": "Deactivated a member",
    "member.reactivated": "Reactivated a member",
    "invitation.sent": "Invited somebody",
    "invitation.resent": "Sent an invitation again",
    "invitation.revoked": "Revoked an invitation",
    "invitation.accepted": "Accepted an invitation",
    "team.added": "Added a team",
    "team.changed": "Changed a team",
    "team.deleted": "Deleted a team",
    "settings.changed": "Changed the settings",
    "organisation.added": "Organisation made",
    "audit.exported": "Downloaded the audit trail",
    VERIFIED: "Audit trail checked",
    "background-job.retried": "Tried a background job again",
}


def register_words(words: dict[str, str]) -> None:
    """Names the actions of an app for the page and the filter of the audit trail."""
    _words.update(words)


def in_words(action: str) -> str:
    return _words.get(action) or action.replace(".", " ").replace("-", " ").capitalize()


def _kept(value: Any) -> Any:
    """Detail as it will be read again: short, plain, without the NUL that PostgreSQL refuses."""
    match value:
        case bool() | int() | float() | None:
            return value
        case dict():
            return {str(key): _kept(each) for key, each in value.items()}
        case list() | tuple() | set():
            return [_kept(each) for each in value][:200]
    return str(value).replace("\0", "")[:300]


def record(
    action: str,
    *,
    organisation: Organisation | None,
    actor: Member | None = None,
    user: User | None = None,
    about: models.Model | None = None,
    subject: Member | None = None,
    **detail: Any,
) -> AuditEvent:
    """Appends one event to the organisation's chain.

    `about` is the object acted on, `subject` the member it concerns, `detail` small JSON values,
    never a secret. The organisation's row is locked first, so that two writers never take one
    number; the site's own chain has no row to lock and tries again instead.
    """
    for attempt in range(10):
        try:
            with transaction.atomic():
                return _append(
                    AuditEvent(
                        organisation=organisation,
                        actor=actor,
                        user=user or (actor.user if actor else None),
                        action=action,
                        object_kind=about._meta.label_lower if about else "",
                        object_id=str(about.pk) if about else "",
                        subject=subject,
                        detail=_kept(detail),
                    )
                )
        except IntegrityError:
            if attempt == 9:
                raise
    raise AssertionError("unreachable")


def _append(event: AuditEvent) -> AuditEvent:
    if event.organisation_id is not None:
        Organisation.objects.select_for_update().get(pk=event.organisation_id)
    chain = AuditEvent.objects.filter(organisation=event.organisation)
    last = chain.order_by("-number").first()
    event.number = last.number + 1 if last else 1
    event.at = clock.now()
    event.previous_hash = last.hash if last else GENESIS
    event.hash = digest(event)
    event.save(force_insert=True)
    return event


def first_broken_link(
    organisation: Organisation | None, *, step: Callable[[int], None] | None = None
) -> int | None:
    """The number of the first event that does not fit its chain, or None if the chain holds.

    Reads the whole chain; `step` is called with the count after every 200 events.
    """
    previous, expected = GENESIS, 1
    events = AuditEvent.objects.filter(organisation=organisation).order_by("number")
    for event in events.iterator(chunk_size=200):
        whole = event.number == expected and event.previous_hash == previous
        if not whole or event.hash != digest(event):
            return event.number
        if step and expected % 200 == 0:
            step(expected)
        previous, expected = event.hash, expected + 1
    return None


def verify(job: BackgroundJob) -> None:
    """Background job: checks the organisation's chain and writes what it found, once a job."""
    organisation = job.organisation
    total = AuditEvent.objects.filter(organisation=organisation).count()
    broken = first_broken_link(
        organisation, step=lambda done: jobs.beat(job, done=done, total=total)
    )
    with transaction.atomic():
        jobs.beat(job, done=total, total=total)
        written = AuditEvent.objects.filter(
            organisation=organisation, action=VERIFIED, object_id=str(job.pk)
        )
        if not written.exists():
            found: dict[str, Any] = {
                "events": total,
                "whole": broken is None,
                "first_broken": broken,
            }
            record(VERIFIED, organisation=organisation, about=job, **found)
