"""Fifty live runs at once: one worker process, a model server of this machine, nothing lost."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection
from django.db.models import Count, Q, Sum

from bench.cases import Bench, case
from bench.rehearsed import the_plan
from bench.report import Row
from bench.scenarios import a_run, the_version
from bench.server import ROOT, cpu_of
from people.models import BackgroundJob, Member
from sandbox import live, running
from sandbox.engine.events import BrokenTrail, Kind, verify
from sandbox.models import ModelAccount, ModelCall, Run, RunEvent
from tests.fake_model import USAGE, FakeModel

LONGEST = 120.0  # seconds after which it is given up
REPLIES = 7
PLENTY = 1_000_000_000  # mils: a budget that is never reached


@case("rehearsal-live")
def live_runs(bench: Bench) -> Iterable[Row]:
    """Queued all at once; timed until the last one has ended."""
    count = 10 if bench.quick else 50
    learners = bench.company(100).learners
    # What other cases have left behind would be worked off first.
    BackgroundJob.objects.filter(state=BackgroundJob.State.QUEUED).delete()
    with FakeModel() as model:
        _account(learners[0], model.url)
        with _worker(bench.folder, model.url) as worker:
            # The first run pays for starting the worker and loading what it needs.
            _wait([_started(learners[0])], worker)
            asked, spent, begin = len(model.requests), _cpu(worker), time.perf_counter()
            runs = [_started(learners[number % len(learners)]) for number in range(count)]
            _wait(runs, worker)
            wall, cpu = time.perf_counter() - begin, _cpu(worker) - spent
        yield from _rows(runs, len(model.requests) - asked, wall, cpu)


def _rows(runs: list[Run], requests: int, wall: float, cpu: float) -> Iterable[Row]:
    count = len(runs)
    mine = RunEvent.objects.filter(run__in=runs)
    events = mine.count()
    wrong = [trouble for run in runs for trouble in troubles(run)]
    wrong += unbalanced(runs, requests)
    yield Row(
        f"{count} live runs at once, one worker",
        f"{wall:.1f} s",
        "none lost, none charged twice",
        not wrong,
        note="; ".join(dict.fromkeys(wrong))
        or f"{cpu:.1f} s CPU of the worker, {cpu / requests * 1000:.0f} ms a call; {requests} calls"
        f" that the server answers at once, {events:,} events, every trail verified",
    )
    waits = _lasted(runs)
    yield Row(
        "live run, from being queued to its end",
        f"{statistics.median(waits):.1f} s",
        note=f"median of {count}, the last after {max(waits):.1f} s;"
        f" {wall / count * 1000:.0f} ms of the worker's time each",
    )


def troubles(run: Run) -> list[str]:
    """What is wrong with a run that was played to its end: nothing, or words for the table."""
    run.refresh_from_db()
    events = RunEvent.objects.trail(run)
    if run.state != Run.State.ANSWERING or events[-1].data.get("outcome") != "done":
        return ["a run was lost"]
    try:
        whole = verify(events) == run.head
    except BrokenTrail:
        whole = False
    applied = [each.data["proposal"] for each in events if each.kind == Kind.TOOL_APPLIED]
    told = sum(each.data["mils"] for each in events if each.kind == Kind.MODEL_REPLIED)
    told += sum(each.data.get("lost", 0) for each in events if each.kind == Kind.MODEL_FAILED)
    charged = ModelCall.objects.filter(run=run).aggregate(sum=Sum("mils"))["sum"]
    found = [] if whole else ["a trail is broken"]
    found += [] if len(applied) == len(set(applied)) == 2 else ["a tool was applied twice or never"]
    return found + ([] if charged == told else ["trail and ledger disagree"])


def unbalanced(runs: list[Run], requests: int) -> list[str]:
    """What the ledger says of these runs against what the server was asked and has told."""
    calls = ModelCall.objects.filter(run__in=runs).aggregate(
        settled=Count("pk", filter=Q(state=ModelCall.State.SETTLED)),
        all=Count("pk"),
        tokens_in=Sum("tokens_in"),
        tokens_out=Sum("tokens_out"),
    )
    found = [] if requests == REPLIES * len(runs) else [f"{requests} calls were made"]
    if calls["settled"] != calls["all"] or calls["all"] != requests:
        found.append(f"{calls['settled']} of {calls['all']} calls are settled")
    told = (USAGE["input_tokens"] * requests, USAGE["output_tokens"] * requests)
    if (calls["tokens_in"], calls["tokens_out"]) != told:
        found.append("the ledger has other tokens than the server told")
    return found


def _account(member: Member, url: str) -> None:
    """Leave for the whole organisation to call the server, which asks for no key."""
    ModelAccount.objects.update_or_create(
        organisation=member.organisation,
        defaults={
            "base_url": url,
            "monthly_mils": PLENTY,
            "member_mils": PLENTY,
            "switched_off": False,
        },
    )


def _started(member: Member) -> Run:
    run = a_run(member, the_version(), the_plan(), Run.Rung.LIVE)
    running.start(run)
    return run


def _lasted(runs: list[Run]) -> list[float]:
    """Seconds between the start of each run and the end of its last job."""
    jobs = BackgroundJob.objects.filter(kind=live.KIND, subject_id__in=[run.pk for run in runs])
    ended: dict[int | None, float] = {}
    for subject, finished in jobs.order_by("pk").values_list("subject_id", "finished_at"):
        ended[subject] = finished.timestamp() if finished else time.time()
    return [ended[run.pk] - run.created_at.timestamp() for run in runs]


# ---- The worker ----------------------------------------------------------------------------


@contextmanager
def _worker(folder: Path, url: str) -> Iterator[subprocess.Popen[bytes]]:
    """The worker that the demo starts, on the benchmark's own database and embedded broker."""
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "config", "worker"]
    command += ["--concurrency", "1", "--loglevel", "warning"]
    command += ["--beat", "--schedule", str(folder / "beat-schedule")]
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "MODEL_ADDRESSES": url,
        "LIVE_MODELS": "1",
    }
    with (folder / "worker.log").open("wb") as log:
        worker = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield worker
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def _cpu(worker: subprocess.Popen[bytes]) -> float:
    """Seconds of CPU of the worker and its child, and of the database's processes for them."""
    pids = [pid for pid, group in _groups() if group == worker.pid]
    return sum(cpu_of(pid) for pid in [*pids, *_backends()])


def _groups() -> Iterator[tuple[int, int]]:
    """(process, its group) of everything on this machine."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        yield int(path.parent.name), int(after_name[2])


def _backends() -> list[int]:
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return [pid for (pid,) in cursor.fetchall() if Path(f"/proc/{pid}/stat").exists()]


class TooLong(Exception):
    """The runs have not ended in time; says how many were left."""


def _wait(runs: list[Run], worker: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + LONGEST
    waiting = Run.objects.filter(pk__in=[run.pk for run in runs], state=Run.State.RUNNING)
    while left := waiting.count():
        if time.monotonic() > until or worker.poll() is not None:
            raise TooLong(f"{left} of {len(runs)} runs have not ended after {LONGEST:.0f} s")
        time.sleep(0.05)
