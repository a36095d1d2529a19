"""What people keeps about a member, for "my record", and what every column of people holds."""

from __future__ import annotations

from people.models import (
    AuditEvent,
    BackgroundJob,
    Invitation,
    JobRole,
    Member,
    Message,
    Organisation,
    Team,
    User,
)
from people.personal_data import Row, classify, register_section


def about_you(member: Member) -> list[Row]:
    user = member.user
    return [
        {
            "Name": user.name,
            "E-mail": user.email,
            "Organisation": member.organisation.name,
            "Team": member.team.name if member.team else "",
            "Job role": member.job_role.name if member.job_role else "",
            "Job title": member.job_title,
            "Trainer": member.is_trainer,
            "Administrator": member.is_administrator,
            "Manages": ", ".join(member.managed_teams.values_list("name", flat=True)),
            "Time zone": user.time_zone,
            "Appearance": user.get_theme_display(),
            "Joined": member.joined_at.isoformat(),
        }
    ]


def mails(member: Member) -> list[Row]:
    sent = Message.objects.filter(member=member).order_by("-created_at")
    return [
        {
            "Written": message.created_at.isoformat(),
            "Sent": message.sent_at.isoformat() if message.sent_at else "",
            "Subject": message.subject,
            "Text": message.text,
        }
        for message in sent
    ]


def audited(member: Member) -> list[Row]:
    """Events the member did and events about them; who else acted is named by access only."""
    events = AuditEvent.objects.filter(organisation=member.organisation)
    mine = events.filter(subject=member) | events.filter(actor=member)
    return [
        {
            "When": event.at.isoformat(),
            "What": event.action,
            "By": "you" if event.actor_id == member.pk else "somebody else",
        }
        for event in mine.order_by("-number")
    ]


def register() -> None:
    register_section("Who you are here", about_you)
    register_section("Mails to you", mails)
    register_section("Audit trail about you", audited)
    classify(
        User,
        personal=("email", "name", "password", "last_login", "time_zone", "theme", "date_joined"),
        none=("is_active", "is_superuser", "groups", "user_permissions"),
    )
    classify(
        Member,
        personal=("job_title", "job_role", "team", "joined_at", "deactivated_at"),
        pseudonymous=("user",),
        none=("organisation", "is_trainer", "is_administrator"),
    )
    classify(
        Invitation,
        personal=("email", "name", "team", "job_role"),
        pseudonymous=("invited_by",),
        none=(
            "organisation",
            "is_manager",
            "is_trainer",
            "is_administrator",
            "token_digest",
            "created_at",
            "expires_at",
            "accepted_at",
            "revoked_at",
        ),
    )
    classify(
        Message,
        personal=("to", "subject", "text"),
        pseudonymous=("member", "key"),
        none=("organisation", "kind", "created_at", "sent_at"),
    )
    classify(
        AuditEvent,
        personal=("detail",),
        pseudonymous=("actor", "user", "subject", "object_id"),
        none=(
            "organisation",
            "number",
            "at",
            "action",
            "object_kind",
            "previous_hash",
            "hash",
        ),
    )
    classify(
        BackgroundJob,
        pseudonymous=("subject_id",),
        personal=("error",),  # a traceback may quote an address
        none=(
            "organisation",
            "kind",
            "state",
            "attempts",
            "due_at",
            "sent_at",
            "lease_until",
            "done_steps",
            "all_steps",
            "created_at",
            "finished_at",
        ),
    )
    classify(Organisation, none=("name", "slug", "managers_see", "created_at"))
    classify(Team, pseudonymous=("managers",), none=("organisation", "parent", "name", "path"))
    classify(JobRole, none=("organisation", "key", "layer", "name", "summary"))
