"""Live runs with a real worker that is killed in the middle, again and again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from django.conf import settings

from people import jobs
from people.models import BackgroundJob
from sandbox.models import Run
from tests.conftest import make_cast
from tests.fake_model import FakeModel
from tests.people.test_worker import (  # noqa: F401  (fixtures)
    shared_database,
    start_worker,
    wait_until,
)
from tests.sandbox.live_runs import (
    books_balance,
    make_account,
    make_live_run,
    of_kind,
    payments,
    trail,
)
from tests.sandbox.test_live import PAID

RUNS, KILLS = 5, 4


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeModel]:
    """The server. The worker's environment is taken after this and allows its address."""
    with FakeModel(seconds=0.15) as server:
        monkeypatch.setenv("MODEL_ADDRESSES", server.url)
        monkeypatch.setenv("SECRET_KEY", settings.SECRET_KEY)  # it opens the organisation's key
        # The worker's own sweeper sends the jobs: this process has another broker.
        monkeypatch.setattr(jobs, "send", _unsent)
        yield server


def _unsent(job_id: int) -> None:
    BackgroundJob.objects.filter(pk=job_id).update(sent_at=None)


@pytest.mark.jobs
def test_runs_whose_worker_is_killed_end_as_if_nothing_had_been(
    fake: FakeModel,
    shared_database: dict[str, str],  # noqa: F811
    start_worker: Callable[[], subprocess.Popen[bytes]],  # noqa: F811
) -> None:
    cast = make_cast("Calder & Wray")
    make_account(cast.amina, fake.url)
    runs = [make_live_run(cast.amina, seed=seed) for seed in range(1, RUNS + 1)]
    ended = Run.objects.exclude(state=Run.State.RUNNING)
    for kill in range(1, KILLS + 1):
        worker = start_worker()
        reached = wait_until(partial(_asked, fake, 4 * kill), 90)
        time.sleep(random.random() * 0.3)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        assert reached, "the worker never came to a call"
    assert ended.count() < RUNS, "all was done before the last kill"
    start_worker()
    finished = wait_until(lambda: ended.count() == RUNS, 180, pause=0.2)
    assert finished, list(BackgroundJob.objects.values_list("kind", "state", "error"))
    crashes = 0
    for run in runs:
        events = trail(run)
        assert payments(events) == PAID
        assert events[-1].kind == "run.finished"
        assert run.state == Run.State.ANSWERING
        failed = [each.data["kind"] for each in of_kind(events, "model.failed")]
        assert set(failed) <= {"crash"}
        crashes += len(failed)
        books_balance(run)
    assert 1 <= crashes <= KILLS
    assert len(fake.requests) <= 9 * RUNS + KILLS


def _asked(fake: FakeModel, count: int) -> bool:
    return len(fake.requests) >= count
