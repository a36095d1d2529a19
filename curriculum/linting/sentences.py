"""Sentences: where they end, and whether they stand in quotation marks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

END = re.compile(r"[.!?…]+[\"”’)\]]*(?=\s|$)")
WORD = re.compile(r"[^\W_]+(?:[’'.,-][^\W_]+)*")
ABBREVIATED = re.compile(
    r"(?:^|[\s(“‘\"])(?:[A-Z]|e\.g|i\.e|cf|etc|vs?|approx|No|Art|Nos|Mr|Mrs|Ms|Dr|St|p|pp)\.$"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """`start` is its place in the passage; `quoted` if it stands in quotation marks as a whole."""

    start: int
    text: str
    quoted: bool


def words(text: str) -> list[str]:
    return WORD.findall(text)


def sentences(text: str) -> Iterator[Sentence]:
    """The sentences of a passage; what has no full stop counts as one."""
    start = 0
    depth = 0
    for match in END.finditer(text):
        after = text[match.end() : match.end() + 3].lstrip()
        if after[:1].islower() or ABBREVIATED.search(text[start : match.end()][-12:]):
            continue
        yield from _sentence(text[start : match.end()], start, depth)
        depth = _depth(text[start : match.end()], depth)
        start = match.end()
    yield from _sentence(text[start:], start, depth)


def _sentence(text: str, start: int, depth: int) -> Iterator[Sentence]:
    bare = text.strip()
    if bare:
        opened = _depth(bare[:1], depth) > 0
        inside = opened and (bare[-1] in '”"' or _depth(bare, depth) > 0)
        yield Sentence(start + len(text) - len(text.lstrip()), bare, inside)


def _depth(text: str, depth: int) -> int:
    """How many quotation marks are open after `text`; straight ones open and close in turn."""
    for sign in text:
        if sign == "“":
            depth += 1
        elif sign == "”":
            depth = max(0, depth - 1)
        elif sign == '"':
            depth = 0 if depth else 1
    return depth
