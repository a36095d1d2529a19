"""What may be said about a member and a competency: the states, the claim and its words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

ENOUGH = 6  # observations before anything is said
MANY = 20  # below this many, per cents are rounded to five
MET_AT = 0.8
NOT_MET_AT = 0.2
LATER = timedelta(days=91)


class ClaimState(StrEnum):
    """The closed list of what may be said (measurement.md 4.4)."""

    MET = "met"
    REFRESH_DUE = "refresh-due"
    LAPSED = "lapsed"
    NOT_MET = "not-met"
    UNCERTAIN = "uncertain"
    NOT_ENOUGH = "not-enough"
    NOT_TAUGHT = "not-taught"
    NONE = "none"

    @property
    def label(self) -> str:
        return _LOOKS[self][0]

    @property
    def css(self) -> str:
        """The class beside `state` in the style sheet; empty for the quiet ones."""
        return _LOOKS[self][1]

    @property
    def icon(self) -> str:
        return _LOOKS[self][2]

    @property
    def is_met(self) -> bool:
        return self in (ClaimState.MET, ClaimState.REFRESH_DUE)

    @property
    def is_said(self) -> bool:
        """Whether there is evidence enough to give a probability at all."""
        return self not in _UNSAID

    @property
    def is_gap(self) -> bool:
        """Whether something is to be done; what nobody teaches yet is no gap."""
        return not self.is_met and self is not ClaimState.NOT_TAUGHT


_LOOKS = {
    ClaimState.MET: ("Met", "met", "full"),
    ClaimState.REFRESH_DUE: ("Met, refresh due", "due", "fade"),
    ClaimState.LAPSED: ("Lapsed: refresh", "lapsed", "again"),
    ClaimState.NOT_MET: ("Not met", "", "ring"),
    ClaimState.UNCERTAIN: ("Uncertain", "", "half"),
    ClaimState.NOT_ENOUGH: ("Not enough evidence", "nee", "unclear"),
    ClaimState.NOT_TAUGHT: ("Not taught yet", "nee", "unclear"),
    ClaimState.NONE: ("No evidence yet", "nee", "unclear"),
}
_UNSAID = (ClaimState.NOT_ENOUGH, ClaimState.NOT_TAUGHT, ClaimState.NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What may be said about one member and one competency (or domain) as of a date.

    `target` is None where the job role asks for nothing; the claim is then judged against the
    level shown. `probability` is P(level >= target); it is None without any evidence, and pages
    show `percent`, which is None until there is enough of it.
    """

    competency_id: str
    name: str
    short: str
    domain: str
    target: int | None
    critical: bool
    state: ClaimState
    as_of: date
    probability: float | None = None
    level: int = 0  # highest one with P >= .8 that the evidence rule allows; 0 for none
    mean: float | None = None
    sd: float | None = None
    retention: float | None = None
    observations: float = 0.0  # what counts towards the six
    pieces: int = 0  # rows of evidence
    items: int = 0  # questions among them
    exercises: int = 0  # rehearsals and graded works, each once
    attestations: int = 0
    graders: int = 0  # trainers who graded, each once
    last_at: date | None = None
    peak: float | None = None  # P(level >= target) at the last evidence
    later: tuple[date, float] | None = None  # the same 91 days on, without practice
    is_vague: bool = False  # too uncertain at the last evidence to say anything

    @property
    def against(self) -> int:
        """The level the claim is judged against."""
        return self.target or max(1, self.level)

    @property
    def age_days(self) -> int | None:
        return None if self.last_at is None else max(0, (self.as_of - self.last_at).days)

    @property
    def counted(self) -> int:
        """Whole observations, as in "4 of 6"."""
        return math.floor(self.observations + 1e-9)

    @property
    def percent(self) -> int | None:
        """P(level >= target) for the eye; None unless there is evidence enough to say it."""
        if self.probability is None or not self.state.is_said:
            return None
        return rounded(self.probability, self.observations)

    @property
    def headline(self) -> str:
        """The state in a few words, as in "Met: level 3" or "Not enough evidence: 4 of 6"."""
        match self.state:
            case ClaimState.MET:
                return f"Met: level {self.against}"
            case ClaimState.NOT_ENOUGH if self.counted < ENOUGH:
                return f"{self.state.label}: {self.counted} of {ENOUGH}"
            case ClaimState.NOT_MET | ClaimState.UNCERTAIN:
                return f"{self.state.label}, {per_cent(self.percent)}"
        return self.state.label

    def sentence(self) -> str:
        """The whole claim: how likely, as of when, from what, and what becomes of it."""
        if self.state is ClaimState.NONE:
            return f"No evidence yet (as of {short_date(self.as_of)})."
        if self.state is ClaimState.NOT_TAUGHT:
            return "Not taught yet: no module here aims at it, so it is no gap."
        if self.state is ClaimState.NOT_ENOUGH:
            return (
                f"Not enough evidence to say whether level {self.against} is reached "
                f"(as of {short_date(self.as_of)}; {self.basis()})."
            )
        parts = [f"as of {short_date(self.as_of)}", self.basis()]
        if self.later is not None:
            day, probability = self.later
            less = per_cent(rounded(probability, self.observations))
            parts.append(f"about {less} by {short_date(day)} without practice")
        words = (
            f"Likely level {self.against} or above: {per_cent(self.percent)} ({'; '.join(parts)})"
        )
        if self.state is ClaimState.LAPSED and self.peak is not None and self.last_at is not None:
            peak = per_cent(rounded(self.peak, self.observations))
            words += f". It was {peak} on {short_date(self.last_at, self.as_of)}"
        return words

    def basis(self) -> str:
        """What stands behind it, as in "14 items, 2 exercises"."""
        parts = [
            counted(self.items, "item"),
            counted(self.exercises, "exercise"),
            counted(self.attestations, "attestation"),
        ]
        return ", ".join(part for part in parts if part) or "no evidence"

    def missing(self) -> list[str]:
        """What the evidence lacks before `against` may be called met, in plain words."""
        level, lacks = self.against, []
        if self.pieces and self.pieces == self.attestations:
            lacks.append("an attestation alone never counts")
        if self.counted < ENOUGH:
            lacks.append(f"{self.counted} of {ENOUGH} observations")
        if not self.items:
            lacks.append("no quiz yet")
        if level >= 2 and not self.exercises:
            lacks.append("no exercise or graded workplace task yet")
        if level >= 3 and not self.graders:
            lacks.append("no work graded by a trainer yet")
        if level >= 4 and self.graders == 1:
            lacks.append("no second grader yet")
        return lacks

    def why(self) -> str:
        """Why this state and no other, in one plain sentence."""
        match self.state:
            case ClaimState.NONE:
                return "Nothing has been answered, practised or handed in for this yet."
            case ClaimState.NOT_TAUGHT:
                return "No published module teaches it yet."
            case ClaimState.NOT_ENOUGH:
                lacks = self.missing()
                if self.is_vague or not lacks:
                    lacks.append("the answers so far point both ways")
                return f"Not said yet: {'; '.join(lacks)}."
            case ClaimState.MET:
                return f"Level {self.against} is at least {per_cent(80)} likely and well practised."
            case ClaimState.REFRESH_DUE:
                return (
                    f"Level {self.against} is still at least {per_cent(80)} likely, "
                    f"but it has not been practised for {counted(self.age_days or 0, 'day')}."
                )
            case ClaimState.LAPSED:
                return (
                    f"Level {self.against} was at least {per_cent(80)} likely at the last "
                    "evidence and no longer is: it fades without practice."
                )
            case ClaimState.NOT_MET:
                return f"The evidence says level {self.against} is not reached yet."
            case ClaimState.UNCERTAIN:
                return "The evidence leans neither way; a few more answers or an exercise decide."


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """A member against the job role: two figures, never one (and never an average score)."""

    probability: float | None  # smallest P over critical targets; None while any lacks evidence
    percent: int | None  # the same for the eye
    rest_share: float | None  # share of the other targets met; None if there are none
    critical: int = 0
    critical_met: int = 0
    rest: int = 0
    rest_met: int = 0
    counts: dict[ClaimState, int]
    missing: tuple[Claim, ...] = ()  # critical targets that are not met, worst first
    weakest: Claim | None = None  # the critical claim that gives the first figure

    @property
    def lacks_evidence(self) -> bool:
        """Whether a critical target has too little evidence to say anything."""
        return self.critical > 0 and self.probability is None

    @property
    def is_ready(self) -> bool:
        return self.probability is not None and self.probability >= MET_AT

    @property
    def rest_percent(self) -> int | None:
        return None if self.rest_share is None else math.floor(100 * self.rest_share + 0.5)

    def sentence(self) -> str:
        if not self.critical and not self.rest:
            return "No targets: nothing is asked of this job role yet."
        if not self.critical:
            first = "No critical target"
        elif self.lacks_evidence:
            first = "Too little evidence on at least one critical target"
        else:
            first = f"Ready on every critical target: {per_cent(self.percent)} at the weakest"
        if not self.rest:
            return f"{first}."
        return f"{first}; {self.rest_met} of {self.rest} other targets met."


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamReadiness:
    """How many of a team may be expected to be ready, and for how many nothing can be said."""

    people: int  # whose job role has a critical target
    expected: float  # sum of P over those with enough evidence
    margin: float  # 1.28 sqrt(sum P(1 - P)): eight times in ten it is within
    not_enough: int

    @property
    def low(self) -> int:
        return max(0, math.floor(self.expected - self.margin + 0.5))

    @property
    def high(self) -> int:
        known = self.people - self.not_enough
        return min(known, math.floor(self.expected + self.margin + 0.5))

    def sentence(self) -> str:
        if not self.people:
            return "Nobody here has a critical target."
        if self.people == self.not_enough:
            return f"Expected ready: not said yet; not enough evidence for {self.people}."
        words = (
            f"Expected ready: {self.expected:.1f} of {self.people}, "
            f"likely {self.low} to {self.high}"
        )
        return (
            f"{words}; not enough evidence for {self.not_enough}."
            if self.not_enough
            else f"{words}."
        )


