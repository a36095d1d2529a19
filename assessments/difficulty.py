"""How hard an item is: the author's level to begin with, then learnt from first attempts.

The step is that of measurement.md 4.2, 6: a Kalman step for the difficulty that takes the
uncertainty about the person into account. The chance of the outcome is that of the whole prior
(61 nodes from -5 to 5), clipped to .01-.99; P - c is at least .01 and the variance at least .01.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from assessments.models import Item
from assessments.questions import question
from people.bulk import update_each

Floats = NDArray[np.float64]

CUTS = (-1.0, 0.0, 1.0, 2.0)  # entry to levels 1 to 4, in logits
BORDERLINE = 0.7  # somebody at the cut has 67 % on an item of that level
ITEM_VARIANCE = 0.49  # the author's level is worth ±.7 logit
RUBRIC_VARIANCE = 0.09  # of a criterion marked by a person; never learnt
SLIP = 0.02
NODES = np.linspace(-5, 5, 61)


def authored(level: int) -> float:
    """The difficulty that an author's level stands for."""
    return CUTS[level - 1] - BORDERLINE


@dataclass(frozen=True, slots=True)
class FirstAttempt:
    """A first answer to an item, with what was believed of the person just before it."""

    item_id: int
    outcome: int
    mean: float
    variance: float


def step(
    difficulty: Floats,
    item_variance: Floats,
    guess: Floats,
    outcome: Floats,
    mean: Floats,
    variance: Floats,
) -> tuple[Floats, Floats]:
    """New difficulties and variances; pure, one element an answer. The slope is 1."""
    scale = 1 / np.sqrt(1 + np.pi * item_variance / 8)
    prior = np.exp(-0.5 * (NODES - mean[:, None]) ** 2 / variance[:, None])
    logit = scale[:, None] * (NODES - difficulty[:, None])
    chance = guess[:, None] + (1 - guess[:, None] - SLIP) / (1 + np.exp(-logit))
    right = np.clip((prior * chance).sum(axis=1) / prior.sum(axis=1), 0.01, 0.99)
    slope = np.maximum(right - guess, 0.01) * (1 - right) / np.maximum(1 - guess, 1e-6)
    spread = right * (1 - right) + slope**2 * variance
    learnt = np.maximum(1 / (1 / item_variance + slope**2 / spread), 0.01)
    return difficulty - learnt * slope * (outcome - right) / spread, learnt


def learn(item_id: int, outcome: int, mean: float, variance: float) -> None:
    """Draws one first attempt into the item's difficulty."""
    learn_all([FirstAttempt(item_id, outcome, mean, variance)])


@transaction.atomic(savepoint=False)
def learn_all(attempts: Sequence[FirstAttempt]) -> None:
    """Draws first attempts at different items into their difficulties: two statements in all."""
    by_item = {attempt.item_id: attempt for attempt in attempts}
    assert len(by_item) == len(attempts), "one first attempt an item"
    locked = Item.objects.select_for_update(of=("self",)).filter(pk__in=by_item)
    items = list(locked.order_by("pk"))
    if not items:
        return
    answered = [by_item[item.pk] for item in items]
    difficulty, learnt = step(
        np.array([item.difficulty for item in items]),
        np.array([item.difficulty_variance for item in items]),
        np.array([question(item).guess for item in items]),
        np.array([float(attempt.outcome) for attempt in answered]),
        np.array([attempt.mean for attempt in answered]),
        np.array([attempt.variance for attempt in answered]),
    )
    rows = zip(items, difficulty.tolist(), learnt.tolist(), strict=True)
    update_each(
        Item,
        ("difficulty", "difficulty_variance", "first_attempts"),
        [(value, spread, item.first_attempts + 1, item.pk) for item, value, spread in rows],
    )
