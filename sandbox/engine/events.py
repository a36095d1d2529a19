"""The events of a trail: frozen, tagged and versioned, each sealed with the hash of all before it.

What `data` holds, by kind (`proposal` is a proposal's id, `ask` the seq of an approval.asked):

run.started      scenario, digest, seal (the head of the sealed faults, see strikes.py), provider
plan.frozen      digest
stage.entered    stage, job
model.asked      stage, case, try, reserve (remote providers only; committed before the call)
model.failed     kind, wait (seconds), calls (how many tries it counts as), lost (mils that
                 it cost all the same: of a crash, the whole reservation)
model.replied    case, tokens, mils; then what there is of: try, route, idle (no proposal), again
                 (the same once more), stop; about, finds and stage (watchers); says, tool, args,
                 sources, confidence, took of remote providers: the trail is its own cassette
proposal.made    id, case, tool, args, from (sources), confidence, key; labels, facts (stated)
guard.judged     proposal, verdict, rule (index or -1), why
conflict.raised  proposal
approval.asked   proposal or stage, because, digest (of the proposal and the rows it touches)
approval.given   ask, decision, reason, confidence, seconds, then change (arguments) or cases
approval.expired ask, why ("stale" when the world changed under it)
tool.applied     proposal (what it changes follows from it, see world.patch)
tool.failed      proposal, error ("down" did nothing, "lost" did it and the answer never came)
case.closed      case, why (the case goes no further)
world.changed    change (index)
budget.warned    what
run.halted       why
run.finished     outcome ("done", "halted" or "stopped")
note.added       text
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple

VERSION = 1
GENESIS = "0" * 64
Data = Mapping[str, Any]

# Sorted keys and no spaces: one text for one value, whoever writes it.
canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


class Kind(StrEnum):
    RUN_STARTED = "run.started"
    PLAN_FROZEN = "plan.frozen"
    STAGE_ENTERED = "stage.entered"
    MODEL_ASKED = "model.asked"
    MODEL_REPLIED = "model.replied"
    MODEL_FAILED = "model.failed"
    PROPOSAL_MADE = "proposal.made"
    GUARD_JUDGED = "guard.judged"
    CONFLICT_RAISED = "conflict.raised"
    APPROVAL_ASKED = "approval.asked"
    APPROVAL_GIVEN = "approval.given"
    APPROVAL_EXPIRED = "approval.expired"
    TOOL_APPLIED = "tool.applied"
    TOOL_FAILED = "tool.failed"
    CASE_CLOSED = "case.closed"
    WORLD_CHANGED = "world.changed"
    BUDGET_WARNED = "budget.warned"
    RUN_HALTED = "run.halted"
    RUN_FINISHED = "run.finished"
    NOTE_ADDED = "note.added"


class Event(NamedTuple):
    """One fact of a run. `at` is in simulated seconds since its start; nothing changes it later."""

    seq: int
    kind: str
    actor: str
    at: int
    data: Data
    hash: str

    def body(self) -> str:
        """What was hashed, as stored and exported."""
        return canonical([self.seq, VERSION, self.kind, self.actor, self.at, self.data])

    def __hash__(self) -> int:
        return hash(self.hash)


class BrokenTrail(ValueError):
    """The chain does not hold from event `seq` on."""

    def __init__(self, seq: int, why: str) -> None:
        super().__init__(f"The trail is broken at event {seq}: {why}.")
        self.seq = seq
        self.why = why


def link(previous: str, body: str) -> str:
    """The hash of an event: SHA-256 over the hash before it and the event's own text."""
    return sha256((previous + body).encode()).hexdigest()


def event(previous: str, seq: int, kind: str, actor: str, at: int, data: Data) -> Event:
    body = canonical([seq, VERSION, kind, actor, at, data])
    return Event(seq, kind, actor, at, data, sha256((previous + body).encode()).hexdigest())


def read(body: str, hashed: str) -> Event:
    """The event that was stored as this text. Raises `BrokenTrail` for a version not known here."""
    seq, version, kind, actor, at, data = json.loads(body)
    if version != VERSION:
        raise BrokenTrail(seq, f"version {version} is not known here")
    return Event(seq, kind, actor, at, data, hashed)


def taken_up(stored: Iterable[tuple[str, str]]) -> list[Event]:
    """The events stored as (text, first digits of the hash), their hashes worked out anew.

    One whose hash does not begin so keeps the digits alone: there `verify` finds the trail broken.
    """
    events: list[Event] = []
    previous = GENESIS
    for body, digits in stored:
        hashed = link(previous, body)
        previous = hashed if hashed.startswith(digits) else digits
        events.append(read(body, previous))
    return events


def export(events: Iterable[Event]) -> str:
    """The trail as JSON lines of [hash, text]; the text is what was hashed, to the letter."""
    return "".join(canonical([each.hash, each.body()]) + "\n" for each in events)


def reseal(events: Sequence[Event]) -> list[Event]:
    """The same events in a whole chain of their own, numbered from 1."""
    sealed: list[Event] = []
    previous = GENESIS
    for seq, each in enumerate(events, 1):
        sealed.append(event(previous, seq, each.kind, each.actor, each.at, each.data))
        previous = sealed[-1].hash
    return sealed


def verify(events: Iterable[Event]) -> str:
    """The head of a whole chain. Raises `BrokenTrail` at the first link that does not hold."""
    previous, expected = GENESIS, 1
    for each in events:
        if each.seq != expected:
            raise BrokenTrail(each.seq, f"event {expected} is missing")
        if link(previous, each.body()) != each.hash:
            raise BrokenTrail(each.seq, "its hash is not that of its content")
        previous, expected = each.hash, expected + 1
    return previous


def verify_export(text: str) -> str:
    """The same for an exported trail; also refuses lines that are no events."""
    events = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            hashed, body = json.loads(line)
            events.append(read(body, hashed))
        except (ValueError, TypeError) as error:
            if isinstance(error, BrokenTrail):
                raise
            raise BrokenTrail(number, "the line is no event") from None
    return verify(events)
