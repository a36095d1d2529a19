"""What if: the same seed again with one decision or one question changed, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sandbox.engine.chance import Chance
from sandbox.engine.decisions import Decision
from sandbox.engine.events import Event, Kind
from sandbox.engine.outcome import Outcome, outcome_of
from sandbox.engine.person import Accuracy, Person
from sandbox.engine.plan import Condition, Plan, Rule
from sandbox.engine.rehearsal import Rehearsal
from sandbox.engine.state import Open, State, fold
from sandbox.engine.vocabulary import Reason
from sandbox.playing import rehearse

# In a branch, what was never asked before is answered rightly: the question is what asking is
# worth, not how well somebody would have looked.
SEES_ALL = Accuracy(hit=1.0, alarm=0.0, names=1.0)

Key = tuple[str, str, str, int, int]


@dataclass(frozen=True, slots=True)
class Branch:
    """A run of the same seed in which one thing was otherwise."""

    rehearsal: Rehearsal
    outcome: Outcome


class NoBranch(LookupError):
    """There is nothing at this event that could have been otherwise."""


def decided_otherwise(rehearsal: Rehearsal, seq: int, decision: Decision) -> Branch:
    """The run with another decision at the question that event `seq` answered.

    Raises `NoBranch` when that event is no decision.
    """
    given = _answers(rehearsal)
    event = rehearsal.events[seq - 1] if 0 < seq <= len(rehearsal.events) else None
    if event is None or event.kind not in (Kind.APPROVAL_GIVEN, Kind.APPROVAL_EXPIRED):
        raise NoBranch(f"Event {seq} is no decision.")
    key = _key_at(rehearsal, event)
    return _played(rehearsal, rehearsal.plan, {**given, key: decision})


def asked_here(rehearsal: Rehearsal, seq: int, whole_tool: bool = False) -> Branch:
    """The run with a question at the proposal that event `seq` made: before this one alone, or
    before its tool every time. Raises `NoBranch` when that event is no proposal."""
    event = rehearsal.events[seq - 1] if 0 < seq <= len(rehearsal.events) else None
    if event is None or event.kind != Kind.PROPOSAL_MADE:
        raise NoBranch(f"Event {seq} proposes nothing.")
    when = [Condition(fact="tool", value=event.data["tool"])]
    if not whole_tool:
        when.append(Condition(fact="case", value=event.data["case"]))
    rule = Rule(name="Ask here", effect="ask", when=tuple(when))
    plan = replace(rehearsal.plan, rules=(rule, *rehearsal.plan.rules))
    return _played(rehearsal, plan, _answers(rehearsal))


def _played(rehearsal: Rehearsal, plan: Plan, answers: dict[Key, Decision]) -> Branch:
    prepared = rehearsal.prepared
    again = rehearse(prepared, plan, rehearsal.seed)
    person = Person(Chance(prepared.scenario.digest, rehearsal.seed), SEES_ALL)
    again.advance()
    while again.waits:
        asked = again.state.open
        assert asked is not None
        decision = answers.get(_key(again.state, asked))
        if decision is None:
            person.asked = 0  # never tired
            person.answer(again)
        else:
            again.decide(decision, asked.seq)
        again.advance()
    return Branch(again, outcome_of(prepared, plan, again.sealed, again.events))


def _key(state: State, asked: Open) -> Key:
    """What a question is about, whatever its number: the same in a branch."""
    job = state.current.job if state.stage >= 0 else ""
    if state.pending is None or asked.because == "stage":
        return (asked.because, job, "", 0, 0)
    proposal = state.pending.proposal
    because = "failure" if asked.because == "failure" else "proposal"
    return (because, job, proposal.case, proposal.attempt, proposal.occurrence)


def _key_at(rehearsal: Rehearsal, event: Event) -> Key:
    state = fold(rehearsal.prepared, rehearsal.plan, rehearsal.events[: event.seq - 1])
    if state.open is None:
        raise NoBranch(f"Event {event.seq} answers nothing.")
    return _key(state, state.open)


def _answers(rehearsal: Rehearsal) -> dict[Key, Decision]:
    """The decisions of the run, by what they were about."""
    found: dict[Key, Decision] = {}
    state = State(rehearsal.prepared, rehearsal.plan)
    for event in rehearsal.events:
        if event.kind == Kind.APPROVAL_GIVEN and state.open is not None:
            found[_key(state, state.open)] = decision_in(event)
        state.apply(event)
    return found


def decision_in(event: Event) -> Decision:
    """The decision that an `approval.given` holds."""
    data = event.data
    return Decision(
        data["decision"],
        Reason(data["reason"]),
        data["confidence"],
        dict(data.get("change", {})),
        tuple(data.get("cases", ())),
    )
