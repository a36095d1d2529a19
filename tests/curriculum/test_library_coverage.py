"""The library reaches what it promises: targets, decisions and enough cases along every path."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.curriculum.test_framework_data import LIBRARY, POINTS, ROLES, read

MODULES = 53
ENOUGH_ITEMS = 12  # of a critical competency along the tracks of a job role
# What the named orchestrator needs beyond their own job role.
OVERLAY = {
    "U1": 2, "U2": 3, "U3": 2, "D1": 3, "D2": 2, "D3": 3, "O1": 3, "O2": 3, "O3": 3, "O4": 3,
    "O5": 3, "O6": 2, "G1": 3, "G2": 2, "G3": 2, "G4": 2, "G5": 3, "V1": 3, "V2": 3, "V3": 2,
    "V4": 3, "V5": 3,
}  # fmt: skip
QUIZZES = {"pre-test": (3, 3), "practice": (4, 4), "gate": (8, 16)}  # drawn, at least in the bank

Document = dict[str, Any]


@cache
def modules() -> dict[str, Document]:
    return {path.name: read(f"modules/{path.name}/module.yaml") for path in folders()}


def folders() -> list[Path]:
    return sorted((LIBRARY / "modules").iterdir())


@cache
def parts(module: str, folder: str) -> list[Document]:
    paths = sorted((LIBRARY / "modules" / module / folder).glob("*.yaml"))
    return [yaml.safe_load(path.read_text("utf-8")) for path in paths]


def along(tracks: list[str]) -> list[str]:
    return [module for track in tracks for module in read(f"tracks/{track}.yaml")["modules"]]


def taught(keys: list[str], competency: str) -> int:
    levels = (modules()[key]["competencies"] for key in keys)
    return max(int(each.get(competency, 0)) for each in levels)


def test_there_are_53_modules_and_each_is_on_a_track() -> None:
    assert len(modules()) == MODULES
    tracks = [path.stem for path in (LIBRARY / "tracks").glob("*.yaml")]
    assert set(along(tracks)) == set(modules())


@pytest.mark.parametrize("role", ROLES)
def test_every_target_that_is_measured_by_itself_can_be_reached(role: str) -> None:
    document = read(f"job-roles/{role}.yaml")
    keys = along(document["tracks"])
    short = {
        competency: (target["level"], taught(keys, competency))
        for competency, target in document["targets"].items()
        if (target["level"] > 1 or target.get("critical"))
        and taught(keys, competency) < target["level"]
    }
    assert not short, "competency: (asked, taught)"


@pytest.mark.parametrize("role", ROLES)
def test_the_orchestrator_is_led_to_what_they_need_beside_any_job_role(role: str) -> None:
    keys = along([*read(f"job-roles/{role}.yaml")["tracks"], "orchestrator"])
    short = {
        competency: (level, taught(keys, competency))
        for competency, level in OVERLAY.items()
        if taught(keys, competency) < level
    }
    assert not short, "competency: (asked, taught)"


@pytest.mark.parametrize("role", ROLES)
def test_every_decision_is_taught_on_the_tracks_of_its_job_role(role: str) -> None:
    document = read(f"job-roles/{role}.yaml")
    keys = along(document["tracks"])
    teaching = {point for key in keys for point in modules()[key].get("interaction_points", [])}
    points = {point["id"] for point in document["interaction_points"]}
    assert len(points) == POINTS[role]
    assert not points - teaching


@pytest.mark.parametrize("role", ROLES)
def test_a_critical_competency_has_enough_cases_along_the_way(role: str) -> None:
    document = read(f"job-roles/{role}.yaml")
    cases = Counter(
        item["competency"]
        for key in along(document["tracks"])
        for quiz in parts(key, "quizzes")
        for item in quiz["items"]
    )
    critical = [key for key, target in document["targets"].items() if target.get("critical")]
    assert not {key: cases[key] for key in critical if cases[key] < ENOUGH_ITEMS}


@pytest.mark.parametrize("key", [path.name for path in folders()])
def test_a_module_is_whole(key: str) -> None:
    document = modules()[key]
    kinds = Counter(step["kind"] for step in document["steps"])
    assert kinds["lesson"] in (3, 4)
    assert kinds["quiz"] == 3
    # A rehearsal, or a second task on paper material where no scenario fits.
    assert (kinds["exercise"], kinds["task"]) in ((1, 1), (0, 2))
    by_purpose = {quiz["purpose"]: quiz for quiz in parts(key, "quizzes")}
    assert set(by_purpose) == set(QUIZZES)
    for purpose, (draw, least) in QUIZZES.items():
        assert by_purpose[purpose]["draw"] == draw
        assert len(by_purpose[purpose]["items"]) >= least
    gate = by_purpose["gate"]["items"]
    asked = Counter(item["competency"] for item in gate)
    assert set(asked) == set(document["competencies"])
    for task in parts(key, "tasks"):
        assert task["measure"]["name"]
        assert len(task["criteria"]) == 4
