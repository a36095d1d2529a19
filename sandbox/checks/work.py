"""The jobs: who may do them, in which order, and what the agents propose for each case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sandbox.checks.base import (
    Known,
    Path,
    Problem,
    Row,
    Template,
    between,
    unknown,
    unknown_all,
)
from sandbox.engine.scenario import Agent, Arg, Job, Overlay, Scenario, Step
from sandbox.engine.vocabulary import Role

DOES_NOT: Mapping[str, frozenset[Role]] = {
    "work": frozenset({Role.COORDINATOR, Role.REVIEWER, Role.GUARDIAN}),
    "route": frozenset(Role) - {Role.COORDINATOR},
    "watch": frozenset({Role.COORDINATOR, Role.PLANNER, Role.GUARDIAN}),
}
KINDS = {"work": "a work job", "route": "a route job", "watch": "a watch job"}
MOST_TIMES = 10


def work_problems(scenario: Scenario) -> list[Problem]:
    known = Known(scenario)
    found: list[Problem] = []
    for name, job in scenario.jobs.items():
        found += _job(("jobs", name), job, known)
    found += _loops(scenario)
    if not any(job.required for job in scenario.jobs.values()) and scenario.reading is None:
        found.append(Problem(("jobs",), "At least one job must be required."))
    return found


def _job(path: Path, job: Job, known: Known) -> Iterator[Problem]:
    scenario = known.scenario
    yield from _agents(path, job, scenario)
    yield from unknown_all((*path, "only"), job.only, known.rows, "case")
    yield from unknown_all((*path, "after"), job.after, scenario.jobs, "job")
    yield from between((*path, "value"), job.value, 0, 1000)
    routes = _routes(known)
    for place, route in enumerate(job.routes):
        if route not in routes:
            message = f"No route job sends a case to “{route[:40]}”."
            yield Problem((*path, "routes", place), message)
    yield from _step(path, job, known)
    for case, overlay in job.cases.items():
        at: Path = (*path, "cases", case)
        missing = unknown(at, case, known.rows, "case")
        yield from missing
        if not missing:
            tool = job.step.tool if overlay.tool is None else overlay.tool
            yield from overlay_problems(
                at, overlay, {case: tool}, rows_of(job, known, [case]), known
            )


def _agents(path: Path, job: Job, scenario: Scenario) -> Iterator[Problem]:
    yield from unknown_all((*path, "agents"), job.agents, scenario.agents, "agent")
    fit: list[Agent] = []
    for place, name in enumerate(job.agents):
        agent = scenario.agents.get(name)
        if agent is None:
            continue
        if agent.role in DOES_NOT[job.kind]:
            message = f"A {agent.role.value} does not do {KINDS[job.kind]}."
            yield Problem((*path, "agents", place), message)
        else:
            fit.append(agent)
    if not fit:
        yield Problem((*path, "agents"), "No agent may do this job.")
    tool = job.step.tool
    if tool in scenario.tools and fit and not any(tool in agent.tools for agent in fit):
        yield Problem((*path, "step", "tool"), f"No agent of this job holds the tool “{tool}”.")


def _step(path: Path, job: Job, known: Known) -> Iterator[Problem]:
    step, at = job.step, (*path, "step")
    rows = rows_of(job, known)
    if job.kind != "work" and step.tool:
        yield Problem((*at, "tool"), f"In {KINDS[job.kind]} nothing is proposed.")
    if job.kind == "work" and job.value and not step.tool:
        yield Problem((*at, "tool"), "A job that is worth something uses a tool.")
    if job.kind == "route" and not _routes_of(job, known):
        yield Problem((*at, "route"), "A route job says where each case goes.")
    if step.tool:
        yield from unknown((*at, "tool"), step.tool, known.scenario.tools, "tool")

    def unless(given: Callable[[Overlay], bool]) -> dict[str, Row]:
        """The rows of the cases for which this part of the step stands."""
        changed = {case for case, overlay in job.cases.items() if given(overlay)}
        return {case: row for case, row in rows.items() if case not in changed}

    yield from Template((*at, "says"), step.says, unless(lambda o: o.says is not None)).problems()
    yield from Template(
        (*at, "route"), step.route, unless(lambda o: o.route is not None)
    ).problems()
    reads = unless(lambda o: o.reads is not None)
    yield from _reads((*at, "reads"), step.reads, reads, known)
    other_tool = {case for case, o in job.cases.items() if o.tool not in (None, step.tool)}
    for name, arg in step.args.items():
        replaced = other_tool | {case for case, o in job.cases.items() if name in o.args}
        stands = {case: row for case, row in rows.items() if case not in replaced}
        yield from _arg((*at, "args", name), name, arg, {step.tool}, stands, known)
    yield from _all_given((*at, "args"), step, known, [c for c in rows if c not in job.cases])
    yield from _facts(at, step, rows, known)
    yield from _numbers(at, step)


def overlay_problems(
    path: Path, overlay: Overlay, tools: Mapping[str, str], rows: Mapping[str, Row], known: Known
) -> Iterator[Problem]:
    """A changed step; `tools` says which tool each case then uses."""
    if overlay.tool:
        yield from unknown((*path, "tool"), overlay.tool, known.scenario.tools, "tool")
    yield from Template((*path, "says"), overlay.says, rows).problems()
    yield from Template((*path, "route"), overlay.route, rows).problems()
    yield from _reads((*path, "reads"), overlay.reads or (), rows, known)
    for name, arg in overlay.args.items():
        yield from _arg((*path, "args", name), name, arg, set(tools.values()), rows, known)
    yield from _facts(path, overlay, rows, known)
    yield from _numbers(path, overlay)
    yield from between((*path, "times"), overlay.times, 1, MOST_TIMES)


def rows_of(job: Job, known: Known, cases: list[str] | None = None) -> dict[str, Row]:
    """The rows of the cases that the job (or only these of it) is for, as steps see them."""
    wanted = list(job.only) or list(known.rows)
    return {
        case: {**known.rows[case], "n": 1}
        for case in wanted
        if case in known.rows and (cases is None or case in cases)
    }


def _reads(
    path: Path, reads: tuple[str, ...], rows: Mapping[str, Row], known: Known
) -> Iterator[Problem]:
    for place, each in enumerate(reads):
        template = Template((*path, place), each, rows)
        yield from template.problems()
        yield from _first(template, known.read)


def _arg(
    path: Path, name: str, arg: Arg, tools: set[str], rows: Mapping[str, Row], known: Known
) -> Iterator[Problem]:
    for tool in sorted(tools & known.scenario.tools.keys()):
        if name not in known.scenario.tools[tool].args:
            yield Problem(path, f"The tool “{tool}” has no argument “{name}”.")
    yield from Template((*path, "value"), arg.value, rows).problems()
    source = Template((*path, "source"), arg.source, rows)
    yield from source.problems()
    yield from _first(source, known.source)


def _first(template: Template, check: Callable[[Path, str], list[Problem]]) -> list[Problem]:
    """What is wrong with the first case for which something is; the rest would say the same."""
    for filled in template.filled().values():
        if found := check(template.path, str(filled)):
            return found
    return []


def _all_given(path: Path, step: Step, known: Known, cases: list[str]) -> Iterator[Problem]:
    tool = known.scenario.tools.get(step.tool)
    if tool is not None and cases:
        for name in tool.args.keys() - step.args.keys():
            yield Problem(path, f"The argument “{name}” of the tool “{step.tool}” is missing.")


def _facts(
    path: Path, step: Step | Overlay, rows: Mapping[str, Row], known: Known
) -> Iterator[Problem]:
    for name, value in step.facts.items():
        at: Path = (*path, "facts", name)
        fact = known.scenario.facts.get(name)
        if fact is None or fact.stated is None:
            yield Problem(at, f"There is no fact “{name[:40]}” that a step may state.")
            continue
        yield from Template(at, value, rows).problems()
        for filled in Template(at, value, rows).filled().values():
            if type(filled) is not type(fact.stated):
                yield Problem(at, "This is not of the kind that the fact states otherwise.")
                break


def _numbers(path: Path, step: Step | Overlay) -> Iterator[Problem]:
    for name, most in (("confidence", 100), ("tokens", 200_000), ("seconds", 86_400)):
        value = getattr(step, name)
        if value is not None:
            yield from between((*path, name), value, 0, most)


def _routes_of(job: Job, known: Known) -> set[str]:
    found = set()
    for case, row in rows_of(job, known).items():
        overlay = job.cases.get(case)
        route = job.step.route if overlay is None or overlay.route is None else overlay.route
        found |= {str(each) for each in Template((), route, {case: row}).filled().values() if each}
    return found


def _routes(known: Known) -> set[str]:
    found: set[str] = set()
    for job in known.scenario.jobs.values():
        if job.kind == "route":
            found |= _routes_of(job, known)
    return found


def _loops(scenario: Scenario) -> Iterator[Problem]:
    """Jobs that wait for themselves by way of `after`, so that no plan can hold them."""
    waits = {name: set(job.after) & scenario.jobs.keys() for name, job in scenario.jobs.items()}
    # What can be done in some order is taken away; what is left is in a loop or behind one.
    while ready := [name for name, needs in waits.items() if not needs & waits.keys()]:
        for name in ready:
            del waits[name]
    for name in waits:
        message = "No plan can reach this job: what it comes after waits, in a loop, for itself."
        yield Problem(("jobs", name, "after"), message)
