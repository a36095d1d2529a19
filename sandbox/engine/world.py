"""The simulated company while a run goes on: what its rows have become, and how often."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sandbox.engine.plan import Value
from sandbox.engine.prepared import Prepared, fill, holds, text
from sandbox.engine.provider import Proposal

# (table, row, the columns that change)
Patch = list[tuple[str, str, Mapping[str, Value]]]


def patch(prepared: Prepared, proposal: Proposal) -> Patch:
    """What the tool would do with these arguments: a pure function of them and the case."""
    tool = prepared.scenario.tools.get(proposal.tool)
    if tool is None:
        return []
    row = {**prepared.case(proposal.case), **proposal.args}
    return [
        (
            write.table,
            text(write.row, row),
            {column: fill(value, row) for column, value in write.values.items()},
        )
        for write in tool.writes
    ]


@dataclass(slots=True)
class World:
    """What differs from the tables of the scenario. `versions` counts the changes of each row."""

    rows: dict[tuple[str, str], dict[str, Value]] = field(default_factory=dict)
    versions: dict[tuple[str, str], int] = field(default_factory=dict)
    changes: int = 0

    def take(self, patch: Iterable[tuple[str, str, Mapping[str, Value]]]) -> None:
        for table, row, values in patch:
            key = (table, row)
            self.rows.setdefault(key, {}).update(values)
            self.versions[key] = self.versions.get(key, 0) + 1

    def cell(self, prepared: Prepared, table: str, row: str, column: str) -> Value | None:
        """The cell as it is now; None when there is no such row or column."""
        changed = self.rows.get((table, row))
        if changed is not None and column in changed:
            return changed[column]
        tables = prepared.scenario.world.tables
        if table not in tables:
            return None
        return tables[table].rows.get(row, {}).get(column)

    def count(self, prepared: Prepared, table: str, where: Mapping[str, Value]) -> int:
        """How many rows of the table hold all these values."""
        found = prepared.count(table, where)
        base = prepared.scenario.world.tables[table].rows
        for (name, row), changed in self.rows.items():
            if name == table:
                before = base.get(row)
                now = {**before, **changed} if before else changed
                found += holds(now, where) - (before is not None and holds(before, where))
        return found
