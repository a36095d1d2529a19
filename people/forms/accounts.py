"""Forms of one's own account: details, appearance, accepting an invitation."""

from __future__ import annotations

import zoneinfo
from functools import cache
from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError

from people.models import User


@cache
def zones() -> list[tuple[str, str]]:
    """The names of places, sorted; read from disk once a process."""
    names = sorted(
        name for name in zoneinfo.available_timezones() if "/" in name and name[:4] != "Etc/"
    )
    return [("", "The site’s own"), *((name, name.replace("_", " ")) for name in names)]


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    time_zone = forms.ChoiceField(
        label="Time zone",
        choices=zones,
        required=False,
        help_text="Dates and times are shown in it, with its offset.",
    )

    class Meta:
        model = User
        fields = ["name", "time_zone"]
        labels = {"name": "Your name"}
        help_texts = {"name": "As your colleagues know you."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "name"


class AppearanceForm(forms.Form):
    theme = forms.ChoiceField(choices=User.Theme.choices)


class AcceptForm(forms.Form):
    """For somebody new: a name and a password by the site's rules."""

    name = forms.CharField(
        label="Your name",
        max_length=120,
        help_text="As your colleagues know you.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label="Choose a password",
        strip=False,
        max_length=200,
        help_text="At least 12 characters. A few words in a row are easy to keep in mind.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        self.email = email
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        password = cleaned.get("password")
        if password:
            try:
                password_validation.validate_password(
                    password, User(email=self.email, name=cleaned.get("name", ""))
                )
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned
