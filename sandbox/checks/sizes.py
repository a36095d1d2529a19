"""How much a scenario may say in one place, judged before anything is filled in.

A template of thousands of fields over long columns would fill all memory when a step is prepared.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.checks.base import Path, Problem

LONGEST = 4_000  # letters in one text; the papers have limits of their own
LONGEST_CELL = 1_000
MOST_FIELDS = 30


def size_problems(values: Any, path: Path = ()) -> Iterator[Problem]:
    """Texts that are too long, and templates with too many fields, wherever they stand."""
    if isinstance(values, str):
        longest = LONGEST_CELL if path[:2] == ("world", "tables") else LONGEST
        if len(values) > longest:
            yield Problem(path, f"This is longer than {longest} characters.")
        if values.count("{") > MOST_FIELDS:
            yield Problem(path, f"There may be at most {MOST_FIELDS} fields in one text.")
    elif isinstance(values, dict):
        for key, value in values.items():
            # Texts of papers stand in files of their own.
            if path[:1] != ("papers",) or key not in ("text", "planted"):
                yield from size_problems(value, (*path, key))
    elif isinstance(values, list):
        for place, value in enumerate(values):
            yield from size_problems(value, (*path, place))
