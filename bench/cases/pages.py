"""What a learner opens, each page beside a floor of its own size."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from django.db.models import F
from django.urls import reverse

from bench.cases import Bench, case
from bench.data import Company
from bench.measure import beside_page, checked
from bench.quizzes import open_attempt
from bench.report import Row
from curriculum.models import Step

BUDGET = 1.25  # times floor-page
STATEMENTS = 8


def lesson_path() -> str:
    step = Step.objects.filter(
        kind=Step.Kind.LESSON,
        version__module__key="F1",
        version__module__published_version_id=F("version_id"),
    ).first()
    assert step is not None
    return reverse("step", args=[step.pk])


def learner_page(bench: Bench, what: str, path: str, company: Company) -> Row:
    """One page of the company's first learner against its floor and both budgets."""
    client = bench.client(company)
    checked(client.get(path))  # a lesson is noted as opened the first time only
    page, floor = beside_page(bench.server, client, path, requests=bench.requests)
    ratio = page.cpu / floor.cpu
    return Row(
        what,
        f"{page.cpu:.2f} ms CPU",
        f"≤ {BUDGET:.2f} x, ≤ {STATEMENTS} statements",
        ratio <= BUDGET and page.statements <= STATEMENTS,
        f"{floor.cpu:.2f} ms",
        ratio,
        page.words(),
    )


@case("lesson")
def lesson(bench: Bench) -> Iterable[Row]:
    yield learner_page(bench, "lesson page", lesson_path(), bench.company(100))


@case("home")
def home(bench: Bench) -> Iterable[Row]:
    yield learner_page(bench, "home, of 100 members", reverse("home"), bench.company(100))


@case("my-role")
def my_role(bench: Bench) -> Iterable[Row]:
    row = learner_page(bench, "my role", reverse("my_role"), bench.company(100))
    yield replace(row, budget="none set", kept=None)


@case("quiz")
def quiz(bench: Bench) -> Iterable[Row]:
    company = bench.company(100)
    attempt = open_attempt(company.learner, bench.gate())
    yield learner_page(bench, "quiz page", reverse("quiz_item", args=[attempt.pk, 1]), company)
