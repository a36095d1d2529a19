"""What a hand-written CEL rule may be made of, checked on its text, since nothing bounds its cost.

The evaluator has no limit of its own: three loops inside each other over 200 labels take seconds,
one that joins lists takes twenty, a chain of `map` that doubles a text takes all memory. So a rule
is short, loops one deep and never over the outcome of another loop, looks at no list inside a loop,
has flat names only, and no pattern matching. What is read here is stricter than CEL (no comments,
no raw or tripled quotes, no braces): where both read a text, they read it alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple

LONGEST = 300
LOOPS = frozenset({"all", "exists", "exists_one", "existsOne", "map", "filter"})
METHODS = frozenset({"contains", "startsWith", "endsWith", "size"})
FUNCTIONS = frozenset({"size", "int", "double", "string"})
WORDS = frozenset({"true", "false", "null", "in"})

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<comment>//)
      | (?P<text>"(?:\\[^\r\n]|[^"\\\r\n])*"|'(?:\\[^\r\n]|[^'\\\r\n])*')
      | (?P<number>0[xX][0-9a-fA-F]+[uU]?|[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?[uU]?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<sign>&&|\|\||[=!<>]=|[-+*/%!<>?:.,()\[\]])""",
    re.VERBOSE,
)


class Token(NamedTuple):
    kind: str
    text: str
    at: int  # the first character is 1


def tokens(source: str) -> tuple[list[Token], str]:
    """The tokens without spaces, and what cannot be read (or nothing)."""
    found: list[Token] = []
    position = 0
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None or match.lastgroup == "comment":
            sign = "a note (//)" if match else f"“{source[position]}”"
            if source[position] in "\"'":
                sign = "a text that never ends"
            return found, f"At character {position + 1} stands {sign}, which a rule cannot hold."
        token = Token(match.lastgroup or "", match.group(), position + 1)
        position = match.end()
        if token.kind == "space":
            continue
        # r"…" and triple quotes: texts that CEL would end elsewhere than is seen here.
        joined = found and found[-1].at + len(found[-1].text) == token.at
        if token.kind == "text" and joined and found[-1].kind in ("name", "text", "number"):
            return found, f"At character {token.at}: write a text in plain quotes, nothing before."
        found.append(token)
    return found, ""


@dataclass
class _Reading:
    """One walk over the tokens; `loop` is the depth of brackets at which the open loop stands."""

    read: list[Token]
    types: Mapping[str, type]
    wrong: list[str] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)
    closes: dict[int, int] = field(default_factory=dict)
    loop: int = 0
    bound: str = ""

    def walk(self) -> list[str]:
        for index, token in enumerate(self.read):
            if token.text in ("(", "["):
                self.opened.append(index)
            elif token.text in (")", "]"):
                if self.opened:
                    self.closes[index] = self.opened.pop()
                if self.loop > len(self.opened):
                    self.loop, self.bound = 0, ""
            elif token.text == ".":
                self._dot(index)
            elif token.kind == "name" and self._text(index - 1) != ".":
                self._name(index)
        return self.wrong

    def _text(self, index: int) -> str:
        return self.read[index].text if 0 <= index < len(self.read) else ""

    def _say(self, index: int, what: str) -> None:
        self.wrong.append(f"At character {self.read[index].at}: {what}")

    def _dot(self, index: int) -> None:
        called = self._text(index + 1)
        if self._text(index + 2) != "(" or called not in LOOPS | METHODS:
            allowed = ", ".join(sorted(METHODS | LOOPS - {"existsOne"}))
            self._say(index, f"after a dot only these may stand: {allowed}.")
        elif called in LOOPS:
            self._loop(index, called)

    def _loop(self, index: int, called: str) -> None:
        if self.loop:
            self._say(index + 1, f"“{called}” stands inside another loop; one deep is the limit.")
            return
        if not self._plain_list(index - 1):
            self._say(index + 1, f"“{called}” may follow a list only, not what was worked out.")
        self.loop = len(self.opened) + 1
        variable = self.read[index + 3] if index + 3 < len(self.read) else None
        if variable is None or variable.kind != "name" or self._text(index + 4) != ",":
            self._say(index + 1, f"“{called}” needs a name for each entry, as in {called}(x, …).")
        elif variable.text in self.types or variable.text in WORDS:
            self._say(index + 3, f"“{variable.text}” means something else already.")
        else:
            self.bound = variable.text

    def _plain_list(self, end: int) -> bool:
        """Whether a list fact, or a list of plain values, ends with this token."""
        if self._text(end) != "]":
            return self._text(end - 1) != "." and self.types.get(self._text(end)) is list
        start = self.closes.get(end, 0)
        before = self.read[start - 1] if start else Token("sign", "", 0)
        if (before.kind in ("name", "text") and before.text != "in") or before.text in (")", "]"):
            return False  # an entry of something, and no list
        inside = self.read[start + 1 : end]
        return not any(
            each.text in ("(", "[") or self.types.get(each.text) is list for each in inside
        )

    def _name(self, index: int) -> None:
        name = self.read[index].text
        if name in WORDS or name == self.bound:
            return
        if self._text(index + 1) == "(":
            if name not in FUNCTIONS:
                allowed = ", ".join(sorted(FUNCTIONS))
                self._say(index, f"there is no “{name}(…)”; there are {allowed}.")
        elif name not in self.types:
            self._say(index, unknown(name, self.types))
        elif self.loop and self.types[name] is list and self._text(index + 2) not in LOOPS:
            self._say(index, f"the list “{name}” may not be looked through inside a loop.")


def unknown(name: str, types: Mapping[str, type]) -> str:
    """Says that there is no such fact, and which one may have been meant."""
    near = get_close_matches(name, types, n=1)
    return f"there is no fact called “{name}”." + (f" Is “{near[0]}” meant?" if near else "")


def beyond_limits(source: str, types: Mapping[str, type]) -> list[str]:
    """What is wrong with the text of a rule before anything compiles it, in plain words."""
    if len(source) > LONGEST:
        return [f"The rule has {len(source)} characters; {LONGEST} are the limit."]
    read, unreadable = tokens(source)
    if unreadable:
        return [unreadable]
    return _Reading(read, types).walk()


def names(source: str, types: Mapping[str, type]) -> tuple[str, ...]:
    """The facts that the text asks for, in alphabetical order."""
    return tuple(sorted({each.text for each in tokens(source)[0] if each.text in types}))
