"""What is measured: every case is a function that gives rows of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from assessments.models import Quiz
from bench.client import Client, session_of
from bench.data import Company, make_company
from bench.quizzes import make_gate
from bench.report import Row
from bench.server import Server


@dataclass
class Bench:
    """What the cases share; companies are made when one is first asked for."""

    folder: Path
    server: Server
    quick: bool
    kept: Path | None = None  # the site's own folder for what may be deleted at any time
    companies: dict[int, Company] = field(default_factory=dict)
    gates: dict[int, Quiz] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        """How many in a round of a measurement over the wire."""
        return 15 if self.quick else 40

    def company(self, size: int) -> Company:
        if size not in self.companies:
            self.companies[size] = make_company(size)
        return self.companies[size]

    def gate(self, size: int = 100) -> Quiz:
        """The gate of ten questions of that company."""
        if size not in self.gates:
            self.gates[size] = make_gate(self.company(size))
        return self.gates[size]

    def client(self, company: Company, *, manager: bool = False) -> Client:
        member = company.manager if manager else company.learner
        return Client(self.server.port, session_of(member))


Case = Callable[[Bench], Iterable[Row]]
_cases: dict[str, Case] = {}


def case(name: str) -> Callable[[Case], Case]:
    """Names a case for `--only`."""

    def register(function: Case) -> Case:
        _cases[name] = function
        return function

    return register


def cases() -> dict[str, Case]:
    return dict(_cases)
