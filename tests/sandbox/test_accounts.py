"""Live models: keys that nobody reads back, budgets that hold, switches, and their page."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import override_settings
from django.urls import reverse

from people import clock
from people.models import AuditEvent, Member
from sandbox.live_models import accounts, sealing
from sandbox.models import ModelAccount, ModelCall, Run, ScenarioVersion
from sandbox.providers.anthropic import OFFICIAL, Price
from tests.conftest import Cast, SignIn
from tests.sandbox.rows import make_run, make_version

KEY = "sk-test-8d1f0c5e-KEY-OF-CALDER-wxyz"
PRIVATE = "https://models.calder.example"
State = ModelCall.State


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    """A site without a key of its own, whatever stands in the environment."""
    settings.LIVE_MODELS = True
    settings.MODEL_KEY = settings.MODEL_BASE_URL = ""
    settings.MODEL_ADDRESSES = []


def make_account(member: Member, key: str = KEY, **fields: Any) -> ModelAccount:
    values = {"monthly_mils": 1000, "member_mils": 400, "switched_off": False, **fields}
    sealed = sealing.seal(key) if key else b""
    return ModelAccount.objects.create(
        organisation=member.organisation, sealed_key=sealed, **values
    )


def run_of(member: Member) -> Run:
    version = ScenarioVersion.objects.first() or make_version()
    return make_run(member, version, rung=Run.Rung.LIVE)


# ---- Keys ----------------------------------------------------------------------------------


def test_a_key_is_encrypted_and_comes_back(settings: Any) -> None:
    sealed = sealing.seal(KEY)
    assert KEY.encode() not in sealed
    assert sealing.opened(sealed) == KEY
    assert sealing.seal(KEY) != sealed
    assert settings.SECRET_KEY.encode() not in sealed


def test_keys_outlive_a_change_of_the_secret_key(settings: Any) -> None:
    old = settings.SECRET_KEY
    sealed = sealing.seal(KEY)
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[old]):
        assert sealing.opened(sealed) == KEY
        fresh = sealing.seal(KEY)
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[]):
        assert sealing.opened(fresh) == KEY
        with pytest.raises(sealing.Unsealable):
            sealing.opened(sealed)


def test_a_key_that_cannot_be_read_is_no_key(cast: Cast) -> None:
    account = make_account(cast.noor)
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[]):
        assert accounts.endpoint(account) is None
        assert accounts.ending(account) == ""
        assert not accounts.readable(account)
        refused = accounts.refusal(account)
    assert refused is not None
    assert refused.kind == "unauthorised"


@pytest.mark.parametrize(("key", "end"), [(KEY, "wxyz"), ("short-key", ""), ("", "")])
def test_of_a_key_only_the_end_is_shown(cast: Cast, key: str, end: str) -> None:
    assert accounts.ending(make_account(cast.noor, key)) == end


# ---- Where calls go ------------------------------------------------------------------------


def test_the_sites_key_goes_to_the_sites_address_alone(cast: Cast, settings: Any) -> None:
    settings.MODEL_KEY, settings.MODEL_BASE_URL = "sk-of-the-site", "http://site.example"
    settings.MODEL_ADDRESSES = [PRIVATE]
    account = make_account(cast.noor, key="")
    found = accounts.endpoint(account)
    assert found is not None
    assert (found.key, found.base_url) == ("sk-of-the-site", "http://site.example")
    account.base_url = PRIVATE
    elsewhere = accounts.endpoint(account)
    assert elsewhere is not None
    assert (elsewhere.key, elsewhere.base_url) == ("", PRIVATE)
    account.base_url = OFFICIAL
    assert accounts.endpoint(account) is None


def test_an_own_key_goes_to_the_provider_unless_told_otherwise(cast: Cast, settings: Any) -> None:
    settings.MODEL_KEY, settings.MODEL_BASE_URL = "sk-of-the-site", "http://site.example"
    account = make_account(cast.noor, large="our-large")
    found = accounts.endpoint(account)
    assert found is not None
    assert (found.key, found.base_url) == (KEY, OFFICIAL)
    assert found.models == {**accounts.USUAL, "large": "our-large"}


def test_an_address_the_operator_does_not_allow_is_refused(cast: Cast, settings: Any) -> None:
    """Else an administrator could have the site call what stands beside it."""
    account = make_account(cast.noor, base_url="http://169.254.169.254/latest")
    assert accounts.endpoint(account) is None
    settings.MODEL_ADDRESSES = [PRIVATE]
    account.base_url = PRIVATE
    assert accounts.endpoint(account) is not None


def test_prices_are_whole_and_three(settings: Any) -> None:
    settings.MODEL_PRICES = ["1/5", "2/10", "4/20"]
    assert accounts.prices()["large"] == Price(4, 20)
    assert Price(4, 20).of(1, 0) == 1, "a call is never free"
    settings.MODEL_PRICES = ["1/5", "2/10"]
    with pytest.raises(ValueError, match="zip"):
        accounts.prices()


# ---- Switches ------------------------------------------------------------------------------


def test_who_may_start_a_live_run(cast: Cast, settings: Any) -> None:
    amina = cast.amina
    assert "not switched live models on" in accounts.why_not(amina)
    account = make_account(amina, switched_off=True)
    assert "not switched live models on" in accounts.why_not(amina)
    account.switched_off = False
    account.save()
    assert accounts.why_not(amina) == ""
    settings.LIVE_MODELS = False
    assert "switched off on this site" in accounts.why_not(amina)
    settings.LIVE_MODELS = True
    ModelAccount.objects.update(member_mils=0)
    assert "no budget" in accounts.why_not(amina)
    ModelAccount.objects.update(member_mils=400, sealed_key=b"")
    assert "no key" in accounts.why_not(amina)


def test_another_organisations_account_says_nothing_here(cast: Cast, elsewhere: Cast) -> None:
    make_account(elsewhere.noor)
    assert accounts.why_not(cast.amina) != ""
    assert accounts.why_not(elsewhere.amina) == ""


def test_a_switch_stops_the_next_call(cast: Cast, settings: Any) -> None:
    make_account(cast.amina)
    run = run_of(cast.amina)
    assert accounts.reserve(run, 5, 100) is None
    ModelAccount.objects.update(switched_off=True)
    refused = accounts.reserve(run, 9, 100)
    assert refused is not None
    assert refused.kind == "switched-off"
    ModelAccount.objects.update(switched_off=False)
    settings.LIVE_MODELS = False
    refused = accounts.reserve(run, 9, 100)
    assert refused is not None
    assert refused.kind == "switched-off"
    assert ModelCall.objects.count() == 1


# ---- Money ---------------------------------------------------------------------------------


def test_reserved_then_settled_once(cast: Cast) -> None:
    make_account(cast.amina)
    run = run_of(cast.amina)
    assert accounts.reserve(run, 5, 100) is None
    assert accounts.spent(cast.organisation) == 100
    assert accounts.settle(run, 5, 37, 900, 120)
    assert accounts.spent(cast.organisation) == 37
    assert not accounts.settle(run, 5, 90)
    assert not accounts.lose(run, 5)
    call = ModelCall.objects.get()
    assert (call.state, call.mils, call.tokens_in, call.tokens_out) == (State.SETTLED, 37, 900, 120)


def test_lost_stays_charged_once(cast: Cast) -> None:
    make_account(cast.amina)
    run = run_of(cast.amina)
    accounts.reserve(run, 5, 100)
    assert accounts.lose(run, 5)
    assert not accounts.lose(run, 5)
    assert not accounts.settle(run, 5, 1)
    assert accounts.usage(cast.organisation) == (100, 100, 1)


def test_a_members_budget_holds(cast: Cast) -> None:
    make_account(cast.amina)
    amina, daniel = run_of(cast.amina), run_of(cast.daniel)
    for seq in (1, 2, 3, 4):
        assert accounts.reserve(amina, seq, 100) is None
    refused = accounts.reserve(amina, 5, 1)
    assert refused is not None
    assert (refused.kind, "Your budget" in refused.words) == ("budget", True)
    assert accounts.why_not(cast.amina) != ""
    assert accounts.reserve(daniel, 1, 100) is None
    accounts.settle(amina, 1, 10)
    assert accounts.reserve(amina, 5, 90) is None
    assert accounts.reserve(amina, 6, 1) is not None


def test_the_organisations_budget_holds(cast: Cast, elsewhere: Cast) -> None:
    make_account(cast.amina, monthly_mils=250)
    make_account(elsewhere.amina)
    people = [run_of(each) for each in (cast.amina, cast.daniel, cast.helen)]
    assert accounts.reserve(people[0], 1, 100) is None
    assert accounts.reserve(people[1], 1, 100) is None
    refused = accounts.reserve(people[2], 1, 51)
    assert refused is not None
    assert (refused.kind, "organisation" in refused.words) == ("budget", True)
    assert accounts.reserve(people[2], 1, 50) is None
    assert accounts.reserve(run_of(elsewhere.amina), 1, 400) is None


def test_a_month_begins_anew(cast: Cast) -> None:
    make_account(cast.amina)
    run = run_of(cast.amina)
    with clock.at(datetime(2027, 3, 31, 21, 0, tzinfo=UTC)):  # 22:00 in London, summer time
        accounts.reserve(run, 1, 400)
        assert accounts.reserve(run, 2, 1) is not None
    with clock.at(datetime(2027, 3, 31, 21, 0, tzinfo=UTC) + timedelta(hours=2, minutes=1)):
        assert accounts.spent(cast.organisation) == 0
        assert accounts.reserve(run, 2, 1) is None


# ---- The page ------------------------------------------------------------------------------

GOOD = {"live": "on", "key": KEY, "monthly": "25.00", "member_monthly": "5", "medium": "our-model"}


def test_an_administrator_sets_it_up_and_never_sees_the_key_again(
    cast: Cast, as_member: SignIn
) -> None:
    client = as_member(cast.noor)
    address = reverse("live_models")
    assert client.post(address, GOOD).status_code == 302
    account = ModelAccount.objects.get(organisation=cast.organisation)
    assert sealing.opened(account.sealed_key) == KEY
    assert (account.monthly_mils, account.member_mils) == (25_000, 5_000)
    assert (account.medium, account.switched_off) == ("our-model", False)
    page = client.get(address).content.decode()
    assert "ending in wxyz" in page
    assert KEY not in page
    assert KEY[:10] not in page
    # An empty field keeps the key.
    assert client.post(address, {**GOOD, "key": "", "monthly": "30"}).status_code == 302
    account.refresh_from_db()
    assert (sealing.opened(account.sealed_key), account.monthly_mils) == (KEY, 30_000)
    assert (
        client.post(address, {**GOOD, "key": "", "live": "", "forget_key": "on"}).status_code == 302
    )
    account.refresh_from_db()
    assert (bytes(account.sealed_key), account.switched_off) == (b"", True)


def test_the_audit_trail_tells_of_the_key_and_not_the_key(cast: Cast, as_member: SignIn) -> None:
    client = as_member(cast.noor)
    for change in ({}, {"key": KEY + "2"}, {"key": "", "live": ""}, {"key": "", "live": ""}):
        client.post(reverse("live_models"), {**GOOD, **change})
    events = list(AuditEvent.objects.filter(action=accounts.CHANGED).order_by("number"))
    assert len(events) == 3, "saving what is there already is no event"
    assert [each.detail["after"].get("key") for each in events] == ["set", "replaced", None]
    assert events[2].detail["after"] == {"switched_off": True}
    everything = json.dumps([each.detail for each in events])
    assert KEY[:12] not in everything
    assert events[0].actor == cast.noor


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"key": ""}, "There is no key"),
        ({"key": "with a space in it"}, "A key is at least"),
        ({"key": "short"}, "A key is at least"),
        ({"monthly": "0", "member_monthly": "0"}, "need a budget"),
        ({"member_monthly": "26"}, "cannot have more than the organisation"),
        ({"monthly": "-1"}, "greater than or equal to 0"),
        ({"monthly": "1e9"}, "less than or equal"),
        ({"monthly": "NaN"}, "Enter a number"),
        ({"medium": "a model"}, "named with letters"),
        ({"medium": "x\r\nx-header: 1"}, "named with letters"),
        ({"base_url": "http://127.0.0.1:6379"}, "not one of the available choices"),
    ],
)
def test_what_cannot_work_is_not_saved(
    cast: Cast, as_member: SignIn, change: dict[str, str], told: str
) -> None:
    response = as_member(cast.noor).post(reverse("live_models"), {**GOOD, **change})
    assert response.status_code == 200
    page = response.content.decode()
    assert told in page
    assert KEY not in page, "a page that complains gives the key back"
    assert not ModelAccount.objects.exists()


def test_an_address_that_was_taken_back_is_told(
    cast: Cast, as_member: SignIn, settings: Any
) -> None:
    make_account(cast.noor, base_url=PRIVATE)
    client = as_member(cast.noor)
    assert "not allowed any more" in client.get(reverse("live_models")).content.decode()
    response = client.post(reverse("live_models"), {**GOOD, "base_url": PRIVATE})
    assert "does not allow this address any more" in response.content.decode()


def test_the_page_tells_of_the_sites_switch(cast: Cast, as_member: SignIn, settings: Any) -> None:
    settings.LIVE_MODELS = False
    page = as_member(cast.noor).get(reverse("live_models")).content.decode()
    assert "switched off on this whole site" in page


def test_the_page_counts_this_organisation_alone(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    make_account(cast.noor, monthly_mils=20_000, member_mils=20_000)
    make_account(elsewhere.noor, monthly_mils=20_000, member_mils=20_000)
    run, theirs = run_of(cast.amina), run_of(elsewhere.amina)
    accounts.reserve(run, 1, 4_560)
    accounts.settle(run, 1, 1_230)
    accounts.reserve(run, 2, 2_340)
    accounts.lose(run, 2)
    accounts.reserve(theirs, 1, 9_990)
    page = as_member(cast.noor).get(reverse("live_models")).content.decode()
    for shown in ("<dd>3.57</dd>", "<dd>16.43</dd>", "<dd>2</dd>", "<dd>2.34</dd>"):
        assert shown in page
