"""Cells say everything in words, nothing unescaped, and cheaply."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from time import process_time

import pytest
from django.test import Client
from django.urls import reverse

from learning import grid, standing
from learning.claims import Claim, ClaimState
from learning.models import TeamRollup
from people import clock
from people.models import Member, Team
from tests.conftest import Cast
from tests.factories import make_member
from tests.learning.competence_rows import NOW
from tests.learning.desk import furnish

TODAY = NOW.date()


def claim(state: ClaimState, **fields: object) -> Claim:
    values: dict[str, object] = {
        "competency_id": "D3",
        "name": "Critical verification",
        "short": "Verify",
        "domain": "D",
        "target": 3,
        "critical": True,
        "as_of": TODAY,
        "probability": 0.62,
        "level": 2,
        "observations": 11.0,
        "pieces": 11,
        "items": 11,
        "last_at": TODAY - timedelta(days=9),
        **fields,
    }
    return Claim(state=state, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "look", "big", "said"),
    [
        (
            claim(ClaimState.MET, level=3, probability=0.91),
            "l3",
            "3",
            "Critical verification: likely level 3; 90 % for level 3 or above; "
            "11 observations, the last 9 days ago",
        ),
        (
            claim(ClaimState.UNCERTAIN),
            "l2 below",
            "2",
            "Critical verification: likely level 2, below target 3; 60 % for level 3 or above; "
            "11 observations, the last 9 days ago",
        ),
        (
            claim(ClaimState.LAPSED),
            "l2 lapsed",
            "2",
            "Critical verification: lapsed, now likely level 2, was 3; 60 % for level 3 or above; "
            "11 observations, the last 9 days ago",
        ),
        (
            claim(ClaimState.NOT_ENOUGH, observations=4.5),
            "nee",
            "–",
            "Critical verification: not enough evidence, 4 of 6 observations, the last 9 days ago",
        ),
        (claim(ClaimState.NOT_TAUGHT), "na", "not taught", None),
        (claim(ClaimState.MET, target=None), "na", "n/a", ""),
    ],
)
def test_a_cell_says_level_chance_number_and_age(
    made: Claim, look: str, big: str, said: str | None
) -> None:
    cell = grid.claim_cell(made)
    assert (cell.look, cell.big) == (look, big)
    if said is not None:
        assert cell.said.replace("\N{NO-BREAK SPACE}", " ") == said
        html = grid.cell_html(cell, url="/x/", assign_url="/a/", who="Daniel")
        assert cell.said in html


def test_too_little_evidence_is_never_a_number() -> None:
    html = grid.cell_html(
        grid.claim_cell(claim(ClaimState.NOT_ENOUGH, observations=3, probability=0.01, level=0)),
        url="/x/",
        assign_url="/a/",
        who="Daniel",
    )
    assert "%" not in html
    assert '<b aria-hidden="true">–</b>' in html


def test_an_empty_cell_offers_to_assign_and_a_lapsed_one_to_assign_again() -> None:
    empty = grid.claim_cell(claim(ClaimState.NONE, probability=None, observations=0, last_at=None))
    lapsed = grid.claim_cell(claim(ClaimState.LAPSED))
    for cell, words in (
        (empty, "Assign Daniel the assessment of Critical verification; no evidence yet"),
        (lapsed, "Assign Daniel again: Critical verification"),
    ):
        html = grid.cell_html(
            cell, url="/p/", assign_url="/team/assign/?member=7&competency=D3", who="Daniel"
        )
        assert 'href="/team/assign/?member=7&amp;competency=D3"' in html
        assert f'aria-label="{words}"' in html


def test_a_domain_counts_targets_and_names_the_weakest() -> None:
    cell = grid.domain_cell(
        "Direct",
        [
            claim(ClaimState.MET, probability=0.95, critical=False),
            claim(ClaimState.NOT_MET, probability=0.12, name="Specifying"),
            claim(ClaimState.NOT_TAUGHT, name="Later"),
        ],
    )
    assert cell.big == "1/2"
    assert cell.look == "l2 below"
    assert "1 of 2 targets met, weakest Specifying at 10" in cell.said


def test_whatever_comes_from_data_is_escaped() -> None:
    evil = '"><img src=x onerror=alert(1)>'
    cell = grid.claim_cell(claim(ClaimState.LAPSED, name=evil))
    html = grid.cell_html(cell, url=evil, assign_url=evil, who=evil)
    html += grid.cell_html(
        grid.Cell("add", "", said=evil, act="add"), url="", assign_url=evil, who=evil
    )
    html += grid.person_head(pk=1, name=evil, title=evil, needs=evil, url=evil, two=(evil, evil))
    html += grid.team_head(name=evil, url=evil, people=3, expected=evil)
    assert "<img" not in html
    assert "&lt;img" in html


def test_a_heatmap_of_500_teams_is_put_together_cheaply() -> None:
    """A bound so wide that only a change of kind breaks it; the measure stands in bench."""
    rollup = TeamRollup(
        people=40, met=20, refresh_due=3, lapsed=2, not_enough=5, expected=27.3, spread=4.1
    )
    started = process_time()
    rows = []
    for number in range(500):
        cells = [
            grid.cell_html(grid.rollup_cell("Verify", [rollup]), url="/t/", assign_url="", who="T")
            for _ in range(24)
        ]
        rows.append(grid.row_html(f"<th>{number}</th>", cells))
    html = grid.body_html(rows)
    assert html.count("<td") == 12_000
    assert process_time() - started < 2


# ---- The export equals the screen ----------------------------------------------------------


def rows_of(client: Client, **query: str) -> list[dict[str, str]]:
    response = client.get(reverse("team_export"), query)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/csv")
    text = b"".join(response).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("query", [{}, {"reach": "direct"}, {"q": "wolfe"}])
def test_the_export_holds_the_cells_of_the_page(
    cast: Cast, as_member: Callable[[Member], Client], query: dict[str, str]
) -> None:
    with clock.at(NOW):
        furnish(cast)
        client = as_member(cast.helen)
        by_competency = {**query, "by": "competency"}
        html = client.get(reverse("team"), by_competency).content.decode()
        rows = rows_of(client, **by_competency)
    for row in rows:
        assert row["Name"] in html
        assert row["Needs"] in html
        for code in ("U1", "D1", "G1", "O1"):
            name = f"Competency {code}"
            if percent := row[f"{name}: per cent"]:
                said = f"{percent}\N{NO-BREAK SPACE}% for level"
                count = row[f"{name}: observations"]
                days = row[f"{name}: days since the last"]
                assert said in html
                assert f"{count} · {days} d" in html
    if not query:
        assert [row["Name"] for row in rows] == ["Daniel Wolfe", "Rosa Lind", "Amina Osei"]


def test_the_export_of_teams_and_of_domains(
    cast: Cast, as_member: Callable[[Member], Client]
) -> None:
    with clock.at(NOW):
        furnish(cast)
        client = as_member(cast.helen)
        teams = rows_of(client, view="teams", by="competency")
        people = rows_of(client)
    assert [row["Team"] for row in teams] == ["Care desk", "Night desk"]
    assert teams[0]["Competency U1: met"] == "1"
    assert teams[0]["Competency U1: of"] == "3"
    amina = next(row for row in people if row["Name"] == "Amina Osei")
    assert (amina["Domain U: met"], amina["Domain U: of"]) == ("1", "1")


def test_formulas_in_names_come_out_as_text(
    cast: Cast, as_member: Callable[[Member], Client]
) -> None:
    Team.objects.filter(pk=cast.night.pk).update(name="=1+1")
    member = make_member(cast.organisation, "=HYPERLINK(1)", team=cast.care, job_title="@SUM(A1)")
    standing.refresh([member, cast.rosa])
    client = as_member(cast.helen)
    for row in [*rows_of(client), *rows_of(client, view="teams")]:
        for value in row.values():
            assert not value.startswith(("=", "@", "+", "-"))
