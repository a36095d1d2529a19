"""What a plan is made of: stages, rules, checkpoints, budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

# Whole numbers alone (money in minor units, as pence): no float is ever hashed.
Value = str | int | bool

# Read by pydantic when a plan comes from outside; the engine itself needs no pydantic.
STRICT = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStage:
    """One job done by one agent. `tools` is what it may touch; None means all that the agent has.

    `on_fail` says what a broken tool leads to: ask a person, try again, look first whether it was
    done and then try again, or skip the case. A watcher looks at one proposal in `share`.
    """

    __pydantic_config__ = STRICT
    job: str
    agent: str
    tier: Literal["small", "medium", "large"] = "medium"
    tools: tuple[str, ...] | None = None
    on_fail: Literal["ask", "retry", "reconcile", "skip"] = "ask"
    share: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """`fact op value`, as `amount above 8000`; "has" asks whether a list holds the value."""

    __pydantic_config__ = STRICT
    fact: str
    op: Literal["is", "is not", "above", "below", "has"] = "is"
    value: Value = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A guard: the rules are read from the top, and the first whose conditions all hold decides.

    Either `when` (the form) or `cel` (written by hand). `change` belongs to "modify": arguments
    and what they become; "redact" takes out what is labelled personal.
    """

    __pydantic_config__ = STRICT
    name: str
    effect: Literal["allow", "ask", "deny", "modify"]
    when: tuple[Condition, ...] = ()
    cel: str = ""
    change: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A place where a person decides: before a tool, after a stage (both in `of`), on a conflict
    that a watcher raised, or when an agent is less sure than `below` per cent."""

    __pydantic_config__ = STRICT
    kind: Literal["tool", "stage", "conflict", "confidence"]
    of: str = ""
    below: int = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What the learner allows; None takes the scenario's limit."""

    __pydantic_config__ = STRICT
    mils: int | None = None
    minutes: int | None = None
    human_minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The learner's design of the process."""

    __pydantic_config__ = STRICT
    stages: tuple[PlanStage, ...] = ()
    rules: tuple[Rule, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()
    budget: Budget = field(default_factory=Budget)
