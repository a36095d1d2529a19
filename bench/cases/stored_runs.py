"""Paused runs in the database: what they weigh there, and what taking one up costs."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from bench.cases import Bench, case
from bench.rehearsed import the_plan
from bench.report import Row
from bench.scenarios import a_run, the_version
from bench.server import cpu_of
from sandbox import running
from sandbox.engine.decisions import Decision
from sandbox.models import Run, RunEvent

DECIDED = 100  # of the paused runs


@case("rehearsal-stored")
def stored(bench: Bench) -> Iterable[Row]:
    """A thousand runs, started and stopped at their first question by the product itself."""
    count = 100 if bench.quick else 1000
    learners = bench.company(100).learners
    version, plan = the_version(), the_plan(asks=True)
    before = _bytes()
    runs = []
    for number in range(count):
        run = a_run(learners[number % len(learners)], version, plan, Run.Rung.SUPERVISED)
        running.start(run)
        assert run.state == Run.State.WAITING, run.state
        runs.append(run.pk)
    each = (_bytes() - before) / count
    one = Run.objects.get(pk=runs[0])
    trail, design = RunEvent.objects.trail(one), len(json.dumps(one.plan))
    yield Row(
        f"{count:,} paused rehearsals in the database, each",
        f"{each:,.0f} bytes",
        note=f"the run's row, {design} bytes of it the plan, {len(trail)} events, all indexes;"
        " no process, lock or lease",
    )
    yield _decided(runs[:DECIDED])


def _decided(runs: list[int]) -> Row:
    """Read from the database, shown the question, and then decided, as two requests do it."""
    shown, decided, statements = [], [], set()
    for number in runs:
        with counted() as first:
            run = Run.objects.select_related("version").get(pk=number)
            asked = running.resume(run).state.open
        assert asked is not None
        with counted() as second:
            run = Run.objects.select_related("version").get(pk=number)
            running.decide(run, asked.seq, Decision("approve"))
        shown.append(first["cpu"])
        decided.append(second["cpu"])
        statements.add((first["statements"], second["statements"]))
    (reads, writes) = max(statements)
    return Row(
        "a paused rehearsal taken up, and decided",
        f"{statistics.median(shown):.2f} + {statistics.median(decided):.2f} ms CPU",
        note=f"{reads} + {writes} statements with the savepoint's; without the web's own part",
    )


@contextmanager
def counted() -> Iterator[dict[str, float]]:
    """Statements, and ms of CPU of this process and of the database's that serves it."""
    found: dict[str, float] = {"statements": 0}

    def count(execute: Callable[..., Any], *arguments: Any) -> Any:
        found["statements"] += 1
        return execute(*arguments)

    pids = [os.getpid(), *_backend()]
    before = sum(cpu_of(pid) for pid in pids)
    with connection.execute_wrapper(count):
        yield found
    found["cpu"] = (sum(cpu_of(pid) for pid in pids) - before) * 1000


def _backend() -> list[int]:
    """The id of the database's process for this connection, if it runs on this machine."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = int(cursor.fetchone()[0])
    return [pid] if os.path.exists(f"/proc/{pid}/stat") else []


def _bytes() -> int:
    """On disk: of both tables with their indexes, or of all pages in use of the embedded one."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            tables = (Run._meta.db_table, RunEvent._meta.db_table)
            cursor.execute(
                "SELECT sum(pg_total_relation_size(name::regclass))"
                " FROM unnest(%s::text[]) AS name",
                [list(tables)],
            )
            return int(cursor.fetchone()[0])
        numbers = []
        for pragma in ("page_count", "freelist_count", "page_size"):
            cursor.execute(f"PRAGMA {pragma}")
            numbers.append(int(cursor.fetchone()[0]))
        return (numbers[0] - numbers[1]) * numbers[2]
