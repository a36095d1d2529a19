"""CSV files that a spreadsheet opens as text, never as formulas: how all apps write them."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, datetime, tzinfo

from django.http import StreamingHttpResponse
from django.utils import timezone

# What spreadsheets take as the start of a formula, a command or another cell.
_STARTERS = frozenset("=+-@|%\t\r\n")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)*|\.\d+)([eE][+-]?\d+)?\s?%?")


def _is_unseen(character: str) -> bool:
    """Spaces of any kind, control and format characters, NUL and the byte order mark."""
    return character.isspace() or unicodedata.category(character) in {"Cc", "Cf", "Zs", "Zl", "Zp"}


def cell(value: object, zone: tzinfo | None = None) -> str:
    """The value as text for one CSV cell; an apostrophe goes before anything like a formula.

    Looks through leading blanks and full-width forms, as spreadsheets do. Numbers stay numbers.
    """
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return str(value)
        case datetime():
            return timezone.localtime(value, zone).isoformat(timespec="seconds")
        case date():
            return value.isoformat()
    text = str(value)
    if _NUMBER.fullmatch(text):
        return text
    seen = unicodedata.normalize("NFKC", text).replace("\0", "")
    if seen[:1] in _STARTERS and seen[:1]:
        return f"'{text}"
    index = next((i for i, each in enumerate(seen) if not _is_unseen(each)), len(seen))
    if index < len(seen) and seen[index] in _STARTERS:
        return f"'{text}"
    # A tab or line end among the leading blanks may move the rest into a cell of its own.
    if any(each in "\t\r\n" for each in seen[:index]):
        return f"'{text}"
    return text


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def lines(
    header: Iterable[object], rows: Iterable[Iterable[object]], zone: tzinfo | None = None
) -> Iterator[str]:
    """The file line by line: a byte order mark, so that spreadsheets read UTF-8, then the rows."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow([cell(each) for each in header])
    for row in rows:
        yield writer.writerow([cell(each, zone) for each in row])


def csv_response(
    name: str, header: Iterable[object], rows: Iterable[Iterable[object]]
) -> StreamingHttpResponse:
    """A download called `name`.csv; rows are read as they are sent."""
    # The rows are read after the view, when the reader's time zone is no longer the active one.
    zone = timezone.get_current_timezone()
    response = StreamingHttpResponse(
        lines(header, rows, zone), content_type="text/csv; charset=utf-8"
    )
    safe = re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-") or "export"
    response["Content-Disposition"] = f'attachment; filename="{safe}.csv"'
    return response
