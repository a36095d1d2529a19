"""A number, right within a tolerance."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from assessments.questions.base import Answer, Outcomes, Posted, Question, typed

Finite = Annotated[float, Field(allow_inf_nan=False)]
# Groups of three set apart by a comma or a space; a single comma elsewhere is a decimal one.
GROUPED = re.compile(r"[+-]?[0-9]{1,3}([, ][0-9]{3})+(\.[0-9]+)?")
PLAIN = re.compile(r"[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)")


class Numeric(Question):
    """The answer is kept as typed, and read as a number when it is graded."""

    kind: Literal["numeric"]
    answer: Finite
    tolerance: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    unit: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)] = ""
    follows: Outcomes
    because: Outcomes

    def parse(self, posted: Posted, seed: int) -> Answer | None:
        return typed(posted)

    def is_answered(self, answer: Answer | None) -> bool:
        return self._number(answer) is not None

    def credit(self, answer: Answer | None) -> float:
        number = self._number(answer)
        if number is None:
            return 0.0
        # Decimal fractions are not exact: 0.3 within 0.1 of 0.2 must hold.
        slack = 1e-9 * max(1.0, abs(self.answer))
        return float(abs(number - self.answer) <= self.tolerance + slack)

    def right_answer(self) -> Answer:
        return f"{Decimal(repr(self.answer)):f}"

    def form(self, answer: Answer | None, seed: int) -> dict[str, Any]:
        text = answer if isinstance(answer, str) else ""
        return {
            "value": text,
            "unit": self.unit,
            "unread": bool(text) and not self.is_answered(text),
        }

    def review(self, answer: Answer | None, seed: int) -> dict[str, Any]:
        return {
            "value": self.in_words(answer),
            "answer": f"{self.answer:.10g} {self.unit}".strip(),
            "tolerance": f"{self.tolerance:.10g}" if self.tolerance else "",
        }

    def in_words(self, answer: Answer | None) -> str:
        text = answer if isinstance(answer, str) else ""
        return f"{text} {self.unit}".strip() if text and self._bare(text) == text else text

    def _bare(self, text: str) -> str:
        """Without the unit and the signs people put around a number."""
        text = text.replace(" ", " ").replace(" ", " ").replace("−", "-").strip()
        if self.unit and text.casefold().endswith(self.unit.casefold()):
            text = text[: -len(self.unit)]
        return text.strip("%£€$ ").strip()

    def _number(self, answer: Answer | None) -> float | None:
        if not isinstance(answer, str):
            return None
        text = self._bare(answer)
        if GROUPED.fullmatch(text):
            number = float(text.replace(",", "").replace(" ", ""))
        elif PLAIN.fullmatch(text):
            number = float(text.replace(",", "."))
        else:
            return None
        return number if math.isfinite(number) else None
