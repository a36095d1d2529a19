"""What people connects at start: signals of sign-in, and its own entries in the registries."""

from __future__ import annotations

from people import adapters, audit, inviting, jobs, messages, record, search, signing_in
from people.finding import actions, people


def connect() -> None:
    """Called once from `apps.py`."""
    signing_in.connect()
    jobs.register(messages.SEND, messages.send)
    jobs.register(audit.VERIFY, audit.verify)
    messages.register_kind(
        inviting.KIND, "an administrator of Tutti invited you to it by this address", secret=True
    )
    messages.register_kind(
        adapters.ACCOUNT_MAIL,
        "you, or somebody who typed your address, asked for it on the sign-in page",
        secret=True,
    )
    search.register("People", people)
    search.register("Things you can do", actions)
    record.register()
