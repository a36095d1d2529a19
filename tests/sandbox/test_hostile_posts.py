"""What is posted to somebody else's run, twice, late or too large changes nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from people import membership
from sandbox import running, scenarios
from sandbox.engine.decisions import Decision
from sandbox.engine.events import Kind
from sandbox.models import Run, RunEvent, ScenarioVersion
from tests.conftest import Cast, SignIn
from tests.sandbox.posted import DECISION, ask_of, state_of, text
from tests.sandbox.standing import library_version, started


@pytest.fixture
def version(db: None) -> ScenarioVersion:
    scenarios.forget()
    return library_version("payment-run")


@pytest.fixture
def run(cast: Cast, version: ScenarioVersion) -> Run:
    return started(cast.amina, version, "starter")


def decide(client: Client, run: Run, **data: Any) -> Any:
    address = reverse("rehearsal_decide", args=[run.pk])
    return client.post(address, {"ask": ask_of(run), **DECISION, **data})


# ---- Other people's runs, other methods ----------------------------------------------------

POSTS: dict[str, dict[str, Any]] = {
    "rehearsal_predict": {"choice": "0", "words": "mine now"},
    "rehearsal_plan": {"act": "add match", "sequence": "0"},
    "rehearsal_start": {"sequence": "0"},
    "rehearsal_decide": {"ask": "1", **DECISION},
    "rehearsal_questions": {"skip": "yes"},
    "rehearsal_again": {},
}


@pytest.mark.parametrize("name", POSTS)
def test_nobody_posts_to_somebody_elses_run(
    cast: Cast, elsewhere: Cast, as_member: SignIn, version: ScenarioVersion, name: str
) -> None:
    for state in ("planning", "waiting", "answering"):
        if state == "planning":
            run = running.begin(cast.amina, version, Run.Rung.SUPERVISED)
        else:
            run = started(cast.amina, version, "starter")
        if state == "answering":
            decide(as_member(cast.amina), run, decision="stop")
            run.refresh_from_db()
        assert run.state == state
        data = {**POSTS[name], "ask": ask_of(run) if state == "waiting" else 1}
        before, count = state_of(run), Run.objects.count()
        for who, status in (
            (cast.daniel, 403),
            (cast.helen, 403),
            (cast.joanna, 403),
            (cast.noor, 403),
            (elsewhere.amina, 404),
            (elsewhere.joanna, 404),
        ):
            answer = as_member(who).post(reverse(name, args=[run.pk]), data)
            assert answer.status_code == status, (name, state, who)
            assert state_of(run) == before
        assert Run.objects.count() == count


ONLY_POSTS = ("rehearsal_start", "rehearsal_decide", "rehearsal_again")


def test_reading_never_posts(cast: Cast, as_member: SignIn, version: ScenarioVersion) -> None:
    run = started(cast.amina, version, "starter")
    client, before, count = as_member(cast.amina), state_of(run), Run.objects.count()
    query: dict[str, Any] = {
        **DECISION,
        "ask": ask_of(run),
        "skip": "yes",
        "rung": "supervised",
        "act": "undo",
    }
    for name in ONLY_POSTS:
        assert client.get(reverse(name, args=[run.pk]), query).status_code == 405, name
    begin = reverse("rehearsal_begin", args=["payment-run"])
    assert client.get(begin, query).status_code == 405
    for name in ("rehearsal_plan", "rehearsal_predict", "rehearsal_questions"):
        assert client.get(reverse(name, args=[run.pk]), query).status_code in (200, 302), name
    trainer = as_member(cast.joanna)
    for name in ("scenario_retire", "scenario_restore"):
        assert trainer.get(reverse(name, args=[version.scenario_id])).status_code == 405
    assert trainer.get(reverse("scenario_check", args=[version.pk])).status_code == 405
    assert state_of(run) == before
    assert Run.objects.count() == count


def test_a_post_from_elsewhere_on_the_web_is_refused(cast: Cast, run: Run) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.amina.user)
    before = state_of(run)
    assert decide(client, run).status_code == 403
    assert state_of(run) == before


# ---- Decisions -----------------------------------------------------------------------------


def test_of_two_tabs_one_decides(
    cast: Cast, as_member: SignIn, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read the same question when the first of them writes."""
    whole, calls = running.rehearsal_of, 0

    def overtaken(given: Run, *args: Any) -> Any:
        nonlocal calls
        calls += 1
        found = whole(given, *args)
        if calls == 2:  # this tab has judged its form and is about to write
            other = Run.objects.get(pk=run.pk)
            rival = whole(other)
            assert rival.state.open is not None
            before = rival.state.seq
            rival.decide(Decision("approve"), rival.state.open.seq)
            rival.advance()
            new = [(e.seq, e.body(), e.hash) for e in rival.events if e.seq > before]
            RunEvent.objects.append(other, new, state=Run.State.WAITING)
        return found

    ask = ask_of(run)
    monkeypatch.setattr(running, "rehearsal_of", overtaken)
    address = reverse("rehearsal_decide", args=[run.pk])
    data = {**DECISION, "ask": ask, "decision": "reject", "reason": "source"}
    answer = as_member(cast.amina).post(address, data)
    monkeypatch.undo()
    assert calls >= 2
    assert answer.status_code == 409
    assert "You approved it" in text(answer)
    given = [each for each in running.trail_of(run) if each.kind == Kind.APPROVAL_GIVEN]
    assert [each.data["decision"] for each in given] == ["approve"]
    run.refresh_from_db()
    assert run.state == Run.State.WAITING
    assert running.trail_of(run)[-1].hash == run.head


