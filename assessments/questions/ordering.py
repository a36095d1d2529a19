"""Ordering: four to six parts, each given its place by a choice from 1 to n."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Annotated, Any, Literal

from pydantic import Field

from assessments.questions.base import (
    Answer,
    Line,
    Outcomes,
    Posted,
    Question,
    Strict,
    Words,
    place,
    repeated,
    shuffled,
)
from curriculum.packages.kinds import Problem


class Part(Strict):
    text: Line
    because: Words


class Ordering(Question):
    """The answer is a list: the place given to each part of the file, or None."""

    kind: Literal["ordering"]
    sequence: Annotated[list[Part], Field(min_length=4, max_length=6)]
    follows: Outcomes

    def problems(self) -> Iterator[Problem]:
        twice = repeated([part.text for part in self.sequence])
        if twice is not None:
            yield Problem(("sequence", twice, "text"), "says the same as another part")

    def parse(self, posted: Posted, seed: int) -> Answer | None:
        count = len(self.sequence)
        places: list[int | None] = [None] * count
        for shown, number in enumerate(shuffled(count, seed)):
            text = posted.get(f"place-{shown}", "")
            if text != "":
                places[number] = place(text, count)
        return places if any(each is not None for each in places) else None

    def is_answered(self, answer: Answer | None) -> bool:
        return set(self._places(answer)) == set(range(len(self.sequence)))

    def credit(self, answer: Answer | None) -> float:
        """Pairs in order less pairs out of order, so that chance earns about nothing."""
        places = self._places(answer)
        pairs = list(combinations(places, 2))
        kept = sum(1 for a, b in pairs if a is not None and b is not None and a < b)
        return max(0.0, 2 * kept / len(pairs) - 1)

    def right_answer(self) -> Answer:
        return list(range(len(self.sequence)))

    def form(self, answer: Answer | None, seed: int) -> dict[str, Any]:
        places = self._places(answer)
        count = len(self.sequence)
        return {
            "places": range(count),
            "parts": [
                (shown, self.sequence[number].text, places[number])
                for shown, number in enumerate(shuffled(count, seed))
            ],
        }

    def review(self, answer: Answer | None, seed: int) -> dict[str, Any]:
        places = self._places(answer)
        return {
            "parts": [
                (part, places[number] + 1 if places[number] is not None else None, number + 1)
                for number, part in enumerate(self.sequence)
            ]
        }

    def in_words(self, answer: Answer | None) -> str:
        placed = [
            (given, part.text)
            for given, part in zip(self._places(answer), self.sequence, strict=True)
            if given is not None
        ]
        return "; ".join(f"{given + 1}. {text}" for given, text in sorted(placed))

    def _places(self, answer: Answer | None) -> list[Any]:
        count = len(self.sequence)
        given = answer if isinstance(answer, list) and len(answer) == count else [None] * count
        return [each if isinstance(each, int) and 0 <= each < count else None for each in given]
