"""Where a run stands: nothing but the fold of its events."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sandbox.engine.events import GENESIS, Event, Kind, canonical
from sandbox.engine.plan import Plan, PlanStage, Value
from sandbox.engine.prepared import Prepared
from sandbox.engine.provider import Proposal
from sandbox.engine.world import Patch, World, patch

TRIES = 3
LOOP_WINDOW = 8


@dataclass(slots=True)
class Pending:
    """A proposal on its way: judged, watched, asked about, applied or failed."""

    proposal: Proposal
    signature: str
    stated: Mapping[str, Value] = field(default_factory=dict)
    verdict: str = ""
    rule: int = -1
    watched: int = 0
    conflict: bool = False
    approved: bool = False
    refused: str = ""
    change: Mapping[str, Value] = field(default_factory=dict)
    modified: int = 0
    failures: int = 0
    lost: bool = False
    look_first: bool = False


@dataclass(slots=True)
class Open:
    """A question that waits for a person: its event, what it is about and why it is asked."""

    seq: int
    because: str
    proposal: str = ""
    stage: int = -1
    cases: tuple[str, ...] = ()
    digest: str = ""


@dataclass(slots=True)
class Used:
    """What the run has spent so far; seconds are simulated."""

    tokens: int = 0
    mils: int = 0
    steps: int = 0
    human_seconds: int = 0


@dataclass(slots=True)
class State:
    """Built by `fold` alone; the next action is a function of it (see `acting.py`)."""

    prepared: Prepared
    plan: Plan
    seq: int = 0
    head: str = GENESIS
    at: int = 0
    stage: int = -1
    cases: tuple[str, ...] = ()
    place: int = 0
    attempt: int = 0
    occurrence: int = 0
    stage_asked: bool = False
    done: tuple[str, ...] = ()
    routes: dict[str, str] = field(default_factory=dict)
    closed: dict[str, str] = field(default_factory=dict)
    returned: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    turns: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    used: Used = field(default_factory=Used)
    mils_limit: int = 0
    world: World = field(default_factory=World)
    applied: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    again: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    recent: deque[str] = field(default_factory=lambda: deque(maxlen=LOOP_WINDOW))
    pending: Pending | None = None
    open: Open | None = None
    reserved: int = 0
    failed_calls: int = 0
    repeats: bool = False
    warned: bool = False
    halted: str = ""
    outcome: Literal["", "done", "halted", "stopped"] = ""

    # ---- Reading ---------------------------------------------------------------------------

    @property
    def current(self) -> PlanStage:
        return self.plan.stages[self.stage]

    @property
    def started(self) -> bool:
        return self.seq > 0

    @property
    def finished(self) -> bool:
        return bool(self.outcome)

    @property
    def human_limit(self) -> int:
        """In seconds."""
        limits, budget = self.prepared.scenario.limits, self.plan.budget
        minutes = limits.human_minutes if budget.human_minutes is None else budget.human_minutes
        return min(minutes, limits.human_minutes) * 60

    @property
    def human_left(self) -> int:
        return self.human_limit - self.used.human_seconds

    def watchers(self) -> list[int]:
        """The stages that look at what the current stage proposes, in order."""
        found = []
        for index in range(self.stage + 1, len(self.plan.stages)):
            if self.prepared.scenario.jobs[self.plan.stages[index].job].kind != "watch":
                break
            if self.place % self.plan.stages[index].share == 0:
                found.append(index)
        return found

    def patch(self) -> Patch:
        """What the pending proposal would change."""
        assert self.pending is not None
        return patch(self.prepared, self.pending.proposal)

    # ---- Folding ---------------------------------------------------------------------------

    def apply(self, event: Event) -> None:
        """Takes in the next event; raises `KeyError` for a kind not known here."""
        self.seq, self.head = event.seq, event.hash
        self.at = event.at
        _FOLD[event.kind](self, event)

    def _run_started(self, event: Event) -> None:
        limits, budget = self.prepared.scenario.limits, self.plan.budget
        self.mils_limit = limits.mils if budget.mils is None else min(budget.mils, limits.mils)

    def _nothing(self, event: Event) -> None:
        pass

    def _stage_entered(self, event: Event) -> None:
        if self.stage >= 0:
            self.done = (*self.done, self.current.job)
        self.stage = event.data["stage"]
        self.cases = self.waiting_cases()
        self.place = self.attempt = self.occurrence = 0
        self.stage_asked = False

    def waiting_cases(self) -> tuple[str, ...]:
        """The cases that the current stage's job is for and that nobody has closed."""
        job = self.prepared.scenario.jobs[self.current.job]
        return tuple(
            case
            for case in job.only or self.prepared.cases
            if case not in self.closed
            and (not self.routes or not job.routes or self.routes.get(case, "") in job.routes)
        )

    def _model_asked(self, event: Event) -> None:
        self.reserved = event.data["reserve"]

    def _model_failed(self, event: Event) -> None:
        self.failed_calls += event.data["calls"]
        self.used.mils += event.data.get("lost", 0)
        self.reserved = 0

    def _model_replied(self, event: Event) -> None:
        data = event.data
        self.used.tokens += data["tokens"]
        self.used.mils += data["mils"]
        self.used.steps += 1
        self.turns[event.actor] += 1
        self.reserved = self.failed_calls = 0
        if "about" in data:
            assert self.pending is not None
            self.pending.watched += 1
            return
        if "route" in data:
            self.routes[data["case"]] = data["route"]
        self.repeats = data.get("again", False)
        if "route" in data or data.get("idle"):
            self._next_case()

    def _proposal_made(self, event: Event) -> None:
        data = event.data
        stage = self.current
        before = self.pending
        proposal = Proposal(
            id=data["id"],
            stage=self.stage,
            job=stage.job,
            agent=stage.agent,
            tier=stage.tier,
            case=data["case"],
            attempt=self.attempt,
            occurrence=self.occurrence,
            turn=self.turns[stage.agent] - 1 if before is None else before.proposal.turn,
            tool=data["tool"],
            args=data["args"],
            sources=data["from"],
            labels=tuple(data.get("labels", ())),
            confidence=data["confidence"],
            key=data["key"],
        )
        self.pending = Pending(
            proposal, signature(proposal.tool, proposal.args), data.get("facts", {})
        )
        if before is not None:
            self.pending.modified = before.modified + 1
            self.pending.watched = before.watched
            self.pending.approved = before.approved
        else:
            self.recent.append(f"{stage.agent} {self.pending.signature}")

    def _guard_judged(self, event: Event) -> None:
        assert self.pending is not None
        self.pending.verdict = event.data["verdict"]
        self.pending.rule = event.data["rule"]
        if self.pending.verdict == "deny":
            self.pending.refused = "denied"

    def _conflict_raised(self, event: Event) -> None:
        assert self.pending is not None
        self.pending.conflict = True

    def _approval_asked(self, event: Event) -> None:
        data = event.data
        self.open = Open(
            event.seq,
            data["because"],
            data.get("proposal", ""),
            data.get("stage", -1),
            self.cases if "stage" in data else (),
            data.get("digest", ""),
        )

    def _approval_given(self, event: Event) -> None:
        asked, self.open = self.open, None
        assert asked is not None
        data = event.data
        self.used.human_seconds += data.get("seconds", 0)
        verb, reason = data["decision"], data["reason"]
        if verb == "stop":
            self.halted = "stopped"
        elif asked.because == "budget":
            self.mils_limit = self.prepared.scenario.limits.mils
            self.halted = "" if verb == "approve" else "money"
        elif asked.because == "provider":
            self.failed_calls = 0
            self.halted = "" if verb == "approve" else "provider"
        elif asked.stage >= 0:
            self._stage_decided(verb, reason, tuple(data.get("cases", ())) or asked.cases)
        elif self.pending is not None:
            self.pending.change = data.get("change", {})
            self._proposal_decided(self.pending, asked.because, verb, reason)

    def _stage_decided(self, verb: str, reason: str, cases: tuple[str, ...]) -> None:
        self.stage_asked = True
        if verb == "send_back":
            for case in cases:
                self._returned(case, reason)
                tool = self.prepared.step(self.current.job, case).tool
                self.again.pop((tool, case), None)
            self.applied.clear()
            self.recent.clear()
            self.cases, self.place, self.attempt, self.occurrence = cases, 0, 1, 0
        elif verb == "reject":
            for case in cases:
                self.closed[case] = "rejected"

    def _proposal_decided(self, pending: Pending, because: str, verb: str, reason: str) -> None:
        case = pending.proposal.case
        if verb == "reject":
            pending.refused = "rejected"
        elif because == "failure":
            pending.approved = True
            pending.look_first = verb == "send_back"
        elif verb == "send_back":
            self._returned(case, reason)
            self.pending = None
            self.attempt += 1
            self.recent.clear()
        else:
            pending.approved = True

    def _returned(self, case: str, reason: str) -> None:
        self.returned[case] = (*self.returned.get(case, ()), (self.current.job, reason))

    def _approval_expired(self, event: Event) -> None:
        asked, self.open = self.open, None
        assert asked is not None
        if event.data.get("why") == "stale":
            self.used.human_seconds += event.data.get("seconds", 0)
            if self.pending is not None:
                self.pending.verdict = ""
        elif asked.stage >= 0:
            self.stage_asked = True
            for case in asked.cases:
                self.closed[case] = "expired"
        elif self.pending is not None:
            self.pending.refused = "expired"
        else:
            self.halted = asked.because

    def _tool_applied(self, event: Event) -> None:
        pending = self.pending
        assert pending is not None
        self._happened(pending)
        self._after_tool()

    def _happened(self, pending: Pending) -> None:
        proposal = pending.proposal
        self.world.take(patch(self.prepared, proposal))
        self.applied[pending.signature] += 1
        self.again[proposal.tool, proposal.case] += 1
        self.used.steps += 1
        self.used.mils += self.prepared.scenario.tools[proposal.tool].mils

    def _after_tool(self) -> None:
        self.pending = None
        if self.repeats:
            self.occurrence += 1
        else:
            self._next_case()

    def _tool_failed(self, event: Event) -> None:
        pending = self.pending
        assert pending is not None
        pending.failures += 1
        pending.approved = False
        self.used.steps += 1
        if event.data["error"] == "lost":
            pending.lost = True
            self._happened(pending)

    def _case_closed(self, event: Event) -> None:
        why = event.data["why"]
        self.pending = None
        self.repeats = False
        if why != "found done":
            self.closed[event.data["case"]] = why
        self._next_case()

    def _next_case(self) -> None:
        self.place += 1
        self.attempt = 1 if self.stage_asked else 0
        self.occurrence = 0
        self.recent.clear()

    def _world_changed(self, event: Event) -> None:
        change = self.prepared.scenario.world.changes[event.data["change"]]
        self.world.changes += 1
        self.world.take([(change.table, change.row, change.values)])

    def _budget_warned(self, event: Event) -> None:
        self.warned = True

    def _run_halted(self, event: Event) -> None:
        self.halted = event.data["why"]

    def _run_finished(self, event: Event) -> None:
        self.outcome = event.data["outcome"]
        self.pending = self.open = None


