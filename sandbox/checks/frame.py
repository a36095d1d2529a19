"""What stands around the work: ids, lengths, the brief, criteria, limits, papers."""

from __future__ import annotations

import re

from sandbox.checks.base import (
    FIELD,
    ID,
    NAME,
    TOOL,
    Known,
    Path,
    Problem,
    between,
    odd_ids,
    stray_braces,
    unknown,
)
from sandbox.engine.scenario import Paper, Scenario

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_ID = 40
LONGEST_TITLE = 160
PAPER = 200_000
PAPERS = 2_000_000
MOST = {"tools": 40, "agents": 20, "jobs": 30, "faults": 40, "facts": 30}
LESSON = re.compile(r"[A-Za-z0-9-]+/[a-z0-9-]+")


def frame_problems(scenario: Scenario) -> list[Problem]:
    return [
        *_ids(scenario),
        *_brief(scenario),
        *_criteria(scenario),
        *_limits(scenario),
        *_papers(scenario),
    ]


def _ids(scenario: Scenario) -> list[Problem]:
    found = []
    if not SLUG.fullmatch(scenario.id) or len(scenario.id) > LONGEST_ID:
        message = "An id is lower-case letters, digits and hyphens, 40 at most."
        found.append(Problem(("id",), message))
    if not scenario.title.strip() or len(scenario.title) > LONGEST_TITLE:
        found.append(Problem(("title",), "A title has 1 to 160 characters."))
    if not scenario.summary.strip():
        found.append(Problem(("summary",), "This must not be empty."))
    found += between(("minutes",), scenario.minutes, 5, 120)
    for name, most in MOST.items():
        if len(getattr(scenario, name)) > most:
            found.append(Problem((name,), f"There may be at most {most} {name}."))
    found += odd_ids(("tools",), scenario.tools, TOOL, "a tool")
    for name, what in (
        ("papers", "a paper"),
        ("agents", "an agent"),
        ("jobs", "a job"),
        ("faults", "a fault"),
        ("references", "a plan"),
    ):
        found += odd_ids((name,), getattr(scenario, name), ID, what)
    found += odd_ids(("facts",), scenario.facts, NAME, "a fact")
    return found


def _brief(scenario: Scenario) -> list[Problem]:
    found = []
    brief = scenario.brief
    if not 2 <= len(brief.choices) <= 8:
        found.append(Problem(("brief", "choices"), "There must be 2 to 8 choices."))
    found += stray_braces(("brief", "outcome"), brief.outcome)
    for name in FIELD.findall(brief.outcome):
        if name not in ("done", "all"):
            message = f"The outcome knows {{done}} and {{all}}, not “{name}”."
            found.append(Problem(("brief", "outcome"), message))
    lesson = scenario.debrief.next_lesson
    if lesson and not LESSON.fullmatch(lesson):
        found.append(Problem(("debrief", "next_lesson"), "Write it as MODULE/lesson-id."))
    return found


def _criteria(scenario: Scenario) -> list[Problem]:
    found = []
    seen: set[str] = set()
    for place, criterion in enumerate(scenario.criteria):
        path: Path = ("criteria", place)
        found += between((*path, "level"), criterion.level, 1, 4)
        edges = criterion.edges
        if list(edges) != sorted(set(edges)) or not (edges[0] > 0 and edges[-1] <= 100):
            found.append(Problem((*path, "edges"), "Four numbers from 1 to 100, each higher."))
        if criterion.part in seen and scenario.reading is None:
            message = f"There is a second criterion of the part “{criterion.part}”."
            found.append(Problem((*path, "part"), message))
        seen.add(criterion.part)
    return found


def _limits(scenario: Scenario) -> list[Problem]:
    limits = scenario.limits
    path: Path = ("limits",)
    return [
        *between((*path, "tokens"), limits.tokens, 1, 10_000_000),
        *between((*path, "mils"), limits.mils, 1, 10_000_000),
        *between((*path, "steps"), limits.steps, 1, 2_000),
        *between((*path, "minutes"), limits.minutes, 1, 10_000),
        *between((*path, "human_minutes"), limits.human_minutes, 0, 1_000),
        *between((*path, "ask_minutes"), limits.ask_minutes, 1, 60),
    ]


def _papers(scenario: Scenario) -> list[Problem]:
    found = []
    known = Known(scenario)
    for name, paper in scenario.papers.items():
        path: Path = ("papers", name)
        found += _size(path, paper)
        if paper.case:
            found += unknown((*path, "case"), paper.case, known.rows, "case")
        for fault in paper.planted:
            found += unknown(path, fault, scenario.faults, f"fault for documents/{name}.*.md:")
    total = sum(_bytes(paper) for paper in scenario.papers.values())
    if total > PAPERS:
        message = f"The papers have {total // 1000} kB together; the limit is 2000 kB."
        found.append(Problem(("papers",), message))
    return found


def _size(path: Path, paper: Paper) -> list[Problem]:
    found = []
    for text in (paper.text, *paper.planted.values()):
        if len(text.encode()) > PAPER:
            size = len(text.encode()) // 1000
            found.append(Problem(path, f"The paper has {size} kB; the limit is 200 kB."))
    return found


def _bytes(paper: Paper) -> int:
    return sum(len(text.encode()) for text in (paper.text, *paper.planted.values()))
