"""What is said about a package: every fault with file and line, and what would change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

State = Literal["new", "changed", "unchanged"]
Severity = Literal["error", "warning"]
LIMIT = 1000  # faults kept on an upload
ADVICE = 100  # findings kept on an upload: more than anybody reads before bringing it in again


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong in a package. Line 0 means the file as a whole."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What the linter has to say of a package that is in order; `code` names the rule."""

    file: str
    line: int
    severity: Severity
    code: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message} [{self.code}]"


@dataclass(frozen=True, slots=True)
class Change:
    """What bringing the package in does to one thing: `what` is a module, a scenario, …"""

    what: str
    id: str
    title: str
    state: State


@dataclass(slots=True)
class Report:
    """The outcome of a check or a load. With one fault nothing is written; a finding is advice."""

    faults: list[Fault] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.faults

    def add(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted({*self.faults, *faults})

    def as_json(self) -> dict[str, Any]:
        """For `PackageUpload.report`; a hostile package cannot fill the table with its faults."""
        kept = [asdict(fault) for fault in self.faults[:LIMIT]]
        advice = [
            {"file": each.file[:200], "line": each.line, "message": each.message[:500]}
            for each in sorted(self.findings, key=lambda each: (each.severity, each))[:ADVICE]
        ]
        return {
            "errors": kept,
            "left_out": max(0, len(self.faults) - LIMIT),
            "advice": advice,
            "advice_left_out": max(0, len(self.findings) - ADVICE),
            "changes": [asdict(change) for change in self.changes],
        }
