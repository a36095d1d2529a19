"""The pages of a run: the question in full, one answer to it, nothing sealed on any of them."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from people.models import Member
from sandbox import running, scenarios
from sandbox.engine.events import Kind
from sandbox.engine.plan import Checkpoint, Plan, PlanStage
from sandbox.models import Run, RunEvent, ScenarioVersion
from tests.conftest import Cast, SignIn
from tests.sandbox.played import library, seed_with
from tests.sandbox.standing import library_version, started

PREPARED = library("payment-run")
STAGES = (
    PlanStage(job="match", agent="matcher"),
    PlanStage(job="pay", agent="payer"),
)
AFTER_MATCHING = Plan(stages=STAGES, checkpoints=(Checkpoint(kind="stage", of="match"),))


@pytest.fixture
def version(db: None) -> ScenarioVersion:
    scenarios.forget()
    return library_version("payment-run")


def words(response: Any) -> str:
    """The page as a person reads it, without markup."""
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r" ([.,])", r"\1", " ".join(html.unescape(text).split()))


def ask_of(run: Run) -> int:
    asked = running.rehearsal_of(run).state.open
    assert asked is not None
    return asked.seq


def answer(client: Client, run: Run, **data: Any) -> Any:
    form = {"ask": ask_of(run), "decision": "approve", "reason": "checked", "sure": "sure", **data}
    return client.post(reverse("rehearsal_decide", args=[run.pk]), form)


def run_page(client: Client, run: Run) -> Any:
    return client.get(reverse("rehearsal_run", args=[run.pk]))


def test_the_question_says_all_there_is_to_know(
    cast: Cast, as_member: SignIn, version: ScenarioVersion
) -> None:
    honest = (n for n in range(1, 99) if "INV-101" not in started_sealed(cast.amina, version, n))
    run = started(cast.amina, version, "starter", seed=next(honest))
    page = run_page(as_member(cast.amina), run)
    assert page.status_code == 200
    said = words(page)
    assert "Timeline, stopped at checkpoint A, 13:" in said
    assert re.search(r"Payer proposes to pay £[\d,.]+ for INV-101 into account", said)
    assert "Supplier register: tyne, account" in said
    assert "Cannot be undone. Not after it has left." in said
    assert "INV-101, status: matched paid" in said
    assert "24 of 24 min left" in said
    assert "Your plan has no rules." in said
    for verb in ("Reject", "Approve", "Approve with a change", "Send back", "Stop the run"):
        assert f"{verb} " in said
    assert "Invoice TT/44871" in said, "the papers of the case are at hand"


def test_what_every_rule_says_stands_there(
    cast: Cast, as_member: SignIn, version: ScenarioVersion
) -> None:
    seed = seed_with(PREPARED, "called-the-letter")
    run = started(cast.amina, version, "careful", seed=seed)
    while run.state == Run.State.WAITING:
        said = words(run_page(as_member(cast.amina), run))
        if "A person reads before a changed account is paid: ask a person, and it decided" in said:
            break
        answer(as_member(cast.amina), run)
        run.refresh_from_db()
    else:
        pytest.fail("no rule asked about the changed account")
    assert "Nothing is paid a second time: does not apply" in said
    assert "untrusted, from outside" in said


def test_an_answer_is_taken_once(cast: Cast, as_member: SignIn, version: ScenarioVersion) -> None:
    run = started(cast.amina, version, "starter")
    client, first = as_member(cast.amina), ask_of(run)
    taken = answer(client, run, reason="checked")
    assert taken.status_code == 302
    assert taken["Location"] == reverse("rehearsal_run", args=[run.pk])
    before = list(RunEvent.objects.of(run).values_list("hash", flat=True))
    again = answer(client, run, ask=first, decision="reject", reason="source")
    assert again.status_code == 409
    assert "What stands since 13:" in words(again)
    assert "You approved it, sure: checked, and right." in words(again)
    assert list(RunEvent.objects.of(run).values_list("hash", flat=True)) == before
    run.refresh_from_db()
    assert run.state == Run.State.WAITING
    assert ask_of(run) != first


def test_a_late_answer_to_a_finished_run_changes_nothing(
    cast: Cast, as_member: SignIn, version: ScenarioVersion
) -> None:
    run = started(cast.amina, version, "starter")
    ask = ask_of(run)
    answer(as_member(cast.amina), run, decision="stop")
    run.refresh_from_db()
    assert run.state == Run.State.ANSWERING
    late = as_member(cast.amina).post(
        reverse("rehearsal_decide", args=[run.pk]), {"ask": ask, "decision": "approve"}
    )
    assert late.status_code == 409
    assert "You stopped the run." in words(late)


@pytest.mark.parametrize("ask", ["", "0", "99999999999999", "one", "-3"])
def test_an_answer_without_its_question_is_refused(
    cast: Cast, as_member: SignIn, version: ScenarioVersion, ask: str
) -> None:
    run = started(cast.amina, version, "starter")
    count = RunEvent.objects.of(run).count()
    assert answer(as_member(cast.amina), run, ask=ask).status_code == 409
    assert RunEvent.objects.of(run).count() == count


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"decision": ""}, "Choose one of the decisions"),
        ({"decision": "escalate"}, "Choose one of the decisions"),
        ({"reason": ""}, "Say why"),
        ({"reason": "because"}, "Say why"),
        ({"sure": ""}, "Say how sure you are"),
        ({"decision": "modify"}, "Nothing is changed"),
        ({"decision": "modify", "change-amount": "much"}, "Amount: write a sum such as 1240.00"),
        ({"decision": "modify", "change-account": " "}, "Account: this cannot be empty"),
    ],
)
def test_what_is_missing_is_said_and_what_was_ticked_is_kept(
    cast: Cast, as_member: SignIn, version: ScenarioVersion, data: dict[str, str], problem: str
) -> None:
    run = started(cast.amina, version, "starter")
    count = RunEvent.objects.of(run).count()
    page = answer(as_member(cast.amina), run, **{"reason": "stale", "sure": "unsure", **data})
    assert page.status_code == 400
    assert problem in words(page)
    if data.get("reason") is None:
        assert 'value="stale" checked' in page.content.decode()
    assert RunEvent.objects.of(run).count() == count


def test_a_value_can_be_changed(cast: Cast, as_member: SignIn, version: ScenarioVersion) -> None:
    run = started(cast.amina, version, "starter")
    answer(as_member(cast.amina), run, decision="modify", **{"change-amount": "£4,000.5"})
    events = running.trail_of(run)
    (given,) = [each for each in events if each.kind == Kind.APPROVAL_GIVEN]
    assert given.data["change"] == {"amount": 400050}
    paid = [each for each in events if each.kind == Kind.PROPOSAL_MADE and each.actor == "you"]
    assert [each.data["args"]["amount"] for each in paid] == [400050]


def test_after_a_stage_ticked_cases_go_back(
    cast: Cast, as_member: SignIn, version: ScenarioVersion
) -> None:
    run = started(cast.amina, version, AFTER_MATCHING)
    client = as_member(cast.amina)
    page = run_page(client, run)
    assert "“Match to order” is done for 12 invoices" in words(page)
    assert page.content.decode().count('name="case"') == 12
    refused = answer(client, run, decision="send_back", reason="check")
    assert refused.status_code == 400
    assert "Tick at least one case" in words(refused)
    answer(client, run, decision="send_back", reason="check", case=["INV-103", "NOBODYS"])
    given = [each for each in running.trail_of(run) if each.kind == Kind.APPROVAL_GIVEN]
    assert given[0].data["cases"] == ["INV-103"]


def test_the_run_is_followed_event_by_event(
    cast: Cast, as_member: SignIn, version: ScenarioVersion
) -> None:
    run = started(cast.amina, version, "starter")
    client = as_member(cast.amina)
    address = reverse("rehearsal_events", args=[run.pk])
    told = client.get(address, {"after": 3}).json()
    assert told["state"] == "waiting"
    assert told["page"] == reverse("rehearsal_run", args=[run.pk])
    assert [each["seq"] for each in told["events"]][:2] == [4, 5]
    count = RunEvent.objects.of(run).count()
    assert client.get(address, {"after": count}).json()["events"] == []
    assert len(client.get(address, {"after": "x"}).json()["events"]) == count


def test_a_live_run_says_that_it_is_at_work(
    cast: Cast, as_member: SignIn, version: ScenarioVersion
) -> None:
    run = started(cast.amina, version, "starter")
    Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING, rung=Run.Rung.LIVE)
    page = run_page(as_member(cast.amina), run)
    assert 'data-state="running"' in page.content.decode()
    assert "look again" in words(page), "it works without scripts"


def test_the_list_is_the_drawing_in_words(
    cast: Cast, as_member: SignIn, version: ScenarioVersion
) -> None:
    run = started(cast.amina, version, "careful")
    body = run_page(as_member(cast.amina), run).content.decode()
    anchors = re.findall(r'id="e(\d+)"', body)
    assert anchors == [str(n) for n in range(1, RunEvent.objects.of(run).count() + 1)]
    linked = set(re.findall(r'href="#e(\d+)" tabindex', body))
    assert linked
    assert linked <= set(anchors)


def sealed_words(name: str) -> list[str]:
    """What no page may hold before the seals are opened."""
    faults = library(name).scenario.faults
    found = [key for key in faults if "-" in key]
    return found + [t for fault in faults.values() for t in (fault.title, fault.story)]


def pages_of(client: Client, run: Run) -> dict[str, str]:
    """Every page that a member can see while the run goes on, and the downloads."""
    found = {}
    for name in (
        "rehearsal_run",
        "rehearsal_brief_again",
        "rehearsal_events",
        "rehearsal_trail",
        "rehearsal_trail_download",
        "rehearsal_questions",
        "rehearsal_debrief",
        "rehearsal_what_if",
    ):
        response = client.get(reverse(name, args=[run.pk]))
        found[name] = html.unescape(response.content.decode()) + str(dict(response.headers))
    return found


@pytest.mark.parametrize("name", ["payment-run", "refund-desk"])
def test_nothing_sealed_is_on_any_page_before_the_debrief(
    cast: Cast, as_member: SignIn, db: None, name: str
) -> None:
    scenarios.forget()
    run = started(cast.amina, library_version(name), "careful", seed=11)
    client, forbidden = as_member(cast.amina), sealed_words(name)
    turns = 0
    while True:
        for page, body in pages_of(client, run).items():
            leaked = [each for each in forbidden if each in body]
            assert not leaked, f"{page} in state {run.state}"
            assert str(run.seed) not in re.findall(r"\d+", body) or run.seed < 1000
            assert json.dumps(running.rehearsal_of(run).sealed.salt)[1:-1] not in body
        if run.state != Run.State.WAITING or turns == 4:
            break
        answer(client, run, decision="reject", reason="rule")
        run.refresh_from_db()
        turns += 1
    assert turns


def test_a_paper_reads_as_it_does_in_this_run(
    cast: Cast, as_member: SignIn, version: ScenarioVersion
) -> None:
    seed = seed_with(PREPARED, "new-account")
    run = started(cast.amina, version, "starter", seed=seed)
    sealed = running.rehearsal_of(run).sealed
    (case,) = [each.case for each in sealed.strikes if each.fault == "new-account"]
    brief = reverse("rehearsal_brief_again", args=[run.pk])
    name = f"invoice-{case}"
    body = html.unescape(as_member(cast.amina).get(brief, {"paper": name}).content.decode())
    paper = PREPARED.scenario.papers[name]
    assert paper.planted["new-account"] in body
    assert paper.text not in body
    assert f'id="paper-{name}" open' in body
    honest = next(n for n in range(1, 99) if case not in started_sealed(cast.amina, version, n))
    other = started(cast.amina, version, "starter", seed=honest)
    address = reverse("rehearsal_brief_again", args=[other.pk])
    body = html.unescape(as_member(cast.amina).get(address).content.decode())
    assert paper.text in body
    assert paper.planted["new-account"] not in body


def started_sealed(member: Member, version: ScenarioVersion, seed: int) -> dict[str, Any]:
    run = Run(member=member, version=version, seed=seed, plan={}, rung=Run.Rung.SUPERVISED)
    return dict(running.rehearsal_of(run, events=[]).sealed.by_case)
