"""Markdown taken apart into passages of plain words, each with its line and the box around it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from curriculum.packages.prose import FENCE

Shape = Literal["prose", "quote", "cell", "title", "heading"]

BOX = re.compile(r"(?:!!!|\?\?\?\+?)\s*([a-z]+)(?:\s+\"(.*)\")?")
LIST_ITEM = re.compile(r"(?:[-*+]|[0-9]{1,3}[.)])\s+")
RULE = re.compile(r"[|:\s-]*-[|:\s-]*")
LINK = re.compile(r"!?\[([^\[\]]{0,400})\]\([^()\s]{0,400}\)")
IN_BRACKETS = re.compile(r"\s?\(([a-z0-9][a-z0-9,;\s-]{0,400})\)")
MARKS = re.compile(r"[*`]+")


@dataclass(frozen=True, slots=True)
class Passage:
    """Plain words; `line` is counted from 0, and line breaks within stay where they were."""

    line: int
    text: str
    shape: Shape = "prose"
    boxes: tuple[str, ...] = ()


def cited(text: str, sources: Collection[str]) -> set[str]:
    """The sources among `sources` that the Markdown cites in round brackets."""
    found: set[str] = set()
    for match in IN_BRACKETS.finditer(text):
        ids = [each.strip() for each in re.split("[,;]", match[1])]
        if all(each in sources for each in ids):
            found.update(ids)
    return found


def plainly(text: str, sources: Collection[str]) -> str:
    """One passage without links' targets, marks and citations."""
    text = LINK.sub(r"\1", text)
    if sources:
        text = IN_BRACKETS.sub(lambda match: "" if cited(match[0], sources) else match[0], text)
    return MARKS.sub("", text)


def passages(markdown: str, sources: Collection[str] = ()) -> Iterator[Passage]:
    """Every passage but code, in the order of the text."""
    reader = _Reader(sources)
    for number, line in enumerate(markdown.split("\n")):
        yield from reader.take(number, line)
    yield from reader.end()


class _Reader:
    def __init__(self, sources: Collection[str]) -> None:
        self.sources = sources
        self.boxes: list[tuple[int, str]] = []  # how far each is indented, and its kind
        self.fence = ""
        self.first = 0
        self.lines: list[str] = []
        self.shape: Shape = "prose"

    def take(self, number: int, line: str) -> Iterator[Passage]:
        words = line.strip()
        if found := FENCE.match(line):
            if not self.fence:
                yield from self.end()
                self.fence = found[1]
            elif found[1].startswith(self.fence):
                self.fence = ""
        elif self.fence:
            return
        elif not words:
            yield from self.end()
        else:
            yield from self.words(number, words, len(line) - len(line.lstrip()))

    def words(self, number: int, words: str, indent: int) -> Iterator[Passage]:
        if not self.lines:  # a line that goes on with a paragraph may begin anywhere
            while self.boxes and indent <= self.boxes[-1][0]:
                self.boxes.pop()
        if words.startswith(("!!!", "???")) and (found := BOX.match(words)):
            yield from self.end()
            self.boxes.append((indent, found[1]))
            if found[2]:
                yield self.passage(number, found[2], "title")
        elif words.startswith("#"):
            yield from self.end()
            yield self.passage(number, words.lstrip("# "), "heading")
        elif words.startswith("|"):
            yield from self.end()
            if not RULE.fullmatch(words):
                for cell in words.strip("|").split("|"):
                    if cell.strip():
                        yield self.passage(number, cell.strip(), "cell")
        elif words.startswith(">"):
            yield from self.go_on(number, words.lstrip("> "), "quote", self.shape != "quote")
        else:
            item = LIST_ITEM.match(words)
            words = words[item.end() :] if item else words
            yield from self.go_on(number, words, "prose", item is not None)

    def go_on(self, number: int, words: str, shape: Shape, afresh: bool) -> Iterator[Passage]:
        if afresh:
            yield from self.end()
        if not self.lines:
            self.first, self.shape = number, shape
        self.lines.append(words)

    def end(self) -> Iterator[Passage]:
        if any(self.lines):
            yield self.passage(self.first, "\n".join(self.lines), self.shape)
        self.lines, self.shape = [], "prose"

    def passage(self, line: int, text: str, shape: Shape) -> Passage:
        boxes = tuple(kind for _, kind in self.boxes)
        return Passage(line, plainly(text, self.sources), shape, boxes)
