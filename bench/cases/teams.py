"""What a manager opens, at four sizes of company; the nightly round; the grid of 500 teams."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise
from statistics import median

from django.urls import reverse

from bench.cases import Bench, case
from bench.cases.pages import learner_page
from bench.client import Answer, session_of
from bench.data import Company
from bench.measure import Ask, checked, in_turn
from bench.report import Row
from learning import standing
from learning.models import Standing
from people import clock

SIZES = (100, 1_000, 10_000, 100_000)
BUDGET = 1.5  # times its own cost at 100 members
NIGHT = 60.0  # seconds of wall time for 100,000 members
LONGEST_LOCK = 0.2  # seconds of a write transaction


def sizes(bench: Bench) -> tuple[int, ...]:
    return SIZES[:2] if bench.quick else SIZES


def rolled_up(bench: Bench, size: int) -> Company:
    """The company with its standings and rollups as the product makes them."""
    company = bench.company(size)
    if not Standing.objects.filter(organisation=company.organisation).exists():
        standing.rebuild(company.organisation)
    return company


@case("night")
def night(bench: Bench) -> Iterable[Row]:
    """The daily round on the day after: every standing and all rollups of the largest company."""
    size = sizes(bench)[-1]
    company = rolled_up(bench, size)
    beats: list[float] = []

    def beat(_done: int, _all: int) -> None:
        beats.append(time.perf_counter())

    with clock.at(clock.now() + timedelta(days=1)):
        wall, cpu = time.perf_counter(), time.process_time()
        standing.rebuild(company.organisation, beat=beat)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    batches = [after - before for before, after in pairwise(beats)]
    usual = median(batches) * 1000 if batches else 0.0
    longest = max(batches, default=0.0)
    scaled = wall * SIZES[-1] / size
    yield Row(
        f"nightly rollup, {size:,} members x 24",
        f"{wall:.1f} s",
        f"≤ {NIGHT:.0f} s for {SIZES[-1]:,}",
        scaled <= NIGHT,
        note=f"{cpu:.1f} s CPU on one core, the other left to the pages",
    )
    yield Row(
        "nightly rollup, a write transaction",
        f"{usual:.0f} ms",
        "≤ 200 ms",
        usual <= LONGEST_LOCK * 1000,
        note=f"median of wall times; the longest of {len(batches)}: {longest * 1000:.0f} ms",
    )


@case("home-large")
def home_large(bench: Bench) -> Iterable[Row]:
    """Home in the largest company: as many statements as in a small one, and the same cost."""
    size = sizes(bench)[-1]
    yield learner_page(bench, f"home, of {size:,} members", reverse("home"), bench.company(size))


@case("team")
def team(bench: Bench) -> Iterable[Row]:
    """The people's page, 25 rows by 24 competencies, as the manager of everybody."""
    path = f"{reverse('team')}?by=competency"
    yield from _at_all_sizes(bench, "team page", path, sizes(bench))


@case("team-teams")
def team_teams(bench: Bench) -> Iterable[Row]:
    """The teams' page, 50 rows by 24 competencies; 100 members are too few teams for it."""
    path = f"{reverse('team')}?by=competency&view=teams"
    yield from _at_all_sizes(bench, "teams' page", path, sizes(bench)[1:])


def _at_all_sizes(bench: Bench, what: str, path: str, compared: tuple[int, ...]) -> Iterable[Row]:
    """The page at these sizes, asked in turn; the first is what the others are measured by."""
    companies = [rolled_up(bench, size) for size in compared]
    client = bench.client(companies[0], manager=True)
    sessions = [session_of(company.manager) for company in companies]

    def ask(session: str) -> Ask:
        def asked() -> Answer:
            client.sign_in(session)
            return checked(client.get(path))

        return asked

    costs = in_turn(
        bench.server, [ask(session) for session in sessions], requests=max(4, bench.requests // 4)
    )
    least = costs[0]
    for size, cost in zip(compared, costs, strict=True):
        ratio = cost.cpu / least.cpu
        yield Row(
            f"{what}, {size:,} members",
            f"{cost.cpu:.1f} ms CPU",
            f"≤ {BUDGET} x at {compared[0]:,}, statements alike",
            ratio <= BUDGET and cost.statements <= least.statements,
            f"{least.cpu:.1f} ms",
            ratio,
            cost.words(),
        )
