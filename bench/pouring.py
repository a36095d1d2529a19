"""Writes very many rows at once: COPY on PostgreSQL, executemany on SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.db import connection, models, transaction

BATCH = 50_000


def pour(model: type[models.Model], columns: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Appends `rows` of plain values in the order of `columns`; other columns get their default."""
    table = connection.ops.quote_name(model._meta.db_table)
    rest = _defaults(model, columns)
    names = ", ".join(connection.ops.quote_name(name) for name in [*columns, *rest])
    tail = tuple(rest.values())
    full = (row + tail for row in rows)
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in full:
                    copy.write_row(row)
            return
        places = ", ".join(["%s"] * (len(columns) + len(rest)))
        for batch in _batches(full):
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", batch)


def _defaults(model: type[models.Model], columns: list[str]) -> dict[str, Any]:
    """What Django would write into the columns that are not given, as the database takes it."""
    found: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.column in columns or isinstance(field, models.AutoField):
            continue
        value = field.get_default()
        if value is None and not field.null:
            continue  # the database says what is missing
        prepared = field.get_db_prep_save(value, connection)
        found[str(field.column)] = getattr(prepared, "obj", prepared)
    return found


def _batches(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    rest = iter(rows)
    while batch := list(islice(rest, BATCH)):
        yield batch
