"""What is written while a quiz is taken, beside a floor that writes one row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from itertools import count

from django.urls import reverse

from bench.cases import Bench, case
from bench.client import Answer, session_of
from bench.measure import ROUNDS, Cost, checked, floor_post, in_turn
from bench.quizzes import ITEMS, answered_attempt, open_attempt
from bench.report import Row
from learning.models import Evidence

SAVE, SUBMIT = 1.5, 5.0  # times floor-post


@case("save-answer")
def save_answer(bench: Bench) -> Iterable[Row]:
    """The same place again and again with a rising sequence, as somebody changes their mind."""
    company = bench.company(100)
    attempt = open_attempt(company.learners[1], bench.gate())
    client = bench.client(company)
    client.sign_in(session_of(company.learners[1]))
    path = reverse("quiz_save", args=[attempt.pk, 1])
    sequence = count(1)

    def ask() -> Answer:
        number = next(sequence)
        return checked(client.post(path, {"answer": str(number % 4), "sequence": str(number)}))

    yield _beside_floor(bench, "saving an answer", ask, SAVE, bench.requests, floor_post(client))


@case("submit-quiz")
def submit_quiz(bench: Bench) -> Iterable[Row]:
    """Each request another learner's ten answers: graded, evidence written, beliefs updated."""
    company = bench.company(1000)
    requests = 3 if bench.quick else 8
    needed = requests * ROUNDS + 2
    gate = bench.gate(1000)
    waiting = []
    for member in company.learners[1 : needed + 1]:
        attempt = answered_attempt(member, gate)
        waiting.append((session_of(member), attempt.pk))
    client = bench.client(company)
    held = json.dumps({str(order): 1 for order in range(1, ITEMS + 1)})
    left = iter(waiting)

    def ask() -> Answer:
        session, attempt_id = next(left)
        client.sign_in(session)
        data = {"key": f"bench-{attempt_id:08}", "held": held, "confirmed": "yes"}
        return checked(client.post(reverse("quiz_submit", args=[attempt_id]), data), 302)

    what = f"submitting a quiz of {ITEMS}, beliefs updated"
    yield _beside_floor(bench, what, ask, SUBMIT, requests, floor_post(client))
    written = Evidence.objects.filter(member__organisation=company.organisation).count()
    assert written == needed * ITEMS, f"{written} rows of evidence, not {needed * ITEMS}"


def _beside_floor(
    bench: Bench,
    what: str,
    ask: Callable[[], Answer],
    budget: float,
    requests: int,
    floor: Callable[[], Answer],
) -> Row:
    costs: list[Cost] = in_turn(bench.server, [ask, floor], requests=requests)
    post, least = costs
    ratio = post.cpu / least.cpu
    return Row(
        what,
        f"{post.cpu:.2f} ms CPU",
        f"≤ {budget} x floor-post",
        ratio <= budget,
        f"{least.cpu:.2f} ms",
        ratio,
        post.words(),
    )
