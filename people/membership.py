"""Changing what a member is and may do, deactivating and reactivating; all of it audited."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction

from people import audit, clock, signals
from people.models import JobRole, Member, Organisation, Team, User

ACCESS = ("is_trainer", "is_administrator")


class LastAdministrator(Exception):
    """The organisation would be left without anybody who can administer it."""


def describe(member: Member) -> dict[str, Any]:
    """What an administrator may change about a member, in words for the audit trail."""
    return {
        "job_role": member.job_role.name if member.job_role else "",
        "job_title": member.job_title,
        "team": member.team.name if member.team else "",
        "trainer": member.is_trainer,
        "administrator": member.is_administrator,
        "manages": sorted(member.managed_teams.values_list("name", flat=True)),
    }


def changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Only what differs, as `before` and `after`."""
    names = [name for name in after if before.get(name) != after[name]]
    return {
        "before": {name: before.get(name) for name in names},
        "after": {name: after[name] for name in names},
    }


def _keep_an_administrator(member: Member) -> None:
    """Locks the organisation, so that two administrators cannot remove each other at once."""
    Organisation.objects.select_for_update().get(pk=member.organisation_id)
    others = Member.objects.active().filter(
        organisation_id=member.organisation_id, is_administrator=True
    )
    if not others.exclude(pk=member.pk).exists():
        raise LastAdministrator


def announce(organisation: Organisation, member_ids: Iterable[int]) -> None:
    signals.members_changed.send(
        sender=Member, organisation=organisation, member_ids=list(member_ids)
    )


@transaction.atomic
def change(
    member: Member,
    *,
    by: Member,
    job_role: JobRole | None,
    job_title: str,
    team: Team | None,
    is_trainer: bool,
    is_administrator: bool,
    managed_teams: Iterable[Team],
) -> Member:
    """Writes the whole set and audits what differs. Raises LastAdministrator."""
    member = Member.objects.select_related("organisation", "team", "job_role").get(pk=member.pk)
    if member.is_administrator and member.is_active and not is_administrator:
        _keep_an_administrator(member)
    before = describe(member)
    member.job_role, member.job_title, member.team = job_role, job_title, team
    member.is_trainer, member.is_administrator = is_trainer, is_administrator
    member.save(update_fields=["job_role", "job_title", "team", "is_trainer", "is_administrator"])
    member.managed_teams.set(managed_teams)
    difference = changes(before, describe(member))
    if difference["after"]:
        audit.record(
            "member.changed",
            organisation=member.organisation,
            actor=by,
            about=member,
            subject=member,
            **difference,
        )
        announce(member.organisation, [member.pk])
    return member


@transaction.atomic
def deactivate(member: Member, *, by: Member) -> bool:
    """Ends the membership; the user's sessions too if it was the last. Raises LastAdministrator.

    False if it had ended before.
    """
    if member.is_administrator:
        _keep_an_administrator(member)
    ended = Member.objects.active().filter(pk=member.pk).update(deactivated_at=clock.now())
    if not ended:
        return False
    member.refresh_from_db()
    if not member.user.memberships.filter(deactivated_at=None).exists():
        end_sessions(member.user)
    audit.record(
        "member.deactivated",
        organisation=member.organisation,
        actor=by,
        about=member,
        subject=member,
    )
    announce(member.organisation, [member.pk])
    return True


@transaction.atomic
def reactivate(member: Member, *, by: Member) -> bool:
    """Opens the membership again with the job role, team and access it had."""
    opened = Member.objects.filter(pk=member.pk, deactivated_at__isnull=False).update(
        deactivated_at=None
    )
    if not opened:
        return False
    member.refresh_from_db()
    audit.record(
        "member.reactivated",
        organisation=member.organisation,
        actor=by,
        about=member,
        subject=member,
    )
    announce(member.organisation, [member.pk])
    return True


def end_sessions(user: User) -> int:
    """Signs the user out everywhere; returns how many sessions that were."""
    found = UserSession.objects.filter(user=user)
    Session.objects.filter(
        session_key__in=list(found.values_list("session_key", flat=True))
    ).delete()
    count: int = found.delete()[0]
    return count
