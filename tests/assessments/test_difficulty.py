"""The difficulty of an item learns from first attempts as the reference prototype says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pytest_django import DjangoAssertNumQueries

from assessments import difficulty
from assessments.models import Item
from tests.assessments.builders import item, make_quiz

NODES = np.linspace(-5, 5, 61)


def reference(b: float, vb: float, c: float, y: float, m: float, v: float) -> tuple[float, float]:
    """One answer after the other, written out as in the paper."""
    scale = 1 / math.sqrt(1 + math.pi * vb / 8)
    prior = [math.exp(-0.5 * (x - m) ** 2 / v) for x in NODES]
    chance = [c + (1 - c - 0.02) / (1 + math.exp(-scale * (x - b))) for x in NODES]
    p = sum(w * each for w, each in zip(prior, chance, strict=True)) / sum(prior)
    p = min(max(p, 0.01), 0.99)
    h = max(p - c, 0.01) * (1 - p) / max(1 - c, 1e-6)
    information = h * h / (p * (1 - p) + h * h * v)
    vb = max(1 / (1 / vb + information), 0.01)
    return b - vb * h * (y - p) / (p * (1 - p) + h * h * v), vb


def test_the_vectorised_step_equals_the_written_out_one() -> None:
    chance = np.random.default_rng(3)
    columns = [
        chance.normal(0, 1.5, 200),
        chance.uniform(0.01, 0.6, 200),
        chance.choice([0.05, 0.25], 200),
        chance.integers(0, 2, 200).astype(float),
        chance.normal(0, 1, 200),
        chance.uniform(0.02, 1.2, 200),
    ]
    b, vb = difficulty.step(*columns)
    for row, values in enumerate(zip(*columns, strict=True)):
        assert (b[row], vb[row]) == pytest.approx(reference(*values), abs=1e-12)


def test_a_right_answer_makes_the_item_easier_and_surer(db: None) -> None:
    make_quiz("pre-test", [item()])
    before = Item.objects.get()
    difficulty.learn(before.pk, 1, 0.0, 0.8)
    after = Item.objects.get()
    assert after.difficulty < before.difficulty
    assert after.difficulty_variance < before.difficulty_variance
    assert after.first_attempts == 1
    difficulty.learn(before.pk, 0, 0.0, 0.8)
    assert Item.objects.get().difficulty > after.difficulty


def test_a_batch_is_two_statements_and_no_attempts_are_none(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_quiz("pre-test", [item(key=f"q{n}") for n in range(6)])
    batch = [
        difficulty.FirstAttempt(pk, 1, 0.0, 0.8) for pk in Item.objects.values_list("pk", flat=True)
    ]
    with django_assert_num_queries(2):
        difficulty.learn_all(batch)
    difficulty.learn_all([])
