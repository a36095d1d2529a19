"""What the linter says of a bank as a whole: patterns that answer it without knowing anything."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from statistics import mean
from typing import TYPE_CHECKING

from assessments.item_linting import options_of, remarks
from assessments.questions.base import plainly
from assessments.questions.single import Single
from curriculum.packages.kinds import Remark
from curriculum.packages.report import Severity

if TYPE_CHECKING:
    from assessments.quiz_documents import QuizDocument

ENOUGH = 8  # single-choice items: with fewer, chance alone makes patterns

# By chance the key is the longest of four in a quarter of the items. In a bank of 12, half of them
# happens to one fair bank in twenty, two thirds to one in four hundred; the same for the shortest.
OFTEN = 0.5
TOO_OFTEN = 0.65

# Mean length of keys against wrong options: the library keeps within 4 %.
SLIGHT = 0.10
PLAIN = 0.25

ONE_PLACE = (
    0.5  # of the keys; options are shuffled when shown, so that this is for whoever reads on
)
WITH_CASE = 0.6  # of a gate's items: a gate asks for judgement, and judgement needs a situation
AT_LEVEL = 0.5  # of a gate's items of a competency are at the level that the module aims at

# Fair banks put such words into right options too; eight in wrong ones alone is one in ten.
ABSOLUTES = re.compile(
    r"\b(?:always|never|all|every|none|nobody|everybody|everything|nothing|completely|entirely"
    r"|impossible|guarantees?|guaranteed|must never|whatever)\b",
    re.IGNORECASE,
)
TELLING = 8


def lint(document: QuizDocument, aims: Mapping[str, int]) -> Iterator[Remark]:
    """Missing lesson pointers and gates of fewer than 16 items are refused before (`check`)."""
    for number, item in enumerate(document.items):
        yield from remarks(item, ("items", number))
        if item.competency not in aims:
            message = (
                f"The module does not aim at {item.competency}; nobody expects it to be asked."
            )
            path = ("items", number, "competency")
            yield Remark(path, "warning", "competency-not-aimed-at", message)
    yield from _titles(document)
    yield from _lengths(document)
    yield from _places(document)
    yield from _absolutes(document)
    if document.purpose == "gate":
        yield from _gate(document, aims)


def _titles(document: QuizDocument) -> Iterator[Remark]:
    seen: set[str] = set()
    for number, item in enumerate(document.items):
        title = plainly(item.title)
        if title in seen:
            message = (
                f"Two items are called “{item.title}”; in a result nobody can tell them apart."
            )
            yield Remark(("items", number, "title"), "error", "same-title", message)
        seen.add(title)


def _singles(document: QuizDocument) -> list[Single]:
    found = [item for item in document.items if isinstance(item, Single)]
    return found if len(found) >= ENOUGH else []


def _lengths(document: QuizDocument) -> Iterator[Remark]:
    singles = _singles(document)
    if not singles:
        return
    for word, code, sign in (("longest", "key-longest", 1), ("shortest", "key-shortest", -1)):
        count = sum(_stands_out(item, sign) for item in singles)
        if count >= OFTEN * len(singles):
            severe = count >= TOO_OFTEN * len(singles)
            message = (
                f"The right option is the {word} in {count} of {len(singles)} items; "
                "by chance it would be a quarter."
            )
            yield Remark(("items",), "error" if severe else "warning", code, message)
    keys = mean(len(option.text) for item in singles for option in item.options if option.right)
    rest = mean(len(option.text) for item in singles for option in item.options if not option.right)
    apart = keys / rest - 1
    if abs(apart) > SLIGHT:
        more = "longer" if apart > 0 else "shorter"
        message = f"Right options are on average {abs(apart):.0%} {more} than wrong ones."
        severity: Severity = "error" if abs(apart) > PLAIN else "warning"
        yield Remark(("items",), severity, "key-length", message)


def _stands_out(item: Single, sign: int) -> bool:
    """Whether the right option is longer than each other one (with -1: shorter)."""
    key = sum(len(option.text) for option in item.options if option.right)
    return all(sign * (key - len(each.text)) > 0 for each in item.options if not each.right)


def _places(document: QuizDocument) -> Iterator[Remark]:
    singles = _singles(document)
    places = Counter(
        number for item in singles for number, option in enumerate(item.options) if option.right
    )
    empty = [number + 1 for number in range(4) if singles and not places[number]]
    most, count = places.most_common(1)[0] if places else (0, 0)
    if singles and (empty or count >= ONE_PLACE * len(singles)):
        message = (
            f"Of {len(singles)} right options {count} stand in place {most + 1}"
            f"{f' and none in place {empty[0]}' if empty else ''} of the file; spread them."
        )
        yield Remark(("items",), "warning", "key-position", message)


def _absolutes(document: QuizDocument) -> Iterator[Remark]:
    said = [
        option.right
        for item in document.items
        for option in options_of(item)
        if ABSOLUTES.search(option.text)
    ]
    if len(said) >= TELLING and not any(said):
        message = (
            f"Words like “always” and “never” stand in {len(said)} options, and all are wrong; "
            "whoever avoids them scores."
        )
        yield Remark(("items",), "warning", "absolutes-wrong", message)


def _gate(document: QuizDocument, aims: Mapping[str, int]) -> Iterator[Remark]:
    count = len(document.items)
    cases = sum(1 for item in document.items if item.case.strip())
    if cases < WITH_CASE * count:
        message = (
            f"{cases} of {count} items have a case; a gate has one in {WITH_CASE:.0%} of them."
        )
        yield Remark(("items",), "warning", "few-cases", message)
    for competency, level in aims.items():
        levels = [item.level for item in document.items if item.competency == competency]
        high = sum(1 for each in levels if each >= level)
        if not levels:
            message = f"The module aims at {competency}, and the gate asks nothing of it."
            yield Remark(("items",), "error", "competency-not-asked", message)
        elif not high:
            message = f"The module aims at level {level} of {competency}; no item reaches it."
            yield Remark(("items",), "error", "level-not-asked", message)
        elif high < AT_LEVEL * len(levels):
            message = (
                f"The module aims at level {level} of {competency}; "
                f"{high} of {len(levels)} items reach it."
            )
            yield Remark(("items",), "warning", "few-at-level", message)
