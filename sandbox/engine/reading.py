"""Reading a trail: finding the events a selector names, exhibits, and marks for the answers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sandbox.engine.events import Event, event, reseal
from sandbox.engine.plan import Value
from sandbox.engine.scenario import Edit, Question


def select(events: Sequence[Event], selector: str) -> list[int]:
    """The numbers of the events that "kind", "kind CASE" or "kind CASE job" names.

    An event that names a proposal or an ask belongs to the case and the job of that proposal.
    """
    kind, _, rest = selector.partition(" ")
    case, _, job = rest.partition(" ")
    found, stage = [], ""
    cases: dict[str, tuple[str, str]] = {}
    asks: dict[int, tuple[str, str]] = {}
    for each in events:
        data = each.data
        if each.kind == "stage.entered":
            stage = data["job"]
        here = (str(data.get("case", "")), stage)
        if each.kind == "proposal.made":
            cases[data["id"]] = here
        for name in ("proposal", "about"):
            if name in data:
                here = cases.get(data[name], here)
        if "ask" in data:
            here = asks.get(data["ask"], here)
        if each.kind == "approval.asked":
            asks[each.seq] = here
        if each.kind == kind and case in ("", here[0]) and job in ("", here[1]):
            found.append(each.seq)
    return found


def edited(events: Sequence[Event], edits: Iterable[Edit]) -> list[Event]:
    """The trail after somebody has been at it: what is resealed is whole, the rest breaks there.

    Raises `LookupError` for an edit that finds nothing.
    """
    trail = list(events)
    later: list[tuple[int, Edit]] = []
    for edit in edits:
        numbers = select(trail, edit.select)
        if not numbers:
            raise LookupError(f"No event is “{edit.select}”.")
        place = next(i for i, each in enumerate(trail) if each.seq == numbers[0])
        if not edit.reseal:
            later.append((place, edit))
            continue
        if edit.remove:
            del trail[place]
            later = [(at - (at > place), each) for at, each in later]
        else:
            trail[place] = _changed(trail[place], edit.sets)
    trail = reseal(trail)
    for place, edit in sorted(later, key=lambda pair: -pair[0]):
        if edit.remove:
            del trail[place]
        else:
            trail[place] = _changed(trail[place], edit.sets)
    return trail


def _changed(old: Event, sets: Mapping[str, Value]) -> Event:
    """The event with other content under its old hash."""
    actor, at, data = old.actor, old.at, dict(old.data)
    for name, value in sets.items():
        if name == "actor":
            actor = str(value)
        elif name == "at":
            at = int(value)
        else:
            place = name.removeprefix("data.").split(".")
            inner = data
            for step in place[:-1]:
                inner[step] = dict(inner[step])
                inner = inner[step]
            inner[place[-1]] = value
    return event("", old.seq, old.kind, actor, at, data)._replace(hash=old.hash)


def share(right: Collection[str], options: Collection[str], chosen: Collection[str]) -> float:
    """How much of a question was answered, corrected for chance: the share of the right options
    chosen less the share of the wrong ones. 1 is everything right; choosing all, none or at random
    comes to 0 on average, and only wrong ones to less than nothing."""
    wrong = set(options) - set(right)
    hits = len(set(chosen) & set(right)) / len(right)
    misses = len(set(chosen) & wrong) / len(wrong) if wrong else 0.0
    return hits - misses


def explanation(shares: Sequence[float]) -> float:
    """Expl of rulings.md 25: the mean over the questions, not below nothing; 0 without any."""
    return max(0.0, sum(shares) / len(shares)) if shares else 0.0


def choices(events: Sequence[Event], question: Question) -> tuple[list[str], list[str]]:
    """(options, right ones) of a question about these events: numbers of events as text, or the
    keys of its `words`. An option that no event answers to is left out."""
    if question.words:
        return list(question.words), list(question.right)
    right = [str(seq) for each in question.right for seq in select(events, each)]
    options = {str(seq) for each in question.options for seq in select(events, each)} | set(right)
    return sorted(options, key=int), right
