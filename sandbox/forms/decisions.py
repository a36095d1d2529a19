"""What a person posted at a checkpoint, read into a decision of the engine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast, get_args

from django.http import QueryDict

from sandbox.asking import Argument, Asked
from sandbox.engine.decisions import Decision, Sure, Verb
from sandbox.engine.plan import Value
from sandbox.engine.vocabulary import Reason

_MONEY = re.compile(r"-?\d{1,12}(\.\d{1,2})?")
_COUNT = re.compile(r"-?\d{1,12}")


class BadDecision(ValueError):
    """The form lacks something, said in words for the person who filled it in."""


@dataclass(frozen=True, slots=True)
class Given:
    """What was ticked and typed, to be shown again when something is missing."""

    verb: str = ""
    reason: str = ""
    sure: str = ""
    change: Mapping[str, str] = field(default_factory=dict)
    cases: tuple[str, ...] = ()


def given(posted: QueryDict) -> Given:
    change = {
        name.removeprefix("change-"): value[:500]
        for name, value in posted.items()
        if name.startswith("change-") and isinstance(value, str)
    }
    return Given(
        posted.get("decision", ""),
        posted.get("reason", ""),
        posted.get("sure", ""),
        change,
        tuple(posted.getlist("case")),
    )


def ask_of(posted: QueryDict) -> int:
    """The number of the question that the form answers; 0 when it carries none."""
    text = posted.get("ask", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0


def decision(asked: Asked, found: Given) -> Decision:
    """Raises `BadDecision`."""
    offered = {verb for verb, _ in asked.verbs}
    if found.verb not in offered:
        raise BadDecision("Choose one of the decisions below the proposal.")
    verb = cast(Verb, found.verb)
    if not asked.needs_reason or verb == "stop":
        return Decision(verb)
    if found.reason not in set(Reason):
        raise BadDecision("Say why: tick the reason that fits best. It counts in the debrief.")
    if found.sure not in get_args(Sure):
        raise BadDecision("Say how sure you are. It is for your own calibration.")
    cases = tuple(each.case for each in asked.cases if each.case in found.cases)
    if asked.kind == "stage" and verb in ("send_back", "reject") and not cases:
        raise BadDecision("Tick at least one case that this is about.")
    return Decision(
        verb,
        Reason(found.reason),
        cast(Sure, found.sure),
        change=_change(asked, found) if verb == "modify" else {},
        cases=cases if verb in ("send_back", "reject") else (),
    )


def _change(asked: Asked, found: Given) -> dict[str, Value]:
    change = {
        each.name: _value(each, found.change[each.name])
        for each in asked.editable
        if found.change.get(each.name, each.typed).strip() != each.typed
    }
    if not change:
        raise BadDecision("Nothing is changed. Change a value in the form, or approve as it is.")
    return change


def _value(argument: Argument, text: str) -> Value:
    kind: Any = argument.spec.kind if argument.spec else "text"
    text = text.strip()
    if kind == "money":
        plain = text.replace(",", "").lstrip("£€$ ")
        if not _MONEY.fullmatch(plain):
            raise BadDecision(f"{argument.title}: write a sum such as 1240.00.")
        whole, _, rest = plain.lstrip("-").partition(".")
        minor = int(whole) * 100 + int(rest.ljust(2, "0"))
        return -minor if plain.startswith("-") else minor
    if kind == "count":
        if not _COUNT.fullmatch(text):
            raise BadDecision(f"{argument.title}: write a whole number.")
        return int(text)
    if kind == "flag":
        if text not in ("yes", "no"):
            raise BadDecision(f"{argument.title}: choose yes or no.")
        return text == "yes"
    if not text:
        raise BadDecision(f"{argument.title}: this cannot be empty.")
    return text