def rounded(probability: float, observations: float) -> int:
    """Whole per cents, to five below 20 observations; certainty (0 or 100) is never shown.

    Rounding never crosses the line of "met": what has lapsed at 79.6 % must not be shown as 80.
    """
    step = 5 if observations < MANY - 1e-9 else 1
    whole = step * math.floor(100 * probability / step + 0.5)
    if probability < MET_AT and whole >= 100 * MET_AT:
        whole -= step
    return min(100 - step, max(step, whole))


def per_cent(number: int | None) -> str:
    """With the space that does not break, as in "85 %"."""
    return "–" if number is None else f"{number}\N{NO-BREAK SPACE}%"


def counted(number: int, noun: str) -> str:
    """ "1 item", "2 items", nothing for none."""
    return "" if not number else f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def weight_words(weight: float) -> str:
    """How much a piece of evidence counts."""
    if weight <= 0:
        return "does not count"
    return _WEIGHTS.get(weight, f"counts {weight:.2g}")


_WEIGHTS = {
    1.0: "counts in full",
    0.75: "counts three quarters",
    0.5: "counts half",
    0.25: "counts a quarter",
}


def short_date(day: date, as_of: date | None = None) -> str:
    """ "21 Nov", with the year when it is most of a year away from `as_of`."""
    far = as_of is not None and abs((as_of - day).days) > 300
    return f"{day.day} {day:%b %Y}" if far else f"{day.day} {day:%b}"
