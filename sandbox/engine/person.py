"""A person at the checkpoints, simulated: how often they see a fault, and tire of being asked."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.engine.chance import Chance
from sandbox.engine.decisions import Decision
from sandbox.engine.events import Kind
from sandbox.engine.provider import Ask, Proposal
from sandbox.engine.rehearsal import Rehearsal
from sandbox.engine.sealed import Strike, is_decoy
from sandbox.engine.vocabulary import Reason

RESTED = 6  # asks until attention begins to fall (reference/score_sim.py)
TIRING_HIT, WORST_HIT = 0.03, 0.45
TIRING_ALARM, WORST_ALARM = 0.01, 0.25


@dataclass(frozen=True, slots=True)
class Accuracy:
    """`hit`: chance to see a fault that is there; `alarm`: to refuse good work; `names`: to give
    the right reason for what was seen. The values are those of a practised, rested person."""

    hit: float = 0.97
    alarm: float = 0.03
    names: float = 0.95


PRACTISED = Accuracy()


def observed(caught: int, faults: int, refused: int, good: int, named: int) -> Accuracy:
    """A learner's own accuracy from one run, drawn towards a practised person's as if ten more
    faults and ten more good proposals had been judged so (a Beta prior); few samples say little."""
    return Accuracy(
        hit=(caught + 9.0) / (faults + 10),
        alarm=(refused + 0.5) / (good + 10),
        names=(named + 9.0) / (caught + 10),
    )


class Person:
    """Answers what a rehearsal asks; keyed draws, so that the same seed meets the same person."""

    def __init__(self, chance: Chance, accuracy: Accuracy = PRACTISED) -> None:
        self.chance = chance
        self.accuracy = accuracy
        self.asked = 0

    def answer(self, rehearsal: Rehearsal) -> None:
        """Decides the open ask of the rehearsal."""
        asked = rehearsal.state.open
        assert asked is not None
        self.asked += 1
        rehearsal.decide(self.decision(rehearsal), asked.seq)

    @property
    def hit(self) -> float:
        tired = TIRING_HIT * max(0, self.asked - RESTED)
        return max(min(WORST_HIT, self.accuracy.hit), self.accuracy.hit - tired)

    @property
    def alarm(self) -> float:
        tired = TIRING_ALARM * max(0, self.asked - RESTED)
        return min(max(WORST_ALARM, self.accuracy.alarm), self.accuracy.alarm + tired)

    def decision(self, rehearsal: Rehearsal) -> Decision:
        """What this person answers to the open ask; nothing is decided by asking."""
        state = rehearsal.state
        asked, pending = state.open, state.pending
        assert asked is not None
        if asked.because == "stage":
            return self._after_stage(rehearsal)
        if pending is None or asked.because in ("budget", "provider"):
            return Decision("approve")
        proposal = pending.proposal
        name = f"{proposal.job}|{proposal.case}|{proposal.attempt}|{proposal.occurrence}"
        if asked.because == "failure":
            sees = self.chance.draw(f"person|failure|{name}") < self.hit
            return Decision("send_back" if sees else "approve", Reason.DONE)
        strike = carried_by(rehearsal, proposal)
        sealed = rehearsal.sealed
        if strike is not None and not is_decoy(sealed.fault(strike)):
            if self.chance.draw(f"person|{name}") >= self.hit:
                return Decision("approve")
            reason = self._reason(rehearsal, strike, name)
            # Worth another look only while there is attention left for it.
            again = state.human_left >= 2 * rehearsal.prepared.scenario.limits.ask_minutes * 60
            return Decision("send_back" if again else "reject", reason)
        if self.chance.draw(f"person|{name}") < self.alarm:
            return Decision("reject", Reason.RULE)
        return Decision("approve")

    def _reason(self, rehearsal: Rehearsal, strike: Strike, name: str) -> Reason:
        family = rehearsal.sealed.fault(strike).family
        if self.chance.draw(f"person|names|{name}") < self.accuracy.names:
            return min(family)
        return Reason.RULE

    def _after_stage(self, rehearsal: Rehearsal) -> Decision:
        state = rehearsal.state
        back: list[str] = []
        reason = Reason.RULE
        for case in state.cases:
            if case in state.closed:
                continue
            strike = stage_strike(rehearsal, case)
            name = f"stage|{state.current.job}|{case}"
            if strike is not None and not is_decoy(rehearsal.sealed.fault(strike)):
                if self.chance.draw(f"person|{name}") < self.hit:
                    back.append(case)
                    reason = self._reason(rehearsal, strike, name)
            elif self.chance.draw(f"person|{name}") < self.alarm / 2:
                back.append(case)
        if not back:
            return Decision("approve")
        return Decision("send_back", reason, cases=tuple(back))


def carried_by(rehearsal: Rehearsal, proposal: Proposal) -> Strike | None:
    """The strike, decoys included, that a proposal of this rehearsal carries right now."""
    state = rehearsal.state
    failed = state.pending is not None and state.pending.failures > 0
    returned = state.returned.get(proposal.case, ())
    return rehearsal.sealed.carried(proposal, state.done, returned, failed=failed)


def stage_strike(rehearsal: Rehearsal, case: str) -> Strike | None:
    """The strike that the current stage's work on this case carries."""
    state = rehearsal.state
    stage = state.current
    return rehearsal.sealed.active(
        Ask(
            stage=state.stage,
            job=stage.job,
            agent=stage.agent,
            tier=stage.tier,
            case=case,
            attempt=0,
            occurrence=0,
            turn=state.turns.get(stage.agent, 0),
            tools=(),
            done=state.done,
            returned=state.returned.get(case, ()),
        )
    )


def play_out(rehearsal: Rehearsal, person: Person) -> Rehearsal:
    """Plays to the end with this person at every checkpoint."""
    rehearsal.advance()
    while rehearsal.waits:
        person.answer(rehearsal)
        rehearsal.advance()
    assert rehearsal.events[-1].kind == Kind.RUN_FINISHED
    return rehearsal
