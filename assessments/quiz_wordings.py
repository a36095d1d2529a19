"""What people read in a quiz, with the path to it: cases, questions, answers, consequences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from curriculum.packages.kinds import Wording

if TYPE_CHECKING:
    from assessments.quiz_documents import QuizDocument

# The parts of an item that hold words, of whatever kind it is; names and numbers are left out.
READ: tuple[str, ...] = (
    "ask",
    "options",
    "sequence",
    "pairs",
    "spare",
    "accept",
    "text",
    "left",
    "right",
    "follows",
    "because",
    "wrong",
)
LABELS = {"left", "spare", "accept"}  # named as they are named in the lesson


def wordings(document: QuizDocument) -> Iterator[Wording]:
    """The questions themselves may recur: “What do you do first?” fits many cases."""
    for number, item in enumerate(document.items):
        path = ("items", number)
        if item.case:
            yield Wording((*path, "case"), item.case, markdown=True)
        yield Wording((*path, "ask"), item.ask, fixed=True)
        values = item.model_dump(mode="json", exclude={"case", "ask"})
        yield from _within(path, {key: values[key] for key in values if key in READ})


def _within(path: tuple[str | int, ...], value: Any) -> Iterator[Wording]:
    if isinstance(value, str):
        label = ("pairs" in path and path[-1] == "right") or not LABELS.isdisjoint(path)
        yield Wording(path, value, fixed=label)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _within((*path, number), each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key in READ:
                yield from _within((*path, key), each)
