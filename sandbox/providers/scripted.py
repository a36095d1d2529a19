"""The default provider: agents play the scenario's script, offline, the same for the same seed."""

from __future__ import annotations

from sandbox.engine.chance import Chance
from sandbox.engine.prepared import Prepared, Ready
from sandbox.engine.provider import Ask, Proposal, Reply
from sandbox.engine.scenario import TIERS, Agent
from sandbox.engine.sealed import Sealed, is_decoy


class ScriptError(RuntimeError):
    """The script has no step for what was asked: a fault of the scenario, never of the learner."""


class Scripted:
    """Replies from the script; faults that struck change what is said, see `Sealed.active`."""

    name = "scripted"
    remote = False

    def __init__(self, prepared: Prepared, sealed: Sealed, chance: Chance) -> None:
        self.prepared = prepared
        self.sealed = sealed
        self.chance = chance

    def reserve(self, run: str, ask: Ask) -> int:
        return 0

    def reply(self, run: str, ask: Ask) -> Reply:
        """Raises `ScriptError` when the scenario has no such job or case."""
        if ask.about is not None:
            return self._look(ask, ask.about)
        strike = self.sealed.active(ask)
        try:
            ready = self.prepared.step(
                ask.job, ask.case, strike.fault if strike else "", ask.occurrence
            )
        except KeyError as error:
            raise ScriptError(
                f"{ask.job}, case {ask.case}: nothing is written for {error}"
            ) from None
        hidden = strike is not None and strike.hidden
        return self._as_reply(ask, ready, hidden)

    def _as_reply(self, ask: Ask, ready: Ready, hidden: bool) -> Reply:
        tier = TIERS[ask.tier]
        return Reply(
            says=ready.says,
            tool=ready.tool,
            args=ready.args,
            sources=ready.sources,
            facts={} if hidden else ready.facts,
            confidence=ready.confidence,
            tokens=ready.tokens,
            mils=_mils(ready.tokens, tier.mils_per_1000),
            seconds=ready.seconds * tier.pace // 100,
            route=ready.route,
            times=ready.times,
            labels=() if hidden else ready.labels,
        )

    def _look(self, ask: Ask, proposal: Proposal) -> Reply:
        """A watcher's finding: right with the chance that the scenario gives it."""
        agent = self.prepared.scenario.agents[ask.agent]
        tier = TIERS[ask.tier]
        chance = self._chance_of_concern(ask, agent, proposal)
        name = f"look|{ask.agent}|{ask.stage}|{proposal.job}|{ask.case}|{ask.attempt}"
        concern = self.chance.draw(name) < chance
        step = self.prepared.scenario.jobs[ask.job].step
        return Reply(
            finds="concern" if concern else "ok",
            tokens=step.tokens,
            mils=_mils(step.tokens, tier.mils_per_1000),
            seconds=step.seconds * tier.pace // 100,
        )

    def _chance_of_concern(self, ask: Ask, agent: Agent, proposal: Proposal) -> float:
        strike = self.sealed.carried(proposal, ask.done, ask.returned, failed=False)
        own = ask.agent == proposal.agent
        if strike is None:
            return 0.0 if own else agent.false_alarm
        fault = self.sealed.fault(strike)
        if is_decoy(fault):
            return 0.0 if own else min(1.0, 2 * agent.false_alarm)
        if own:
            return agent.own
        return agent.catches.get(fault.kind, agent.otherwise) * 100 / TIERS[ask.tier].error


def _mils(tokens: int, per_1000: int) -> int:
    """Rounded up: nothing that a model does is free."""
    return -(-tokens * per_1000 // 1000)
