"""What the checks of a scenario share: a problem with its place, ids, templates and sources."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sandbox.engine.plan import Value
from sandbox.engine.prepared import fill
from sandbox.engine.scenario import Scenario

Path = tuple[str | int, ...]
Row = Mapping[str, Value]

# Ids stand in addresses, selectors ("tool.applied INV-104 pay") and sources ("suppliers.X.iban").
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
TOOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
CASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,39}")
ROW = re.compile(r"[^\s{}](?:[^\n\t{}]{0,78}[^\s{}])?")
FIELD = re.compile(r"\{(\w+)\}")
BRACES = re.compile(r"\{[^{}]*\}?|\}")


class Problem(NamedTuple):
    """Something wrong: `path` leads to the value, as ("jobs", "pay", "step", "tool")."""

    path: Path
    message: str


def odd_ids(path: Path, ids: Iterable[str], pattern: re.Pattern[str], what: str) -> list[Problem]:
    return [
        Problem((*path, each), f"“{each[:60]}” is not an id that {what} may have.")
        for each in ids
        if not pattern.fullmatch(each)
    ]


def unknown(path: Path, name: str, known: Collection[str], what: str) -> list[Problem]:
    return [] if name in known else [Problem(path, f"There is no {what} “{name[:60]}”.")]


def unknown_all(
    path: Path, names: Iterable[str], known: Collection[str], what: str
) -> list[Problem]:
    """The same for a list, each with its place."""
    return [
        problem
        for place, name in enumerate(names)
        for problem in unknown((*path, place), name, known, what)
    ]


def between(path: Path, value: float, least: float, most: float) -> list[Problem]:
    if least <= value <= most:
        return []
    return [Problem(path, f"This must be between {least} and {most}.")]


def fields(template: object) -> list[str]:
    """The columns that a template asks for."""
    return FIELD.findall(template) if isinstance(template, str) else []


def stray_braces(path: Path, template: object) -> list[Problem]:
    """A brace that is no part of `{column}` would be shown as it stands."""
    if not isinstance(template, str):
        return []
    for match in BRACES.finditer(template):
        if not FIELD.fullmatch(match[0]):
            return [Problem(path, f"“{match[0][:40]}” is not a field; write {{column}}.")]
    return []


class Template(NamedTuple):
    """A template with the rows that it is filled in from: case id to its row."""

    path: Path
    value: Any
    rows: Mapping[str, Row]

    def problems(self) -> Iterator[Problem]:
        """Stray braces, and a column that a row does not have; one of them is enough to say."""
        yield from stray_braces(self.path, self.value)
        for name in fields(self.value):
            lacking = next((case for case, row in self.rows.items() if name not in row), None)
            if lacking is not None:
                yield Problem(self.path, f"The case “{lacking}” has no column “{name}”.")

    def filled(self) -> dict[str, Value]:
        """What the template becomes, with a case in which it does."""
        found: dict[str, Value] = {}
        for case, row in self.rows.items():
            try:
                found[case] = fill(self.value, row)
            except KeyError:
                continue  # told by `problems`
        return found


class Known:
    """What may be referred to; made once for all checks of a scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        tables = scenario.world.tables
        table = tables.get(scenario.world.cases)
        self.rows: dict[str, Row] = (
            {case: {**row, "id": case} for case, row in table.rows.items()} if table else {}
        )
        self.written = {
            write.table for tool in scenario.tools.values() for write in tool.writes
        } | {change.table for change in scenario.world.changes}
        self.columns = {name: set[str]() for name in tables}
        for name, each in tables.items():
            for row in each.rows.values():
                self.columns[name] |= row.keys()
        for tool in scenario.tools.values():
            for write in tool.writes:
                self.columns.setdefault(write.table, set()).update(write.values)
        for change in scenario.world.changes:
            self.columns.setdefault(change.table, set()).update(change.values)

    def cell(self, path: Path, cell: str, *, whole: bool = True) -> list[Problem]:
        """A TABLE.ROW.COLUMN. The row may hold full stops, or be made only while a run goes on."""
        name, _, rest = cell.partition(".")
        row, _, column = rest.rpartition(".")
        table = self.scenario.world.tables.get(name)
        if table is None:
            return [Problem(path, f"There is no table “{name[:60]}” (in “{cell[:80]}”).")]
        if not whole and rest and (rest in table.rows or name in self.written):
            return []
        if not row:
            return [Problem(path, f"“{cell[:80]}” is not TABLE.ROW.COLUMN.")]
        if row not in table.rows and name not in self.written:
            return [Problem(path, f"The table “{name}” has no row “{row[:60]}”.")]
        if column not in self.columns[name]:
            return [Problem(path, f"The table “{name}” has no column “{column[:60]}”.")]
        return []

    def source(self, path: Path, source: str) -> list[Problem]:
        """Where an argument says that it came from."""
        if source in ("", "own", "case"):
            return []
        if source.startswith("paper:"):
            return unknown(path, source[6:], self.scenario.papers, "paper")
        if "." not in source:
            message = f"“{source[:60]}” is no source; write paper:ID, TABLE.ROW.COLUMN or own."
            return [Problem(path, message)]
        return self.cell(path, source)

    def read(self, path: Path, source: str) -> list[Problem]:
        """What an agent reads: a source, a paper's id alone, or a whole row or table."""
        if {source} & (self.scenario.papers.keys() | self.scenario.world.tables.keys() | {"case"}):
            return []
        if "." not in source:
            message = f"“{source[:60]}” cannot be read; write a paper's id, TABLE or TABLE.ROW."
            return [Problem(path, message)]
        return self.cell(path, source, whole=False)
