"""allauth's forms with our words: visible labels instead of placeholders, help that says why."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp


class PlainWords:
    """Takes the placeholders away and sets labels and help texts by field name."""

    words: dict[str, tuple[str, str]] = {}
    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name in self.words:
                field.label, field.help_text = self.words[name]


RULES = "At least 12 characters. A few words in a row are easy to keep in mind."


class LoginForm(PlainWords, account.LoginForm):  # type: ignore[misc]
    words = {
        "login": ("Work e-mail", ""),
        "password": ("Password", ""),
        "remember": ("Keep me signed in on this device for 14 days", ""),
    }


class ResetPasswordForm(PlainWords, account.ResetPasswordForm):  # type: ignore[misc]
    words = {"email": ("Work e-mail", "")}


class ResetPasswordKeyForm(PlainWords, account.ResetPasswordKeyForm):  # type: ignore[misc]
    words = {"password1": ("New password", RULES), "password2": ("New password again", "")}


class ChangePasswordForm(PlainWords, account.ChangePasswordForm):  # type: ignore[misc]
    words = {
        "oldpassword": ("Your password now", ""),
        "password1": ("New password", RULES),
        "password2": ("New password again", ""),
    }


class SetPasswordForm(PlainWords, account.SetPasswordForm):  # type: ignore[misc]
    words = {"password1": ("Password", RULES), "password2": ("Password again", "")}


class ReauthenticateForm(PlainWords, account.ReauthenticateForm):  # type: ignore[misc]
    words = {"password": ("Your password", "")}


class AuthenticateForm(PlainWords, mfa.AuthenticateForm):  # type: ignore[misc]
    words = {"code": ("Code", "Six digits from your app, or one of your recovery codes.")}


class ReauthenticateCodeForm(PlainWords, mfa.ReauthenticateForm):  # type: ignore[misc]
    words = {"code": ("Code", "Six digits from your app, or one of your recovery codes.")}


class ActivateTOTPForm(PlainWords, totp.ActivateTOTPForm):  # type: ignore[misc]
    words = {"code": ("Code from the app", "The six digits it shows now.")}
