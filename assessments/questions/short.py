"""A short text, compared with the accepted ones without case, punctuation and extra spaces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from assessments.questions.base import Answer, Line, Outcomes, Posted, Question, plainly, typed
from curriculum.packages.kinds import Problem


class Short(Question):
    kind: Literal["short"]
    accept: Annotated[list[Line], Field(min_length=1, max_length=40)]
    follows: Outcomes
    because: Outcomes

    def problems(self) -> Iterator[Problem]:
        for number, text in enumerate(self.accept):
            if not plainly(text):
                yield Problem(("accept", number), "holds no letter or digit")

    def parse(self, posted: Posted, seed: int) -> Answer | None:
        return typed(posted)

    def is_answered(self, answer: Answer | None) -> bool:
        return isinstance(answer, str) and bool(plainly(answer))

    def credit(self, answer: Answer | None) -> float:
        if not isinstance(answer, str):
            return 0.0
        return float(plainly(answer) in {plainly(text) for text in self.accept} - {""})

    def right_answer(self) -> Answer:
        return self.accept[0]

    def form(self, answer: Answer | None, seed: int) -> dict[str, Any]:
        return {"value": self.in_words(answer)}

    def review(self, answer: Answer | None, seed: int) -> dict[str, Any]:
        return {"value": self.in_words(answer), "answer": self.accept[0]}

    def in_words(self, answer: Answer | None) -> str:
        return answer if isinstance(answer, str) else ""
