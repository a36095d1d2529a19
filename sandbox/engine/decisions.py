"""What a person decides at a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sandbox.engine.plan import Value
from sandbox.engine.vocabulary import Reason

Verb = Literal["approve", "modify", "send_back", "reject", "stop"]
Sure = Literal["unsure", "fairly", "sure"]

VERBS: Mapping[Verb, str] = {
    "approve": "Approve",
    "modify": "Approve with a change",
    "send_back": "Send back",
    "reject": "Reject",
    "stop": "Stop the run",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision with its reason and confidence. `change` belongs to "modify" (arguments and
    their new values), `cases` to "send_back" after a stage (which of them go back)."""

    verb: Verb
    reason: Reason = Reason.CHECKED
    confidence: Sure = "fairly"
    change: Mapping[str, Value] = field(default_factory=dict)
    cases: tuple[str, ...] = ()


class NotNow(ValueError):
    """The decision does not fit what is being asked: nothing is open, or it answers another ask."""
