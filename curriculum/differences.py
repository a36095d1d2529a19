"""What differs between two versions of a module, file by file, for a trainer to read."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from curriculum.models import ModuleVersion

LINES = 3000  # of one file; comparing more could take seconds


@dataclass(frozen=True, slots=True)
class DiffLine:
    """`kind` is added, removed, same or place; a place says which lines come next."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class FileDifference:
    path: str
    state: str  # added, removed or changed
    lines: list[DiffLine]

    @property
    def added(self) -> int:
        return sum(line.kind == "added" for line in self.lines)

    @property
    def removed(self) -> int:
        return sum(line.kind == "removed" for line in self.lines)


def between(old: ModuleVersion | None, new: ModuleVersion) -> list[FileDifference]:
    """The files that differ, sorted by path; all of them if there is no old version."""
    before: dict[str, str] = old.files if old else {}
    after: dict[str, str] = new.files
    found = []
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) == after.get(path):
            continue
        state = "added" if path not in before else "removed" if path not in after else "changed"
        found.append(FileDifference(path, state, _lines(before.get(path, ""), after.get(path, ""))))
    return found


def _lines(before: str, after: str) -> list[DiffLine]:
    old, new = before.splitlines(), after.splitlines()
    if len(old) > LINES or len(new) > LINES:
        return [DiffLine("place", "This file is too long to be compared line by line.")]
    lines = []
    for line in list(difflib.unified_diff(old, new, n=2, lineterm=""))[2:]:
        match line[:1]:
            case "+":
                lines.append(DiffLine("added", line[1:]))
            case "-":
                lines.append(DiffLine("removed", line[1:]))
            case "@":
                place = line.split("+")[1].split(" ")[0].split(",")[0]
                lines.append(DiffLine("place", f"From line {place}"))
            case _:
                lines.append(DiffLine("same", line[1:]))
    return lines
