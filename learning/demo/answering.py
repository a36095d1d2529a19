"""How a demo member answers: right as often as their ability says, else like somebody mistaken."""

from __future__ import annotations

import math
import random
from typing import Any

from assessments.models import Item
from assessments.questions import Question, question
from assessments.questions.matching import Matching
from assessments.questions.multiple import Multiple
from assessments.questions.numeric import Numeric
from assessments.questions.ordering import Ordering
from assessments.questions.short import Short
from assessments.questions.single import Single

SLIP = 0.02


def answer(item: Item, ability: float, chance: random.Random) -> Any:
    """A stored answer to the item, right with the probability that the model gives."""
    asked = question(item)
    knows = (1 - SLIP) / (1 + math.exp(item.difficulty - ability))
    if chance.random() < asked.guess + (1 - asked.guess) * knows:
        return _right(asked)
    return _mistaken(asked, chance)


def confidence(ability: float, item: Item, chance: random.Random) -> int:
    """1 unsure, 2 fairly, 3 sure: follows ability, not perfectly."""
    felt = ability - item.difficulty + chance.gauss(0.2, 0.9)
    return 1 if felt < 0.2 else 2 if felt < 1.3 else 3


def _right(asked: Question) -> Any:
    match asked:
        case Single():
            return next(n for n, option in enumerate(asked.options) if option.right)
        case Multiple():
            return [n for n, option in enumerate(asked.options) if option.right]
        case Ordering():
            return list(range(len(asked.sequence)))
        case Matching():
            return list(range(len(asked.pairs)))
        case Numeric():
            return f"{asked.answer:.10g}"
        case Short():
            return asked.accept[0]
    raise AssertionError(asked.kind)


def _mistaken(asked: Question, chance: random.Random) -> Any:
    match asked:
        case Single():
            return chance.choice([n for n, o in enumerate(asked.options) if not o.right])
        case Multiple():
            right = [n for n, option in enumerate(asked.options) if option.right]
            wrong = [n for n, option in enumerate(asked.options) if not option.right]
            return sorted([*right[:-1], chance.choice(wrong)])
        case Ordering():
            order = list(range(len(asked.sequence)))
            at = chance.randrange(len(order) - 1)
            order[at], order[at + 1] = order[at + 1], order[at]
            return order
        case Matching():
            pairs = list(range(len(asked.pairs)))
            pairs[0], pairs[1] = pairs[1], pairs[0]
            return pairs
        case Numeric():
            return f"{asked.answer * 1.5 + asked.tolerance * 2 + 1:.10g}"
        case Short():
            return "not sure"
    raise AssertionError(asked.kind)
