"""A package that the linter has nothing to say about, as values to be changed one at a time."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import yaml

from curriculum.linting import lint
from curriculum.linting.behind import Behind
from curriculum.packages.checking import check
from curriculum.packages.known import Known
from curriculum.packages.reading import Package
from curriculum.packages.report import Finding

TODAY = date(2026, 11, 21)

FIRST = "modules/M1/lessons/read-the-trail.md"
SECOND = "modules/M1/lessons/repair-trust.md"
GATE = "modules/M1/quizzes/gate.yaml"
TASK = "modules/M1/tasks/try-it.yaml"
MODULE = "modules/M1/module.yaml"
TRACK = "tracks/care.yaml"
ROLE = "job-roles/care-adviser.yaml"

VOCABULARY = """
desk letter order night phone parcel driver window number garden ticket reason morning answer
table winter record colour person bottle engine market school summer kitchen member office paper
river street travel village weather border branch bridge carpet copper corner dinner finger
flower forest ladder lesson mirror needle orange pencil pocket ribbon saddle silver spring
stable tailor timber tunnel valley basket button candle castle cotton cupboard umbrella workshop
customer telephone signature newspaper afternoon delivery mountain envelope furniture
neighbourhood calendar
"""
WORDS = VOCABULARY.split()


def sentence(seed: str, count: int = 9) -> str:
    """Words without sense that stand nowhere else in this order."""
    chosen = random.Random(seed).choices(WORDS, k=count)
    return " ".join(chosen).capitalize() + "."


def prose(seed: str, count: int) -> str:
    """A paragraph of exactly so many words."""
    said = [sentence(f"{seed} {number}") for number in range(count // 9)]
    rest = count - 9 * len(said)
    return " ".join([*said, *([sentence(f"{seed} rest", rest)] if rest else [])])


def item(number: int, competency: str = "U1") -> dict[str, Any]:
    """Single choice; the right option moves, and so does the longest."""
    options = []
    for place in range(4):
        longer = " in the end" if place == (number + number // 4) % 4 else " at once"
        option: dict[str, Any] = {"text": sentence(f"option {number} {place}", 4)[:-1] + longer}
        if place == number % 4:
            option["right"] = True
        option["follows"] = sentence(f"follows {number} {place}")
        option["because"] = sentence(f"because {number} {place}")
        options.append(option)
    return {
        "id": f"m1-g{number:02}",
        "title": f"Case of {WORDS[number]}",
        "kind": "single",
        "competency": competency,
        "level": 2,
        "lesson": "read-the-trail",
        "case": sentence(f"case {number}", 20),
        "ask": "What do you do first with this case?",
        "options": options,
    }


@dataclass
class Content:
    """The documents of the package; a test changes one and asks what the linter says."""

    module: dict[str, Any] = field(
        default_factory=lambda: {
            "id": "M1",
            "title": "Taking over well",
            "summary": "What to do when the assistant hands you a customer.",
            "minutes": 32,
            "requires": [],
            "competencies": {"U1": 2},
            "interaction_points": ["CA1"],
            "objectives": [{"verb": "apply", "text": "Read a trail before speaking"}],
            "steps": [
                {"kind": "lesson", "id": "read-the-trail"},
                {"kind": "lesson", "id": "repair-trust"},
                {"kind": "quiz", "id": "gate"},
                {"kind": "task", "id": "try-it"},
            ],
            "sources": [
                {"id": "nist-rmf", "title": "Framework", "publisher": "NIST", "date": "2023-01"}
            ],
        }
    )
    first: dict[str, Any] = field(
        default_factory=lambda: {
            "id": "read-the-trail",
            "title": "Read the trail",
            "minutes": 10,
            "sources": ["nist-rmf"],
        }
    )
    body: str = f"{prose('first', 399)} Two (nist-rmf).\n"
    second: dict[str, Any] = field(
        default_factory=lambda: {"id": "repair-trust", "title": "Repair trust", "minutes": 10}
    )
    other: str = f"{prose('second', 400)}\n"
    gate: dict[str, Any] = field(
        default_factory=lambda: {
            "id": "gate",
            "title": "Gate",
            "purpose": "gate",
            "draw": 8,
            "pass_mark": 75,
            "time_limit": None,
            "items": [item(number) for number in range(16)],
        }
    )
    task: dict[str, Any] = field(
        default_factory=lambda: {
            "id": "try-it",
            "title": "Try it",
            "minutes": 45,
            "due_days": 14,
            "brief": prose("brief", 100),
            "measure": {"name": "Days", "unit": "days", "better": "lower", "hint": "Count them."},
            "graded_by": "either",
            "appeal": "Ask for a second grader from the task’s page; another trainer marks it.",
            "criteria": [
                {
                    "id": f"part-{number}",
                    "title": f"Part {number}",
                    "competency": "U1",
                    "level": 1,
                    "bands": [sentence(f"band {number} {band}") for band in range(5)],
                }
                for number in range(4)
            ],
        }
    )
    track: dict[str, Any] = field(
        default_factory=lambda: {
            "id": "care",
            "title": "Care desk",
            "summary": "For the care desk.",
            "layer": "customer",
            "modules": ["M1"],
        }
    )
    role: dict[str, Any] = field(
        default_factory=lambda: {
            "id": "care-adviser",
            "layer": "customer",
            "name": "Care adviser",
            "summary": "You talk with customers.",
            "tracks": ["care"],
            "targets": {"U1": {"level": 2, "critical": True}, "U2": {"level": 1}},
            "interaction_points": [
                {
                    "id": "CA1",
                    "decision": "Take over",
                    "information": "What has happened so far",
                    "skills": ["U1"],
                    "good": "You have read the case.",
                    "bad": "You ask again.",
                }
            ],
        }
    )
    more: dict[str, str] = field(default_factory=dict)

    @property
    def items(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.gate["items"]
        return found

    def files(self) -> dict[str, str]:
        return {
            "package.yaml": "format: 1\nid: ours\ntitle: Ours\n",
            MODULE: dump(self.module),
            FIRST: f"---\n{dump(self.first)}---\n{self.body}",
            SECOND: f"---\n{dump(self.second)}---\n{self.other}",
            GATE: dump(self.gate),
            TASK: dump(self.task),
            TRACK: dump(self.track),
            ROLE: dump(self.role),
            **self.more,
        }


class Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _block(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else '"' if text[:1].isdigit() else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


Dumper.add_representer(str, _block)


def dump(value: Any) -> str:
    text: str = yaml.dump(value, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=10**6)
    return text


def findings(
    content: Content,
    *,
    built_in: bool = True,
    behind: Behind | None = None,
    known: Known | None = None,
    today: date = TODAY,
) -> list[Finding]:
    """What the linter says of the package, which must be without faults."""
    package = Package(content.files())
    checked = check(package, known or Known(competencies=frozenset({"U1", "U2"})))
    assert not checked.faults, checked.faults
    return lint(checked, built_in=built_in, behind=behind, today=today)


Change = Callable[[Content], object]


def changed(change: Change) -> Content:
    content = Content()
    change(content)
    return content


def line_of(content: Content, file: str, words: str) -> int:
    """The line of the file on which the words stand for the first time."""
    lines = content.files()[file].split("\n")
    return next(number for number, line in enumerate(lines, 1) if words in line)
