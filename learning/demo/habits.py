"""How the demo's members went about their seven months: when they began, how far, how well."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Habit:
    """`begins` and `every` are days (ago, and from module to module); `ability` is a logit."""

    begins: int
    every: int
    share: float  # of the modules on the member's tracks
    ability: float
    hands_in: float  # of the workplace tasks
    refreshes: int | None = None  # days between refreshed modules once the track is through
    leaves_open: bool = False  # is in the middle of a quiz today


HABITS: dict[str, Habit] = {
    "keen": Habit(205, 12, 1.0, 2.5, 1.0, refreshes=18),
    "steady": Habit(190, 12, 0.8, 1.5, 0.9, refreshes=17),
    "early": Habit(212, 11, 0.65, 1.5, 0.8, refreshes=45),
    "lapsed": Habit(209, 8, 0.6, 1.2, 1.0),
    "part-way": Habit(66, 16, 0.5, 1.7, 1.0, leaves_open=True),
    "behind": Habit(120, 32, 0.35, 0.6, 0.5),
    "new": Habit(13, 9, 0.15, 1.0, 0.0),
}
