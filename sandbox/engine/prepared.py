"""A scenario made ready to be played often: templates filled in once for every job and case."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal, NamedTuple

from sandbox.engine.plan import Value
from sandbox.engine.scenario import Job, Overlay, Scenario, Step, Tool

_FIELD = re.compile(r"\{(\w+)\}")
Row = Mapping[str, Value]


@lru_cache(maxsize=8192)
def _whole(template: str) -> str:
    """The one field that the template consists of, or nothing."""
    match = _FIELD.fullmatch(template)
    return match[1] if match else ""


def fill(template: Value, row: Row) -> Value:
    """The template with `{column}` replaced; exactly one field keeps the type of its value.

    Raises `KeyError` for a column that the row does not have.
    """
    if not isinstance(template, str) or "{" not in template:
        return template
    if whole := _whole(template):
        return row[whole]
    return _FIELD.sub(lambda match: str(row[match[1]]), template)


def text(template: str, row: Row) -> str:
    return str(fill(template, row))


class Ready(NamedTuple):
    """A step with everything filled in. `labels` are those its sources carry, as rules see them."""

    says: str
    reads: tuple[str, ...]
    tool: str
    args: Mapping[str, Value]
    sources: Mapping[str, str]
    labels: tuple[str, ...]
    facts: Mapping[str, Value]
    confidence: int
    tokens: int
    seconds: int
    route: str
    times: int
    outage: Literal["", "down", "lost"]
    skips: bool


@dataclass(slots=True)
class Prepared:
    """The scenario with its filled-in steps; safe to share between runs, since nothing changes."""

    scenario: Scenario
    _rows: dict[str, Row] = field(default_factory=dict)
    _steps: dict[tuple[str, str, str, int], Ready] = field(default_factory=dict)
    _counts: dict[tuple[str, tuple[tuple[str, Value], ...]], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for case, row in self.scenario.case_rows.items():
            self._rows[case] = {**row, "id": case}

    def case(self, case: str) -> Row:
        return self._rows[case]

    @property
    def cases(self) -> list[str]:
        return list(self._rows)

    def step(self, job: str, case: str, fault: str = "", occurrence: int = 0) -> Ready:
        """What the agent of this job does with the case, as `fault` (or nothing) changes it."""
        key = (job, case, fault, occurrence)
        if (ready := self._steps.get(key)) is None:
            ready = self._steps[key] = self._fill(job, case, fault, occurrence)
        return ready

    def count(self, table: str, where: Row) -> int:
        """How many rows of the table hold all these values before anything has happened."""
        key = (table, tuple(where.items()))
        if (found := self._counts.get(key)) is None:
            rows = self.scenario.world.tables[table].rows.values()
            found = self._counts[key] = sum(holds(row, where) for row in rows)
        return found

    def labels(self, args: Mapping[str, Value], sources: Mapping[str, str]) -> tuple[str, ...]:
        """What the sources of the arguments carry over: "untrusted", "personal", "unsourced"."""
        found: set[str] = set()
        for name in args:
            found |= self.label(sources.get(name, ""))
        return tuple(sorted(found))

    def label(self, source: str) -> set[str]:
        """The labels of one source: "paper:ID", "TABLE.ROW.COLUMN", "own" or "" for none."""
        if source == "":
            return {"unsourced"}
        if source == "own":
            return set()
        found = set()
        if source.startswith("paper:"):
            paper = self.scenario.papers.get(source[6:])
            if paper is None:
                return {"unsourced"}
            if paper.trust == "untrusted":
                found.add("untrusted")
            if paper.personal:
                found.add("personal")
            return found
        name, _, rest = source.partition(".")
        table = self.scenario.world.tables.get(name)
        if table is None:
            return {"unsourced"}
        if table.trust == "untrusted":
            found.add("untrusted")
        if rest.rpartition(".")[2] in table.personal:
            found.add("personal")
        return found

    def phrase(self, tool: str, args: Mapping[str, Value], case: str) -> str:
        """What a proposal would do, in words: "pays £1,240.00 to Kestrel Castings"."""
        spec = self.scenario.tools.get(tool)
        if spec is None:
            return f"use {tool}"
        row: dict[str, Value] = dict(self._rows.get(case, {}))
        for name, value in args.items():
            row[name] = self.show(spec, name, value)
        return _FIELD.sub(lambda match: str(row.get(match[1], "…")), spec.phrase)

    def show(self, tool: Tool, name: str, value: Value) -> str:
        """An argument as a person reads it."""
        spec = tool.args.get(name)
        if isinstance(value, bool):
            return "yes" if value else "no"
        if spec is not None and spec.kind == "money" and isinstance(value, int):
            return money(value, self.scenario.world.currency)
        return str(value)

    def _fill(self, name: str, case: str, fault: str, occurrence: int) -> Ready:
        job = self.scenario.jobs[name]
        row = {**self._rows[case], "n": occurrence + 1}
        step, times, outage, skips = job.step, 1, "", False
        for overlay in self._overlays(job, name, case, fault):
            step = laid_over(step, overlay)
            times, outage, skips = overlay.times, overlay.outage, overlay.skips
        own_table = self.scenario.world.cases
        args = {key: fill(arg.value, row) for key, arg in step.args.items()}
        sources = {}
        for key, arg in step.args.items():
            source = text(arg.source, row)
            if source == "case":
                whole = _FIELD.fullmatch(arg.value) if isinstance(arg.value, str) else None
                source = f"{own_table}.{case}.{whole[1] if whole else 'id'}"
            sources[key] = source
        return Ready(
            says=text(step.says, row),
            reads=tuple(text(each, row) for each in step.reads),
            tool="" if skips else step.tool,
            args=args,
            sources=sources,
            labels=self.labels(args, sources),
            facts={key: fill(value, row) for key, value in step.facts.items()},
            confidence=step.confidence,
            tokens=step.tokens,
            seconds=step.seconds,
            route=text(step.route, row),
            times=times,
            outage=outage,  # type: ignore[arg-type]
            skips=skips,
        )

    def _overlays(self, job: Job, name: str, case: str, fault: str) -> list[Overlay]:
        found = [job.cases[case]] if case in job.cases else []
        if fault:
            overlay = self.scenario.faults[fault].overlays.get(name)
            found += [overlay] if overlay else []
        return found


def holds(row: Row, where: Row) -> bool:
    return all(row.get(column) == value for column, value in where.items())


def laid_over(step: Step, overlay: Overlay) -> Step:
    """The step as the overlay changes it: what is given stands, arguments and facts are merged."""
    return replace(
        step,
        says=step.says if overlay.says is None else overlay.says,
        reads=step.reads if overlay.reads is None else overlay.reads,
        tool=step.tool if overlay.tool is None else overlay.tool,
        args=overlay.args
        if overlay.tool not in (None, step.tool)
        else {**step.args, **overlay.args},
        facts={**step.facts, **overlay.facts},
        confidence=step.confidence if overlay.confidence is None else overlay.confidence,
        tokens=step.tokens if overlay.tokens is None else overlay.tokens,
        seconds=step.seconds if overlay.seconds is None else overlay.seconds,
        route=step.route if overlay.route is None else overlay.route,
    )


def money(minor: int, currency: str = "£") -> str:
    """Minor units as people write them: 124000 is £1,240.00."""
    sign = "−" if minor < 0 else ""
    return f"{sign}{currency}{abs(minor) // 100:,}.{abs(minor) % 100:02d}"
