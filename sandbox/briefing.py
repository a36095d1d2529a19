"""What the brief shows of a scenario: papers as they read in this run, tables as they are now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sandbox.engine.events import Kind
from sandbox.engine.plan import Value
from sandbox.engine.prepared import Prepared, money
from sandbox.engine.rehearsal import Rehearsal
from sandbox.engine.scenario import Arg, Scenario
from sandbox.engine.sealed import Sealed
from sandbox.engine.state import fold
from sandbox.engine.world import World
from sandbox.scenarios import Loaded, Rendered


@dataclass(frozen=True, slots=True)
class PaperShown:
    """A paper of the company; `html` was sanitised when the scenario was brought in."""

    name: str
    title: str
    source: str
    case: str
    untrusted: bool
    personal: bool
    html: str


@dataclass(frozen=True, slots=True)
class RowShown:
    key: str
    cells: tuple[tuple[str, bool], ...]  # words, and whether they are figures


@dataclass(frozen=True, slots=True)
class TableShown:
    name: str
    title: str
    columns: tuple[tuple[str, bool], ...]  # name, and whether it holds figures
    rows: tuple[RowShown, ...]
    untrusted: bool


def papers(found: Loaded, sealed: Sealed | None, names: Iterable[str] = ()) -> list[PaperShown]:
    """The papers, all of them or those named, each as it reads in this run.

    Nothing tells a reader which of them reads otherwise than in another run.
    """
    wanted = dict.fromkeys(names) or dict.fromkeys(found.scenario.papers)
    shown = []
    for name in wanted:
        paper = found.scenario.papers.get(name)
        if paper is None:
            continue
        shown.append(
            PaperShown(
                name=name,
                title=paper.title,
                source=paper.source,
                case=paper.case,
                untrusted=paper.trust == "untrusted",
                personal=paper.personal,
                html=_text(found.papers.get(name, Rendered("", {})), paper.case, sealed),
            )
        )
    return shown


def _text(rendered: Rendered, case: str, sealed: Sealed | None) -> str:
    """The variant of the strike on the paper's case; of any strike, if it belongs to no case."""
    if sealed is not None:
        strike = sealed.by_case.get(case)
        struck = [strike] if strike else [] if case else sealed.strikes
        for each in struck:
            if each.fault in rendered.planted:
                return rendered.planted[each.fault]
    return rendered.html


def papers_of_case(scenario: Scenario, case: str) -> list[str]:
    return [name for name, paper in scenario.papers.items() if case and paper.case == case]


def may_go_wrong(scenario: Scenario) -> list[str]:
    """The titles of the faults, and of nothing that only looks like one; in no order that tells.

    For guided runs, which are told beforehand.
    """
    return sorted({each.title for each in scenario.faults.values() if not each.is_decoy})


def known_world(rehearsal: Rehearsal) -> World:
    """The world as people know it: what a tool did whose answer was lost shows only later."""
    pending = rehearsal.state.pending
    if pending is None or not pending.lost:
        return rehearsal.state.world
    failed = next(
        each.seq
        for each in rehearsal.events
        if each.kind == Kind.TOOL_FAILED and each.data["proposal"] == pending.proposal.id
    )
    return fold(rehearsal.prepared, rehearsal.plan, rehearsal.events[: failed - 1]).world


def tables(prepared: Prepared, world: World) -> list[TableShown]:
    """The company's tables as the run has left them; empty ones are left out."""
    sums = money_columns(prepared.scenario)
    found = []
    for name, table in prepared.scenario.world.tables.items():
        rows: dict[str, dict[str, Value]] = {key: dict(row) for key, row in table.rows.items()}
        for (where, key), values in world.rows.items():
            if where == name:
                rows.setdefault(key, {}).update(values)
        if not rows:
            continue
        names = dict.fromkeys(column for row in rows.values() for column in row)
        columns = [(each, _is_figure(rows.values(), each)) for each in names]
        currency = prepared.scenario.world.currency
        found.append(
            TableShown(
                name=name,
                title=table.title,
                columns=tuple((each.replace("_", " "), figures) for each, figures in columns),
                rows=tuple(
                    RowShown(
                        key,
                        tuple(
                            (_cell(row.get(each), each in sums, currency), figures)
                            for each, figures in columns
                        ),
                    )
                    for key, row in rows.items()
                ),
                untrusted=table.trust == "untrusted",
            )
        )
    return found


def _is_figure(rows: Iterable[Mapping[str, Value]], column: str) -> bool:
    return all(type(row[column]) is int for row in rows if column in row)


def _cell(value: Value | None, is_sum: bool, currency: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if is_sum and isinstance(value, int):
        return money(value, currency)
    return f"{value:,}" if isinstance(value, int) else value


def money_columns(scenario: Scenario) -> set[str]:
    """Columns that hold sums: those that money arguments are named for, filled from, checked
    against or written to, and their sisters in the same table ("ordered value")."""
    sums = {
        name
        for tool in scenario.tools.values()
        for name, spec in tool.args.items()
        if spec.kind == "money"
    }
    found = set(sums)
    given: list[Mapping[str, Arg]] = []
    for job in scenario.jobs.values():
        given += [job.step.args, *(each.args for each in job.cases.values())]
    for fault in scenario.faults.values():
        given += [each.args for each in fault.overlays.values()]
    for args in given:
        for name, arg in args.items():
            if name in sums:
                found |= _only_field(arg.value)
                if arg.source.count(".") >= 2:
                    found.add(arg.source.rpartition(".")[2])
    for fact in scenario.facts.values():
        if fact.compare in sums and fact.cell:
            found.add(fact.cell.rpartition(".")[2])
    for tool in scenario.tools.values():
        for write in tool.writes:
            found |= {column for column, value in write.values.items() if _only_field(value) & sums}
    for table in scenario.world.tables.values():
        columns = {column for row in table.rows.values() for column in row}
        ends = {each.rpartition("_")[2] for each in columns & found if "_" in each}
        found |= {each for each in columns if "_" in each and each.rpartition("_")[2] in ends}
    return found


def _only_field(value: Value) -> set[str]:
    """ "{amount}" gives the column amount; everything else gives nothing."""
    if isinstance(value, str) and value.startswith("{") and value.endswith("}"):
        return {value[1:-1]}
    return set()
