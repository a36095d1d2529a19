#!/usr/bin/env python3
"""The way in: sets everything up, then runs the demo, the tests, the checks or the benchmarks.

Needs Python 3.11 or newer with pip, and nothing else; uv is used when it is there. Everything it
makes lies in .venv/ and var/, which may be deleted at any time.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
VAR = Path(os.environ.get("TUTTI_VAR", ROOT / "var"))
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / "python"
SIGN_INS = "sign-ins.txt"  # written by prepare_demo
SOURCES = (
    "config",
    "people",
    "curriculum",
    "sandbox",
    "assessments",
    "learning",
    "templates",
    "static",
)


def say(text: str) -> None:
    print(text, flush=True)


def stop(text: str) -> None:
    raise SystemExit(f"\n{text}")


# ---- The environment -----------------------------------------------------------------------


def ensure_environment(name: str) -> None:
    """Makes .venv from the hashed lock requirements/NAME.txt, unless it is there already.

    The tests' set holds the demo's: once installed it serves both.
    """
    if sys.version_info < (3, 11):  # noqa: UP036 (an older Python reads this far)
        stop(f"Tutti needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    wanted = {each: _digest_of_lock(each) for each in {name, "test"}}
    stamp = VENV / ".stamp"
    if PYTHON.exists() and stamp.exists() and stamp.read_text() in wanted.values():
        return
    say(f"Setting up .venv from requirements/{name}.txt (once; a minute or two) …")
    if not PYTHON.exists():
        # Without pip: the machine's own pip installs into it, and no second one is needed.
        _do([sys.executable, "-m", "venv", "--without-pip", str(VENV)])
    lock = str(ROOT / "requirements" / f"{name}.txt")
    if uv := shutil.which("uv"):
        _do([uv, "pip", "install", "-q", "--python", str(PYTHON), "--require-hashes", "-r", lock])
    else:
        pip = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "-q"]
        _do([*pip, "--disable-pip-version-check", "--require-hashes", "-r", lock])
    stamp.write_text(wanted[name])


def _digest_of_lock(name: str) -> str:
    lock = (ROOT / "requirements" / f"{name}.txt").read_bytes()
    return hashlib.sha256(lock + sys.version.encode()).hexdigest()


def _do(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode:
        stop(f"This failed, see above: {' '.join(command)}")


def call(*arguments: str, environment: dict[str, str] | None = None) -> int:
    """Runs a command of the environment's Python and returns its exit code."""
    merged = {**os.environ, **(environment or {})}
    return subprocess.run([str(PYTHON), *arguments], cwd=ROOT, env=merged, check=False).returncode


# ---- The demo ------------------------------------------------------------------------------


def demo(port: int, fresh: bool) -> None:
    """Sets up, fills and starts everything; stops it all on Ctrl-C."""
    ensure_environment("base")
    data = VAR / "demo"
    with _only_one(data):
        if fresh:
            _empty(data)
        port = _free_port(port)
        address = f"http://127.0.0.1:{port}"
        environment = {
            **os.environ,
            "TUTTI_VAR": str(data),
            "SITE_URL": address,
            "HASHED_STATIC": "1",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONUNBUFFERED": "1",
        }
        _prepare(data, environment)
        _serve(data, environment, port, address)


