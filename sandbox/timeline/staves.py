"""What a timeline is made of: lanes, notes, bar lines, handoffs, and where each of them stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.engine.plan import Plan
from sandbox.engine.prepared import Prepared
from sandbox.engine.vocabulary import Effect, Role
from sandbox.timeline.wording import GUARDIAN, YOU

LANE, THIN, TOP, GAP = 62, 46, 54, 7  # the same numbers stand in tokens.css
FOOT = 50

_ORDER = [
    Role.COORDINATOR,
    Role.PLANNER,
    Role.SPECIALIST,
    Role.REVIEWER,
    Role.GUARDIAN,
    Role.VERIFIER,
]
PITCH = {Effect.READ: 1, Effect.DRAFT: 2, Effect.REVERSIBLE: 3, Effect.IRREVERSIBLE: 4}
_MAY = {1: "reads", 2: "drafts", 3: "may change", 4: "irrevocable"}


@dataclass(frozen=True, slots=True)
class Lane:
    """A stave; `middle` is where its middle stands, `thin` ones have a single line."""

    key: str
    name: str
    small: str
    thin: bool
    middle: float

    def line(self, pitch: int) -> float:
        """Where the line of this pitch stands: 1 is the lowest."""
        return self.middle if self.thin else self.middle + 1.5 * GAP - (pitch - 1) * GAP

    @property
    def top(self) -> float:
        return self.line(4)

    @property
    def bottom(self) -> float:
        return self.line(1)


@dataclass(slots=True)
class Note:
    """Something an agent looked at, proposed or did. `seqs` are all events that it stands for."""

    lane: str
    pitch: int
    column: int
    seqs: list[int]
    filled: bool = False
    waiting: bool = False
    broken: bool = False
    objects: bool = False
    amount: str = ""
    seconds: int = 0
    verdict: str = ""
    judged: int = 0
    fault: str = ""  # "reached", "caught" or "decoy", in the debrief
    fault_says: str = ""


@dataclass(slots=True)
class Bar:
    """A checkpoint: `state` is "passed", "now", "expired" or "unanswered" (of a trail that was
    tampered with); `decided` the seq of the answer."""

    column: int
    letter: str
    seq: int
    state: str = "now"
    decided: int = 0


@dataclass(slots=True)
class Aside:
    """A change of the world, or a warning: a mark at the clock."""

    column: int
    seq: int


@dataclass(frozen=True, slots=True)
class Slur:
    """A handoff from one note to another."""

    start: Note
    end: Note


@dataclass(frozen=True, slots=True)
class StageName:
    column: int
    text: str


@dataclass(frozen=True, slots=True)
class ToCome:
    """A stage that has not been reached: its name, the lanes that rest, and its checkpoint."""

    x: float
    text: str
    lanes: tuple[str, ...]
    checkpoint: bool


@dataclass(slots=True)
class Column:
    at: int
    left: float = 14
    right: float = 14
    seconds: int = 0
    x: float = 0


@dataclass(slots=True)
class Timeline:
    """Everything that is drawn, with its places; `engraving.py` makes the SVG of it."""

    lanes: list[Lane]
    notes: list[Note] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    asides: list[Aside] = field(default_factory=list)
    slurs: list[Slur] = field(default_factory=list)
    stages: list[StageName] = field(default_factory=list)
    to_come: list[ToCome] = field(default_factory=list)
    ticks: list[tuple[float, str]] = field(default_factory=list)
    titles: Mapping[int, str] = field(default_factory=dict)
    columns: list[Column] = field(default_factory=list)
    played: float = 0  # x up to which the run has come
    finished: int = 0  # seq of the end
    width: float = 0

    def x(self, column: int) -> float:
        return self.columns[column].x

    def lane(self, key: str) -> Lane:
        return next(lane for lane in self.lanes if lane.key == key)

    @property
    def height(self) -> float:
        return TOP + sum(THIN if lane.thin else LANE for lane in self.lanes) + FOOT

    @property
    def waiting(self) -> Bar | None:
        return next((bar for bar in self.bars if bar.state == "now"), None)

    @property
    def opened(self) -> bool:
        """Whether faults are marked."""
        return any(note.fault for note in self.notes)


@dataclass(frozen=True, slots=True)
class Opened:
    """A fault as the debrief marks it: at which event, "reached", "caught" or "decoy"."""

    seq: int
    status: str
    title: str


def lanes_of(prepared: Prepared, plan: Plan, person: str = "") -> list[Lane]:
    """You (or the person who decided) on top, then the agents that the plan uses, by what they may
    do, the guardian thin."""
    agents = prepared.scenario.agents
    used = list(dict.fromkeys(stage.agent for stage in plan.stages if stage.agent in agents))
    rows: list[tuple[str, str, str, Role]] = [
        (key, agents[key].name, _small(prepared, plan, key), agents[key].role) for key in used
    ]
    rows.append((GUARDIAN, "Guardian", "rules, no model", Role.GUARDIAN))
    rows.sort(key=lambda row: _ORDER.index(row[3]))
    who, does = (person, "decided") if person else ("You", "decide")
    found = [Lane(YOU, who, does, True, TOP + THIN / 2)]
    y = TOP + THIN
    for key, name, small, role in rows:
        thin = role is Role.GUARDIAN
        height = THIN if thin else LANE
        found.append(Lane(key, name, small, thin, y + height / 2))
        y += height
    return found


def _small(prepared: Prepared, plan: Plan, key: str) -> str:
    agent = prepared.scenario.agents[key]
    stages = [stage for stage in plan.stages if stage.agent == key]
    tier = stages[0].tier
    if agent.role is Role.COORDINATOR:
        return f"{tier}, routes only"
    jobs = prepared.scenario.jobs
    if all(jobs[stage.job].kind == "watch" for stage in stages):
        return f"{tier}, only reads"
    held = {
        name
        for stage in stages
        for name in (agent.tools if stage.tools is None else stage.tools)
        if name in prepared.scenario.tools
    }
    reach = max((PITCH[prepared.scenario.tools[name].effect] for name in held), default=1)
    return f"{tier}, {_MAY[reach]}"
