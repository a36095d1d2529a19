"""The company: tables, what tools write, what changes by itself, what facts look up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sandbox.checks.base import (
    CASE,
    NAME,
    ROW,
    Known,
    Path,
    Problem,
    Template,
    between,
    fields,
    odd_ids,
    stray_braces,
    unknown,
)
from sandbox.engine.guard_facts import BASE_FACTS
from sandbox.engine.plan import Value
from sandbox.engine.scenario import Fact, Scenario, Tool
from sandbox.engine.vocabulary import Role

MOST_CASES = 100
MOST_ROWS = 2_000


def world_problems(scenario: Scenario) -> list[Problem]:
    known = Known(scenario)
    found = [*_tables(scenario, known)]
    for name, tool in scenario.tools.items():
        found += _tool(("tools", name), tool, known)
    for name, fact in scenario.facts.items():
        found += _fact(("facts", name), name, fact, known)
    found += _agents(scenario)
    return found


def _tables(scenario: Scenario, known: Known) -> Iterator[Problem]:
    world = scenario.world
    yield from unknown(("world", "cases"), world.cases, world.tables, "table")
    yield from odd_ids(("world", "tables"), world.tables, NAME, "a table")
    if world.cases in world.tables and not 1 <= len(known.rows) <= MOST_CASES:
        message = f"There must be 1 to {MOST_CASES} cases."
        yield Problem(("world", "tables", world.cases), message)
    for name, table in world.tables.items():
        path: Path = ("world", "tables", name)
        rows: Path = (*path, "rows")
        if len(table.rows) > MOST_ROWS:
            yield Problem(rows, f"There may be at most {MOST_ROWS} rows.")
        pattern = CASE if name == world.cases else ROW
        yield from odd_ids(rows, table.rows, pattern, "a row")
        for row, values in table.rows.items():
            yield from odd_ids((*rows, row), values, NAME, "a column")
            if name == world.cases:
                for taken in {"id", "n"} & values.keys():
                    message = f"“{taken}” is filled in by itself; give the column another name."
                    yield Problem((*rows, row, taken), message)
        for place, column in enumerate(table.personal):
            columns = known.columns[name]
            yield from unknown((*path, "personal", place), column, columns, "column")
    for place, change in enumerate(world.changes):
        at: Path = ("world", "changes", place)
        yield from unknown((*at, "table"), change.table, world.tables, "table")
        yield from between((*at, "minute"), change.minute, 0, scenario.limits.minutes)
        if not change.values:
            yield Problem((*at, "values"), "This changes nothing.")
    if not _is_clock(world.start):
        yield Problem(("world", "start"), "Write the time as 09:00.")


def _is_clock(text: str) -> bool:
    hours, _, minutes = text.partition(":")
    if not (len(hours) == len(minutes) == 2 and (hours + minutes).isdecimal()):
        return False
    return int(hours) < 24 and int(minutes) < 60


def _tool(path: Path, tool: Tool, known: Known) -> Iterator[Problem]:
    yield from odd_ids((*path, "args"), tool.args, NAME, "an argument")
    yield from between((*path, "mils"), tool.mils, 0, 1_000_000)
    yield from between((*path, "seconds"), tool.seconds, 0, 86_400)
    stand_ins = dict.fromkeys(tool.args, "")
    rows = {case: {**row, **stand_ins} for case, row in known.rows.items()}
    yield from Template((*path, "phrase"), tool.phrase, rows).problems()
    if tool.writes and tool.effect == "read":
        yield Problem((*path, "writes"), "A tool that only reads writes nothing.")
    for place, write in enumerate(tool.writes):
        at: Path = (*path, "writes", place)
        yield from unknown((*at, "table"), write.table, known.scenario.world.tables, "table")
        yield from Template((*at, "row"), write.row, rows).problems()
        for column, value in write.values.items():
            if not NAME.fullmatch(column):
                yield from odd_ids((*at, "values"), [column], NAME, "a column")
            yield from Template((*at, "values", column), value, rows).problems()


def _fact(path: Path, name: str, fact: Fact, known: Known) -> Iterator[Problem]:
    if name in BASE_FACTS:
        yield Problem(path, f"“{name}” is a fact that every scenario has; choose another name.")
    shapes = [
        bool(fact.compare and fact.cell),
        bool(fact.cell and not fact.compare),
        bool(fact.count),
        fact.stated is not None,
    ]
    if sum(shapes) != 1 or (fact.compare and not fact.cell) or (fact.where and not fact.count):
        message = "A fact has exactly one of: compare with cell, cell, count with where, stated."
        yield Problem(path, message)
        return
    args = {arg for tool in known.scenario.tools.values() for arg in tool.args}
    if fact.compare:
        yield from unknown((*path, "compare"), fact.compare, args, "argument")
    if fact.count:
        yield from _count(path, fact, known, args)
    if fact.cell:
        yield from _looked_up((*path, "cell"), fact.cell, known, args)


def _count(path: Path, fact: Fact, known: Known, args: set[str]) -> Iterator[Problem]:
    yield from unknown((*path, "count"), fact.count, known.scenario.world.tables, "table")
    if not fact.where:
        yield Problem((*path, "where"), "Say which rows are counted.")
    for column, value in fact.where.items():
        at: Path = (*path, "where", column)
        yield from unknown(at, column, known.columns.get(fact.count, ()), "column")
        yield from _columns(at, value, known.rows, args)


def _looked_up(path: Path, cell: str, known: Known, args: set[str]) -> Iterator[Problem]:
    """The row of a fact's cell is a template, and may well lead to no row: that is `otherwise`."""
    yield from _columns(path, cell, known.rows, args)
    table, _, rest = cell.partition(".")
    row, _, column = rest.rpartition(".")
    if not row:
        yield Problem(path, f"“{cell[:80]}” is not TABLE.ROW.COLUMN.")
        return
    missing = unknown(path, table, known.scenario.world.tables, "table")
    yield from missing
    if not missing and not fields(column):
        yield from unknown(path, column, known.columns[table], "column")


def _columns(
    path: Path, template: object, rows: Mapping[str, Mapping[str, Value]], args: set[str]
) -> Iterator[Problem]:
    """A field of a fact is a column of some case or an argument of some tool."""
    yield from stray_braces(path, template)
    columns = {column for row in rows.values() for column in row} | args
    for name in fields(template):
        if name not in columns:
            yield Problem(path, f"“{name}” is neither a column of the cases nor an argument.")


def _agents(scenario: Scenario) -> Iterator[Problem]:
    for name, agent in scenario.agents.items():
        path: Path = ("agents", name)
        for place, tool in enumerate(agent.tools):
            at: Path = (*path, "tools", place)
            if tool not in scenario.tools:
                yield from unknown(at, tool, scenario.tools, "tool")
                continue
            effect = scenario.tools[tool].effect
            if agent.role in (Role.COORDINATOR, Role.GUARDIAN):
                yield Problem(at, f"A {agent.role.value} holds no tools.")
            elif agent.role in (Role.REVIEWER, Role.VERIFIER) and effect != "read":
                yield Problem(at, f"A {agent.role.value} holds tools that only read.")
            elif agent.role is Role.PLANNER and effect not in ("read", "draft"):
                yield Problem(at, "A planner holds tools that read or draft.")
        chances = {"otherwise": agent.otherwise, "false_alarm": agent.false_alarm, "own": agent.own}
        for field, chance in chances.items():
            yield from between((*path, field), chance, 0, 1)
        for kind, chance in agent.catches.items():
            yield from between((*path, "catches", str(kind)), chance, 0, 1)
