"""The benchmarks of the rehearsal: the same eleven steps everywhere, and books that must balance."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from django.conf import settings as configured

from bench import running
from bench.cases import Bench, frameworks, live_runs, rehearsals, stored_runs
from bench.cases.rehearsals import Spent
from bench.data import plain_framework
from bench.frameworks import measuring
from bench.rehearsed import STEPS, eleven_steps, floor, the_plan
from bench.scenarios import the_version
from bench.server import Server
from sandbox import scenarios
from sandbox.engine.events import verify
from sandbox.models import ModelCall, Run, RunEvent
from sandbox.playing import rehearse
from tests.conftest import Cast
from tests.fake_model import FakeModel
from tests.sandbox.live_runs import work_off

PACKAGES = ("langgraph", "openai-agents", "pydantic-ai-slim")


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Bench]:
    scenarios.forget()
    yield Bench(tmp_path, cast(Server, None), quick=True)
    scenarios.forget()


def test_the_cases_have_their_names() -> None:
    wanted = ("run", "hundred", "library", "paused", "stored", "live", "frameworks")
    names = running.names()
    places = [names.index(f"rehearsal-{each}") for each in wanted]
    assert places == sorted(places)


def test_it_is_eleven_steps_here_in_the_floor_and_elsewhere() -> None:
    rehearsal = rehearse(eleven_steps(), the_plan(), 1)
    rehearsal.advance()
    kinds = [event.kind for event in rehearsal.events]
    replies, judged, applied = map(kinds.count, ("model.replied", "guard.judged", "tool.applied"))
    assert (replies, judged, applied) == (7, 2, 2)
    assert sum(1 for _ in floor()) == STEPS == measuring.STEPS
    assert len(measuring.DENIED) == len(the_plan().rules)
    assert {case: row["amount"] for case, row in eleven_steps().scenario.case_rows.items()} == {
        case: amount for case, (_, amount) in measuring.CASES.items()
    }


def test_a_framework_that_skips_a_step_is_not_timed() -> None:
    world = measuring.World()
    world.replies = 7
    for case in measuring.CASES:
        assert world.judge(case)
        world.pay(case)
    world.check()
    world.judged -= 1
    with pytest.raises(AssertionError):
        world.check()


# ---- The engine and the database -----------------------------------------------------------


def test_a_paused_run_is_weighed_as_it_is_stored(quick: Bench) -> None:
    prepared = eleven_steps()
    stored = rehearsals.paused(prepared)
    (row,) = rehearsals.a_pause(quick)
    assert row.value == f"{sum(len(body.encode()) + 8 for body, _ in stored):,} bytes"
    assert row.kept
    played = rehearsals.took_up(prepared, stored)
    assert verify(played.events) == played.state.head


def test_paused_runs_are_real_ones(quick: Bench, db: None) -> None:
    plain_framework()
    weighed, decided = stored_runs.stored(quick)
    runs = Run.objects.filter(version=the_version())
    assert runs.count() == 100
    assert set(runs.values_list("state", flat=True)) == {Run.State.WAITING}  # the second question
    bodies = RunEvent.objects.filter(run__in=runs, body__contains='"approval.given"')
    assert bodies.count() == 100
    assert int(weighed.value.removesuffix(" bytes").replace(",", "")) > 1_000
    assert re.match(r"\d+ \+ \d+ statements", decided.note)


# ---- Live ----------------------------------------------------------------------------------


@pytest.fixture
def live_run(quick: Bench, cast: Cast, settings: Any) -> Iterator[tuple[Run, int]]:
    """A run played to its end against the fake server, and how many calls it took."""
    with FakeModel() as model:
        settings.LIVE_MODELS = True
        settings.MODEL_ADDRESSES = [model.url]
        live_runs._account(cast.amina, model.url)
        run = live_runs._started(cast.amina)
        work_off()
        yield run, len(model.requests)


def test_live_runs_are_held_against_the_server_and_their_trails(
    live_run: tuple[Run, int],
) -> None:
    run, requests = live_run
    assert requests == live_runs.REPLIES
    assert live_runs.troubles(run) == []
    assert live_runs.unbalanced([run], requests) == []
    rows = [*live_runs._rows([run], requests, 1.0, 0.5)]
    assert rows[0].kept
    assert "7 calls" in rows[0].note


def test_a_second_charge_a_lost_run_and_a_broken_trail_are_seen(live_run: tuple[Run, int]) -> None:
    run, requests = live_run
    assert live_runs.unbalanced([run], requests + 1)
    ModelCall.objects.create(run=run, key="twice", state="settled", reserved_mils=9, mils=4)
    assert live_runs.troubles(run) == ["trail and ledger disagree"]
    assert live_runs.unbalanced([run], requests) == ["8 of 8 calls are settled"]
    Run.objects.filter(pk=run.pk).update(head="0" * 64)
    assert "a trail is broken" in live_runs.troubles(run)
    (row, _) = live_runs._rows([run], requests, 1.0, 0.5)
    assert row.kept is False
    Run.objects.filter(pk=run.pk).update(state=Run.State.FAILED)
    assert live_runs.troubles(run) == ["a run was lost"]


# ---- Other frameworks ----------------------------------------------------------------------


def test_the_frameworks_are_no_part_of_a_quick_run(quick: Bench) -> None:
    (row,) = frameworks.frameworks(quick)
    assert row.value == "not measured"


def test_without_a_registry_a_plain_row_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: list[str]) -> None:
        raise frameworks.NoEnvironment("no address for the registry")

    monkeypatch.setattr(frameworks, "_do", away)
    (row,) = frameworks.frameworks(Bench(tmp_path, cast(Server, None), quick=False))
    assert row.value == "not measured"
    assert "no address for the registry" in row.note


def test_the_environment_is_made_once_for_a_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[list[str]] = []

    def note(command: list[str]) -> None:
        done.append(command)
        (tmp_path / "frameworks").mkdir(exist_ok=True)

    monkeypatch.setattr(frameworks, "_do", note)
    assert frameworks.environment(tmp_path) == tmp_path / "frameworks" / "bin" / "python"
    assert len(done) == 2
    assert "--require-hashes" in done[1]
    frameworks.environment(tmp_path)
    assert len(done) == 2


def test_each_framework_stands_beside_ours() -> None:
    spent = {"median": 2000.0, "p05": 1900.0}
    found = {
        "version": "1.0",
        "steps": 11,
        "run_us": spent,
        "resume_us": spent,
        "import_ms": 900.0,
        "import_mb": 50.0,
        "memory_mb": 80.0,
        "paused_bytes": 1200,
        "paused_note": "its last state",
    }
    for name in frameworks.NAMES:
        assert (frameworks.HERE / f"{name}_run.py").exists()
        run, pause = frameworks.rows_of(name, found, Spent(250, 240), Spent(500, 490), 1483)
        assert (run.ratio, pause.ratio) == (8.0, 4.0)
        assert frameworks.FAIRNESS[name] in run.note
        assert "1,483" in pause.note


def test_the_frameworks_stay_out_of_the_projects_own_locks() -> None:
    lock = frameworks.REQUIREMENTS.read_text()
    assert all(re.search(rf"^{name}==\S+ \\$", lock, re.M) for name in PACKAGES)
    for path in (Path(configured.BASE_DIR) / "requirements").iterdir():
        text = path.read_text()
        assert not any(re.search(rf"^{name}\b", text, re.M) for name in PACKAGES), path.name
