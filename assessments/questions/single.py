"""Single choice: four options, exactly one right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from assessments.questions.base import (
    Answer,
    Line,
    Posted,
    Question,
    Strict,
    Words,
    place,
    repeated,
    shuffled,
)
from assessments.results import ObservationKind
from curriculum.packages.kinds import Problem


class Option(Strict):
    text: Line
    right: bool = False
    follows: Words
    because: Words


class Single(Question):
    kind: Literal["single"]
    options: Annotated[list[Option], Field(min_length=4, max_length=4)]

    evidence: ClassVar[ObservationKind] = ObservationKind.CHOICE

    @property
    def guess(self) -> float:
        return 1 / len(self.options)

    def problems(self) -> Iterator[Problem]:
        right = sum(option.right for option in self.options)
        if right != 1:
            yield Problem(("options",), f"exactly one option must be right, not {right}")
        twice = repeated([option.text for option in self.options])
        if twice is not None:
            yield Problem(("options", twice, "text"), "says the same as another option")

    def parse(self, posted: Posted, seed: int) -> Answer | None:
        chosen = posted.get("answer", "")
        if chosen == "":
            return None
        return shuffled(len(self.options), seed)[place(chosen, len(self.options))]

    def is_answered(self, answer: Answer | None) -> bool:
        return self._chosen(answer) is not None

    def credit(self, answer: Answer | None) -> float:
        option = self._chosen(answer)
        return float(option is not None and option.right)

    def right_answer(self) -> Answer:
        return next(number for number, option in enumerate(self.options) if option.right)

    def form(self, answer: Answer | None, seed: int) -> dict[str, Any]:
        order = shuffled(len(self.options), seed)
        return {
            "options": [
                (shown, self.options[number].text, number == answer)
                for shown, number in enumerate(order)
            ]
        }

    def review(self, answer: Answer | None, seed: int) -> dict[str, Any]:
        order = shuffled(len(self.options), seed)
        return {
            "options": [(self.options[number], number == answer) for number in order],
            "chosen": self._chosen(answer),
        }

    def in_words(self, answer: Answer | None) -> str:
        option = self._chosen(answer)
        return option.text if option else ""

    def _chosen(self, answer: Answer | None) -> Option | None:
        if isinstance(answer, int) and 0 <= answer < len(self.options):
            return self.options[answer]
        return None
