"""The faults of a run: drawn from its seed, sealed before it starts, opened in the debrief."""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

from sandbox.engine.chance import Chance
from sandbox.engine.events import GENESIS, canonical
from sandbox.engine.prepared import Prepared
from sandbox.engine.provider import Ask, Proposal
from sandbox.engine.scenario import TIERS, Fault, Overlay
from sandbox.engine.vocabulary import FaultKind

WORST = max(tier.error for tier in TIERS.values())


class Strike(NamedTuple):
    """A fault (or decoy) that may show on one case; `u` is the draw that its chance is held to."""

    fault: str
    case: str
    u: float
    hidden: bool


class Sealed:
    """What may go wrong in one run. `seal` is the head of a hash chain over all strikes, salted so
    that it cannot be guessed; it is written into the first event, before anybody decides."""

    __slots__ = ("_faults", "by_case", "prepared", "salt", "strikes")

    def __init__(self, prepared: Prepared, chance: Chance) -> None:
        self.prepared = prepared
        self._faults = prepared.scenario.faults
        self.salt = chance.salt()
        self.strikes = list(_draw(prepared, chance))
        self.by_case = {strike.case: strike for strike in self.strikes}

    @property
    def seal(self) -> str:
        head = GENESIS
        for strike in self.strikes:
            body = canonical([strike.fault, strike.case, int(strike.u * (1 << 32)), strike.hidden])
            head = sha256(f"{head}{self.salt}{body}".encode()).hexdigest()
        return head

    def fault(self, strike: Strike) -> Fault:
        return self._faults[strike.fault]

    def active(self, ask: Ask) -> Strike | None:
        """The strike that changes this turn, if any; see `Fault` for what keeps one away."""
        strike = self.by_case.get(ask.case)
        if strike is None:
            return None
        fault = self._faults[strike.fault]
        if ask.job not in fault.overlays or not self.applies(fault, strike, ask):
            return None
        sent = [reason for job, reason in ask.returned if job in fault.overlays]
        if sent and (len(sent) > 1 or any(reason in fault.family for reason in sent)):
            return None
        return strike

    def carried(
        self,
        proposal: Proposal,
        done: tuple[str, ...],
        returned: tuple[tuple[str, str], ...],
        *,
        failed: bool,
    ) -> Strike | None:
        """The strike that this proposal carries; None once a change has taken it out.

        A broken tool is nobody's to see before it has `failed`: until then the proposal is good.
        """
        strike = self.active(
            Ask(
                stage=proposal.stage,
                job=proposal.job,
                agent=proposal.agent,
                tier=proposal.tier,
                case=proposal.case,
                attempt=proposal.attempt,
                occurrence=proposal.occurrence,
                turn=proposal.turn,
                tools=(),
                done=done,
                returned=returned,
            )
        )
        if strike is None:
            return None
        overlay = self._faults[strike.fault].overlays[proposal.job]
        if only_breaks(overlay) and not failed:
            return None
        if not overlay.args:
            only_repeats = overlay.times > 1 and not overlay.facts and overlay.tool is None
            return None if only_repeats and proposal.occurrence == 0 else strike
        clean = self.prepared.step(proposal.job, proposal.case).args
        planted = self.prepared.step(
            proposal.job, proposal.case, strike.fault, proposal.occurrence
        ).args
        changed = [name for name in overlay.args if planted[name] != clean.get(name)]
        if changed and all(proposal.args.get(name) != planted[name] for name in changed):
            return None
        return strike

    def outage(self, proposal: Proposal, done: tuple[str, ...], failures: int) -> str:
        """How the tool fails now: "down", "lost" or not at all; `times` says how often it does."""
        strike = self.by_case.get(proposal.case)
        if strike is None:
            return ""
        overlay = self._faults[strike.fault].overlays.get(proposal.job)
        if overlay is None or not overlay.outage or failures >= overlay.times:
            return ""
        return overlay.outage if self.carried(proposal, done, (), failed=True) else ""

    def applies(self, fault: Fault, strike: Strike, ask: Ask) -> bool:
        """Whether the plan so far lets the fault arise at all."""
        if fault.agents and ask.agent not in fault.agents:
            return False
        if ask.turn < fault.after:
            return False
        if fault.model and strike.u >= fault.p * TIERS[ask.tier].error / 100:
            return False
        return not any(job in ask.done for job in fault.unless)


def _draw(prepared: Prepared, chance: Chance) -> list[Strike]:
    strikes: list[Strike] = []
    taken: set[str] = set()
    for name, fault in prepared.scenario.faults.items():
        wanted = fault.count
        for case in chance.order(f"where|{name}", list(fault.among) or prepared.cases):
            if not wanted:
                break
            if case in taken:
                continue
            wanted -= 1
            u = chance.draw(f"fires|{name}|{case}")
            if u < fault.p * (WORST / 100 if fault.model else 1):
                taken.add(case)
                hidden = chance.draw(f"hidden|{name}|{case}") >= fault.shows
                strikes.append(Strike(name, case, u, hidden))
    return strikes


def only_breaks(overlay: Overlay) -> bool:
    """Whether all that the overlay does is to break the tool."""
    return bool(overlay.outage) and not overlay.args and not overlay.facts and not overlay.tool


def is_decoy(fault: Fault) -> bool:
    return fault.kind is FaultKind.DECOY
