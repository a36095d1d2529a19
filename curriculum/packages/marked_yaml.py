"""YAML read into plain values with the line of each: no aliases, no tags, no surprises.

Built on the parser's events, so that deep nesting costs no recursion. Of plain scalars only
`null`, `true`, `false`, whole numbers and decimal fractions become something other than text:
`no`, `12:30` and `0x1F` stay the words they are, and a date without quotes is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml import events

Path = tuple[str | int, ...]
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

DEPTH = 20
WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,14})")
FRACTION = re.compile(r"-?(0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?")


@dataclass(slots=True)
class Marked:
    """A document: its value, the line where each path begins, and the faults as (line, message)."""

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[tuple[int, str]] = field(default_factory=list)
    broken: bool = False  # reading stopped somewhere, so what is missing proves nothing

    def line(self, path: tuple[Any, ...]) -> int:
        """The line of `path`. Parts that are not in the document (pydantic's tags) are skipped."""
        here: Path = ()
        for part in path:
            if (*here, part) in self.lines:
                here = (*here, part)
        return self.lines.get(here, 1)


class _Stop(Exception):
    """A fault after which reading on makes no sense."""


def parse(text: str, first_line: int = 1) -> Marked:
    """Reads one YAML document; `first_line` is where it begins in its file."""
    marked = Marked()
    reader = _Reader(marked, first_line)
    try:
        for event in yaml.parse(text, Loader=Loader):
            reader.take(event)
        return marked
    except _Stop:
        pass
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + first_line if mark else first_line
        marked.faults.append((line, f"This is not valid YAML: {error.problem or error.context}."))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        words = str(error).strip().split("\n")[0][:160]
        marked.faults.append((first_line, f"This is not valid YAML: {words}."))
    marked.broken = True
    return marked


@dataclass(slots=True)
class _Open:
    """A list or mapping that is not closed yet; `key` is the mapping's key awaiting its value."""

    value: list[Any] | dict[str, Any]
    path: Path
    key: str | None = None
    skip: bool = False  # the value of a key that was there before


class _Reader:
    def __init__(self, marked: Marked, first_line: int) -> None:
        self.marked = marked
        self.first_line = first_line
        self.open: list[_Open] = []
        self.documents = 0

    def take(self, event: events.Event) -> None:
        line = (event.start_mark.line if event.start_mark else 0) + self.first_line
        match event:
            case events.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    self.stop(line, "A file holds one document; take out the `---` line.")
            case events.AliasEvent():
                self.stop(line, "YAML aliases (`*name`) are not allowed.")
            case events.MappingStartEvent() | events.SequenceStartEvent():
                self.plain(event, line)
                value: list[Any] | dict[str, Any]
                value = {} if isinstance(event, events.MappingStartEvent) else []
                path = self.put(value, line)
                self.open.append(_Open(value, path))
                if len(self.open) > DEPTH:
                    self.stop(line, f"The document is nested more than {DEPTH} deep.")
            case events.MappingEndEvent() | events.SequenceEndEvent():
                self.open.pop()
            case events.ScalarEvent():
                self.plain(event, line)
                if "\0" in event.value or not _encodable(event.value):
                    self.stop(line, "There is a character here that text cannot hold.")
                self.scalar(event, line)

    def plain(self, event: Any, line: int) -> None:
        if event.anchor is not None:
            self.stop(line, "YAML anchors (`&name`) are not allowed.")
        if event.tag is not None and event.tag != "!":
            self.stop(line, "YAML tags (`!name`) are not allowed; put the text in quotes.")

    def scalar(self, event: events.ScalarEvent, line: int) -> None:
        top = self.open[-1] if self.open else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            top.key = event.value
            top.skip = event.value in top.value
            if top.skip:
                self.fault(line, f"The key `{event.value[:60]}` is here twice.")
            elif (*top.path, top.key) not in self.marked.lines:
                self.marked.lines[(*top.path, top.key)] = line
            return
        quoted = bool(event.style)  # the C parser says "" for a plain scalar
        self.put(event.value if quoted else self.resolve(event.value, line), line)

    def resolve(self, word: str, line: int) -> Any:
        if word in ("", "~", "null"):
            return None
        if word in ("true", "false"):
            return word == "true"
        if WHOLE.fullmatch(word):
            return int(word)
        if FRACTION.fullmatch(word):
            return float(word)
        if DATE.fullmatch(word):
            self.fault(line, f'Put the date in quotes: "{word[:40]}".')
        return word

    def put(self, value: Any, line: int) -> Path:
        """Hangs the value where it belongs and notes its line; gives its path."""
        if not self.open:
            self.marked.value = value
            self.marked.lines[()] = line
            return ()
        top = self.open[-1]
        if isinstance(top.value, list):
            path = (*top.path, len(top.value))
            top.value.append(value)
            self.marked.lines[path] = line
            return path
        if top.key is None:
            self.stop(line, "A key is a plain word.")
        assert top.key is not None
        path = (*top.path, top.key)
        if not top.skip:
            top.value[top.key] = value
        top.key = None
        return path

    def fault(self, line: int, message: str) -> None:
        self.marked.faults.append((line, message))

    def stop(self, line: int, message: str) -> None:
        self.fault(line, message)
        raise _Stop


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
