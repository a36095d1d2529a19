"""How allauth is bent to Tutti: nobody signs up without an invitation, mails go to the outbox."""

from __future__ import annotations

import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from people import messages
from people.http import is_path

ACCOUNT_MAIL = "people/account"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_user_display(self, user: Any) -> str:
        return str(user)

    def is_safe_url(self, url: str | None) -> bool:
        """A path of this very site, as everywhere else; what cannot be read is none."""
        return url is not None and is_path(url)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Writes to the outbox: a mail server that is away or slow must not be told by the page."""
        values = {**context, "email": email, "site_url": settings.SITE_URL}
        mail = self.render_mail(template_prefix, email, values)
        messages.post(
            ACCOUNT_MAIL,
            to=email,
            subject=str(mail.subject),
            text=str(mail.body),
            key=f"account:{secrets.token_hex(16)}",
        )

    def format_email_subject(self, subject: str) -> str:
        return subject

    def get_reset_password_from_key_url(self, key: str) -> str:
        """From SITE_URL, never from the Host header of whoever asked for the mail."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return messages.link(path.replace("UID-KEY", key))
