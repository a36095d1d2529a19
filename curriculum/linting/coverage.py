"""Whether the tracks of a job role teach what the job role needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from curriculum.linting.behind import Behind, Teaching
from curriculum.models.framework import CLAIMED_FROM
from curriculum.packages.checked import Checked, CheckedModule, Typed
from curriculum.packages.documents import JobRoleDocument
from curriculum.packages.report import Finding

POINT_NOT_TAUGHT = "point-not-taught"
TARGET_NOT_AIMED_AT = "target-not-aimed-at"
TOO_FEW_ITEMS = "too-few-items"

ITEMS = 12  # of a critical competency: a gate, its second try and a later check without repeats


def findings(checked: Checked, behind: Behind) -> Iterator[Finding]:
    tracks = dict(behind.tracks)
    tracks |= {each.document.id: tuple(each.document.modules) for each in checked.tracks}
    modules = dict(behind.modules)
    modules |= {module.document.id: _teaching(module) for module in checked.modules}
    for role in checked.job_roles:
        keys = [key for track in role.document.tracks for key in tracks.get(track, ())]
        known = [modules[key] for key in dict.fromkeys(keys) if key in modules]
        if len(known) < len(set(keys)) or any(each not in tracks for each in role.document.tracks):
            continue  # something of the tracks is not known, so nothing can be said to be missing
        yield from _role(role, known)


def _teaching(module: CheckedModule) -> Teaching:
    asked = Counter(key for step in module.steps for key in step.kind.asked(step.source.document))
    document = module.document
    return Teaching(document.competencies, asked, frozenset(document.interaction_points))


def _role(role: Typed[JobRoleDocument], modules: list[Teaching]) -> Iterator[Finding]:
    taught = {point for module in modules for point in module.points}
    for number, point in enumerate(role.document.interaction_points):
        if point.id not in taught:
            line = role.marked.line(("interaction_points", number, "id"))
            message = (
                f"No module of the tracks teaches {point.id}, “{point.decision}”: "
                "a module names what it teaches as `interaction_points`."
            )
            yield Finding(role.file, line, "error", POINT_NOT_TAUGHT, message)
    for competency, target in role.document.targets.items():
        line = role.marked.line(("targets", competency))
        best = max((module.levels.get(competency, 0) for module in modules), default=0)
        if best < target.level and (target.critical or target.level >= CLAIMED_FROM):
            reached = f"the best aims at level {best}" if best else "none aims at it at all"
            message = (
                f"The target for {competency} is level {target.level}, and no module of the tracks "
                f"aims that high: {reached}."
            )
            yield Finding(role.file, line, "error", TARGET_NOT_AIMED_AT, message)
        items = sum(module.asked.get(competency, 0) for module in modules)
        if target.critical and items < ITEMS:
            message = (
                f"{competency} is critical, and the tracks have {items} quiz items of it; "
                f"{ITEMS} are needed."
            )
            yield Finding(role.file, line, "error", TOO_FEW_ITEMS, message)
