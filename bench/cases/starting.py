"""How long the second start of the demo takes until its first page."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from bench.cases import Bench, case
from bench.report import Row
from bench.server import ROOT

BUDGET = 5.0  # seconds
FIRST_START = 150.0  # given up after so many


class NoDemo(Exception):
    """The demo did not come up; the message ends with what it printed."""


@case("demo-start")
def demo_start(bench: Bench) -> Iterable[Row]:
    """Twice on a data folder of its own: the first start prepares, the second is measured."""
    if bench.quick:
        yield Row("second start of the demo", "not measured", note="only without --quick")
        return
    first = until_first_page(bench.folder / "demo", FIRST_START)
    second = until_first_page(bench.folder / "demo", 30)
    yield Row(
        "second start of the demo, to the first page",
        f"{second:.1f} s",
        f"≤ {BUDGET:.0f} s",
        second <= BUDGET,
        note=f"the first, with seven months of history: {first:.0f} s",
    )


def until_first_page(folder: Path, longest: float) -> float:
    """Seconds from the command to the answer of the sign-in page; stops the demo again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    folder.mkdir(exist_ok=True)
    log = folder.parent / "demo.log"
    environment = {name: value for name, value in os.environ.items() if name not in _OURS}
    begin = time.perf_counter()
    with log.open("wb") as output:
        demo = subprocess.Popen(
            [sys.executable, "run.py", "demo", "--port", str(port)],
            cwd=ROOT,
            env={**environment, "TUTTI_VAR": str(folder), "PYTHONUNBUFFERED": "1"},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        while time.perf_counter() - begin < longest and demo.poll() is None:
            if _answers(port):
                return time.perf_counter() - begin
            time.sleep(0.02)
        raise NoDemo(log.read_text(errors="replace")[-1500:])
    finally:
        if demo.poll() is None:
            demo.send_signal(signal.SIGINT)
            try:
                demo.wait(25)
            except subprocess.TimeoutExpired:
                demo.kill()
                demo.wait()


_OURS = ("DJANGO_SETTINGS_MODULE", "HASHED_STATIC", "DATABASE_URL")


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/account/login/")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
