"""Invitations: written and mailed, sent again, revoked, accepted once."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.urls import reverse

from people import audit, clock, membership, messages
from people.models import Invitation, JobRole, Member, Organisation, Team, User
from people.models.invitations import two_weeks_on

KIND = "people/invitation"


class NotOpen(Exception):
    """The invitation was accepted, revoked or has expired meanwhile."""


@dataclass(frozen=True)
class Access:
    """What the invited person will be and may do."""

    team: Team | None = None
    job_role: JobRole | None = None
    is_manager: bool = False
    is_trainer: bool = False
    is_administrator: bool = False


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def find(token: str) -> Invitation | None:
    """The invitation of the link, in whatever state it is."""
    invitations = Invitation.objects.select_related(
        "organisation", "team", "job_role", "invited_by__user"
    )
    return invitations.filter(token_digest=digest(token)).first()


@transaction.atomic
def invite(
    people: list[tuple[str, str]],
    *,
    organisation: Organisation,
    access: Access,
    by: Member | None = None,
    operator: User | None = None,
) -> list[Invitation]:
    """Invites each (address, name) with the same access and queues the mails.

    `by` is the administrator, or `operator` the site operator for the first administrator.
    """
    made = []
    for email, name in people:
        token = secrets.token_urlsafe(32)
        invitation = Invitation.objects.create(
            organisation=organisation,
            email=email.lower(),
            name=name,
            team=access.team,
            job_role=access.job_role,
            is_manager=access.is_manager and access.team is not None,
            is_trainer=access.is_trainer,
            is_administrator=access.is_administrator,
            token_digest=digest(token),
            invited_by=by,
        )
        audit.record(
            "invitation.sent",
            organisation=organisation,
            actor=by,
            user=operator,
            about=invitation,
            **_describe(invitation),
        )
        _mail(invitation, token)
        made.append(invitation)
    return made


def _describe(invitation: Invitation) -> dict[str, Any]:
    return {
        "email": invitation.email,
        "team": invitation.team.name if invitation.team else "",
        "job_role": invitation.job_role.name if invitation.job_role else "",
        "manager": invitation.is_manager,
        "trainer": invitation.is_trainer,
        "administrator": invitation.is_administrator,
    }


def _mail(invitation: Invitation, token: str) -> None:
    messages.write(
        KIND,
        invitation.email,
        organisation=invitation.organisation,
        key=f"invitation:{invitation.token_digest}",
        context={
            "invitation": invitation,
            "link": messages.link(reverse("accept_invitation", args=[token])),
        },
    )


@transaction.atomic
def resend(invitation: Invitation, *, by: Member) -> Invitation:
    """A new link and two more weeks; the old link ends. Raises NotOpen if accepted or revoked."""
    token = secrets.token_urlsafe(32)
    waiting = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(
        token_digest=digest(token), expires_at=two_weeks_on()
    )
    if not waiting:
        raise NotOpen
    invitation.refresh_from_db()
    audit.record(
        "invitation.resent",
        organisation=invitation.organisation,
        actor=by,
        about=invitation,
        email=invitation.email,
    )
    _mail(invitation, token)
    return invitation


@transaction.atomic
def revoke(invitation: Invitation, *, by: Member) -> None:
    """The link ends. Raises NotOpen if it was accepted or revoked before."""
    waiting = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(
        revoked_at=clock.now()
    )
    if not waiting:
        raise NotOpen
    audit.record(
        "invitation.revoked",
        organisation=invitation.organisation,
        actor=by,
        about=invitation,
        email=invitation.email,
    )


@transaction.atomic
def accept(
    invitation: Invitation,
    *,
    user: User | None = None,
    name: str = "",
    password: str = "",
) -> Member:
    """Makes the member, and the user too when nobody has the address yet. Raises NotOpen.

    A membership that was deactivated is opened again with the invitation's access.
    """
    now = clock.now()
    taken = Invitation.objects.filter(
        pk=invitation.pk, accepted_at=None, revoked_at=None, expires_at__gt=now
    ).update(accepted_at=now)
    if not taken:
        raise NotOpen
    if user is None:
        user = User.objects.create_user(invitation.email, password, name=name)
    member, _ = Member.objects.update_or_create(
        organisation=invitation.organisation,
        user=user,
        defaults={
            "team": invitation.team,
            "job_role": invitation.job_role,
            "is_trainer": invitation.is_trainer,
            "is_administrator": invitation.is_administrator,
            "deactivated_at": None,
        },
    )
    if invitation.is_manager and invitation.team:
        invitation.team.managers.add(member)
    audit.record(
        "invitation.accepted",
        organisation=invitation.organisation,
        actor=member,
        about=invitation,
        subject=member,
        after=membership.describe(member),
    )
    membership.announce(invitation.organisation, [member.pk])
    return member
