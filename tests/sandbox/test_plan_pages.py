"""The pages of the plan: each change by a plain form, two windows, the start, whose it is."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from people.models import Member
from sandbox import running, scenarios
from sandbox.live_models import accounts
from sandbox.models import Run, Scenario, ScenarioVersion
from sandbox.scenarios import plan_document
from tests.conftest import Cast, SignIn
from tests.sandbox.played import library
from tests.sandbox.standing import library_version, planned

PREPARED = library("payment-run")
SCENARIO = PREPARED.scenario


@pytest.fixture
def version(db: None) -> ScenarioVersion:
    scenarios.forget()
    return library_version("payment-run")


@pytest.fixture
def run(cast: Cast, version: ScenarioVersion) -> Run:
    return planned(cast.amina, version)


def words(response: Any) -> str:
    """The page as a person reads it, without markup."""
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r" ([.,])", r"\1", " ".join(html.unescape(text).split()))


def page(client: Client, run: Run, **query: str) -> Any:
    return client.get(reverse("rehearsal_plan", args=[run.pk]), query)


def act(client: Client, run: Run, what: str, **data: Any) -> Any:
    run.refresh_from_db()
    form = {"act": what, "sequence": run.plan_sequence, **data}
    return client.post(reverse("rehearsal_plan", args=[run.pk]), form)


def start(client: Client, run: Run, **data: Any) -> Any:
    run.refresh_from_db()
    form = {"sequence": run.plan_sequence, **data}
    return client.post(reverse("rehearsal_start", args=[run.pk]), form)


def jobs(run: Run) -> list[str]:
    run.refresh_from_db()
    return [stage["job"] for stage in run.plan["stages"]]


# ---- The plan ------------------------------------------------------------------------------


def test_the_page_says_the_plan_and_what_it_leaves_open(
    cast: Cast, as_member: SignIn, run: Run
) -> None:
    said = words(page(as_member(cast.amina), run))
    assert "Nothing changed yet" in said
    assert "“Send a payment” waits for you every time" in said
    assert "trying again does it twice" in said, "a gap"
    assert "24 of 24 min" in said
    assert "12 practice situations" in said
    table = words(page(as_member(cast.amina), run, **{"as": "table"}))
    assert (
        "1 Match to order Matcher medium model Read orders and receipts, Record the match" in table
    )


def test_each_change_is_kept_and_said_and_can_be_taken_back(
    cast: Cast, as_member: SignIn, run: Run
) -> None:
    client = as_member(cast.amina)
    to = act(client, run, "add", job="recompute", agent="recomputer")["Location"]
    assert to.endswith("?stage=3#stage")
    assert re.search(r"Saved \d\d:\d\d: “Recompute” is stage 3", words(client.get(to)))
    act(client, run, "stage-earlier 2")
    assert jobs(run) == ["match", "recompute", "pay"]
    act(client, run, "undo")
    assert jobs(run) == ["match", "pay", "recompute"]
    assert "Taken back" in words(page(client, run, undone="1"))
    act(client, run, "undo")
    assert jobs(run) == ["match", "pay"]
    nothing = act(client, run, "undo")
    assert nothing.status_code == 400
    assert "nothing to take back" in words(nothing)


def test_an_illegal_plan_is_kept_explained_and_not_started(
    cast: Cast, as_member: SignIn, run: Run
) -> None:
    client = as_member(cast.amina)
    act(client, run, "stage-earlier 1")
    said = words(page(client, run, stage="1"))
    assert "Stage 1, “Pay”: “Pay” comes after “Match to order”." in said, "on top"
    assert said.count("“Pay” comes after “Match to order”.") >= 2, "and at its place"
    refused = start(client, run)
    assert refused.status_code == 400
    assert "The run was not started" in words(refused)
    run.refresh_from_db()
    assert run.state == Run.State.PLANNING


def test_two_windows_cannot_overwrite_each_other(cast: Cast, as_member: SignIn, run: Run) -> None:
    one, two = as_member(cast.amina), as_member(cast.amina)
    old = run.plan_sequence
    assert act(one, run, "stage-remove 1").status_code == 302
    late = two.post(
        reverse("rehearsal_plan", args=[run.pk]),
        {"act": "add", "job": "statements", "agent": "statements", "sequence": old},
    )
    assert late.status_code == 409
    assert "changed in another window" in words(late)
    assert f'name="sequence" value="{old + 1}"' in late.content.decode(), "the newer plan is shown"
    assert jobs(run) == ["match"]
    unseen = two.post(reverse("rehearsal_start", args=[run.pk]), {"sequence": old})
    assert unseen.status_code == 409, "what was not seen is not frozen"
    assert act(two, run, "add", job="pay", agent="payer").status_code == 302
    stale = act(one, run, "undo")
    assert stale.status_code == 400, "one does not take back what another window did"
    assert jobs(run) == ["match", "pay"]


@pytest.mark.parametrize("sequence", ["", "-1", "x", "9" * 40, None])
def test_a_change_without_the_number_of_its_plan_is_not_made(
    cast: Cast, as_member: SignIn, run: Run, sequence: str | None
) -> None:
    data = {"act": "stage-remove 1"} | ({} if sequence is None else {"sequence": sequence})
    response = as_member(cast.amina).post(reverse("rehearsal_plan", args=[run.pk]), data)
    assert response.status_code == 409
    assert jobs(run) == ["match", "pay"]


def test_a_refused_rule_keeps_what_was_typed(cast: Cast, as_member: SignIn, run: Run) -> None:
    client = as_member(cast.amina)
    response = act(
        client, run, "rule-save", place="new", name="<b>Sums</b>", effect="deny",
        fact=["amount"], op=["above"], value=["a lot"],
    )  # fmt: skip
    assert response.status_code == 400
    text = response.content.decode()
    assert "write a sum such as 1240.00" in text
    assert 'value="a lot"' in text
    assert "&lt;b&gt;Sums&lt;/b&gt;" in text
    assert "<b>Sums" not in text
    run.refresh_from_db()
    assert "rules" not in run.plan


def test_thousands_of_fields_are_refused_and_change_nothing(
    cast: Cast, as_member: SignIn, run: Run
) -> None:
    client = as_member(cast.amina)
    many = {f"rule-{number}": "x" for number in range(10_000)}
    assert act(client, run, "rule-save", **many).status_code == 400
    some = act(
        client, run, "rule-save", place="new", effect="deny",
        fact=["amount"] * 200, op=["above"] * 200, value=["1"] * 200,
    )  # fmt: skip
    assert some.status_code == 400
    assert "at most 8 conditions" in words(some)
    assert jobs(run) == ["match", "pay"]


def test_cel_that_does_not_compile_is_said(cast: Cast, as_member: SignIn, run: Run) -> None:
    pytest.importorskip("cel")
    client = as_member(cast.amina)
    response = act(client, run, "rule-save", place="new", effect="ask", cel="amounts > 5")
    assert response.status_code == 400
    assert "there is no fact called “amounts”" in words(response)
    assert "amounts &gt; 5</textarea>" in response.content.decode()


def test_without_its_package_nobody_is_asked_to_write_cel(
    cast: Cast, as_member: SignIn, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.engine.cel.available", lambda: False)
    client = as_member(cast.amina)
    assert "Write it by hand" not in words(page(client, run, rule="new"))
    response = act(client, run, "rule-save", place="new", effect="ask", cel="tainted")
    assert response.status_code == 400
    assert "common-expression-language" in words(response)


def test_the_careful_plan_by_plain_posts(cast: Cast, as_member: SignIn, run: Run) -> None:
    """No script: each thing is one form, and what comes out is the reference to the letter."""
    client = as_member(cast.amina)
    careful = SCENARIO.references["careful"]
    act(client, run, "checkpoint-remove 0")
    for job in (each.job for each in careful.stages):
        if job not in jobs(run):
            stage = next(each for each in careful.stages if each.job == job)
            act(client, run, "add", job=job, agent=stage.agent)
    for place, stage in enumerate(careful.stages):
        tools = SCENARIO.agents[stage.agent].tools
        data = {"agent": stage.agent, "tier": stage.tier, "on_fail": stage.on_fail}
        act(client, run, "stage-save", place=place, tools=tools, share=stage.share, **data)
    for rule in careful.rules:
        text = {True: "yes", False: "no"}
        act(
            client, run, "rule-save", place="new", name=rule.name, effect=rule.effect,
            fact=[each.fact for each in rule.when],
            op=["is" if isinstance(each.value, bool) else each.op for each in rule.when],
            value=[
                text[each.value is (each.op == "is")] if isinstance(each.value, bool)
                else str(each.value)
                for each in rule.when
            ],
        )  # fmt: skip
    for each in careful.checkpoints:
        act(
            client,
            run,
            "checkpoint-add",
            where=each.kind if not each.of else f"{each.kind}:{each.of}",
        )
    run.refresh_from_db()
    assert run.plan == plan_document(careful)


# ---- The start -----------------------------------------------------------------------------


def test_starting_freezes_the_plan_and_leads_to_the_run(
    cast: Cast, as_member: SignIn, run: Run
) -> None:
    client = as_member(cast.amina)
    assert start(client, run)["Location"] == reverse("rehearsal_run", args=[run.pk])
    run.refresh_from_db()
    assert run.state == Run.State.WAITING
    assert start(client, run)["Location"] == reverse("rehearsal_run", args=[run.pk]), (
        "pressed twice"
    )
    before = run.plan
    late = act(client, run, "stage-remove 1")
    assert late.status_code == 409
    assert "The plan is frozen" in words(late)
    run.refresh_from_db()
    assert run.plan == before
    shown = page(client, run)
    assert shown.status_code == 200
    assert "Your plan, as it was frozen" in words(shown)
    assert 'name="act"' not in shown.content.decode()


def test_design_only_goes_to_the_debrief(
    cast: Cast, as_member: SignIn, version: ScenarioVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.grading.HIDDEN", 3)
    run = planned(cast.amina, version, rung="design")
    to = start(as_member(cast.amina), run)["Location"]
    assert to == reverse("rehearsal_debrief", args=[run.pk])
    run.refresh_from_db()
    assert run.state == Run.State.FINISHED
    assert run.score is not None


def test_a_live_run_that_may_not_be_says_why(
    cast: Cast, as_member: SignIn, version: ScenarioVersion
) -> None:
    run = planned(cast.amina, version, rung="live")
    response = start(as_member(cast.amina), run)
    assert response.status_code == 400
    assert accounts.why_not(cast.amina) in words(response)
    run.refresh_from_db()
    assert run.state == Run.State.PLANNING


def test_a_run_that_was_made_without_a_plan_begins_with_the_first(
    cast: Cast, as_member: SignIn, version: ScenarioVersion
) -> None:
    run = Run.objects.create(member=cast.amina, version=version, rung="guided")
    running.predict(run, 0, "Matching.")
    client = as_member(cast.amina)
    assert "Match to order" in words(page(client, run))
    assert start(client, run).status_code == 302
    run.refresh_from_db()
    assert run.plan == plan_document(SCENARIO.starter)
    assert run.state == Run.State.WAITING


def _addresses(run: Run) -> list[tuple[str, str]]:
    return [
        ("get", reverse("rehearsal_before", args=[run.pk])),
        ("get", reverse("rehearsal_predict", args=[run.pk])),
        ("post", reverse("rehearsal_predict", args=[run.pk])),
        ("get", reverse("rehearsal_plan", args=[run.pk])),
        ("post", reverse("rehearsal_plan", args=[run.pk])),
        ("post", reverse("rehearsal_start", args=[run.pk])),
    ]


def test_a_plan_is_its_members_alone(
    cast: Cast, elsewhere: Cast, as_member: SignIn, run: Run
) -> None:
    everybody: list[tuple[Member, int]] = [
        (cast.daniel, 403),
        (cast.helen, 403),
        (cast.joanna, 403),
        (cast.noor, 403),
        (elsewhere.amina, 404),
    ]
    for member, status in everybody:
        for method, address in _addresses(run):
            data = {"act": "stage-remove 1", "sequence": "0", "choice": "0", "words": "Mine"}
            response = getattr(as_member(member), method)(address, data)
            assert response.status_code == status, f"{member}: {method} {address}"
    assert jobs(run) == ["match", "pay"]
    assert Scenario.objects.count() == 1
