"""The grid of 500 teams by 24 competencies, whole, as export and print need it."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from statistics import median

from django.urls import reverse

from bench.cases import Bench, case
from bench.report import Row
from curriculum.models import Competency
from learning.models import TeamRollup, TeamTotal
from learning.team_rows import BY_COMPETENCY, framework
from learning.team_teams import team_cells, teams_html
from people.models import Organisation, Team

TEAMS = 500
BUDGET = 150.0  # ms of CPU, reading the rollups included


@case("heatmap")
def heatmap(bench: Bench) -> Iterable[Row]:
    teams = make_teams()
    columns = framework().competencies

    def link(**values: object) -> str:
        return f"{reverse('team')}?team={values['team']}"

    spent, size, reading = [], 0, []
    for _ in range(3 if bench.quick else 9):
        before = time.process_time()
        cells = team_cells(teams, framework(), BY_COMPETENCY)
        read = time.process_time()
        size = len(teams_html(teams, columns, cells, link))
        spent.append(time.process_time() - before)
        reading.append(read - before)
    cost = median(spent) * 1000
    yield Row(
        f"heatmap, {TEAMS} teams x {len(columns)}",
        f"{cost:.0f} ms CPU",
        f"≤ {BUDGET:.0f} ms",
        cost <= BUDGET,
        note=f"of it reading and judging {median(reading) * 1000:.0f} ms; {size / 1000:.0f} kB",
    )


def make_teams() -> list[Team]:
    """Teams with rollups of chance: about twenty people behind every cell."""
    rng = random.Random(3)
    organisation = Organisation.objects.create(name="Company of teams", slug="company-of-teams")
    teams = Team.objects.bulk_create(
        Team(organisation=organisation, name=f"Team {n:03}", path=f"/{n}/") for n in range(TEAMS)
    )
    competencies = list(Competency.objects.values_list("pk", flat=True))
    TeamRollup.objects.bulk_create(
        (_rollup(rng, team, competency) for team in teams for competency in competencies),
        batch_size=1000,
    )
    TeamTotal.objects.bulk_create(
        TeamTotal(team=team, people=20, asked=20, not_enough=3, expected=11.5, spread=2.0)
        for team in teams
    )
    return teams


def _rollup(rng: random.Random, team: Team, competency: str) -> TeamRollup:
    states = [rng.randint(0, 7) for _ in range(6)]
    met, refresh_due, lapsed, not_met, uncertain, not_enough = states
    known = sum(states) - not_enough
    return TeamRollup(
        team=team,
        competency_id=competency,
        people=sum(states),
        met=met,
        refresh_due=refresh_due,
        lapsed=lapsed,
        not_met=not_met,
        uncertain=uncertain,
        not_enough=not_enough,
        expected=known * rng.random(),
        spread=known * 0.2,
    )
