"""What Markdown may refer to: links, drawings, boxes and headings, checked in the source."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from django.contrib.staticfiles import finders

BOXES = ("example", "yours", "note", "caution")

FENCE = re.compile(r"^\s*(?:>\s*)*(`{3,}|~{3,})")
CODE = re.compile(r"(`+)(?:(?!\1).)*\1")
BOX = re.compile(r"^\s*!!!\s*([^\s\"]*)")
FOLD = re.compile(r"^\s*\?\?\?\+?\s*([^\s\"]*)")
HEADING = re.compile(r"^#\s")
TARGET = re.compile(r"(!?)\[((?:[^\[\]\\]|\\.){0,400})\]\(\s*<?([^)\s>]*)")
REFERENCE = re.compile(r"^\s{0,3}\[[^\]]{1,200}\]:\s*<?(\S*?)>?(?:\s|$)")
LESSON = re.compile(r"lesson:([A-Za-z0-9-]+)/([a-z0-9-]+)")
DRAWING = re.compile(r"drawing:([a-z0-9-]+)")
OUTSIDE = re.compile(r"https?://[^/\s]+|mailto:[^\s@]+@")

LAW = re.compile(r"law:([a-z0-9-]+)")

LessonExists = Callable[[str, str], bool]
LawExists = Callable[[str], bool]


def drawing_exists(name: str) -> bool:
    return finders.find(f"drawings/{name}.svg") is not None


def problems(
    text: str, lesson_exists: LessonExists, law_exists: LawExists
) -> Iterator[tuple[int, str]]:
    """Each fault as (line counted from 0, message). Code is passed over."""
    fence = ""
    for number, line in enumerate(text.split("\n")):
        if found := FENCE.match(line):
            mark = found[1]
            if not fence:
                fence = mark
            elif mark.startswith(fence):
                fence = ""
            continue
        if fence:
            continue
        if HEADING.match(line):
            yield number, "Headings inside a text begin at `##`; the page has its title already."
        if (found := BOX.match(line)) and found[1] not in BOXES:
            names = ", ".join(BOXES)
            yield number, f"`!!! {found[1][:30]}` is not one of the boxes: {names}."
        if (found := FOLD.match(line)) and found[1] != "note":
            yield number, f'A folded part begins with `??? note "Title"`, not `{found[1][:30]}`.'
        bare = CODE.sub("", line)
        for found in TARGET.finditer(bare):
            if found[1]:
                yield from _image(number, found[2], found[3])
            else:
                yield from _link(number, found[3], lesson_exists, law_exists)
        if found := REFERENCE.match(bare):
            yield from _link(number, found[1], lesson_exists, law_exists)


def _image(number: int, words: str, target: str) -> Iterator[tuple[int, str]]:
    found = DRAWING.fullmatch(target)
    if found is None:
        yield number, f"An image is a drawing of the library (`drawing:name`), not “{target[:60]}”."
    elif not drawing_exists(found[1]):
        yield number, f"There is no drawing “{found[1]}”."
    if not words.strip():
        yield number, "Say in words what the drawing shows: `![words](drawing:name)`."


def _link(
    number: int, target: str, lesson_exists: LessonExists, law_exists: LawExists
) -> Iterator[tuple[int, str]]:
    if target.startswith("lesson:"):
        found = LESSON.fullmatch(target)
        if found is None:
            yield number, f"“{target[:60]}” is not written `lesson:MODULE/lesson-id`."
        elif not lesson_exists(found[1], found[2]):
            yield number, f"There is no lesson “{found[2][:60]}” in a module “{found[1][:40]}”."
    elif target.startswith("law:"):
        found = LAW.fullmatch(target)
        if found is None or not law_exists(found[1]):
            yield number, f"The record of the law has no entry “{target[4:60]}”."
    elif not OUTSIDE.match(target):
        places = "`https:`, `mailto:`, `lesson:` or `law:`"
        yield number, f"A link goes to {places}, not to “{target[:60]}”."
