"""A worker killed in the middle of a background job: another one does the job, once.

Runs with the broker of the environment: the filesystem by default, BROKER_URL otherwise.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

from people import audit, jobs
from people.models import AuditEvent, BackgroundJob, Organisation

EVENTS = 20_000
State = BackgroundJob.State


@pytest.fixture
def shared_database(transactional_db: None, tmp_path: Path) -> Iterator[dict[str, str]]:
    """A database that another process can open, and the environment that points to it.

    The in-memory database of the tests cannot be shared, so SQLite gets a file of its own.
    """
    if connection.vendor != "sqlite":
        settled = connection.settings_dict
        user, password = settled["USER"], settled["PASSWORD"]
        where = f"{settled['HOST']}:{settled['PORT']}" if settled["PORT"] else settled["HOST"]
        yield {"DATABASE_URL": f"postgres://{user}:{password}@{where}/{settled['NAME']}"}
        return
    original = connections["default"]
    own = connections.create_connection("default")
    own.settings_dict = {**original.settings_dict, "NAME": str(tmp_path / "tutti.sqlite3")}
    connections["default"] = own
    try:
        call_command("migrate", verbosity=0, run_syncdb=True)
        yield {"DATABASE_URL": ""}
    finally:
        own.close()
        connections["default"] = original


@pytest.fixture
def start_worker(
    shared_database: dict[str, str], tmp_path: Path
) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts a real worker with beat, in a process group of its own so that all of it can die."""
    started: list[subprocess.Popen[bytes]] = []
    environment = {
        **os.environ,
        **shared_database,
        "TUTTI_VAR": str(tmp_path),
        "JOB_LEASE_SECONDS": "2",
        "JOB_SWEEP_SECONDS": "1",
    }

    def start() -> subprocess.Popen[bytes]:
        log = (tmp_path / f"worker-{len(started)}.log").open("wb")
        schedule = str(tmp_path / f"beat-{len(started)}")
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency=1"]
        worker = subprocess.Popen(
            [*command, "--beat", "--schedule", schedule, "--loglevel=WARNING"],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        started.append(worker)
        return worker

    yield start
    for worker in started:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()


def wait_until(reached: Callable[[], Any], seconds: float, pause: float = 0.01) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := reached():
            return found
        time.sleep(pause)
    return None


def long_trail(organisation: Organisation) -> None:
    """A whole chain that takes a while to check."""
    previous, events = audit.GENESIS, []
    for number in range(1, EVENTS + 1):
        event = AuditEvent(
            organisation=organisation,
            number=number,
            action="sign-in",
            detail={"n": number},
            previous_hash=previous,
        )
        event.hash = previous = audit.digest(event)
        events.append(event)
    AuditEvent.objects.bulk_create(events, batch_size=2000)


@pytest.mark.jobs
def test_a_job_whose_worker_is_killed_is_still_done_once(
    shared_database: dict[str, str], start_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    organisation = Organisation.objects.create(name="Calder & Wray", slug="calder")
    long_trail(organisation)
    job = BackgroundJob.objects.create(kind=audit.VERIFY, organisation=organisation)
    rows = BackgroundJob.objects.filter(pk=job.pk)
    first = start_worker()
    in_the_middle = wait_until(rows.filter(state=State.RUNNING, done_steps__gt=0).exists, 90)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert in_the_middle, "the worker never began"
    row = rows.get()
    assert (row.state, row.attempts) == (State.RUNNING, 1), "it was done before it was killed"
    assert row.done_steps < EVENTS

    start_worker()
    assert wait_until(rows.filter(state=State.DONE).exists, 90, pause=0.1), rows.get().error
    row = rows.get()
    assert row.attempts == 2
    jobs.run(job.pk)  # a late copy of the message does nothing
    (found,) = AuditEvent.objects.filter(action=audit.VERIFIED)
    assert found.detail == {"events": EVENTS, "whole": True, "first_broken": None}
