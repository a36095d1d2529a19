"""Full-text search of lessons on SQLite (FTS5) and PostgreSQL (tsvector), behind three functions.

Both find words by their beginnings, without case and accents. The excerpt is cut here, from the
lesson's own words, so that it reads the same on both.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from curriculum.models import Step

TABLE = "learning_lesson_words"
WORD = re.compile(r"\w+")
MOST_WORDS = 8


def create_table(apps: Any, schema_editor: Any) -> None:
    """For the migration: the table is kept by hand, since Django knows neither kind of index."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            f"CREATE VIRTUAL TABLE {TABLE} USING fts5"
            "(title, words, tokenize='unicode61 remove_diacritics 2', prefix='2 3')"
        )
    elif schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"CREATE TABLE {TABLE} (step_id bigint PRIMARY KEY, words tsvector NOT NULL)"
        )
        schema_editor.execute(f"CREATE INDEX {TABLE}_gin ON {TABLE} USING gin (words)")


def drop_table(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(f"DROP TABLE IF EXISTS {TABLE}")


def fold(text: str) -> str:
    """Lower case without accents, letter for letter where that is possible."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in apart if not unicodedata.combining(each))


def index_version(version_id: int) -> int:
    """Writes the lessons of a version anew; returns how many. Safe to repeat."""
    lessons = list(
        Step.objects.filter(version_id=version_id, kind=Step.Kind.LESSON).values_list(
            "pk", "title", "text"
        )
    )
    if connection.vendor == "sqlite":
        drop = f"DELETE FROM {TABLE} WHERE rowid = %s"  # noqa: S608
        add = f"INSERT INTO {TABLE} (rowid, title, words) VALUES (%s, %s, %s)"  # noqa: S608
        rows = [(pk, fold(title), fold(text)) for pk, title, text in lessons]
    else:
        drop = f"DELETE FROM {TABLE} WHERE step_id = %s"  # noqa: S608
        add = (
            f"INSERT INTO {TABLE} (step_id, words) VALUES (%s, "  # noqa: S608
            "setweight(to_tsvector('simple', %s), 'A') || to_tsvector('simple', %s))"
        )
        rows = [(pk, _words(title), _words(text)) for pk, title, text in lessons]
    with connection.cursor() as cursor:
        cursor.executemany(drop, [(pk,) for pk, _, _ in lessons])
        cursor.executemany(add, rows)
    return len(rows)


def _words(text: str) -> str:
    """Bare words: PostgreSQL's parser would keep hosts, paths and hyphened words whole."""
    return " ".join(WORD.findall(fold(text)))


def terms(query: str) -> list[str]:
    """The words to look for; signs of either query language are gone by then."""
    return WORD.findall(fold(query))[:MOST_WORDS]


def find_lessons(query: str, version_ids: Iterable[int], limit: int) -> list[Step]:
    """Lessons of these versions that hold every word, best first, in one statement."""
    wanted, versions = terms(query), sorted(set(version_ids))
    if not wanted or not versions:
        return []
    places = ", ".join(["%s"] * len(versions))
    columns = 's.id, s.version_id, s.kind, s.key, s.title, s.text, s.minutes, s."order"'
    if connection.vendor == "sqlite":
        sql = (
            f"SELECT {columns} FROM {TABLE} w JOIN curriculum_step s ON s.id = w.rowid "  # noqa: S608
            f"WHERE {TABLE} MATCH %s AND s.version_id IN ({places}) "
            f"ORDER BY bm25({TABLE}, 8.0, 1.0), s.id LIMIT %s"
        )
        sql = sql.replace(f"{TABLE} w", f"{TABLE}").replace("w.rowid", f"{TABLE}.rowid")
        asked = " ".join(f'"{word}"*' for word in wanted)
        values: list[object] = [asked, *versions, limit]
    else:
        sql = (
            f"SELECT {columns} FROM {TABLE} w JOIN curriculum_step s ON s.id = w.step_id, "  # noqa: S608
            f"to_tsquery('simple', %s) q WHERE w.words @@ q AND s.version_id IN ({places}) "
            "ORDER BY ts_rank(w.words, q) DESC, s.id LIMIT %s"
        )
        asked = " & ".join(f"{word}:*" for word in wanted)
        values = [asked, *versions, limit]
    return list(Step.objects.raw(sql, values))


def excerpt(text: str, query: str, width: int = 160) -> SafeString:
    """The words around the first place found, escaped, with what was sought in <mark>."""
    wanted = terms(query)
    spans = (
        [match.span() for match in WORD.finditer(text) if fold(match[0]).startswith(tuple(wanted))]
        if wanted
        else []
    )
    start = max(0, spans[0][0] - width // 3) if spans else 0
    if start:
        start = text.find(" ", start) + 1 or start
    end = min(len(text), start + width)
    if end < len(text):
        end = max(text.rfind(" ", start, end), start + 1)
    parts, at = [escape("… " if start else "")], start
    for first, last in spans:
        if first < at or last > end:
            continue
        parts += [escape(text[at:first]), mark_safe("<mark>"), escape(text[first:last])]
        parts.append(mark_safe("</mark>"))
        at = last
    parts.append(escape(text[at:end] + (" …" if end < len(text) else "")))
    return mark_safe("".join(parts))  # noqa: S308
