"""The debrief's drawings and marks: faults on the timeline, the cost, the other ways of working."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.debriefing.debrief import Debrief, Way
from sandbox.engine.events import canonical
from sandbox.timeline.staves import Opened as Mark

LABELS, LONG, ROW = 120, 260, 25  # of the waterfall: where bars begin, how long all are, a row
PLOT = 360


@dataclass(frozen=True, slots=True)
class Bar:
    """One step of the cost: from where the one before ended."""

    title: str
    words: str
    x: float
    width: float
    end: float
    y: int
    total: bool = False

    @property
    def text_y(self) -> int:
        return self.y + 11

    @property
    def words_x(self) -> float:
        return self.end + 7


@dataclass(frozen=True, slots=True)
class WayDrawn:
    """A way of working with its value as a line from zero."""

    title: str
    value: str
    mine: bool
    zero: float
    start: float
    end: float
    at: float


def opened_marks(debrief: Debrief) -> list[Mark]:
    """Where the timeline marks each fault that came up: where it was decided."""
    return [
        Mark(
            each.seq or each.first,
            "decoy" if each.decoy else "reached" if each.status == "reached" else "caught",
            f"{each.title}: {each.verdict}",
        )
        for each in debrief.opened
        if each.status in ("caught", "reached") and (each.seq or each.first)
    ]


def notes(debrief: Debrief) -> dict[int, str]:
    """What the debrief adds to the list of events, by event."""
    found: dict[int, str] = {}
    for each in debrief.opened:
        kind = "Honest, though it looked wrong" if each.decoy else "Fault"
        if each.first:
            found[each.first] = f"{kind}: {each.title}."
        if each.seq and each.seq != each.first and each.status in ("caught", "reached"):
            verdict = each.verdict[:1].upper() + each.verdict[1:]
            found[each.seq] = f"{verdict}: {each.title}."
    return found


def sealed_lines(debrief: Debrief) -> list[str]:
    """What the seal is made of, line by line: each strike as it was hashed (see `Sealed.seal`)."""
    return [
        canonical([each.fault, each.case, int(each.u * (1 << 32)), each.hidden])
        for each in debrief.over.rehearsal.sealed.strikes
    ]


def bars(debrief: Debrief) -> list[Bar]:
    """The cost waterfall; empty when nothing was spent."""
    total = sum(mils for _, mils in debrief.costs)
    if not total:
        return []
    currency = debrief.over.rehearsal.prepared.scenario.world.currency
    found, spent, y = [], 0, 9
    for title, mils in debrief.costs:
        x = LABELS + LONG * spent / total
        width = max(1.0, LONG * mils / total)
        found.append(
            Bar(title, _money(mils, currency), round(x, 1), round(width, 1), round(x + width, 1), y)
        )
        spent, y = spent + mils, y + ROW
    found.append(Bar("Total", _money(total, currency), LABELS, LONG, LABELS + LONG, y, True))
    return found


def _money(mils: int, currency: str) -> str:
    return f"{currency}{mils / 1000:.2f}" if mils >= 10 else f"{currency}{mils / 1000:.3f}"


def compared(ways: Sequence[Way]) -> list[WayDrawn]:
    """All ways on one scale that holds zero."""
    if not ways:
        return []
    values = [way.value for way in ways]
    low, high = min(0.0, *values), max(0.0, *values)
    span = (high - low) or 1.0

    def x(value: float) -> float:
        return round(12 + (PLOT - 24) * (value - low) / span, 1)

    return [
        WayDrawn(
            title=way.title,
            value=f"{way.value:.0f}".replace("-", "−"),
            mine=way.mine,
            zero=x(0),
            start=min(x(0), x(way.value)),
            end=max(x(0), x(way.value)),
            at=x(way.value),
        )
        for way in ways
    ]
