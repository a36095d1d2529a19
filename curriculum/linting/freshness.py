"""Facts with a day on which they were to be looked at again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from curriculum.packages.checked import Checked, Typed
from curriculum.packages.report import Finding

OUT_OF_DATE = "out-of-date"


def findings(checked: Checked, today: date) -> Iterator[Finding]:
    """Due on the day itself, expired on the next."""
    for module in checked.modules:
        for number, source in enumerate(module.document.sources):
            if _expired(source.review_by, today):
                what = f"The source “{source.id}”"
                yield _finding(
                    module.source, what, source.review_by, "sources", number, "review_by"
                )
    law = checked.law
    if law is not None and _expired(law.document.review_by, today):
        yield _finding(law, "The record of the law", law.document.review_by, "review_by")


def _expired(review_by: str | None, today: date) -> bool:
    return review_by is not None and review_by < today.isoformat()


def _finding(typed: Typed[Any], what: str, day: str | None, *path: str | int) -> Finding:
    message = f"{what} was to be reviewed by {day}; read it again, then date it anew."
    return Finding(typed.file, typed.marked.line(path), "error", OUT_OF_DATE, message)
