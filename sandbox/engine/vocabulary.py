"""The words of a rehearsal that are closed lists: effects, roles, kinds of faults, reasons."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Effect(StrEnum):
    """How far a tool reaches; the line of the stave that its note stands on."""

    READ = "read"
    DRAFT = "draft"
    REVERSIBLE = "reversible"
    IRREVERSIBLE = "irreversible"


class Role(StrEnum):
    """What an agent may do at all, whatever its brief says."""

    COORDINATOR = "coordinator"  # only routes
    PLANNER = "planner"  # reads and drafts
    SPECIALIST = "specialist"
    REVIEWER = "reviewer"  # judges proposals before they happen; cannot apply
    VERIFIER = "verifier"  # the same with read-only tools, and never on its own proposals
    GUARDIAN = "guardian"  # the rules of the plan; holds no tool and no model


WATCHERS = frozenset({Role.REVIEWER, Role.VERIFIER})


class FaultKind(StrEnum):
    FABRICATED = "fabricated"
    UNSOURCED = "unsourced"
    INJECTION = "injection"
    PII_LEAK = "pii_leak"
    CONTRADICTION = "contradiction"
    SKIPPED_STEP = "skipped_step"
    LOOP = "loop"
    DUPLICATE = "duplicate"
    OUTAGE = "outage"
    SLOW = "slow"
    COST_OVERRUN = "cost_overrun"
    DRIFT = "drift"
    RUBBER_STAMP = "rubber_stamp"
    WRONG_ROUTE = "wrong_route"
    STALE_DATA = "stale_data"
    WIDE_PERMISSION = "wide_permission"
    DECOY = "decoy"  # looks like a fault and is good work


class Reason(StrEnum):
    """Why a person decided as they did; refusing names the family of a fault."""

    CHECKED = "checked"
    INSTRUCTION = "instruction"
    SOURCE = "source"
    IDENTITY = "identity"
    PRIVACY = "privacy"
    CONFLICT = "conflict"
    STALE = "stale"
    DONE = "done"
    SCOPE = "scope"
    CHECK = "check"
    COST = "cost"
    RULE = "rule"


REASON_WORDS: Mapping[Reason, str] = {
    Reason.CHECKED: "Checked, and right",
    Reason.INSTRUCTION: "Follows an instruction in a document",
    Reason.SOURCE: "No source for a value",
    Reason.IDENTITY: "Identity or account not established",
    Reason.PRIVACY: "Personal data would leave us",
    Reason.CONFLICT: "Two sources contradict each other",
    Reason.STALE: "Out of date",
    Reason.DONE: "Done already",
    Reason.SCOPE: "Not what was asked for",
    Reason.CHECK: "A check is missing or was no check",
    Reason.COST: "Not worth its cost",
    Reason.RULE: "Against a house rule",
}

# The reasons that name a fault for what it is; a fault may add its own with `reasons`.
FAMILY: Mapping[FaultKind, frozenset[Reason]] = {
    FaultKind.FABRICATED: frozenset({Reason.SOURCE}),
    FaultKind.UNSOURCED: frozenset({Reason.SOURCE}),
    FaultKind.INJECTION: frozenset({Reason.INSTRUCTION}),
    FaultKind.PII_LEAK: frozenset({Reason.PRIVACY}),
    FaultKind.CONTRADICTION: frozenset({Reason.CONFLICT}),
    FaultKind.SKIPPED_STEP: frozenset({Reason.CHECK}),
    FaultKind.LOOP: frozenset({Reason.DONE, Reason.COST}),
    FaultKind.DUPLICATE: frozenset({Reason.DONE}),
    FaultKind.OUTAGE: frozenset({Reason.DONE}),
    FaultKind.SLOW: frozenset({Reason.COST}),
    FaultKind.COST_OVERRUN: frozenset({Reason.COST}),
    FaultKind.DRIFT: frozenset({Reason.SCOPE}),
    FaultKind.RUBBER_STAMP: frozenset({Reason.CHECK}),
    FaultKind.WRONG_ROUTE: frozenset({Reason.SCOPE}),
    FaultKind.STALE_DATA: frozenset({Reason.STALE}),
    FaultKind.WIDE_PERMISSION: frozenset({Reason.SCOPE}),
    FaultKind.DECOY: frozenset({Reason.CHECKED}),
}
