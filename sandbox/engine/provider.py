"""The seam to whatever answers for an agent: scripted, replayed from a trail, or a live model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from sandbox.engine.plan import Value

Failure = Literal[
    "overloaded", "unavailable", "timeout", "cut", "refused", "malformed", "unauthorised",
    "not-json", "switched-off", "budget",
]  # fmt: skip


class Proposal(NamedTuple):
    """What an agent wants to do. `key` is the idempotency key: run, stage, tool, arguments and
    occurrence, never an id that a model minted."""

    id: str
    stage: int
    job: str
    agent: str
    tier: str
    case: str
    attempt: int
    occurrence: int
    turn: int
    tool: str
    args: Mapping[str, Value]
    sources: Mapping[str, str]
    labels: tuple[str, ...]
    confidence: int
    key: str


class Ask(NamedTuple):
    """One question to one agent: a turn of work on a case, or a watcher's look at a proposal.

    `returned` lists (job, reason) of what a person sent back for this case so far; `done` the jobs
    whose stages were entered before this one; `turn` counts the agent's replies in this run;
    `occurrence` how often it has done the same thing for this case already (a loop).
    """

    stage: int
    job: str
    agent: str
    tier: str
    case: str
    attempt: int
    occurrence: int
    turn: int
    tools: tuple[str, ...]
    done: tuple[str, ...] = ()
    returned: tuple[tuple[str, str], ...] = ()
    about: Proposal | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whoever answered: words, a proposal, a route, or a watcher's finding.

    `times` repeats the proposal (a loop); `labels` are what rules see of the sources, None to have
    them worked out.
    """

    says: str = ""
    tool: str = ""
    args: Mapping[str, Value] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Value] = field(default_factory=dict)
    confidence: int = 90
    tokens: int = 0
    mils: int = 0
    seconds: int = 12
    route: str = ""
    finds: Literal["", "ok", "concern"] = ""
    stop: str = ""
    times: int = 1
    labels: tuple[str, ...] | None = None


class ProviderError(Exception):
    """The provider gave no reply; `retry_after` in seconds, 0 when trying again is no use.

    `mils` are what the call cost, or may have cost, all the same.
    """

    def __init__(
        self, kind: Failure, message: str, retry_after: float = 0.0, mils: int = 0
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.retry_after = retry_after
        self.mils = mils


class Provider(Protocol):
    """Answers asks. A remote one costs money and may fail: its asks are events of their own."""

    name: str
    remote: bool

    def reserve(self, run: str, ask: Ask) -> int:
        """The most that answering may cost, in mils."""
        ...

    def reply(self, run: str, ask: Ask) -> Reply:
        """Raises `ProviderError`. `run` names the run, for keys and accounts."""
        ...
