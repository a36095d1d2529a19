"""Sign-ins, sign-outs, passwords and second factors, as events of the audit trail.

Each is written to every organisation the user is an active member of; never with a secret, and
never with the address somebody typed in vain.
"""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account_signals
from allauth.mfa import signals as mfa_signals
from django.contrib.auth import signals as auth_signals
from django.http import HttpRequest

from people import audit
from people.models import Member, User


def _record(action: str, user: User, **detail: Any) -> None:
    memberships = Member.objects.active().filter(user=user).select_related("organisation", "user")
    for member in memberships:
        audit.record(
            action, organisation=member.organisation, actor=member, subject=member, **detail
        )


def signed_in(user: User, **_: Any) -> None:
    _record("sign-in", user)


def sign_in_failed(credentials: dict[str, Any], **_: Any) -> None:
    """An unknown address costs a write to the site's own chain, so that time tells nothing."""
    email = str(credentials.get("email") or credentials.get("username") or "")
    member = (
        Member.objects.active().filter(user__email__iexact=email).select_related("user").first()
    )
    if member is None:
        audit.record("sign-in.failed", organisation=None)
        return
    for each in Member.objects.active().filter(user=member.user).select_related("organisation"):
        audit.record("sign-in.failed", organisation=each.organisation, subject=each)


def signed_out(user: User | None, **_: Any) -> None:
    if user is not None:
        _record("sign-out", user)


def password_changed(user: User, **_: Any) -> None:
    _record("password.changed", user)


def password_reset(user: User, **_: Any) -> None:
    _record("password.reset", user)


def factor_added(user: User, authenticator: Any, **_: Any) -> None:
    _record("second-factor.on", user, kind=str(authenticator.type))


def factor_removed(user: User, authenticator: Any, **_: Any) -> None:
    _record("second-factor.off", user, kind=str(authenticator.type))


def factor_renewed(user: User, authenticator: Any, **_: Any) -> None:
    _record("second-factor.renewed", user, kind=str(authenticator.type))


def factor_failed(user: User, request: HttpRequest, **_: Any) -> None:
    _record("second-factor.failed", user)


def connect() -> None:
    account_signals.user_logged_in.connect(signed_in, dispatch_uid="people.signed_in")
    auth_signals.user_login_failed.connect(sign_in_failed, dispatch_uid="people.failed")
    auth_signals.user_logged_out.connect(signed_out, dispatch_uid="people.signed_out")
    account_signals.password_changed.connect(password_changed, dispatch_uid="people.password")
    account_signals.password_reset.connect(password_reset, dispatch_uid="people.reset")
    mfa_signals.authenticator_added.connect(factor_added, dispatch_uid="people.factor_on")
    mfa_signals.authenticator_removed.connect(factor_removed, dispatch_uid="people.factor_off")
    mfa_signals.authenticator_reset.connect(factor_renewed, dispatch_uid="people.factor_new")
    mfa_signals.authentication_failed.connect(factor_failed, dispatch_uid="people.factor_failed")
