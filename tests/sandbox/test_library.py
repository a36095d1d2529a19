"""The built-in scenarios: solvable, fair, and covering what the curriculum needs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from assessments.scenario_folders import LIBRARY
from sandbox.engine.vocabulary import FaultKind
from sandbox.linting import REFERENCE, lint
from tests.sandbox.played import NAMES, library
from tests.sandbox.small import small

pytestmark = pytest.mark.once

TWELVE = {
    "first-workflow",
    "tool-sprawl",
    "payment-run",
    "supplier-document",
    "refund-desk",
    "renewal-pack",
    "hr-case",
    "incident-trail",
    "feedback-to-tickets",
    "cost-at-scale",
    "release-bot",
    "genius-or-team",
}


def test_all_twelve_are_there() -> None:
    assert set(NAMES) >= TWELVE
    layers = {library(name).scenario.layer for name in TWELVE}
    assert layers == {
        "executive", "operations", "product", "customer", "governance", "technical", "all",
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_is_solvable_and_fair_over_200_seeds(name: str) -> None:
    report = lint(library(name).scenario)
    assert report.ok, [check.words for check in report.checks if not check.ok]
    kept = json.loads((LIBRARY / name / "report.json").read_text())
    assert kept["digest"] == report.digest, f"run manage.py lint_scenarios {name} --write"
    assert kept["ways"] == json.loads(json.dumps(report.document()["ways"]))


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_has_what_a_learner_needs(name: str) -> None:
    scenario = library(name).scenario
    assert any(fault.kind is FaultKind.DECOY for fault in scenario.faults.values())
    assert len(scenario.references) >= 2
    assert len({criterion.competency for criterion in scenario.criteria}) >= 1
    assert len(scenario.policies) >= 3
    assert 4 <= len(scenario.brief.choices) <= 6
    assert "fictional" in scenario.brief.company
    controls = [fault.control for fault in scenario.faults.values()]
    assert len(set(controls)) == len(controls)
    if scenario.reading is None:
        assert scenario.genius is not None
        assert {each.part for each in scenario.criteria} == {
            "outcome", "discrimination", "economy", "explanation",
        }  # fmt: skip


def test_every_kind_of_fault_is_met_somewhere() -> None:
    met = {fault.kind for name in NAMES for fault in library(name).scenario.faults.values()}
    assert met >= set(FaultKind) - {FaultKind.SLOW, FaultKind.UNSOURCED}


def test_the_linter_refuses_what_is_not_fair() -> None:
    fair = library("payment-run").scenario

    def words(**changes: object) -> str:
        report = lint(replace(fair, **changes), seeds=20)  # type: ignore[arg-type]
        assert not report.ok
        return " ".join(check.words for check in report.checks if not check.ok)

    rare = {
        name: replace(fault, p=0.05) if not fault.is_decoy else fault
        for name, fault in fair.faults.items()
    }
    assert "are needed" in words(faults=rare)
    honest_only = {name: fault for name, fault in fair.faults.items() if not fault.is_decoy}
    assert "refusing would cost nothing" in words(faults=honest_only)
    same = {"careful": fair.references["careful"], "lean": fair.references["careful"]}
    assert "different reference plans" in words(references=same)
    weak = {**fair.references, "lean": fair.starter}
    assert f"at least {REFERENCE}" in words(references=weak)


def test_the_linter_refuses_a_fault_that_nothing_shows() -> None:
    scenario = small()
    moved = scenario.faults["moved"]
    hidden = replace(moved, overlays={"pay": replace(moved.overlays["pay"], args={}, says="Paid.")})
    report = lint(replace(scenario, faults={**scenario.faults, "moved": hidden}), seeds=20)
    assert any("Nothing that a rule" in check.words for check in report.checks if not check.ok)
