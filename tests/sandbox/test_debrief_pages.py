"""After the run: questions once, seals opened, what if, and a trail that anybody can check."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from people.models import Organisation
from sandbox import running, scenarios
from sandbox.debriefing.debrief import debrief_of
from sandbox.debriefing.opening import bars, compared, opened_marks
from sandbox.debriefing.rewinding import choices
from sandbox.engine.events import Kind
from sandbox.engine.plan import Plan, PlanStage
from sandbox.models import Run, ScenarioVersion
from tests.conftest import Cast, SignIn
from tests.sandbox.played import library, seed_with
from tests.sandbox.standing import library_version, started
from tests.sandbox.test_run_pages import answer, words

PREPARED = library("payment-run")
FAULT = PREPARED.scenario.faults["new-account"]
NOBODY_ASKED = Plan(
    stages=(
        PlanStage(job="match", agent="matcher"),
        PlanStage(job="pay", agent="payer", on_fail="reconcile"),
    )
)


@pytest.fixture
def version(db: None) -> ScenarioVersion:
    scenarios.forget()
    return library_version("payment-run")


def get(client: Client, name: str, run: Run, **query: Any) -> Any:
    return client.get(reverse(name, args=[run.pk]), query)


@pytest.fixture
def over(cast: Cast, as_member: SignIn, version: ScenarioVersion) -> Run:
    """A finished run in which a struck payment went through."""
    run = started(cast.amina, version, NOBODY_ASKED, seed=seed_with(PREPARED, "new-account"))
    assert run.state == Run.State.ANSWERING
    running.finish(run, {})
    return run


def test_questions_are_answered_once_and_then_the_seals_open(
    cast: Cast, as_member: SignIn, version: ScenarioVersion
) -> None:
    run = started(cast.amina, version, NOBODY_ASKED, seed=seed_with(PREPARED, "new-account"))
    client = as_member(cast.amina)
    assert get(client, "rehearsal_run", run)["Location"].endswith("/questions/")
    page = get(client, "rehearsal_questions", run)
    asked = running.ended(run).asked
    assert asked
    assert all(each.ask in words(page) for each in asked)
    address = reverse("rehearsal_questions", args=[run.pk])
    first = {asked[0].key: asked[0].right[0]}
    lacking = client.post(address, first)
    assert lacking.status_code == 400
    assert "no answer yet. What you ticked is kept." in words(lacking)
    assert f'value="{asked[0].right[0]}" checked' in lacking.content.decode()
    right = {each.key: list(each.right) for each in asked}
    assert client.post(address, right)["Location"] == reverse("rehearsal_debrief", args=[run.pk])
    run.refresh_from_db()
    assert run.state == Run.State.FINISHED
    kept = run.answers
    assert {key: sorted(chosen) for key, chosen in kept.items()} == {
        key: sorted(chosen) for key, chosen in right.items()
    }
    client.post(address, {"skip": "yes"})
    run.refresh_from_db()
    assert run.answers == kept, "the answers are taken once"
    assert "not so" not in words(get(client, "rehearsal_debrief", run))


def test_the_debrief_opens_what_was_sealed(cast: Cast, as_member: SignIn, over: Run) -> None:
    page = get(as_member(cast.amina), "rehearsal_debrief", over)
    said = words(page)
    found = debrief_of(over)
    assert found.headline in said
    for each in found.opened:
        assert each.title in said
        assert each.story in said
    seal = running.trail_of(over)[0].data["seal"]
    assert seal in said, "the seal of event 1 is the one that is opened"
    assert found.seal == seal
    assert "Reference plan, careful" in said
    assert "Points, with reasons" in said
    assert "data-seq" in page.content.decode()
    marks = opened_marks(found)
    assert {each.status for each in marks} >= {"reached"}
    reached = next(each for each in found.opened if each.status == "reached")
    assert f'href="#e{reached.first}"' in page.content.decode()


def test_the_seal_can_be_worked_out_again_from_the_page(
    cast: Cast, as_member: SignIn, over: Run
) -> None:
    page = get(as_member(cast.amina), "rehearsal_debrief", over).content.decode()
    codes = [html.unescape(each) for each in re.findall(r'<code class="hash">([^<]+)</code>', page)]
    seal, salt, *lines = codes
    head = "0" * 64
    for line in lines:
        head = sha256((head + salt + line).encode()).hexdigest()
    assert lines
    assert head == seal == running.trail_of(over)[0].data["seal"]


def test_costs_and_ways_are_drawn_to_scale(over: Run) -> None:
    found = debrief_of(over)
    steps = bars(found)
    assert [each.title for each in steps] == ["Matcher", "Payer", "Tools", "Total"]
    assert [a.end for a in steps[:-2]] == [b.x for b in steps[1:-1]], "each begins where one ended"
    assert steps[-1].width == pytest.approx(sum(each.width for each in steps[:-1]), abs=0.3)
    ways = compared(found.ways)
    assert sum(way.mine for way in ways) == 1
    assert [way.at for way in ways] == sorted((way.at for way in ways), reverse=True)
    assert all(12 <= way.start <= way.end <= 348 for way in ways)


def test_what_if_a_person_had_been_asked(cast: Cast, as_member: SignIn, over: Run) -> None:
    client = as_member(cast.amina)
    reached = next(
        each
        for each in debrief_of(over).opened
        if each.status == "reached" and each.title == FAULT.title
    )
    page = get(client, "rehearsal_what_if", over, at=reached.first)
    assert page.status_code == 200
    said = words(page)
    assert "Had a person been asked at 13:" in said
    before = running.ended(over).outcome.harm(running.rehearsal_of(over).sealed)
    assert f"Harm of them, in points of value {before} {before - FAULT.severity} better" in said
    assert re.search(r"Your attention 0 min [36] min worse", said), said
    stored = running.trail_of(over)
    assert not any(each.kind == Kind.APPROVAL_ASKED for each in stored), "nothing of it is kept"


def test_what_if_a_decision_had_been_another(
    cast: Cast, as_member: SignIn, version: ScenarioVersion
) -> None:
    run = started(cast.amina, version, "starter")
    client = as_member(cast.amina)
    for _ in range(2):
        answer(client, run, decision="reject", reason="identity")
        run.refresh_from_db()
    answer(client, run, decision="stop")
    run.refresh_from_db()
    running.finish(run, {})
    found = choices(running.ended(run))
    decision = next(each for each in found if each.verbs)
    assert dict(decision.verbs).keys() == {"approve", "send_back"}
    page = get(client, "rehearsal_what_if", run, at=decision.seq, decision="approve")
    assert "Had you approved it at 13:" in words(page)
    for query in ({"at": decision.seq}, {"at": decision.seq, "decision": "reject"}, {"at": "x"}):
        assert get(client, "rehearsal_what_if", run, **query).status_code == 400


def test_a_trainer_reads_whose_run_it_was(cast: Cast, as_member: SignIn, over: Run) -> None:
    said = words(get(as_member(cast.joanna), "rehearsal_debrief", over))
    assert "Amina Osei, The payment run" in said
    assert "Amina Osei froze the plan" in said
    assert "What if you had asked here?" not in said
    assert "Run it again" not in said
    trail = words(get(as_member(cast.joanna), "rehearsal_trail", over))
    assert "Amina Osei froze the plan" in trail
    assert get(as_member(cast.helen), "rehearsal_debrief", over).status_code == 403
    Organisation.objects.update(managers_see=Organisation.ManagersSee.ANSWERS)
    assert get(as_member(cast.helen), "rehearsal_debrief", over).status_code == 200


def test_run_it_again_begins_with_the_same_plan(cast: Cast, as_member: SignIn, over: Run) -> None:
    answered = as_member(cast.amina).post(reverse("rehearsal_again", args=[over.pk]))
    run = Run.objects.exclude(pk=over.pk).get()
    assert (run.state, run.rung, run.plan) == (Run.State.PLANNING, over.rung, over.plan)
    assert answered["Location"] == reverse("rehearsal_plan", args=[run.pk])
    assert run.seed != over.seed


def test_design_only_shows_the_plan_and_no_run(
    cast: Cast, as_member: SignIn, version: ScenarioVersion
) -> None:
    run = started(cast.amina, version, "lean", rung=Run.Rung.DESIGN)
    assert run.state == Run.State.FINISHED
    said = words(get(as_member(cast.amina), "rehearsal_debrief", run))
    assert "Your plan on hidden situations" in said
    assert "The sealed faults, opened" not in said
    assert "Points, with reasons" in said


def test_a_trail_that_somebody_else_left_is_read_and_its_break_is_seen(
    cast: Cast, as_member: SignIn, db: None
) -> None:
    scenarios.forget()
    run = running.begin(cast.amina, library_version("incident-trail"), Run.Rung.SUPERVISED)
    client = as_member(cast.amina)
    page = get(client, "rehearsal_questions", run)
    assert page.status_code == 200
    assert "The person approved it" in words(page)
    assert 'id="now"' not in page.content.decode(), "nobody waits for the reader's decision"
    trail = get(client, "rehearsal_trail", run)
    assert "The trail is broken at event" in words(trail)
    asked = running.ended(run).asked
    right = {each.key: list(each.right) for each in asked}
    client.post(reverse("rehearsal_questions", args=[run.pk]), right)
    debrief = words(get(client, "rehearsal_debrief", run))
    assert "100 of 100" in debrief


# ---- The trail as a file ---------------------------------------------------------------------


def checked(path: Path) -> subprocess.CompletedProcess[str]:
    script = finders.find("verify_trail.py")
    assert isinstance(script, str)
    return subprocess.run(
        [sys.executable, "-I", script, str(path)], capture_output=True, text=True, check=False
    )


@pytest.fixture
def exported(cast: Cast, as_member: SignIn, over: Run, tmp_path: Path) -> Path:
    answered = get(as_member(cast.amina), "rehearsal_trail_download", over)
    assert answered["Content-Disposition"] == f'attachment; filename="trail-{over.pk}.jsonl"'
    path = tmp_path / "trail.jsonl"
    path.write_bytes(answered.content)
    return path


def test_the_script_finds_a_whole_trail_whole(
    cast: Cast, as_member: SignIn, over: Run, exported: Path
) -> None:
    script = finders.find("verify_trail.py")
    assert isinstance(script, str)
    assert len(Path(script).read_text().splitlines()) <= 20
    said = checked(exported)
    events = running.trail_of(over)
    assert said.returncode == 0, said.stderr
    assert said.stdout.strip() == f"whole: {len(events)} events, head {events[-1].hash}"
    assert events[-1].hash in words(get(as_member(cast.amina), "rehearsal_trail", over))


def _line(lines: list[str], at: int, change: Any) -> None:
    hashed, body = json.loads(lines[at])
    lines[at] = json.dumps(change(hashed, body))


TAMPERED: dict[str, tuple[Any, str]] = {
    "a sum": (
        lambda lines: _line(lines, 6, lambda h, b: [h, b.replace("£", "€").replace("0", "1", 1)]),
        "BROKEN at event",
    ),
    "an actor": (
        lambda lines: _line(lines, 8, lambda h, b: [h, b.replace('"matcher"', '"payer"')]),
        "BROKEN at event 9: its hash",
    ),
    "a hash": (
        lambda lines: _line(lines, 8, lambda h, b: ["0" * 64, b]),
        "BROKEN at event 9: its hash",
    ),
    "taken out": (lambda lines: lines.pop(8), "BROKEN at event 10: event 9 is missing"),
    "put twice": (lambda lines: lines.insert(8, lines[7]), "BROKEN at event 8: event 9 is missing"),
    "turned round": (lambda lines: lines.reverse(), "event 1 is missing"),
    "no event": (lambda lines: lines.insert(3, "hello"), "BROKEN at line 4"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_the_script_says_where_a_trail_was_tampered_with(exported: Path, what: str) -> None:
    lines = exported.read_text().splitlines()
    change, expected = TAMPERED[what]
    change(lines)
    exported.write_text("\n".join(lines) + "\n")
    said = checked(exported)
    assert said.returncode == 1
    assert expected in said.stderr


def test_a_trail_whose_head_is_not_the_one_kept_is_broken(
    cast: Cast, as_member: SignIn, over: Run
) -> None:
    Run.objects.filter(pk=over.pk).update(head="ab" * 32)
    assert "The trail is broken at event" in words(
        get(as_member(cast.amina), "rehearsal_trail", over)
    )
