"""The table: what was measured, its floor, the ratio, the budget, and whether it is kept."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import django


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `value`, `floor` and `budget` are words; `kept` is None where none is set."""

    what: str
    value: str
    budget: str = ""
    kept: bool | None = None
    floor: str = ""
    ratio: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        return {None: "", True: "within", False: "OVER"}[self.kept]


HEADS = ("what", "value", "floor", "ratio", "budget", "verdict", "beside it")


def cells(row: Row) -> tuple[str, ...]:
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    return (row.what, row.value, row.floor, ratio, row.budget, row.verdict, row.note)


def table(rows: list[Row]) -> str:
    """Markdown with the columns filled up, so that it reads well in a terminal too."""
    lines = [HEADS, *(cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
    drawn = [
        "| "
        + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    ]
    drawn.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(drawn)


def machine(database: str) -> str:
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC · {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f} · Python {platform.python_version()} · "
        f"Django {django.get_version()} · {database}"
    )


def write(folder: Path, head: str, rows: list[Row]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.md").write_text(f"# Benchmarks\n\n{head}\n\n{table(rows)}\n", encoding="utf-8")
    kept = {"head": head, "rows": [{**asdict(row), "verdict": row.verdict} for row in rows]}
    (folder / "bench.json").write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n")
