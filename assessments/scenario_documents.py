"""Scenarios as folders of a package: read with their papers, checked, written, exported again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from curriculum.packages import exporting
from curriculum.packages.kinds import FolderContext, FolderKind, Problem, Text
from curriculum.packages.report import State
from people.models import Member, Organisation
from sandbox import publishing, scenarios
from sandbox.engine.scenario import Scenario
from sandbox.models import ScenarioVersion

FOLDER = "scenarios"
MAIN = "scenario.yaml"
REPORT = "report.json"
PLAYED = frozenset({"guided", "supervised", "design", "live"})
READ = frozenset({"guided", "supervised"})  # a trail is read: no plan, no model


def rungs(scenario: Scenario) -> frozenset[str]:
    """The rungs that an exercise may name."""
    return READ if scenario.reading is not None else PLAYED


def read(
    values: Any, documents: Mapping[str, str], context: FolderContext
) -> tuple[Scenario | None, Sequence[Problem]]:
    """The scenario, or every fault of it, of its references and of what it refers to outside."""
    scenario, found = scenarios.read(values, documents)
    problems = [Problem(each.path, each.message) for each in found]
    if scenario is not None:
        problems += _outside(scenario, context)
    return scenario, problems


def _outside(scenario: Scenario, context: FolderContext) -> Iterator[Problem]:
    for place, criterion in enumerate(scenario.criteria):
        if criterion.competency not in context.competencies:
            message = f"There is no competency “{criterion.competency}”."
            yield Problem(("criteria", place, "competency"), message)
    module, _, lesson = scenario.debrief.next_lesson.partition("/")
    if module and not context.lesson_exists(module, lesson):
        message = f"There is no lesson “{module}/{lesson}”."
        yield Problem(("debrief", "next_lesson"), message)


def markdown(scenario: Scenario) -> list[Text]:
    """The papers, and each as it reads while a fault is planted, in a fixed order."""
    return [Text(f"documents/{name}.md", text) for name, text in _texts(scenario)]


def _texts(scenario: Scenario) -> Iterator[tuple[str, str]]:
    for name, paper in scenario.papers.items():
        yield name, paper.text
        for fault, text in paper.planted.items():
            yield f"{name}.{fault}", text


def known(organisation: Organisation | None) -> dict[str, frozenset[str]]:
    """The scenarios that an organisation's packages may name: the built-in ones and its own."""
    found: dict[str, frozenset[str]] = {}
    for owner in {None, organisation}:
        for key, version in publishing.versions_of(owner).items():
            found[key] = found.get(key, frozenset()) | (READ if version.only_reads else PLAYED)
    return found


def states(things: Sequence[Scenario], organisation: Organisation | None) -> list[State]:
    present = publishing.versions_of(organisation, [thing.id for thing in things])
    return [_state(thing, present.get(thing.id)) for thing in things]


def _state(scenario: Scenario, version: ScenarioVersion | None) -> State:
    if version is None:
        return "new"
    return "unchanged" if version.digest == scenario.digest else "changed"


def write(
    scenario: Scenario,
    html: Sequence[str],
    files: Mapping[str, str],
    organisation: Organisation | None,
    by: Member | None,
) -> None:
    """Only the built-in library brings its report along: an upload's could say anything."""
    laid_out = dict(zip([name for name, _ in _texts(scenario)], html, strict=True))
    papers = {
        name: scenarios.Rendered(
            laid_out[name], {fault: laid_out[f"{name}.{fault}"] for fault in paper.planted}
        )
        for name, paper in scenario.papers.items()
    }
    report = _report(files.get(REPORT, "")) if organisation is None else None
    publishing.write(scenario, papers, organisation=organisation, by=by, report=report)


def _report(text: str) -> dict[str, Any] | None:
    try:
        report = json.loads(text)
    except ValueError:
        return None
    return report if isinstance(report, dict) else None


def files_of(scenario: Scenario) -> dict[str, str]:
    """The scenario's folder, by paths in a package; loads again to the same digest."""
    base = f"{FOLDER}/{scenario.id}/"
    values = scenarios.plain(scenario)
    for paper in values["papers"].values():
        paper.pop("text", None)
        paper.pop("planted", None)
    # Short lists and mappings stay on one line, so that the file stays within its limit.
    text = yaml.safe_dump(
        values, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )
    return {base + MAIN: text} | {
        f"{base}documents/{name}.md": paper for name, paper in _texts(scenario)
    }


def export(version: ScenarioVersion) -> bytes:
    """The version as a package of its own, as a zip."""
    scenario = scenarios.loaded(version).scenario
    built_in = version.scenario.organisation_id is None
    head = exporting.head(scenario.id, scenario.title, built_in)
    return exporting.pack({"package.yaml": head, **files_of(scenario)})


SCENARIO = FolderKind(
    name="scenario",
    folder=FOLDER,
    main=MAIN,
    read=read,
    id=lambda scenario: scenario.id,
    title=lambda scenario: scenario.title,
    offers=rungs,
    markdown=markdown,
    known=known,
    states=states,
    write=write,
    extra=frozenset({REPORT}),
)