def test_a_finished_run_takes_no_decision_and_no_second_answers(
    cast: Cast, as_member: SignIn, run: Run
) -> None:
    client, ask = as_member(cast.amina), ask_of(run)
    decide(client, run, decision="stop")
    questions = reverse("rehearsal_questions", args=[run.pk])
    client.post(questions, {"skip": "yes"})
    before = state_of(run)
    assert before[0][4] == Run.State.FINISHED
    late = client.post(
        reverse("rehearsal_decide", args=[run.pk]), {"ask": ask, **DECISION, "decision": "reject"}
    )
    assert late.status_code == 409
    assert "You stopped the run" in text(late)
    assert client.post(questions, {"first": "3", "control": "1"}).status_code == 302
    assert state_of(run) == before


@pytest.mark.parametrize("field", ["decision", "reason", "sure"])
@pytest.mark.parametrize(
    "word", ["", "APPROVE", "approve ", "modify\x00", "'; DROP TABLE", "𝐚pprove", "x" * 100_000]
)
def test_what_no_form_offers_is_not_taken(
    cast: Cast, as_member: SignIn, run: Run, field: str, word: str
) -> None:
    before = state_of(run)
    answer = decide(as_member(cast.amina), run, **{field: word})
    assert answer.status_code == 400
    assert state_of(run) == before
    assert len(answer.content) < 400_000


def test_a_change_of_100_kb_is_cut_and_the_run_goes_on(
    cast: Cast, as_member: SignIn, run: Run
) -> None:
    client = as_member(cast.amina)
    answer = decide(client, run, decision="modify", **{"change-account": "9" * 100_000})
    assert answer.status_code == 302
    (given,) = [each for each in running.trail_of(run) if each.kind == Kind.APPROVAL_GIVEN]
    assert given.data["change"] == {"account": "9" * 500}
    page = client.get(reverse("rehearsal_run", args=[run.pk]))
    assert page.status_code == 200


def test_megabytes_are_not_read(cast: Cast, as_member: SignIn, run: Run) -> None:
    before = state_of(run)
    answer = decide(as_member(cast.amina), run, **{"change-account": "9" * 4_000_000})
    assert answer.status_code in (400, 413)
    assert state_of(run) == before


