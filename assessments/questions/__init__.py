"""The kinds of question, one file each; a new kind is a file, two templates and a line here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from assessments.models import Item
from assessments.questions.base import (
    Answer,
    BadAnswer,
    Posted,
    Question,
    is_right,
)
from assessments.questions.matching import Matching
from assessments.questions.multiple import Multiple
from assessments.questions.numeric import Numeric
from assessments.questions.ordering import Ordering
from assessments.questions.short import Short
from assessments.questions.single import Single

KINDS: dict[str, type[Question]] = {
    "single": Single,  # one of four
    "multiple": Multiple,  # several of four to six
    "ordering": Ordering,  # four to six parts put in order
    "matching": Matching,  # three to six pairs
    "numeric": Numeric,  # a number within a tolerance
    "short": Short,  # a few words
}

# The same table for pydantic: which type a document's `kind` asks for.
AnyQuestion = Annotated[
    Single | Multiple | Ordering | Matching | Numeric | Short, Field(discriminator="kind")
]


def question(item: Item) -> Question:
    """The item's content as its strict type; `case` holds rendered HTML."""
    return KINDS[item.kind].model_validate(item.content)


def form_template(kind: str) -> str:
    return f"assessments/questions/{kind}.html"


def review_template(kind: str) -> str:
    return f"assessments/questions/{kind}_review.html"


__all__ = [
    "KINDS",
    "Answer",
    "AnyQuestion",
    "BadAnswer",
    "Posted",
    "Question",
    "form_template",
    "is_right",
    "question",
    "review_template",
]
