"""The report of a scenario's check, read for a trainer: what was asked, what was found, how ways
of working compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.debriefing.debrief import Way
from sandbox.debriefing.opening import WayDrawn, compared
from sandbox.grading import HIDDEN
from sandbox.linting import FIRES, NAIVE, REFERENCE


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: `sign` is pass, fail or note."""

    sign: str
    words: str


@dataclass(slots=True)
class Part:
    """Findings that ask the same thing, and why it is asked."""

    title: str
    why: str
    findings: list[Finding] = field(default_factory=list)

    @property
    def failed(self) -> int:
        return sum(each.sign == "fail" for each in self.findings)


@dataclass(frozen=True, slots=True)
class WayShown:
    """One way of working: its points of 100, and its value a run where it was played."""

    title: str
    kind: str  # reference, naive, genius, starter
    points: int
    drawn: WayDrawn | None

    @property
    def width(self) -> int:
        """Of the bar of its points."""
        return max(0, min(100, self.points))

    @property
    def holds(self) -> bool:
        """Whether the points are where they must be; of the other kinds nothing is asked."""
        if self.kind == "reference":
            return self.points >= REFERENCE
        return self.kind != "naive" or self.points <= NAIVE


MET = (
    "What goes wrong",
    f"Each fault has to come up in at least {FIRES:.0%} of the situations, or many people would"
    " never meet it; and something about it has to be visible at the stage where it happens, or"
    " nobody could have seen it. What looks like a fault and is honest makes refusing everything"
    " cost something.",
)
PLANS = (
    "Good plans",
    f"Two plans that really differ have to reach at least {REFERENCE} points: then the task can be"
    " solved, and there is more than one way. The plan that learners begin with should leave"
    " something to do.",
)
REFLEXES = (
    "Reflexes",
    f"Nobody may come through without judging: each of these ways may reach at most {NAIVE} points,"
    " and the best plan has to be worth clearly more than the best of them.",
)
READING = (
    "The trail and its questions",
    "A learner reads this trail and plays nothing. There have to be enough questions, each with"
    " more wrong answers than right ones, and no way of ticking without reading may pay.",
)
FURTHER = ("Further", "What else the check looked at.")


def parts(report: Mapping[str, Any]) -> list[Part]:
    """The findings in the order of the parts above; parts without any are left out."""
    found = {title: Part(title, why) for title, why in (MET, PLANS, REFLEXES, READING, FURTHER)}
    checks = report.get("checks", [])
    reads = any(each["name"] == "the trail" for each in checks)
    for each in checks:
        found[_part_of(each["name"], reads)].findings.append(Finding(_sign(each), each["words"]))
    return [part for part in found.values() if part.findings]


def _sign(check: Mapping[str, Any]) -> str:
    if check["ok"]:
        return "pass"
    return "note" if check.get("warning") else "fail"


def _part_of(name: str, reads: bool) -> str:
    if reads:
        return READING[0]
    if name.endswith((" fires", " can be seen")) or name == "decoys":
        return MET[0]
    if name.startswith("reference ") or name in ("two plans", "starter"):
        return PLANS[0]
    if name.startswith("naive") or name == "gap":
        return REFLEXES[0]
    return FURTHER[0]


def ways(report: Mapping[str, Any]) -> list[WayShown]:
    """Everybody who played, the best first; the ways to answer have points alone."""
    found: Sequence[Mapping[str, Any]] = sorted(
        report.get("ways", []), key=lambda each: (-each["points"], -each["value"])
    )
    if any(each["value"] for each in found):
        drawn: list[WayDrawn | None] = [
            *compared([Way(each["title"], each["value"]) for each in found])
        ]
    else:
        drawn = [None] * len(found)
    return [
        WayShown(each["title"], _kind(each), each["points"], line)
        for each, line in zip(found, drawn, strict=True)
    ]


def _kind(way: Mapping[str, Any]) -> str:
    name, title = way["name"], way["title"]
    if name in ("genius", "starter") and title in ("Single genius", "The plan one begins with"):
        return str(name)
    if title.startswith("Reference plan") or title == "Everything right":
        return "reference"
    return "naive"


def situations(report: Mapping[str, Any]) -> list[str]:
    """How many situations the figures come from, and which ones nobody is shown."""
    if not report.get("checks"):
        return []
    if any(each["name"] == "the trail" for each in report["checks"]):
        return [
            "Everybody reads the same trail. The ways to answer without reading were tried"
            f" {report['seeds']} times, since chance has a part in them."
        ]
    return [
        f"The check played every way of working in {report['seeds']} situations. A situation says"
        " on which cases something goes wrong this time, and on which it only looks so; the same"
        " ones for every way, so that luck favours nobody.",
        "A learner’s own run takes place in a situation drawn for that run alone. It is sealed"
        " before the first agent begins and opened in the debrief.",
        f"The points for a finished plan come from {HIDDEN} further situations. They are the same"
        " for everybody in a term, they are worked out on the server, and no page, no export and"
        " no trail shows them, not to trainers either: whoever knew them could plan for them.",
    ]
