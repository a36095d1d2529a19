"""What the agents of a run said in their turns, worked out again from the trail."""

from __future__ import annotations

from sandbox.engine.acting import Turn, next_action
from sandbox.engine.events import Kind
from sandbox.engine.provider import Ask
from sandbox.engine.rehearsal import Rehearsal
from sandbox.engine.state import State
from sandbox.timeline.telling import Said


def voices(rehearsal: Rehearsal) -> dict[int, Said]:
    """By the seq of each reply. A live model's words stand in the trail; a scripted agent's are
    those that its script holds for this turn of this run, struck or not."""
    state = State(rehearsal.prepared, rehearsal.plan)
    found: dict[int, Said] = {}
    for event in rehearsal.events:
        if event.kind == Kind.MODEL_REPLIED:
            recorded = event.data.get("says")
            if recorded is not None:
                found[event.seq] = Said(str(recorded))
            elif "about" not in event.data:
                action = next_action(state)
                if isinstance(action, Turn):
                    found[event.seq] = _scripted(rehearsal, action.ask)
        state.apply(event)
    return found


def _scripted(rehearsal: Rehearsal, ask: Ask) -> Said:
    strike = rehearsal.sealed.active(ask)
    fault = strike.fault if strike else ""
    ready = rehearsal.prepared.step(ask.job, ask.case, fault, ask.occurrence)
    return Said(ready.says, ready.reads)
