"""What all kinds of question share: the strict type of an item and what a kind must answer."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from django.http import QueryDict
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from assessments.results import ObservationKind
from curriculum.packages.kinds import Problem

# An answer as stored: places and choices are in the order of the file, never as shown.
Answer = Any
Posted = QueryDict

GUESS = 0.05  # of a right answer without knowing, where options cannot simply be tried
RIGHT = 0.999  # credit from which an answer counts as right
LONGEST_ANSWER = 200

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


class BadAnswer(ValueError):
    """What was posted is no answer to this question: nothing of it is kept."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Outcomes(Strict):
    """One text for a right answer, one for all others."""

    right: Words
    wrong: Words


class Question(Strict):
    """One item of a quiz. A kind adds its own keys and answers the methods below."""

    id: Id
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    kind: str
    competency: Annotated[str, StringConstraints(min_length=1, max_length=4)]
    level: Annotated[int, Field(ge=1, le=4)]
    lesson: Id
    case: Annotated[str, StringConstraints(max_length=20_000)] = ""
    ask: Line

    evidence: ClassVar[ObservationKind] = ObservationKind.CONSTRUCTED

    @property
    def guess(self) -> float:
        """The chance of a right answer without knowing."""
        return GUESS

    def problems(self) -> Iterator[Problem]:
        """What the types cannot find wrong, with paths from the item downwards."""
        yield from ()

    def parse(self, posted: Posted, seed: int) -> Answer | None:
        """The posted answer in the order of the file; None if nothing was answered.

        Raises BadAnswer for what the page could not have sent.
        """
        raise NotImplementedError

    def is_answered(self, answer: Answer | None) -> bool:
        """Whether the answer is whole; half of one is kept all the same."""
        return answer is not None

    def credit(self, answer: Answer | None) -> float:
        """0 to 1. Never raises: what cannot be read as an answer earns nothing."""
        raise NotImplementedError

    def right_answer(self) -> Answer:
        """An answer that earns everything, for those who may see it."""
        raise NotImplementedError

    def form(self, answer: Answer | None, seed: int) -> dict[str, Any]:
        """What the kind's form fragment draws; holds nothing that tells right from wrong."""
        raise NotImplementedError

    def review(self, answer: Answer | None, seed: int) -> dict[str, Any]:
        """What the kind's review fragment draws, after the answer was given."""
        raise NotImplementedError

    def in_words(self, answer: Answer | None) -> str:
        """The answer as somebody else may read it."""
        raise NotImplementedError


def is_right(credit: float) -> bool:
    return credit >= RIGHT


def shuffled(count: int, seed: int, salt: int = 0) -> list[int]:
    """Numbers of the parts in the order shown: `shuffled(...)[place]` is the place in the file."""
    order = list(range(count))
    random.Random(seed * 31 + salt).shuffle(order)  # noqa: S311 - the seed is never shown
    return order


def place(text: Any, count: int) -> int:
    """A posted place among `count`, from 0. Raises BadAnswer."""
    if isinstance(text, str) and re.fullmatch(r"[0-9]{1,3}", text) and int(text) < count:
        return int(text)
    raise BadAnswer("That is none of the options of this question.")


def typed(posted: Posted) -> str | None:
    """What was typed, bounded. Raises BadAnswer if it is too long or no text."""
    text = posted.get("answer", "")
    if not isinstance(text, str) or len(text) > LONGEST_ANSWER or "\x00" in text:
        raise BadAnswer(f"Write no more than {LONGEST_ANSWER} characters.")
    return text.strip() or None


def plainly(text: str) -> str:
    """Without case, punctuation and extra spaces, for comparison."""
    text = unicodedata.normalize("NFKC", text).casefold()
    letters = (
        "" if sign in "'’‘`" else sign if unicodedata.category(sign)[0] in "LNM" else " "
        for sign in text
    )
    return " ".join("".join(letters).split())


def repeated(texts: list[str]) -> int | None:
    """The place of the first text that says the same as an earlier one."""
    seen: set[str] = set()
    for number, text in enumerate(texts):
        key = " ".join(text.casefold().split())
        if key in seen:
            return number
        seen.add(key)
    return None