_BY_KIND: dict[Kind, Callable[[State, Event], None]] = {
    Kind.RUN_STARTED: State._run_started,
    Kind.PLAN_FROZEN: State._nothing,
    Kind.STAGE_ENTERED: State._stage_entered,
    Kind.MODEL_ASKED: State._model_asked,
    Kind.MODEL_REPLIED: State._model_replied,
    Kind.MODEL_FAILED: State._model_failed,
    Kind.PROPOSAL_MADE: State._proposal_made,
    Kind.GUARD_JUDGED: State._guard_judged,
    Kind.CONFLICT_RAISED: State._conflict_raised,
    Kind.APPROVAL_ASKED: State._approval_asked,
    Kind.APPROVAL_GIVEN: State._approval_given,
    Kind.APPROVAL_EXPIRED: State._approval_expired,
    Kind.TOOL_APPLIED: State._tool_applied,
    Kind.TOOL_FAILED: State._tool_failed,
    Kind.CASE_CLOSED: State._case_closed,
    Kind.WORLD_CHANGED: State._world_changed,
    Kind.BUDGET_WARNED: State._budget_warned,
    Kind.RUN_HALTED: State._run_halted,
    Kind.RUN_FINISHED: State._run_finished,
    Kind.NOTE_ADDED: State._nothing,
}
# Looked up once per event: plain text hashes faster than an enumeration's member.
_FOLD = {kind.value: take for kind, take in _BY_KIND.items()}


def signature(tool: str, args: Mapping[str, Value]) -> str:
    """The same for the same tool with the same arguments, in whatever order they came."""
    return f"{tool} {canonical(args)}"


def fold(prepared: Prepared, plan: Plan, events: Iterable[Event]) -> State:
    """The state after these events, which must be a trail of this scenario and plan."""
    state = State(prepared, plan)
    for event in events:
        state.apply(event)
    return state
