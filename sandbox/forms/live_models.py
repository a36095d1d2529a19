"""The form with which an administrator sets up live models."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from sandbox.live_models import accounts
from sandbox.models import ModelAccount
from sandbox.providers.anthropic import OFFICIAL

MOST = 1_000_000
_KEY = re.compile(r"[!-~]{8,400}")
_MODEL = re.compile(r"[\w.:/@-]{0,100}", re.ASCII)


class LiveModelsForm(forms.Form):
    """The key is written and never read: the page shows its last characters alone."""

    live = forms.BooleanField(
        label="Live models are on",
        required=False,
        help_text="Off stops every live run here at its next call; nothing that was done is lost.",
    )
    key = forms.CharField(
        label="Key",
        required=False,
        max_length=400,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    forget_key = forms.BooleanField(
        label="Remove the key that is kept", required=False, help_text="Live runs then stop."
    )
    base_url = forms.ChoiceField(
        label="Address",
        required=False,
        help_text="Your site operator allows further ones, for models that you host yourselves.",
    )
    small = forms.CharField(label="Model of the small tier", required=False, max_length=100)
    medium = forms.CharField(label="Model of the medium tier", required=False, max_length=100)
    large = forms.CharField(label="Model of the large tier", required=False, max_length=100)
    monthly = forms.DecimalField(
        label="Budget of the organisation a month",
        min_value=0,
        max_value=MOST,
        decimal_places=2,
        help_text="In the currency in which the provider bills you.",
    )
    member_monthly = forms.DecimalField(
        label="Budget of one member a month", min_value=0, max_value=MOST, decimal_places=2
    )

    def __init__(self, data: Any = None, *, account: ModelAccount | None) -> None:
        self.account = account
        super().__init__(data, initial=_initial(account))
        for tier in accounts.TIERS:
            self.fields[tier].help_text = f"Empty: {accounts.USUAL[tier]}."
        kept = bool(account and account.sealed_key)
        self.fields["key"].help_text = self._about_key(account) if kept else self._about_no_key()
        if not kept:
            del self.fields["forget_key"]
        choices = [("", "The usual one")]
        choices += [(each, each) for each in accounts.addresses()]
        address = account.base_url if account else ""
        if address and address not in accounts.addresses():
            choices.append((address, f"{address} (not allowed any more)"))
        self.fields["base_url"].choices = choices  # type: ignore[attr-defined]

    def _about_key(self, account: ModelAccount | None) -> str:
        assert account is not None
        if not accounts.readable(account):
            return "The key that was kept cannot be read any more. Please enter it again."
        end = accounts.ending(account)
        shown = f", ending in {end}," if end else ""
        return f"A key{shown} is kept. It is never shown. Leave this empty to go on using it."

    def _about_no_key(self) -> str:
        if settings.MODEL_KEY:
            return "Empty: the site's own key is used."
        return "It is encrypted before it is kept, and never shown again."

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"])
        if key and not _KEY.fullmatch(key):
            raise ValidationError("A key is at least 8 letters, digits and signs without a space.")
        return key

    def clean_base_url(self) -> str:
        address = str(self.cleaned_data["base_url"])
        if address and address not in accounts.addresses():
            raise ValidationError("Your site operator does not allow this address any more.")
        return address

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for tier in accounts.TIERS:
            if not _MODEL.fullmatch(cleaned.get(tier, "")):
                self.add_error(tier, "A model is named with letters, digits and . : / @ - _ alone.")
        if cleaned.get("forget_key") and cleaned.get("key"):
            self.add_error("forget_key", "Either enter a new key or remove the old one.")
        monthly, own = cleaned.get("monthly"), cleaned.get("member_monthly")
        if monthly is not None and own is not None and own > monthly:
            self.add_error("member_monthly", "One member cannot have more than the organisation.")
        if cleaned.get("live") and not self.errors:
            self._complete(cleaned)
        return cleaned

    def _complete(self, cleaned: dict[str, Any]) -> None:
        """What must be there before live models can be on."""
        if not cleaned["monthly"] or not cleaned["member_monthly"]:
            self.add_error("monthly", "Live models need a budget, and each member a part of it.")
        kept = self.account is not None and self.account.sealed_key
        own = cleaned["key"] or (kept and not cleaned.get("forget_key"))
        site = settings.MODEL_BASE_URL or OFFICIAL
        address = cleaned["base_url"] or (OFFICIAL if own else site)
        if not own and address == OFFICIAL and not (settings.MODEL_KEY and site == OFFICIAL):
            self.add_error("key", "There is no key, and the site has none of its own.")

    @property
    def values(self) -> dict[str, Any]:
        """As `accounts.change` takes them."""
        cleaned = self.cleaned_data
        return {
            "key": cleaned["key"],
            "forget_key": cleaned.get("forget_key", False),
            "base_url": cleaned["base_url"],
            **{tier: cleaned[tier] for tier in accounts.TIERS},
            "monthly_mils": int(cleaned["monthly"] * 1000),
            "member_mils": int(cleaned["member_monthly"] * 1000),
            "switched_off": not cleaned["live"],
        }


def _initial(account: ModelAccount | None) -> dict[str, Any]:
    if account is None:
        return {"live": False, "monthly": Decimal("0.00"), "member_monthly": Decimal("0.00")}
    return {
        "live": not account.switched_off,
        "base_url": account.base_url,
        **{tier: getattr(account, tier) for tier in accounts.TIERS},
        "monthly": money(account.monthly_mils),
        "member_monthly": money(account.member_mils),
    }


def money(mils: int) -> Decimal:
    """In whole units with two places."""
    return (Decimal(mils) / 1000).quantize(Decimal("0.01"))