@contextlib.contextmanager
def _only_one(data: Path) -> Iterator[None]:
    """Two demos on one data folder would take each other's work."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("w") as lock:
        try:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:  # no such locks on this system
            pass
        except OSError:
            stop("The demo is running already. Stop it with Ctrl-C in its window first.")
        yield


def _empty(data: Path) -> None:
    for each in data.iterdir():
        if each.name == "lock":
            continue
        shutil.rmtree(each) if each.is_dir() else each.unlink()


def _free_port(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            stop(f"Port {port} is taken. Try: python3 run.py demo --port {port + 1}")
        return int(probe.getsockname()[1])


def _prepare(data: Path, environment: dict[str, str]) -> None:
    """Tables, library, demo organisation, static files; skipped when nothing changed since."""
    stamp = data / "prepared"
    state = hashlib.sha256()
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                facts = path.stat()
                state.update(f"{path}{facts.st_mtime_ns}{facts.st_size}".encode())
    if stamp.exists() and stamp.read_text() == state.hexdigest():
        return
    say("Preparing the demo: tables, library, seven months of a fictional company …")
    if call("manage.py", "prepare_demo", environment=environment):
        stop("The demo could not be prepared; see above. `--fresh` begins anew.")
    stamp.write_text(state.hexdigest())


def _serve(data: Path, environment: dict[str, str], port: int, address: str) -> None:
    logs = data / "log"
    logs.mkdir(exist_ok=True)
    celery = [str(PYTHON), "-m", "celery", "--quiet", "-A", "config"]
    commands = {
        "web": [
            *(str(PYTHON), "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}"),
            *("--workers", "2", "--threads", "4", "--worker-class", "gthread", "--preload"),
            *("--graceful-timeout", "10", "--log-level", "warning"),
        ],
        "worker": [*celery, "worker", "--concurrency", "1", "--loglevel", "warning"],
        "beat": [*celery, "beat", "--loglevel", "warning", "-s", str(data / "beat-schedule")],
    }
    children: dict[str, subprocess.Popen[bytes]] = {}
    stopping = False

    def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGINT, ask_to_stop)
    signal.signal(signal.SIGTERM, ask_to_stop)

    def start(name: str) -> None:
        with (logs / f"{name}.log").open("ab") as log:
            children[name] = subprocess.Popen(
                commands[name],
                cwd=ROOT,
                env=environment,
                # Mails are printed by the worker: they belong on the screen.
                stdout=None if name == "worker" else log,
                stderr=log,
                start_new_session=True,  # Ctrl-C comes to us; we pass it on in order
            )

    try:
        # The page first: the others would only take the processor from it.
        start("web")
        _wait_for(address, children["web"], lambda: stopping)
        if not stopping:
            start("worker")
            start("beat")
            say((data / SIGN_INS).read_text(encoding="utf-8"))
            say(f"  Tutti runs at {address}   (Ctrl-C stops it; logs in {logs})\n")
        while not stopping:
            for name, child in children.items():
                if child.poll() is not None:
                    stop(f"The {name} process ended by itself; see {logs / name}.log")
            time.sleep(0.3)
    finally:
        say("Stopping …")
        for child in children.values():
            child.terminate()
        until = time.monotonic() + 15
        for child in children.values():
            try:
                child.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        say("Stopped. Everything you did is kept for the next start.")


def _wait_for(address: str, web: subprocess.Popen[bytes], stopped: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if stopped():
            return
        if web.poll() is not None:
            stop("The web server did not start; see the log.")
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=5):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    stop("The web server did not answer within a minute; see the log.")


# ---- Tests, checks, benchmarks -------------------------------------------------------------


def test(arguments: list[str]) -> int:
    """All tests on the embedded database; browser tests where the system has Chromium."""
    ensure_environment("test")
    chromium = os.environ.get("CHROMIUM") or next(
        (found for name in ("chromium", "google-chrome") if (found := shutil.which(name))), None
    )
    if chromium is None:
        say("No Chromium on this system: the browser tests are skipped (Debian: chromium).")
    return call("-m", "pytest", *arguments)


def check() -> int:
    """Everything that is not a test: format, lint, types, import direction."""
    ensure_environment("test")
    steps = (
        ("-m", "ruff", "format", "--check", "."),
        ("-m", "ruff", "check", "."),
        ("-m", "mypy", "."),
        ("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"),
        ("manage.py", "makemigrations", "--check", "--dry-run"),
    )
    return max([call(*step) for step in steps])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    demo_command = commands.add_parser("demo", help="set up and run a filled site")
    demo_command.add_argument("--port", type=int, default=8000, help="0 picks a free one")
    demo_command.add_argument("--fresh", action="store_true", help="begin with empty data")
    commands.add_parser("test", help="set up and run all tests (further words go to pytest)")
    commands.add_parser("check", help="format, lint, types, import direction")
    commands.add_parser("bench", help="run the benchmarks and print one table")
    known, further = parser.parse_known_args()
    if known.command != "test" and known.command != "bench" and further:
        parser.error(f"unknown: {' '.join(further)}")
    if known.command == "demo":
        demo(known.port, known.fresh)
        return 0
    if known.command == "test":
        return test(further)
    if known.command == "check":
        return check()
    ensure_environment("test")
    return call("-m", "bench", *further)


if __name__ == "__main__":
    raise SystemExit(main())