def test_thousands_of_fields_are_not_read(cast: Cast, as_member: SignIn, run: Run) -> None:
    before = state_of(run)
    fields = {f"change-{number}": "x" for number in range(5_000)}
    assert decide(as_member(cast.amina), run, **fields).status_code == 400
    assert state_of(run) == before


def test_only_arguments_of_the_proposal_are_changed(
    cast: Cast, as_member: SignIn, run: Run
) -> None:
    client, before = as_member(cast.amina), state_of(run)
    others = {
        "change-case": "INV-104",
        "change-tool": "mail.send",
        "change-__class__": "x",
        "change-": "x",
        "change-severity": "0",
    }
    refused = decide(client, run, decision="modify", **others)
    assert refused.status_code == 400
    assert "Nothing is changed" in text(refused)
    assert state_of(run) == before
    decide(client, run, decision="modify", **others, **{"change-amount": "1.00"})
    trail = running.trail_of(run)
    (given,) = [each for each in trail if each.kind == Kind.APPROVAL_GIVEN]
    assert given.data["change"] == {"amount": 100}


# ---- The plan, once it is frozen -----------------------------------------------------------


def test_a_plan_that_comes_after_the_start_changes_nothing(
    cast: Cast, as_member: SignIn, run: Run
) -> None:
    client, before = as_member(cast.amina), state_of(run)
    address = reverse("rehearsal_plan", args=[run.pk])
    for act in ("undo", "add", "remove", "budget", "rule", "nonsense", ""):
        data = {"act": act, "sequence": run.plan_sequence, "job": "match", "agent": "matcher"}
        answer = client.post(address, data)
        assert answer.status_code == 409, act
    start = client.post(reverse("rehearsal_start", args=[run.pk]), {"sequence": run.plan_sequence})
    assert start.status_code == 302
    client.post(reverse("rehearsal_predict", args=[run.pk]), {"choice": "1", "words": "now"})
    assert running.save_plan(run, scenarios.read_plan(run.plan), 10**9) is False
    assert state_of(run) == before


# ---- A version that is retired -------------------------------------------------------------


def test_every_page_of_a_run_of_a_retired_version_works(
    cast: Cast, as_member: SignIn, run: Run
) -> None:
    ScenarioVersion.objects.filter(pk=run.version_id).update(state=ScenarioVersion.State.RETIRED)
    planning = Run.objects.create(member=cast.amina, version=run.version, rung=Run.Rung.GUIDED)
    client = as_member(cast.amina)
    assert walked(client, run, "run", "brief_again", "events", "trail")
    assert walked(client, planning, "before", "predict", "plan")
    decide(client, run, decision="stop")
    assert walked(client, run, "questions", "trail", "brief_again")
    client.post(reverse("rehearsal_questions", args=[run.pk]), {"skip": "yes"})
    assert walked(client, run, "debrief", "what_if", "trail", "trail_download", "brief_again")
    again = client.post(reverse("rehearsal_again", args=[run.pk]), follow=True)
    assert "not offered any more" in text(again)
    assert Run.objects.filter(member=cast.amina).count() == 2


def walked(client: Client, run: Run, *names: str) -> bool:
    for name in names:
        page = client.get(reverse(f"rehearsal_{name}", args=[run.pk]))
        assert page.status_code == 200, f"{name} {page.status_code}"
        # Its links lead somewhere, too.
        for address in set(re.findall(r'href="(/rehearsals/[^"#?]*)', page.content.decode())):
            assert client.get(address, follow=True).status_code == 200, f"{name}: {address}"
    return True


def test_nobody_deactivated_goes_on(cast: Cast, as_member: SignIn, run: Run) -> None:
    client, before = as_member(cast.amina), state_of(run)
    membership.deactivate(cast.amina, by=cast.noor)
    assert decide(client, run).status_code == 302, "led away"
    assert state_of(run) == before
