"""The benchmarks run: the smallest cases in this process, the table, the data maker. No times."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import cast

import pytest
from django.test import Client

from bench import running
from bench.cases import Bench, beliefs
from bench.data import COMPETENCIES, make_company, plain_framework
from bench.report import Row, table, write
from bench.server import Server, cpu_of
from learning import standing
from learning.models import Belief, Standing, TeamTotal


def test_a_small_company_is_whole_after_the_products_own_rebuild(db: None) -> None:
    plain_framework()
    company = make_company(30)
    standing.rebuild(company.organisation)
    assert Standing.objects.filter(organisation=company.organisation).count() == 31
    assert TeamTotal.objects.get(team=company.root).people == 31
    known = Belief.objects.filter(member__in=company.learners)
    assert 30 * COMPETENCIES * 0.7 < known.count() <= 30 * COMPETENCIES
    client = Client()
    client.force_login(company.manager.user)
    page = client.get("/team/?by=competency").content.decode()
    assert page.count("<tr") >= 25


def test_cases_of_beliefs_give_rows(tmp_path: Path) -> None:
    bench = Bench(tmp_path, cast(Server, None), quick=True)
    rows = [*beliefs.belief_update(bench)]
    assert rows[0].what.startswith("belief update")
    assert rows[0].kept is not None


def test_the_table_says_what_is_over(tmp_path: Path) -> None:
    rows = [Row("a page", "3 ms", "≤ 2 x", False, "1 ms", 3.0, "8 statements"), Row("b", "1")]
    lines = table(rows).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert "| OVER" in lines[2]
    write(tmp_path, "here and now", rows)
    kept = json.loads((tmp_path / "bench.json").read_text())
    assert kept["rows"][0]["verdict"] == "OVER"
    assert "a page" in (tmp_path / "bench.md").read_text()


def test_cpu_of_a_process_grows_only_with_its_work() -> None:
    before = cpu_of(os.getpid())
    sum(range(300_000))
    assert cpu_of(os.getpid()) > before


def test_an_unknown_case_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert running.run(tmp_path, tmp_path, ["no-such-case"], True, 0.0) == 2
    assert "no-such-case" in capsys.readouterr().out
