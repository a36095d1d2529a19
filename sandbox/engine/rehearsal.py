"""One run: asks what happens next, does it, writes the event; stops where a person decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from time import monotonic
from typing import Any, Protocol

from sandbox.engine import guards
from sandbox.engine.acting import (
    HOPELESS,
    Action,
    Apply,
    AskPerson,
    Change,
    Close,
    Enter,
    Finish,
    Halt,
    Judge,
    Modify,
    Reconcile,
    Start,
    Turn,
    Warn,
    next_action,
)
from sandbox.engine.chance import Chance
from sandbox.engine.decisions import Decision, NotNow
from sandbox.engine.events import Event, Kind, canonical, event
from sandbox.engine.facts import facts
from sandbox.engine.guards import Verdict
from sandbox.engine.plan import Plan, Value
from sandbox.engine.prepared import Prepared
from sandbox.engine.provider import Ask, Provider, ProviderError, Reply
from sandbox.engine.sealed import Sealed
from sandbox.engine.state import Pending, State, signature
from sandbox.engine.vocabulary import Role
from sandbox.engine.world import patch

LOOP = 3  # the same proposal for the third time within the window is stopped by the engine itself
RETRY_SECONDS = 60
LOOK_SECONDS = 120
REDACTED = "[removed]"
PERSON = "you"


class Onlooker(Protocol):
    """Sees each new event with the state before it and after it."""

    def before(self, event: Event) -> None: ...

    def after(self, event: Event) -> None: ...


class Rehearsal:
    """A run in memory: the scenario, the frozen plan, the seed, and the events so far.

    Deterministic in (scenario, plan, seed, decisions). Everything it knows is in `state`, which is
    the fold of `events`; a paused run is its events and nothing else.
    """

    def __init__(
        self,
        prepared: Prepared,
        plan: Plan,
        plan_digest: str,
        seed: int,
        provider: Provider,
        judge: guards.Judge,
        events: Iterable[Event] = (),
        sealed: Sealed | None = None,
        chained: bool = True,
    ) -> None:
        """`chained` off leaves hashes and keys out: for the many runs that are played to be
        counted and forgotten. Nothing that happens depends on them."""
        self.prepared = prepared
        self.chained = chained
        self.onlooker: Onlooker | None = None
        self.plan = plan
        self.plan_digest = plan_digest
        self.seed = seed
        self.provider = provider
        self.judge = judge
        self.sealed = sealed or Sealed(prepared, Chance(prepared.scenario.digest, seed))
        self.events: list[Event] = []
        self.state = State(prepared, plan)
        self._asking = 0  # the ask that this process wrote and may now call for
        for each in events:
            self.events.append(each)
            self.state.apply(each)

    # ---- The loop --------------------------------------------------------------------------

    def advance(self, seconds: float | None = None, actions: int | None = None) -> list[Event]:
        """Plays on until a person is needed, the end, or the limit; returns the new events.

        `seconds` are of the wall (a live run's slice of work), `actions` a count. Events of one
        action belong together: they are to be stored in one transaction.
        """
        before = len(self.events)
        stop_at = None if seconds is None else monotonic() + seconds
        done = 0
        while (action := next_action(self.state)) is not None:
            if (stop_at is not None and monotonic() >= stop_at) or done == actions:
                break
            self._perform(action)
            done += 1
        return self.events[before:]

    @property
    def waits(self) -> bool:
        return self.state.open is not None

    def decide(self, decision: Decision, ask: int) -> list[Event]:
        """Takes a person's answer to the open ask; returns the new events, without playing on.

        Raises `NotNow` when that ask is not the open one. An approval of something that the world
        has changed under is not one: the proposal is judged and asked about anew.
        """
        asked = self.state.open
        if asked is None or asked.seq != ask:
            raise NotNow("This question is not open any more.")
        before = len(self.events)
        seconds = self._cost(len(asked.cases)) if asked.because not in FREE else 0
        at = self.state.at + seconds
        if asked.digest and self._changed_meanwhile(at, asked.digest):
            stale = {"ask": ask, "why": "stale", "seconds": seconds}
            self._add(Kind.APPROVAL_EXPIRED, PERSON, at, stale)
            return self.events[before:]
        data: dict[str, Any] = {
            "ask": ask,
            "decision": decision.verb,
            "reason": decision.reason.value,
            "confidence": decision.confidence,
            "seconds": seconds,
        }
        if decision.verb == "modify":
            data["change"] = self._allowed_change(decision.change)
        if decision.cases:
            data["cases"] = [case for case in decision.cases if case in asked.cases]
        self._add(Kind.APPROVAL_GIVEN, PERSON, at, data)
        return self.events[before:]

    def _changed_meanwhile(self, at: int, digest: str) -> bool:
        """Lets the world go on while the person thinks; whether what was asked about changed."""
        changes = self.prepared.scenario.world.changes
        while self.state.world.changes < len(changes):
            due = changes[self.state.world.changes].minute * 60
            if at < due:
                break
            self._change(Change(self.state.world.changes), due)
        assert self.state.pending is not None
        return self._digest(self.state.pending) != digest

    def _allowed_change(self, change: Mapping[str, Value]) -> dict[str, Value]:
        """What of the change touches an editable argument, in the type it has."""
        assert self.state.pending is not None
        proposal = self.state.pending.proposal
        tool = self.prepared.scenario.tools[proposal.tool]
        return {
            name: value
            for name, value in change.items()
            if name in tool.args
            and tool.args[name].editable
            and type(value) is type(proposal.args.get(name))
            and value != proposal.args[name]
        }

    # ---- Doing -----------------------------------------------------------------------------

    def _perform(self, action: Action) -> None:
        _PERFORM[type(action)](self, action)

    def _add(self, kind: Kind, actor: str, at: int, data: dict[str, Any]) -> None:
        state = self.state
        if self.chained:
            added = event(state.head, state.seq + 1, kind.value, actor, at, data)
        else:
            added = Event(state.seq + 1, kind.value, actor, at, data, "")
        self.events.append(added)
        if self.onlooker is None:
            state.apply(added)
        else:
            self.onlooker.before(added)
            state.apply(added)
            self.onlooker.after(added)

    def _start(self, _: Start) -> None:
        scenario = self.prepared.scenario
        started = {
            "scenario": scenario.id,
            "digest": scenario.digest,
            "seal": self.sealed.seal,
            "provider": self.provider.name,
        }
        self._add(Kind.RUN_STARTED, "engine", 0, started)
        self._add(Kind.PLAN_FROZEN, PERSON, 0, {"digest": self.plan_digest})

    def _enter(self, action: Enter) -> None:
        stage = self.plan.stages[action.stage]
        data = {"stage": action.stage, "job": stage.job}
        self._add(Kind.STAGE_ENTERED, stage.agent, self.state.at, data)

    def _turn(self, action: Turn) -> None:
        ask = action.ask
        if self.provider.remote and not self._committed(ask):
            return
        try:
            reply = self.provider.reply(self.name, ask)
        except ProviderError as error:
            calls = 99 if error.kind in HOPELESS else 1
            data = {"kind": error.kind, "wait": round(error.retry_after), "calls": calls}
            if error.mils:
                data["lost"] = error.mils
            self._add(Kind.MODEL_FAILED, ask.agent, self.state.at + round(error.retry_after), data)
            return
        self._replied(ask, reply)

    def _committed(self, ask: Ask) -> bool:
        """Whether the ask stands in the trail with its reservation, and so the call may be made.

        Otherwise the event that was missing has been added, and is to be stored first. A
        reservation that another process left behind is charged: the call may have been made.
        """
        state = self.state
        if state.reserved and self._asking == state.seq:
            return True
        if state.reserved:
            data: dict[str, Any] = {"kind": "crash", "lost": state.reserved, "calls": 0}
            self._add(Kind.MODEL_FAILED, ask.agent, state.at, data)
            return False
        reserve = self.provider.reserve(self.name, ask)
        if state.used.mils + reserve > state.mils_limit:
            if state.mils_limit < self.prepared.scenario.limits.mils:
                self._ask(AskPerson("budget"))
            else:
                self._halt(Halt("money"))
            return False
        data = {"stage": ask.stage, "case": ask.case, "reserve": reserve}
        if ask.attempt:
            data["try"] = ask.attempt
        self._add(Kind.MODEL_ASKED, ask.agent, state.at, data)
        self._asking = self.state.seq
        return False

    def _replied(self, ask: Ask, reply: Reply) -> None:
        state = self.state
        data: dict[str, Any] = {"case": ask.case, "tokens": reply.tokens, "mils": reply.mils}
        if ask.attempt:
            data["try"] = ask.attempt
        if reply.stop:
            data["stop"] = reply.stop
        if self.provider.remote:
            data |= _kept(reply)
        at = state.at + reply.seconds
        if ask.about is not None:
            data |= {"about": ask.about.id, "finds": reply.finds, "stage": ask.stage}
            self._add(Kind.MODEL_REPLIED, ask.agent, at, data)
            if reply.finds == "concern":
                self._add(Kind.CONFLICT_RAISED, ask.agent, at, {"proposal": ask.about.id})
            return
        role = self.prepared.scenario.agents[ask.agent].role
        if self.prepared.scenario.jobs[ask.job].kind == "route":
            data["route"] = reply.route
            self._add(Kind.MODEL_REPLIED, ask.agent, at, data)
            return
        if not reply.tool or role is Role.COORDINATOR:
            data["idle"] = True
            self._add(Kind.MODEL_REPLIED, ask.agent, at, data)
            return
        if reply.times > ask.occurrence + 1:
            data["again"] = True
        self._add(Kind.MODEL_REPLIED, ask.agent, at, data)
        self._propose(ask.agent, ask.case, reply.tool, reply.args, reply.sources, reply)

    def _propose(
        self,
        agent: str,
        case: str,
        tool: str,
        args: Mapping[str, Value],
        sources: Mapping[str, str],
        reply: Reply | None,
        confidence: int = 0,
    ) -> None:
        state = self.state
        known = reply.labels if reply is not None else None
        labels = self.prepared.labels(args, sources) if known is None else known
        data: dict[str, Any] = {
            "id": f"p{state.seq + 1}",
            "case": case,
            "tool": tool,
            "args": args,
            "from": sources,
            "confidence": reply.confidence if reply is not None else confidence,
            "key": self._key(tool, args) if self.chained else "",
        }
        if labels:
            data["labels"] = labels
        if reply is not None and reply.facts:
            data["facts"] = reply.facts
        self._add(Kind.PROPOSAL_MADE, agent, state.at, data)

    def _key(self, tool: str, args: Mapping[str, Value]) -> str:
        """Idempotency: of the run, the stage, the tool, its arguments and the occurrence."""
        times = self.state.applied.get(signature(tool, args), 0)
        text = canonical([self.name, self.state.stage, tool, args, times])
        return sha256(text.encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        """What tells this run from every other, in keys: the seal of its faults."""
        return str(self.events[0].data["seal"])[:32] if self.events else ""

    def _judge(self, _: Judge) -> None:
        pending = self.state.pending
        assert pending is not None
        why = self._forbidden(pending)
        if why:
            verdict = Verdict("deny", -1, why, False)
        else:
            verdict = self.judge(facts(self.state, pending))
        data: dict[str, Any] = {
            "proposal": pending.proposal.id,
            "verdict": verdict.effect,
            "rule": verdict.rule,
        }
        if verdict.effect == "modify" and not self._change_of(verdict.rule):
            data["verdict"] = "allow"
        if why or verdict.error:
            data["why"] = verdict.why
        self._add(Kind.GUARD_JUDGED, "guardian", self.state.at, data)

    def _forbidden(self, pending: Pending) -> str:
        """What no rule has to say, because the engine never lets it happen."""
        proposal = pending.proposal
        scenario = self.prepared.scenario
        agent = scenario.agents[proposal.agent]
        tool = scenario.tools.get(proposal.tool)
        if tool is None:
            return f"there is no tool {proposal.tool[:40]}"
        held = self.plan.stages[proposal.stage].tools
        if proposal.tool not in (agent.tools if held is None else held):
            return "this stage does not hold the tool"
        if agent.role in (Role.REVIEWER, Role.VERIFIER) and tool.effect != "read":
            return "an agent that judges may not act"
        if agent.role is Role.PLANNER and tool.effect not in ("read", "draft"):
            return "a planner only reads and drafts"
        if self.state.recent.count(f"{proposal.agent} {pending.signature}") >= LOOP:
            return f"the same proposal for the {LOOP}rd time"
        return ""

    def _change_of(self, rule: int) -> dict[str, Value]:
        """What the rule would change in the pending proposal; empty when nothing."""
        pending = self.state.pending
        assert pending is not None
        proposal = pending.proposal
        found: dict[str, Value] = {}
        for name, value in self.plan.rules[rule].change.items():
            if name not in proposal.args:
                continue
            if value == "redact":
                value = proposal.args[name]
                if "personal" in self.prepared.label(proposal.sources.get(name, "")):
                    value = REDACTED
            if value != proposal.args[name]:
                found[name] = value
        return found

    def _modify(self, action: Modify) -> None:
        pending = self.state.pending
        assert pending is not None
        proposal = pending.proposal
        change = self._change_of(action.rule) if action.rule >= 0 else dict(pending.change)
        args = {**proposal.args, **change}
        sources = dict(proposal.sources)
        for name in change:
            sources[name] = "own"
        by = "guardian" if action.rule >= 0 else PERSON
        case, tool = proposal.case, proposal.tool
        self._propose(by, case, tool, args, sources, None, proposal.confidence)

    def _ask(self, action: AskPerson) -> None:
        state = self.state
        data: dict[str, Any] = {"because": action.because}
        cases = 0
        if action.because == "stage":
            data["stage"] = state.stage
            cases = len(state.cases)
        elif state.pending is not None and action.because not in FREE:
            data["proposal"] = state.pending.proposal.id
            data["digest"] = self._digest(state.pending)
        self._add(Kind.APPROVAL_ASKED, "guardian", state.at, data)
        if action.because not in FREE and self._cost(cases) > state.human_left:
            self._add(Kind.APPROVAL_EXPIRED, "engine", state.at, {"ask": state.seq})

    def _cost(self, cases: int) -> int:
        """Seconds of a person's attention: one look, and half a minute a case after a stage."""
        return self.prepared.scenario.limits.ask_minutes * 60 + 30 * cases

    def _digest(self, pending: Pending) -> str:
        """Of the proposal and of the rows it would touch, as they are now."""
        proposal = pending.proposal
        versions = self.state.world.versions
        touched = patch(self.prepared, proposal)
        rows = [[table, row, versions.get((table, row), 0)] for table, row, _ in touched]
        return sha256(canonical([pending.signature, proposal.id, rows]).encode()).hexdigest()[:16]

    def _apply(self, _: Apply) -> None:
        state = self.state
        pending = state.pending
        assert pending is not None
        proposal = pending.proposal
        seconds = self.prepared.scenario.tools[proposal.tool].seconds
        if pending.failures:
            seconds += RETRY_SECONDS
        failure = self.sealed.outage(proposal, state.done, pending.failures)
        data: dict[str, Any] = {"proposal": proposal.id}
        actor, at = proposal.agent, state.at + seconds
        if failure:
            self._add(Kind.TOOL_FAILED, actor, at, {**data, "error": failure})
        else:
            self._add(Kind.TOOL_APPLIED, actor, at, data)

    def _reconcile(self, _: Reconcile) -> None:
        """Looks whether the tool did its work before the answer was lost: it did, so no second."""
        pending = self.state.pending
        assert pending is not None
        at = self.state.at + LOOK_SECONDS
        data = {"case": pending.proposal.case, "why": "found done"}
        self._add(Kind.CASE_CLOSED, pending.proposal.agent, at, data)

    def _close(self, action: Close) -> None:
        data = {"case": action.case, "why": action.why}
        self._add(Kind.CASE_CLOSED, "engine", self.state.at, data)

    def _change(self, action: Change, at: int | None = None) -> None:
        when = self.state.at if at is None else max(at, self.state.at)
        self._add(Kind.WORLD_CHANGED, "world", when, {"change": action.change})

    def _warn(self, action: Warn) -> None:
        self._add(Kind.BUDGET_WARNED, "engine", self.state.at, {"what": action.what})

    def _halt(self, action: Halt) -> None:
        self._add(Kind.RUN_HALTED, "engine", self.state.at, {"why": action.why})

    def _finish(self, action: Finish) -> None:
        self._add(Kind.RUN_FINISHED, "engine", self.state.at, {"outcome": action.outcome})


# Asking about these costs the person nothing: they are no judgement of the agents' work.
FREE = frozenset({"budget", "provider"})


def _kept(reply: Reply) -> dict[str, Any]:
    """All of a remote reply, so that the trail is its own cassette."""
    return {
        "says": reply.says,
        "tool": reply.tool,
        "args": dict(reply.args),
        "sources": dict(reply.sources),
        "confidence": reply.confidence,
        "took": reply.seconds,
    }


_PERFORM: Mapping[type, Callable[[Rehearsal, Any], None]] = {
    Start: Rehearsal._start,
    Enter: Rehearsal._enter,
    Turn: Rehearsal._turn,
    Judge: Rehearsal._judge,
    Modify: Rehearsal._modify,
    AskPerson: Rehearsal._ask,
    Apply: Rehearsal._apply,
    Reconcile: Rehearsal._reconcile,
    Close: Rehearsal._close,
    Change: Rehearsal._change,
    Warn: Rehearsal._warn,
    Halt: Rehearsal._halt,
    Finish: Rehearsal._finish,
}
