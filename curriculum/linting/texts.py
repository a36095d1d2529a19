"""All that people read in a package, passage by passage, each with file and line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from curriculum.linting.passages import Passage, passages
from curriculum.linting.sentences import Sentence, sentences
from curriculum.packages.checked import Checked, CheckedModule, CheckedStep, Typed
from curriculum.packages.kinds import Wording


@dataclass(frozen=True, slots=True)
class Said:
    """A passage of the package. `compared` ones should stand in no other place."""

    file: str
    line: int
    passage: Passage
    sentences: tuple[Sentence, ...]
    compared: bool

    def line_of(self, start: int) -> int:
        """The line of a place in the passage's text."""
        return self.line + self.passage.text.count("\n", 0, start)


def everything(checked: Checked) -> Iterator[Said]:
    """Lessons, items and tasks, and what describes modules, tracks, job roles and the law."""
    for module in checked.modules:
        yield from _described(module.source, "title", "summary")
        for number, _ in enumerate(module.document.objectives):
            yield from _described(module.source, "objectives", number, "text")
        for step in module.steps:
            yield from of_step(module, step)
    for track in checked.tracks:
        yield from _described(track, "title", "summary")
    if checked.law is not None:
        for number, _ in enumerate(checked.law.document.entries):
            for key in ("title", "says", "applies", "unsettled"):
                yield from _described(checked.law, "entries", number, key)
    for role in checked.job_roles:
        yield from _described(role, "name", "summary")
        for number, _ in enumerate(role.document.interaction_points):
            for key in ("decision", "information", "good", "bad"):
                yield from _described(role, "interaction_points", number, key)


def of_step(module: CheckedModule, step: CheckedStep) -> Iterator[Said]:
    typed = step.source
    base = module.source.file.removesuffix("module.yaml")
    sources = frozenset(step.markdown[0].sources) if step.markdown else frozenset()
    lines: list[str] = []
    for wording in step.kind.wordings(typed.document):
        if not wording.markdown:
            yield from _plain(typed, wording)
            continue
        first = step.first_line
        if not first:
            lines = lines or module.files[typed.file.removeprefix(base)].split("\n")
            first = _begins(lines, typed.marked.line(wording.path), wording.text)
        for passage in passages(wording.text, sources):
            said = tuple(sentences(passage.text))
            # What stands in a cell or a title is a label, and quotations are meant to be the same.
            compared = not wording.fixed and passage.shape == "prose"
            yield Said(typed.file, first + passage.line, passage, said, compared)


def _begins(lines: list[str], key: int, text: str) -> int:
    """The line where a block of Markdown begins that stands in YAML at the key's line."""
    words = text.lstrip("\n").split("\n", 1)[0].strip()
    for number in range(key, min(key + 3, len(lines) + 1)):
        if words and words in lines[number - 1]:
            return number
    return key


def _plain(typed: Typed[Any], wording: Wording) -> Iterator[Said]:
    line = typed.marked.line(wording.path)
    text = wording.text
    yield Said(typed.file, line, Passage(0, text), tuple(sentences(text)), not wording.fixed)


def _described(typed: Typed[Any], *path: str | int) -> Iterator[Said]:
    """The text at the path; several keys without a number between them stand side by side."""
    paths = [path] if any(isinstance(part, int) for part in path) else [(key,) for key in path]
    for each in paths:
        value = typed.marked.value
        for part in each:
            value = value.get(part) if isinstance(value, dict) else value[part]
        if isinstance(value, str):
            yield from _plain(typed, Wording(each, value, fixed=True))
