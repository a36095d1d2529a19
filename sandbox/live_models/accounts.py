"""Live models: whether an organisation may call one, with what key, and what a month may cost."""

from __future__ import annotations

from datetime import datetime, time
from typing import NamedTuple

from django.conf import settings
from django.db.models import Case, F, PositiveIntegerField, Sum, When
from django.utils import timezone

from people import audit, clock
from people.models import Member, Organisation
from sandbox.engine.provider import Failure
from sandbox.live_models import sealing
from sandbox.models import ModelAccount, ModelCall, Run
from sandbox.providers.anthropic import OFFICIAL, Endpoint, Price

TIERS = ("small", "medium", "large")
USUAL = {"small": "claude-haiku-5-5", "medium": "claude-sonnet-5-5", "large": "claude-opus-5-5"}
CHANGED = "live-models.changed"
WORDS = {CHANGED: "Changed the live models"}
# Of a key only its end is ever shown, and nothing of one so short that this would give it away.
SHOWN, LEAST = 4, 16
State = ModelCall.State


class Refusal(NamedTuple):
    """Why no live model may be called now, for the trail and in words."""

    kind: Failure
    words: str


def prices() -> dict[str, Price]:
    """By tier. Raises `ValueError` if the setting is not three pairs of whole numbers."""
    pairs = [each.split("/") for each in settings.MODEL_PRICES]
    parts = [Price(int(read), int(written)) for read, written in pairs]
    return dict(zip(TIERS, parts, strict=True))


def addresses() -> list[str]:
    """Every address that an organisation may choose."""
    own = [settings.MODEL_BASE_URL, *settings.MODEL_ADDRESSES]
    return list(dict.fromkeys([OFFICIAL, *(each for each in own if each)]))


# ---- Whether and where ---------------------------------------------------------------------


def account_of(organisation: Organisation) -> ModelAccount | None:
    return ModelAccount.objects.filter(organisation=organisation).first()


def refusal(account: ModelAccount | None) -> Refusal | None:
    """Why nobody of the organisation may call a model at all; None if somebody may."""
    if not settings.LIVE_MODELS:
        return Refusal("switched-off", "Live models are switched off on this site.")
    if account is None or account.switched_off:
        return Refusal("switched-off", "Your organisation has not switched live models on.")
    if not account.monthly_mils or not account.member_mils:
        return Refusal("budget", "Your organisation has set no budget for live models.")
    if endpoint(account) is None:
        return Refusal("unauthorised", "There is no key for live models that can be used.")
    return None


def why_not(member: Member) -> str:
    """Why this member cannot start a live run now, in words; empty if they can."""
    account = account_of(member.organisation)
    if refused := refusal(account):
        return refused.words
    assert account is not None
    if spent(member.organisation) >= account.monthly_mils:
        return "Your organisation's budget for live models is used up for this month."
    if spent(member.organisation, member) >= account.member_mils:
        return "Your own budget for live models is used up for this month."
    return ""


def endpoint(account: ModelAccount) -> Endpoint | None:
    """Where the organisation's calls go; None without a key that can be read.

    The site's key goes to the site's address and nowhere else; another address gets the
    organisation's own key, or none where a private host asks for none.
    """
    site = settings.MODEL_BASE_URL or OFFICIAL
    address = account.base_url or (OFFICIAL if account.sealed_key else site)
    if address not in addresses():
        return None
    if account.sealed_key:
        try:
            key = sealing.opened(account.sealed_key)
        except sealing.Unsealable:
            return None
    else:
        key = settings.MODEL_KEY if address == site else ""
    if not key and address == OFFICIAL:
        return None
    return Endpoint(
        key=key,
        base_url=address,
        models={tier: getattr(account, tier) or USUAL[tier] for tier in TIERS},
        prices=prices(),
        # A silence as long as the lease would look like a death.
        seconds=min(settings.MODEL_SECONDS, 0.8 * settings.JOB_LEASE_SECONDS),
    )


def ending(account: ModelAccount) -> str:
    """The last characters of the organisation's own key, as much of it as is ever shown."""
    try:
        key = sealing.opened(account.sealed_key) if account.sealed_key else ""
    except sealing.Unsealable:
        return ""
    return key[-SHOWN:] if len(key) >= LEAST else ""


