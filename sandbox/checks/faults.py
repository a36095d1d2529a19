"""What may go wrong in a scenario, as far as that can be judged without playing it."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.checks.base import (
    Known,
    Path,
    Problem,
    between,
    unknown,
    unknown_all,
)
from sandbox.checks.work import overlay_problems, rows_of
from sandbox.engine.scenario import Fault, Scenario


def fault_problems(scenario: Scenario) -> list[Problem]:
    known = Known(scenario)
    found: list[Problem] = []
    controls: dict[str, str] = {}
    for name, fault in scenario.faults.items():
        path: Path = ("faults", name)
        found += _fault(path, fault, known)
        if (other := controls.setdefault(fault.control.strip().lower(), name)) != name:
            message = f"The fault “{other}” has the same control; the question needs distinct ones."
            found.append(Problem((*path, "control"), message))
    return found


def _fault(path: Path, fault: Fault, known: Known) -> Iterator[Problem]:
    jobs, agents = known.scenario.jobs, known.scenario.agents
    yield from between((*path, "p"), fault.p, 0, 1)
    yield from between((*path, "shows"), fault.shows, 0, 1)
    yield from between((*path, "severity"), fault.severity, 0, 1000)
    yield from between((*path, "after"), fault.after, 0, 1000)
    yield from unknown_all((*path, "among"), fault.among, known.rows, "case")
    yield from unknown_all((*path, "agents"), fault.agents, agents, "agent")
    yield from unknown_all((*path, "unless"), fault.unless, jobs, "job")
    yield from between((*path, "count"), fault.count, 1, len(fault.among or known.rows) or 1)
    if fault.is_decoy and (fault.severity or fault.red_line):
        yield Problem((*path, "severity"), "A decoy is good work: it has no severity.")
    if not fault.is_decoy and not fault.severity:
        yield Problem(
            (*path, "severity"), "A fault that costs nothing is none; give it a severity."
        )
    if not fault.overlays:
        yield Problem((*path, "overlays"), "This changes the work of no job.")
    for name, overlay in fault.overlays.items():
        at: Path = (*path, "overlays", name)
        missing = unknown(at, name, jobs, "job")
        yield from missing
        if missing:
            continue
        job = jobs[name]
        rows = rows_of(job, known, list(fault.among) or None)
        if known.rows and not rows:
            yield Problem(at, f"The job “{name}” is for none of the cases of this fault.")
        tools = {}
        for case in rows:
            own = job.cases.get(case)
            usual = job.step.tool if own is None or own.tool is None else own.tool
            tools[case] = usual if overlay.tool is None else overlay.tool
        yield from overlay_problems(at, overlay, tools, rows, known)
        if overlay.outage and not any(tools.values()):
            yield Problem((*at, "outage"), "A job without a tool cannot have an outage.")
