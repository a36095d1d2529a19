"""Matching: three to six pairs, and up to three right-hand texts that fit nothing."""

from __future__ import annotations

from collections.abc import Iterator
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


class Pair(Strict):
    left: Line
    right: Line
    because: Words


class Matching(Question):
    """The answer is a list: for each left text of the file the number of a right one, or None.

    Right-hand texts are numbered through the pairs, then through the spare ones.
    """

    kind: Literal["matching"]
    pairs: Annotated[list[Pair], Field(min_length=3, max_length=6)]
    spare: Annotated[list[Line], Field(max_length=3)] = []
    follows: Outcomes

    @property
    def rights(self) -> list[str]:
        return [pair.right for pair in self.pairs] + self.spare

    def problems(self) -> Iterator[Problem]:
        twice = repeated([pair.left for pair in self.pairs])
        if twice is not None:
            yield Problem(("pairs", twice, "left"), "says the same as another left-hand text")
        twice = repeated(self.rights)
        if twice is not None:
            count = len(self.pairs)
            path = ("pairs", twice, "right") if twice < count else ("spare", twice - count)
            yield Problem(path, "says the same as another right-hand text")

    def parse(self, posted: Posted, seed: int) -> Answer | None:
        lefts = shuffled(len(self.pairs), seed)
        rights = shuffled(len(self.rights), seed, salt=1)
        chosen: list[int | None] = [None] * len(self.pairs)
        for shown, number in enumerate(lefts):
            text = posted.get(f"pair-{shown}", "")
            if text != "":
                chosen[number] = rights[place(text, len(rights))]
        return chosen if any(each is not None for each in chosen) else None

    def is_answered(self, answer: Answer | None) -> bool:
        return all(each is not None for each in self._chosen(answer))

    def credit(self, answer: Answer | None) -> float:
        chosen = self._chosen(answer)
        fitting = [number for number, each in enumerate(chosen) if each == number]
        return len(fitting) / len(chosen)

    def right_answer(self) -> Answer:
        return list(range(len(self.pairs)))

    def form(self, answer: Answer | None, seed: int) -> dict[str, Any]:
        chosen = self._chosen(answer)
        rights = shuffled(len(self.rights), seed, salt=1)
        return {
            "rights": [(shown, self.rights[number]) for shown, number in enumerate(rights)],
            "lefts": [
                (
                    shown,
                    self.pairs[number].left,
                    rights.index(chosen[number]) if chosen[number] is not None else None,
                )
                for shown, number in enumerate(shuffled(len(self.pairs), seed))
            ],
        }

    def review(self, answer: Answer | None, seed: int) -> dict[str, Any]:
        chosen = self._chosen(answer)
        return {
            "pairs": [
                (
                    self.pairs[number],
                    self.rights[chosen[number]] if chosen[number] is not None else "",
                    chosen[number] == number,
                )
                for number in shuffled(len(self.pairs), seed)
            ],
            "spare": self.spare,
        }

    def in_words(self, answer: Answer | None) -> str:
        return "; ".join(
            f"{pair.left}: {self.rights[each]}"
            for pair, each in zip(self.pairs, self._chosen(answer), strict=True)
            if each is not None
        )

    def _chosen(self, answer: Answer | None) -> list[Any]:
        count, rights = len(self.pairs), len(self.rights)
        given = answer if isinstance(answer, list) and len(answer) == count else [None] * count
        return [each if isinstance(each, int) and 0 <= each < rights else None for each in given]
