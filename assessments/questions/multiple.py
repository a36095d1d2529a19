"""Multiple choice: four to six options, two or more right but not all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from assessments.questions.base import Answer, Posted, Question, place, repeated, shuffled
from assessments.questions.single import Option
from curriculum.packages.kinds import Problem


class Multiple(Question):
    kind: Literal["multiple"]
    options: Annotated[list[Option], Field(min_length=4, max_length=6)]

    def problems(self) -> Iterator[Problem]:
        right = sum(option.right for option in self.options)
        if right < 2 or right == len(self.options):
            yield Problem(
                ("options",), f"two or more options must be right but not all, {right} are"
            )
        twice = repeated([option.text for option in self.options])
        if twice is not None:
            yield Problem(("options", twice, "text"), "says the same as another option")

    def parse(self, posted: Posted, seed: int) -> Answer | None:
        count = len(self.options)
        order = shuffled(count, seed)
        chosen = {order[place(text, count)] for text in posted.getlist("answer")}
        return sorted(chosen) or None

    def is_answered(self, answer: Answer | None) -> bool:
        return bool(self._chosen(answer))

    def credit(self, answer: Answer | None) -> float:
        """The right ones found less the wrong ones taken: ticking everything earns nothing."""
        chosen = self._chosen(answer)
        right = {number for number, option in enumerate(self.options) if option.right}
        return max(0.0, (len(chosen & right) - len(chosen - right)) / len(right))

    def right_answer(self) -> Answer:
        return [number for number, option in enumerate(self.options) if option.right]

    def form(self, answer: Answer | None, seed: int) -> dict[str, Any]:
        chosen = self._chosen(answer)
        order = shuffled(len(self.options), seed)
        return {
            "options": [
                (shown, self.options[number].text, number in chosen)
                for shown, number in enumerate(order)
            ]
        }

    def review(self, answer: Answer | None, seed: int) -> dict[str, Any]:
        chosen = self._chosen(answer)
        order = shuffled(len(self.options), seed)
        return {"options": [(self.options[number], number in chosen) for number in order]}

    def in_words(self, answer: Answer | None) -> str:
        return "; ".join(self.options[number].text for number in sorted(self._chosen(answer)))

    def _chosen(self, answer: Answer | None) -> set[int]:
        numbers = answer if isinstance(answer, list) else []
        return {
            number
            for number in numbers
            if isinstance(number, int) and 0 <= number < len(self.options)
        }
