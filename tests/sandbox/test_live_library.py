"""Every scenario of the library can be played by a model: prompts, tools, answers, to the end."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
import yaml

from sandbox import playing, scenarios
from sandbox.engine.chance import Chance
from sandbox.engine.decisions import Decision
from sandbox.engine.prepared import Prepared
from sandbox.engine.scenario import Scenario
from sandbox.engine.sealed import Sealed
from sandbox.providers.anthropic import Anthropic, Endpoint, Price
from tests.fake_model import FakeModel

LIBRARY = Path(__file__).parents[2] / "curriculum/library/scenarios"
NAMES = sorted(each.parent.name for each in LIBRARY.glob("*/scenario.yaml"))
TIERS = ("small", "medium", "large")
MOST_ASKS = 200


@cache
def scenario(name: str) -> Scenario:
    folder = LIBRARY / name
    papers = {each.name[:-3]: each.read_text() for each in folder.glob("documents/*.md")}
    document = yaml.safe_load((folder / "scenario.yaml").read_text())
    read, found = scenarios.read(document, papers, check=False)
    assert read is not None, found
    return read


@pytest.mark.parametrize("name", NAMES)
def test_a_model_can_play_it(name: str) -> None:
    found = scenario(name)
    if found.reading is not None:
        pytest.skip("a trail to read, without a run")
    prepared = Prepared(found)
    for title, plan in found.references.items():
        sealed = Sealed(prepared, Chance(found.digest, 11))
        with FakeModel() as fake:
            prices = dict.fromkeys(TIERS, Price(1, 5))
            endpoint = Endpoint("key", {tier: tier for tier in TIERS}, prices, fake.url, 10)
            model = Anthropic(prepared, sealed, endpoint, world=lambda: run.state.world)  # noqa: B023
            run = playing.rehearse(prepared, plan, 11, provider=model)
            for _ in range(MOST_ASKS):
                run.advance()
                if run.state.open is None:
                    break
                run.decide(Decision("approve"), run.state.open.seq)
            model.close()
        kinds = [each.kind for each in run.events]
        assert run.state.outcome == "done", f"{title}: {run.state.halted}"
        assert "model.failed" not in kinds, "the prompt and its answer do not fit each other"
        assert kinds.count("tool.applied") >= len(prepared.cases) / 2
        told = json.dumps(fake.requests, ensure_ascii=False)
        for fault in found.faults.values():
            assert fault.story not in told, "a sealed fault was told to the model"
            assert fault.title not in told


def test_the_library_is_not_empty() -> None:
    assert len(NAMES) >= 12
