"""A scenario read from its folder: YAML with line numbers, and the papers beside it."""

from __future__ import annotations

from pathlib import Path

from curriculum.packages.marked_yaml import parse
from curriculum.packages.reading import Package, read_folder
from curriculum.packages.report import Fault
from sandbox import scenarios
from sandbox.engine.scenario import Scenario

LIBRARY = Path(__file__).resolve().parents[1] / "curriculum" / "library" / "scenarios"


def read_scenario(folder: Path) -> tuple[Scenario | None, list[Fault]]:
    """The scenario in this folder, or everything that is wrong with it, with file and line."""
    return scenario_in(read_folder(folder), "")


def scenario_in(package: Package, base: str) -> tuple[Scenario | None, list[Fault]]:
    """The same for the folder `base` ("scenarios/payment-run/") of a package."""
    name = f"{base}scenario.yaml"
    faults = [fault for fault in package.faults if fault.file.startswith(base)]
    if name not in package.files:
        return None, [*faults, Fault(name, 0, "This file is missing; every scenario has one.")]
    marked = parse(package.files[name])
    faults += [Fault(name, line, message) for line, message in marked.faults]
    if faults:
        return None, faults
    papers = {
        path.removeprefix(f"{base}documents/").removesuffix(".md"): text
        for path, text in package.files.items()
        if path.startswith(f"{base}documents/")
    }
    scenario, problems = scenarios.read(marked.value, papers)
    faults += [Fault(name, marked.line(each.path), each.message) for each in problems]
    return (None if faults else scenario), faults
