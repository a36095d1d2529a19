"""What the linter says of one question: long cases, negatives, options that give it away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assessments.questions import Question
from assessments.questions.multiple import Multiple
from assessments.questions.single import Option, Single
from curriculum.packages.kinds import Remark

# At 200 words a minute a case of this length takes half of the 75 seconds that an item has.
LONGEST_CASE = 125

# Longest to shortest option, in characters; the banks of the library stay below 1.5. A difference
# of a word or two is nobody's hint, whatever the ratio.
UNEVEN = 1.7
NOTICED = 25

NEGATIVE = re.compile(
    r"\bwhich\b[^?.]{0,120}?\b(?:not|never|except|least|(?:is|are|was|were|do|does|did|would|should|can)n[’']t)\b"
    r"|\bexcept\b(?:[^?.]{0,60})\?|\ball but one\b",
    re.IGNORECASE,
)
CATCH_ALL = re.compile(
    r"(?:all|none|any|both|neither) of (?:the|these) (?:above|other options|options|answers)"
    r"|(?:all|none|both|neither) of (?:these|them|the others)|all the above",
    re.IGNORECASE,
)


def options_of(item: Question) -> Sequence[Option]:
    return item.options if isinstance(item, Single | Multiple) else ()


def remarks(item: Question, path: tuple[str | int, ...]) -> Iterator[Remark]:
    count = len(item.case.split())
    if count > LONGEST_CASE:
        message = f"The case has {count} words; above {LONGEST_CASE} reading takes the item's time."
        yield Remark((*path, "case"), "warning", "case-too-long", message)
    if NEGATIVE.search(item.ask):
        message = "The question asks for what is not so; people overlook the word. Turn it round."
        yield Remark((*path, "ask"), "warning", "negative-question", message)
    options = options_of(item)
    for number, option in enumerate(options):
        if CATCH_ALL.fullmatch(option.text.strip(" .")):
            # Options are shuffled, and whoever knows two of them need not know the third.
            message = f"“{option.text}” is no option of its own; write a fourth that stands alone."
            yield Remark((*path, "options", number, "text"), "error", "catch-all-option", message)
    lengths = sorted(len(option.text) for option in options)
    if lengths and lengths[-1] > UNEVEN * lengths[0] and lengths[-1] - lengths[0] > NOTICED:
        message = f"The options have {lengths[0]} to {lengths[-1]} characters; even them out."
        yield Remark((*path, "options"), "warning", "uneven-options", message)
