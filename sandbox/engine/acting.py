"""What happens next: a pure function of where the run stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sandbox.engine.plan import Checkpoint
from sandbox.engine.provider import Ask
from sandbox.engine.state import TRIES, Pending, State


@dataclass(frozen=True, slots=True)
class Start: ...


@dataclass(frozen=True, slots=True)
class Judge: ...


@dataclass(frozen=True, slots=True)
class Apply: ...


@dataclass(frozen=True, slots=True)
class Reconcile: ...


class Enter(NamedTuple):
    stage: int


class Turn(NamedTuple):
    """An agent works on a case, or (with `ask.about`) a watcher looks at a proposal."""

    ask: Ask


class Modify(NamedTuple):
    """The proposal is made anew, changed by a rule (-1: by the person)."""

    rule: int


class AskPerson(NamedTuple):
    because: str


class Close(NamedTuple):
    case: str
    why: str


class Change(NamedTuple):
    change: int


class Warn(NamedTuple):
    what: str


class Halt(NamedTuple):
    why: str


class Finish(NamedTuple):
    outcome: str


Action = (
    Start
    | Enter
    | Turn
    | Judge
    | Modify
    | AskPerson
    | Apply
    | Reconcile
    | Close
    | Change
    | Warn
    | Halt
    | Finish
)

START, JUDGE, APPLY, RECONCILE = Start(), Judge(), Apply(), Reconcile()
CALLS = 3  # how often a remote provider is called for one ask before a person is asked
HOPELESS = frozenset({"unauthorised", "switched-off", "budget"})


def next_action(state: State) -> Action | None:
    """The one thing to do now; None while a person is waited for, and at the end."""
    if state.outcome or state.open is not None:
        return None
    if not state.seq:
        return START
    if state.halted:
        return Finish("stopped" if state.halted == "stopped" else "halted")
    changes = state.prepared.scenario.world.changes
    if state.world.changes < len(changes):
        due = changes[state.world.changes].minute * 60
        if state.at >= due:
            return Change(state.world.changes)
    if state.pending is not None:
        return _with_proposal(state, state.pending)
    if (limit := _limit(state)) is not None:
        return limit
    if state.stage >= 0:
        if state.place < len(state.cases):
            return _turn(state)
        if not state.stage_asked and state.cases and _after_stage(state):
            return AskPerson("stage")
    return _next_stage(state)


def _limit(state: State) -> Action | None:
    used, limits = state.used, state.prepared.scenario.limits
    if used.steps >= limits.steps:
        return Halt("steps")
    if used.tokens >= limits.tokens:
        return Halt("tokens")
    if state.at >= 2 * limits.minutes * 60:
        return Halt("time")
    if used.mils >= state.mils_limit:
        return AskPerson("budget") if state.mils_limit < limits.mils else Halt("money")
    if not state.warned and used.mils * 10 >= state.mils_limit * 8:
        return Warn("money")
    return None


def _turn(state: State) -> Action:
    case = state.cases[state.place]
    if state.attempt >= TRIES:
        return Close(case, "tries")
    if state.failed_calls >= CALLS:
        return AskPerson("provider")
    stage = state.current
    agent = state.prepared.scenario.agents[stage.agent]
    return Turn(
        Ask(
            stage=state.stage,
            job=stage.job,
            agent=stage.agent,
            tier=stage.tier,
            case=case,
            attempt=state.attempt,
            occurrence=state.occurrence,
            turn=state.turns.get(stage.agent, 0),
            tools=agent.tools if stage.tools is None else stage.tools,
            done=state.done,
            returned=state.returned.get(case, ()),
        )
    )


def _with_proposal(state: State, pending: Pending) -> Action:
    if pending.refused:
        return Close(pending.proposal.case, pending.refused)
    if pending.change:
        return Modify(-1)
    if not pending.verdict:
        return JUDGE
    if pending.verdict == "modify" and not pending.approved:
        return Modify(pending.rule)
    if pending.failures and not pending.approved:
        return _after_failure(state, pending)
    if pending.look_first and pending.lost:
        return RECONCILE
    if pending.approved:
        return APPLY
    watchers = state.watchers()
    if pending.watched < len(watchers):
        return _watch(state, pending, watchers[pending.watched])
    because = why_asked(state, pending)
    if because:
        return AskPerson(because)
    if pending.conflict:
        return Close(pending.proposal.case, "conflict")
    return APPLY


def _watch(state: State, pending: Pending, index: int) -> Action:
    if state.failed_calls >= CALLS:
        return AskPerson("provider")
    stage = state.plan.stages[index]
    proposal = pending.proposal
    return Turn(
        Ask(
            stage=index,
            job=stage.job,
            agent=stage.agent,
            tier=stage.tier,
            case=proposal.case,
            attempt=state.attempt,
            occurrence=state.occurrence,
            turn=state.turns.get(stage.agent, 0),
            tools=(),
            done=state.done,
            returned=state.returned.get(proposal.case, ()),
            about=proposal,
        )
    )


def _after_failure(state: State, pending: Pending) -> Action:
    on_fail = state.current.on_fail
    if on_fail == "ask":
        return AskPerson("failure")
    if on_fail == "skip":
        return Close(pending.proposal.case, "failed")
    if pending.failures >= TRIES:
        return Close(pending.proposal.case, "failed")
    if on_fail == "reconcile" and pending.lost:
        return RECONCILE
    return APPLY


def why_asked(state: State, pending: Pending) -> str:
    """Why a person is asked about the proposal: rule, conflict, tool or confidence; "" if not.

    A rule that allows spares the checkpoint before the tool: a standing approval.
    """
    proposal = pending.proposal
    checkpoints = state.plan.checkpoints
    if pending.verdict == "ask":
        return "rule"
    if pending.conflict and any(each.kind == "conflict" for each in checkpoints):
        return "conflict"
    if pending.verdict == "allow" and pending.rule >= 0:
        return ""
    for each in checkpoints:
        if each.kind == "tool" and each.of == proposal.tool:
            return "tool"
        if each.kind == "confidence" and proposal.confidence < each.below:
            return "confidence"
    return ""


def _after_stage(state: State) -> Checkpoint | None:
    job = state.current.job
    for each in state.plan.checkpoints:
        if each.kind == "stage" and each.of == job:
            return each
    return None


def _next_stage(state: State) -> Action:
    jobs = state.prepared.scenario.jobs
    for index in range(state.stage + 1, len(state.plan.stages)):
        if jobs[state.plan.stages[index].job].kind != "watch":
            return Enter(index)
    return Finish("done")
