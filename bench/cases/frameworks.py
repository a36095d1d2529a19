"""The run of the rehearsal in other frameworks, each in a process of an environment of its own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.cases import Bench, case
from bench.cases.rehearsals import Spent, paused, rounds, took_up
from bench.rehearsed import STEPS, eleven_steps, the_plan
from bench.report import Row
from sandbox.playing import rehearse

HERE = Path(__file__).resolve().parent.parent / "frameworks"
REQUIREMENTS = HERE / "requirements.txt"
TIMES, ROUNDS = 5, 20
INSTALLING, PLAYING = 300, 150  # seconds after which it is given up
# Nothing of these may reach a script: keys, and switches of tracing.
PRIVATE = ("LANGSMITH", "LANGCHAIN", "OPENAI", "ANTHROPIC", "LOGFIRE", "PYTHONDONTWRITEBYTECODE")

# What each row must say so that nobody reads more into it than is there.
FAIRNESS = {
    "langgraph": "bare nodes in a line without messages or models: its least",
    "openai_agents": "full agent loops with handoffs, tracing off",
    "pydantic_ai": "full agent loops, five agent runs",
}
NAMES = {
    "langgraph": "LangGraph",
    "openai_agents": "OpenAI Agents SDK",
    "pydantic_ai": "Pydantic AI",
}
WHAT = f"the run of {STEPS} steps in other frameworks"


class NoEnvironment(Exception):
    """The packages could not be installed, as without a registry; says why in one line."""


@case("rehearsal-frameworks")
def frameworks(bench: Bench) -> Iterable[Row]:
    """The same seven replies, two judgements and two tools; models that answer at once."""
    if bench.quick:
        yield Row(WHAT, "not measured", note="only without --quick")
        return
    try:
        python = environment(bench.kept or bench.folder)
    except NoEnvironment as error:
        yield Row(WHAT, "not measured", note=f"no environment for them: {error}")
        return
    run, resumed, weight = ours()
    for name in NAMES:
        yield from rows_of(name, played(python, name), run, resumed, weight)


def ours() -> tuple[Spent, Spent, int]:
    """The same of the rehearsal: a run, a paused one taken up and played out, its bytes."""
    prepared, plan = eleven_steps(), the_plan()
    seeds = iter(range(10**9))
    run = rounds(lambda: rehearse(prepared, plan, next(seeds)).advance(), TIMES * 10, ROUNDS)
    stored = paused(prepared)
    weight = sum(len(body.encode()) + len(digits) // 2 for body, digits in stored)
    return run, rounds(lambda: took_up(prepared, stored), TIMES * 10, ROUNDS), weight


def rows_of(
    name: str, found: dict[str, Any], run: Spent, resumed: Spent, weight: int
) -> Iterable[Row]:
    """Two lines of a framework beside ours: the run, and the pause."""
    title = f"{NAMES[name]} {found['version']}"
    spent, again = found["run_us"], found["resume_us"]
    yield Row(
        f"{title}, the run of {found['steps']} steps",
        f"{spent['median']:,.0f} µs CPU",
        floor=f"ours {run.median:,.0f} µs",
        ratio=spent["median"] / run.median,
        note=f"p05 {spent['p05']:,.0f}, ours {run.p05:,.0f}; import {found['import_ms']:,.0f} ms"
        f" CPU and {found['import_mb']:.0f} MB, {found['memory_mb']:.0f} MB in the end;"
        f" {FAIRNESS[name]}",
    )
    yield Row(
        f"{title}, taken up after a pause and played out",
        f"{again['median']:,.0f} µs CPU",
        floor=f"ours {resumed.median:,.0f} µs",
        ratio=again["median"] / resumed.median,
        note=f"{found['paused_bytes']:,} bytes ({found['paused_note']}); ours {weight:,}, the whole"
        " trail with its hashes, and two questions where theirs asks one",
    )


def played(python: Path, name: str) -> dict[str, Any]:
    """What the script of this framework measured."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(PRIVATE)}
    done = subprocess.run(
        [str(python), str(HERE / f"{name}_run.py"), str(TIMES), str(ROUNDS)],
        env={**kept, "OPENAI_AGENTS_DISABLE_TRACING": "1"},
        capture_output=True,
        text=True,
        timeout=PLAYING,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr.strip()[-600:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def environment(folder: Path) -> Path:
    """The Python that has the frameworks; made once for a lock. Raises `NoEnvironment`."""
    home = folder / "frameworks"
    python, stamp = home / "bin" / "python", home / ".stamp"
    lock = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == lock:
        return python
    shutil.rmtree(home, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    wanted = ["--require-hashes", "-r", str(REQUIREMENTS)]
    if uv := shutil.which("uv"):
        _do([sys.executable, "-m", "venv", "--without-pip", str(home)])
        # Compiled at once: otherwise the first import would pay for it.
        _do([uv, "pip", "install", "-q", "--compile-bytecode", "--python", str(python), *wanted])
    else:
        _do([sys.executable, "-m", "venv", str(home)])
        _do([str(python), "-m", "pip", "install", "-q", "--compile", *wanted])
    stamp.write_text(lock)
    return python


def _do(command: list[str]) -> None:
    try:
        subprocess.run(command, capture_output=True, text=True, timeout=INSTALLING, check=True)
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout or "").strip().splitlines()
        raise NoEnvironment(" ".join(lines[:1])[:120] or "the installer failed") from error
    except (subprocess.TimeoutExpired, OSError) as error:
        raise NoEnvironment(type(error).__name__) from error
