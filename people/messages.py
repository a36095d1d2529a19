"""The outbox: writing a mail is a row and a background job; sending it is the job.

Upper apps register their kinds from `apps.py`. A kind is also the name of its template:
`learning/digest` renders `templates/emails/learning/digest.txt`, whose first line is the subject.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.template import Context, loader

from people import clock, jobs
from people.models import BackgroundJob, Member, Message, Organisation

SEND = "send-message"
FORGOTTEN = "(The text held a secret link and was removed after sending.)"


@dataclass(frozen=True)
class Kind:
    """`why` completes "You get this mail because …" under every mail of the kind."""

    name: str
    why: str
    secret: bool = False


_kinds: dict[str, Kind] = {}


def register_kind(name: str, why: str, *, secret: bool = False) -> None:
    """`secret`: the text holds a link that signs in or joins, and is forgotten once sent."""
    kind = Kind(name, why, secret)
    assert _kinds.get(name, kind) == kind, f"two kinds of message called {name}"
    _kinds[name] = kind


def kinds() -> list[Kind]:
    return sorted(_kinds.values(), key=lambda kind: kind.name)


def link(path: str) -> str:
    """The full address of a page of this site, for mails."""
    return urljoin(settings.SITE_URL, path)


def write(
    kind: str,
    to: Member | str,
    *,
    key: str,
    context: Mapping[str, Any] | None = None,
    organisation: Organisation | None = None,
) -> Message | None:
    """Writes the mail once per `key` and queues its sending; None if the key was written before.

    `to` is a member (whose organisation it is then) or a bare address. The template sees
    `context`, `member`, `organisation` and `site_url`. A deactivated member gets nothing.
    """
    member = to if isinstance(to, Member) else None
    if member is not None and not member.is_active:
        return None
    organisation = member.organisation if member else organisation
    values = {
        **(context or {}),
        "member": member,
        "organisation": organisation,
        "site_url": settings.SITE_URL,
    }
    template: Any = loader.get_template(f"emails/{kind}.txt")
    written = template.template.render(Context(values, autoescape=False)).strip()
    subject, _, text = written.partition("\n")
    return post(
        kind,
        to=member.user.email if member else str(to),
        subject=subject,
        text=text.strip(),
        key=key,
        member=member,
        organisation=organisation,
    )


def post(
    kind: str,
    *,
    to: str,
    subject: str,
    text: str,
    key: str,
    member: Member | None = None,
    organisation: Organisation | None = None,
) -> Message | None:
    """Like `write`, for a mail whose words are ready."""
    why = _kinds[kind].why
    try:
        with transaction.atomic():
            message = Message.objects.create(
                organisation=organisation,
                member=member,
                kind=kind,
                key=key[:120],
                to=to,
                subject=" ".join(subject.split())[:200],
                text=f"{text}\n\n-- \nYou get this mail because {why}.\n{settings.SITE_URL}\n",
            )
            jobs.queue(SEND, organisation=organisation, subject=message)
    except IntegrityError:
        if Message.objects.filter(key=key[:120]).exists():
            return None
        raise
    return message


def send(job: BackgroundJob) -> None:
    """Sends the message of the job unless it was sent, or its member was deactivated since.

    The job's lease keeps a second worker away; the row is marked after the mail server has taken
    the mail, so that a worker that dies between the two sends it twice rather than never.
    """
    waiting = Message.objects.filter(pk=job.subject_id or 0, sent_at=None)
    message = waiting.select_related("member").first()
    if message is None or (message.member is not None and not message.member.is_active):
        return
    jobs.beat(job)
    mail = EmailMessage(message.subject, message.text, to=[message.to])
    mail.extra_headers["Auto-Submitted"] = "auto-generated"
    mail.send()
    kind = _kinds.get(message.kind)
    text = FORGOTTEN if kind and kind.secret else message.text
    waiting.update(sent_at=clock.now(), text=text)