def readable(account: ModelAccount) -> bool:
    """Whether the organisation's own key, if there is one, can still be opened."""
    try:
        return not account.sealed_key or bool(sealing.opened(account.sealed_key))
    except sealing.Unsealable:
        return False


# ---- What it costs -------------------------------------------------------------------------


def month_start() -> datetime:
    first = clock.today().replace(day=1)
    return timezone.make_aware(datetime.combine(first, time.min))


def spent(organisation: Organisation, member: Member | None = None) -> int:
    """Mils of this month: settled, lost, and reserved for calls that are under way."""
    calls = ModelCall.objects.of_organisation(organisation).filter(at__gte=month_start())
    if member is not None:
        calls = calls.filter(run__member=member)
    charged = Case(
        When(state=State.RESERVED, then=F("reserved_mils")),
        default=F("mils"),
        output_field=PositiveIntegerField(),
    )
    return calls.aggregate(sum=Sum(charged))["sum"] or 0


class Usage(NamedTuple):
    """Of this month: mils in all, mils of calls that gave no answer, and the calls."""

    mils: int
    lost: int
    calls: int


def usage(organisation: Organisation) -> Usage:
    calls = ModelCall.objects.of_organisation(organisation).filter(at__gte=month_start())
    lost = calls.filter(state=State.LOST).aggregate(sum=Sum("mils"))["sum"] or 0
    return Usage(spent(organisation), lost, calls.count())


def key_of(run: Run, seq: int) -> str:
    """The call that belongs to the event `model.asked` with this number."""
    return f"{run.pk}:{seq}"


def reserve(run: Run, seq: int, mils: int) -> Refusal | None:
    """Sets the money aside for the call, or says why not. Within the transaction of its event.

    The account's row is locked, so that two runs never reserve the same rest of a budget.
    """
    member = run.member
    account = (
        ModelAccount.objects.select_for_update().filter(organisation=member.organisation).first()
    )
    if refused := refusal(account):
        return refused
    assert account is not None
    if spent(member.organisation) + mils > account.monthly_mils:
        return Refusal("budget", "The organisation's budget for this month does not reach.")
    if spent(member.organisation, member) + mils > account.member_mils:
        return Refusal("budget", "Your budget for this month does not reach.")
    ModelCall.objects.create(run=run, key=key_of(run, seq), reserved_mils=mils)
    return None


def settle(run: Run, seq: int, mils: int, tokens_in: int = 0, tokens_out: int = 0) -> bool:
    """Charges what the call really cost, once. Within the transaction of its reply."""
    return _end(run, seq, State.SETTLED, mils=mils, tokens_in=tokens_in, tokens_out=tokens_out)


def lose(run: Run, seq: int) -> bool:
    """Charges the whole reservation of a call whose answer never came, once."""
    return _end(run, seq, State.LOST, mils=F("reserved_mils"))


def _end(run: Run, seq: int, state: ModelCall.State, **values: object) -> bool:
    waiting = ModelCall.objects.filter(key=key_of(run, seq), state=State.RESERVED)
    return bool(waiting.update(state=state, **values))


# ---- The administrator's settings ----------------------------------------------------------


def change(
    organisation: Organisation,
    *,
    by: Member,
    key: str,
    forget_key: bool,
    **values: str | int | bool,
) -> ModelAccount:
    """Saves what an administrator set. An empty `key` leaves the key as it is.

    The audit trail says that the key changed, never what it is.
    """
    account = account_of(organisation) or ModelAccount(organisation=organisation)
    before = {name: getattr(account, name) for name in values}
    told: dict[str, object] = {}
    if key:
        told["key"] = "replaced" if account.sealed_key else "set"
        account.sealed_key = sealing.seal(key)
    elif forget_key and account.sealed_key:
        told["key"] = "removed"
        account.sealed_key = b""
    for name, value in values.items():
        setattr(account, name, value)
    account.save()
    after = {name: value for name, value in values.items() if value != before[name]} | told
    if after:
        audit.record(
            CHANGED,
            organisation=organisation,
            actor=by,
            about=account,
            before={name: before[name] for name in after if name in before},
            after=after,
        )
    return account
