"""One run: the database, the server, every case in order, the table."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

from bench.cases import (
    Bench,
    beliefs,
    cases,
    frameworks,
    heatmap,
    live_runs,
    pages,
    posts,
    rehearsals,
    signing_in,
    starting,
    stored_runs,
    teams,
    weight,
)
from bench.data import load_content
from bench.report import Row, machine, table, write
from bench.server import Server

MODULES = (
    pages,
    posts,
    heatmap,
    beliefs,
    rehearsals,
    stored_runs,
    live_runs,
    signing_in,
    weight,
    teams,
    starting,
    frameworks,
)

logger = logging.getLogger(__name__)


def names() -> list[str]:
    """Of all cases, in the order in which they are measured."""
    places = {module.__name__: place for place, module in enumerate(MODULES)}
    known = cases()
    return sorted(known, key=lambda name: places[known[name].__module__])


def run(folder: Path, kept: Path, only: list[str], quick: bool, until: float) -> int:
    """Runs the cases, prints the table and keeps it; 1 if a case could not be measured."""
    known = cases()
    chosen = {name: known[name] for name in names() if not only or name in only}
    if unknown := set(only) - set(chosen):
        print(f"No such case: {', '.join(sorted(unknown))}. Known: {', '.join(names())}")
        return 2
    rows: list[Row] = []
    failed = False
    with own_database():
        say("Making the site …")
        prepare()
        with Server(folder, hashed=True) as server:
            bench = Bench(folder, server, quick, kept)
            for name, function in chosen.items():
                if time.monotonic() > until:
                    rows.append(Row(name, "not measured", note="the time was up"))
                    continue
                say(name)
                begin = time.monotonic()
                try:
                    rows += function(bench)
                except Exception as error:
                    logger.exception("case %s", name)
                    rows.append(Row(name, "not measured", note=_short(error)))
                    failed = True
                say(f"  {time.monotonic() - begin:.1f} s")
    head = machine(connection.vendor)
    print(f"\n{head}\n\n{table(rows)}\n")
    write(kept, head, rows)
    say(f"Kept as {kept / 'bench.md'} and bench.json.")
    return int(failed)


def _short(error: Exception) -> str:
    words = " ".join(f"{type(error).__name__}: {error}".split())
    return words.replace("|", "/")[:160]


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def prepare() -> None:
    """Tables, cache table, static files, library."""
    quiet = io.StringIO()
    call_command("migrate", run_syncdb=True, verbosity=0, stdout=quiet)
    call_command("createcachetable", verbosity=0, stdout=quiet)
    call_command("collectstatic", interactive=False, verbosity=0, stdout=quiet)
    load_content()


@contextlib.contextmanager
def own_database() -> Iterator[None]:
    """A database of its own: a file in the temporary folder, or one made and dropped by us."""
    if connection.vendor != "postgresql":
        yield
        connections.close_all()
        return
    import psycopg
    from psycopg import sql

    given = settings.DATABASES["default"]
    address = urlsplit(os.environ["DATABASE_URL"])
    name = f"{given['NAME']}_bench"
    with psycopg.connect(address.geturl(), autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    connection.close()
    given["NAME"] = connection.settings_dict["NAME"] = name
    os.environ["DATABASE_URL"] = address._replace(path=f"/{name}").geturl()  # for the server
    try:
        yield
    finally:
        connections.close_all()
        with psycopg.connect(address.geturl(), autocommit=True) as server:
            dropping = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            server.execute(dropping.format(sql.Identifier(name)))
