"""What a scenario is made of: a small company, its agents and tools, and what may go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sandbox.engine.plan import STRICT, Plan, Value
from sandbox.engine.vocabulary import FAMILY, Effect, FaultKind, Reason, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows by id. `personal` names the columns that hold personal data."""

    __pydantic_config__ = STRICT
    title: str
    trust: Literal["ours", "untrusted"] = "ours"
    personal: tuple[str, ...] = ()
    rows: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A document of the company. `planted` holds what it says instead while a fault is planted.

    With `case` it belongs to that case; the fault's variant shows where the fault strikes it.
    """

    __pydantic_config__ = STRICT
    title: str
    source: str
    trust: Literal["ours", "untrusted"] = "ours"
    personal: bool = False
    case: str = ""
    text: str = ""
    planted: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgSpec:
    """One argument of a tool, in plain words; an editable one may be changed at a checkpoint."""

    __pydantic_config__ = STRICT
    title: str
    kind: Literal["text", "money", "count", "flag"] = "text"
    editable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A change of one row; `row` and the values are templates over the arguments and the case."""

    __pydantic_config__ = STRICT
    table: str
    row: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """Something that agents may do to the company's world. `mils` is a thousandth of the currency.

    `phrase` is a template that says in the third person what the tool does with its arguments:
    "pays {amount} to {supplier}". `undo` says until when or how it can be taken back.
    """

    __pydantic_config__ = STRICT
    title: str
    effect: Effect
    phrase: str
    external: bool = False
    mils: int = 0
    seconds: int = 6
    args: Mapping[str, ArgSpec] = field(default_factory=dict)
    writes: tuple[Write, ...] = ()
    undo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One AI worker that a plan may use.

    A watcher (reviewer, verifier) finds a fault of a kind with the chance in `catches` (its
    `otherwise` for the rest) and raises a false alarm with `false_alarm`; `own` is the chance of
    finding anything in its own proposals.
    """

    __pydantic_config__ = STRICT
    name: str
    role: Role
    does: str
    tools: tuple[str, ...] = ()
    tier: Literal["small", "medium", "large"] = "medium"
    catches: Mapping[FaultKind, float] = field(default_factory=dict)
    otherwise: float = 0.5
    false_alarm: float = 0.08
    own: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Arg:
    """A value that an agent gives to a tool, and where it says the value came from.

    `source` is a template: "paper:inv-{id}", "suppliers.{supplier}.iban" (a table's cell), "case"
    (the case's own row), "own" (the agent's wording, which needs no source) or "" (no source).
    """

    __pydantic_config__ = STRICT
    value: Value
    source: str = "case"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What an agent does with one case in a job; strings are templates over the case's row."""

    __pydantic_config__ = STRICT
    says: str = ""
    reads: tuple[str, ...] = ()
    tool: str = ""
    args: Mapping[str, Arg] = field(default_factory=dict)
    facts: Mapping[str, Value] = field(default_factory=dict)
    confidence: int = 90
    tokens: int = 900
    seconds: int = 12
    route: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """How a fault or a decoy changes a step: what is given here stands, the rest stays.

    `times` repeats the proposal (a loop); `outage` breaks the tool: "down" did nothing, "lost" did
    it and the answer never came. `skips` says that the work was done and proposes nothing.
    """

    __pydantic_config__ = STRICT
    says: str | None = None
    reads: tuple[str, ...] | None = None
    tool: str | None = None
    args: Mapping[str, Arg] = field(default_factory=dict)
    facts: Mapping[str, Value] = field(default_factory=dict)
    confidence: int | None = None
    tokens: int | None = None
    seconds: int | None = None
    route: str | None = None
    times: int = 1
    outage: Literal["", "down", "lost"] = ""
    skips: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A piece of work that a plan may hold as a stage.

    "work" proposes something for each case, "route" sorts the cases (coordinators only), "watch"
    judges what the nearest earlier work stage proposes, before it happens. `routes` limits a work
    job to cases sorted so (or to all, when nothing was sorted). `value` is what one good action is
    worth; a job without value prepares. `required` jobs stand in every sensible plan: the naive
    strategies hold exactly these.
    """

    __pydantic_config__ = STRICT
    title: str
    does: str
    kind: Literal["work", "route", "watch"] = "work"
    agents: tuple[str, ...]
    required: bool = False
    value: int = 0
    routes: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    step: Step = field(default_factory=Step)
    only: tuple[str, ...] = ()
    cases: Mapping[str, Overlay] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that may go wrong (or, as a decoy, that only looks so) in some seeds.

    It fires with chance `p` on `count` of the cases in `among` (all when empty) and changes the
    steps of the jobs in `overlays`, in the order of the plan; it has reached the world when the
    last of them that the plan holds was applied with it. `shows` is the chance that its labels are
    seen by rules (otherwise they were lost on the way). `agents`, `after` (turns of that agent)
    limit where it can arise; `unless` names jobs that, done earlier, keep it from arising. A
    `model` fault is likelier with a small model and rarer with a large one.
    """

    __pydantic_config__ = STRICT
    kind: FaultKind
    title: str
    story: str
    control: str
    overlays: Mapping[str, Overlay]
    p: float = 1.0
    among: tuple[str, ...] = ()
    count: int = 1
    severity: int = 0
    red_line: bool = False
    reasons: tuple[Reason, ...] = ()
    shows: float = 0.9
    model: bool = False
    agents: tuple[str, ...] = ()
    after: int = 0
    unless: tuple[str, ...] = ()

    @property
    def is_decoy(self) -> bool:
        return self.kind is FaultKind.DECOY

    @property
    def family(self) -> frozenset[Reason]:
        return FAMILY[self.kind] | frozenset(self.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A flat fact of this scenario that rules may ask about, besides the base facts.

    Exactly one of: `compare` (this argument equals the cell `cell`), `cell` alone (the cell's
    value), `count` (rows of that table in which every column of `where` equals its template), or
    `stated` (the steps state it; this is what holds otherwise). `yes` and `no` say it in words.
    """

    __pydantic_config__ = STRICT
    title: str
    yes: str = ""
    no: str = ""
    compare: str = ""
    cell: str = ""
    count: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    stated: Value | None = None
    otherwise: Value = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A size of model. `mils_per_1000` tokens; `pace` and `error` in per cent of the usual."""

    __pydantic_config__ = STRICT
    mils_per_1000: int
    pace: int
    error: int


TIERS: Mapping[str, Tier] = {
    "small": Tier(mils_per_1000=1, pace=60, error=160),
    "medium": Tier(mils_per_1000=6, pace=100, error=100),
    "large": Tier(mils_per_1000=30, pace=170, error=85),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a run may use at most; a plan's budget can only be tighter."""

    __pydantic_config__ = STRICT
    tokens: int = 200_000
    mils: int = 3_000
    steps: int = 200
    minutes: int = 120
    human_minutes: int = 30
    ask_minutes: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something in the world that changes by itself, `minute` minutes after the start."""

    __pydantic_config__ = STRICT
    minute: int
    table: str
    row: str
    values: Mapping[str, Value]
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    __pydantic_config__ = STRICT
    cases: str
    tables: Mapping[str, Table]
    start: str = "09:00"
    changes: tuple[Change, ...] = ()
    currency: str = "£"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A house rule that the brief shows."""

    __pydantic_config__ = STRICT
    text: str
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One of the four: what it is evidence of, the part of the score, where bands 1 to 4 begin."""

    __pydantic_config__ = STRICT
    competency: str
    level: int
    part: Literal["outcome", "discrimination", "economy", "explanation"]
    edges: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What the learner reads first. `outcome` is the headline's template over `done` and `all`."""

    __pydantic_config__ = STRICT
    company: str
    situation: str
    goal: str
    prediction: str
    choices: tuple[str, ...]
    outcome: str
    noun: str = "case"
    nouns: str = "cases"


@dataclass(frozen=True, slots=True, kw_only=True)
class Debrief:
    """What the scenario teaches, and the lesson to read next."""

    __pydantic_config__ = STRICT
    teaches: str
    next_lesson: str = ""
    single_genius: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question about a trail; `right` and the `options` are selectors of its events.

    A selector is "kind", "kind case" or "kind case job", as "tool.applied INV-104 pay".
    """

    __pydantic_config__ = STRICT
    ask: str
    right: tuple[str, ...]
    options: tuple[str, ...] = ()
    because: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Something done to an exhibited trail behind the engine's back.

    `select` is a selector as in Question. `sets` changes "actor", "at" or "data.NAME"; with
    `reseal` the chain is made whole again afterwards, without it the chain breaks there.
    """

    __pydantic_config__ = STRICT
    select: str
    remove: bool = False
    sets: Mapping[str, Value] = field(default_factory=dict)
    reseal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A scenario without a run: a trail that somebody else's plan left, and questions about it."""

    __pydantic_config__ = STRICT
    seed: int
    edits: tuple[Edit, ...] = ()
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Everything that a run needs besides the plan, the seed and the decisions."""

    __pydantic_config__ = STRICT
    id: str
    title: str
    summary: str
    layer: Literal[
        "executive", "operations", "product", "customer", "governance", "technical", "all"
    ]
    minutes: int
    brief: Brief
    world: World
    papers: Mapping[str, Paper]
    policies: tuple[Policy, ...] = ()
    tools: Mapping[str, Tool]
    agents: Mapping[str, Agent]
    jobs: Mapping[str, Job]
    facts: Mapping[str, Fact] = field(default_factory=dict)
    faults: Mapping[str, Fault] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    criteria: tuple[Criterion, Criterion, Criterion, Criterion]
    starter: Plan
    references: Mapping[str, Plan]
    genius: Plan | None = None
    reading: Reading | None = None
    debrief: Debrief
    digest: str = ""  # of everything above, as read; set by who read it

    @property
    def case_rows(self) -> Mapping[str, Mapping[str, Value]]:
        return self.world.tables[self.world.cases].rows
