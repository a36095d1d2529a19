"""The models of people, one topic a file."""

from people.models.audit import AuditEvent
from people.models.invitations import Invitation
from people.models.jobs import BackgroundJob
from people.models.members import Member, User
from people.models.messages import Message
from people.models.organisations import JobRole, Layer, Organisation, Team

__all__ = [
    "AuditEvent",
    "BackgroundJob",
    "Invitation",
    "JobRole",
    "Layer",
    "Member",
    "Message",
    "Organisation",
    "Team",
    "User",
]
