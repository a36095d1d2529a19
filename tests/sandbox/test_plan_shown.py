"""What the plan page shows before a run: tiers compared, likely cost, the drawing, the palette."""

from __future__ import annotations

from dataclasses import replace

from sandbox.engine.plan import Budget, PlanStage
from sandbox.models import Run
from sandbox.planning.expecting import likely, tier_rows
from sandbox.planning.lanes import BarShown, drawn
from sandbox.planning.page import context, gauges, palette
from sandbox.scenarios import plan_document
from tests.sandbox.played import NAMES, library

PREPARED = library("payment-run")
SCENARIO = PREPARED.scenario
STARTER = SCENARIO.starter


def test_tiers_are_compared_from_the_scenarios_own_figures() -> None:
    rows = {each.tier: each for each in tier_rows(PREPARED, STARTER, 0)}
    steps = [PREPARED.step("match", case) for case in PREPARED.cases]
    assert (
        rows["medium"].cost
        == f"£{round(sum(-(-s.tokens * 6 // 1000) for s in steps) / 10) / 100:.2f}"
    )
    assert rows["small"].cost < rows["medium"].cost < rows["large"].cost
    plan = replace(
        STARTER, stages=(*STARTER.stages, PlanStage(job="recompute", agent="recomputer"))
    )
    looks = {each.tier: each for each in tier_rows(PREPARED, plan, 2)}
    assert looks["small"].expect != looks["large"].expect, "a larger model sees more"
    fewer = replace(plan, stages=(*STARTER.stages, replace(plan.stages[2], share=12)))
    assert tier_rows(PREPARED, fewer, 2)[2].cost < looks["large"].cost


def test_slips_of_the_model_depend_on_its_size() -> None:
    prepared = library("refund-desk")
    scenario = prepared.scenario
    told = {
        row.expect
        for plan in (scenario.starter, *scenario.references.values())
        for place in range(len(plan.stages))
        for row in tier_rows(prepared, plan, place)
    }
    assert any("slips" in each for each in told) == any(
        each.model for each in scenario.faults.values()
    )


def test_the_likely_cost_is_kept_by_the_plan(db: None) -> None:
    first = likely(PREPARED, STARTER)
    assert first.asks >= 8, "every payment is asked about"
    assert first == likely(PREPARED, STARTER)
    careful = likely(PREPARED, SCENARIO.references["careful"])
    assert careful.human < first.human
    shown = gauges(PREPARED, STARTER)
    assert shown[0].words.endswith("of 24 min")
    assert all(0 <= each.width <= 200 for each in shown)
    nothing = replace(STARTER, budget=Budget(human_minutes=0, minutes=0, mils=0))
    assert {each.width for each in gauges(PREPARED, nothing)} == {200}


def test_a_drawing_of_every_plan_of_the_library() -> None:
    for name in ("payment-run", "refund-desk", "cost-at-scale", "first-workflow", "genius-or-team"):
        scenario = library(name).scenario
        plans = [scenario.starter, *scenario.references.values()]
        for plan in plans + ([scenario.genius] if scenario.genius else []):
            found = drawn(plan, scenario, {})
            assert [each.number for each in found.stages] == list(range(1, len(plan.stages) + 1))
            assert found.lanes[-1].name == "Guardian"
            assert all(1 <= each.lane < len(found.lanes) <= 12 for each in found.stages)
            bars = {each.letter for each in found.columns if isinstance(each, BarShown)}
            asked = {each.letter for each in found.bars}
            used = bars | {each.letter for each in found.anywhere}
            assert used <= asked


def test_the_palette_offers_what_is_not_there_and_those_who_look_on() -> None:
    assert [each.job for each in palette(STARTER, PREPARED)] == [
        "statements",
        "review",
        "recompute",
    ]
    careful = SCENARIO.references["careful"]
    assert "recompute" in [each.job for each in palette(careful, PREPARED)]
    assert "pay" not in [each.job for each in palette(careful, PREPARED)]


def test_every_plan_of_the_library_has_its_page(db: None) -> None:
    """Each stage and each rule open for editing, of every plan that the library brings."""
    for name in NAMES:
        prepared = library(name)
        scenario = prepared.scenario
        if scenario.reading is not None:
            continue
        genius = [scenario.genius] if scenario.genius else []
        for plan in (scenario.starter, *scenario.references.values(), *genius):
            run = Run(plan=plan_document(plan), rung=Run.Rung.GUIDED)
            for number in range(1, max(len(plan.stages), len(plan.rules)) + 1):
                query = {"stage": str(number), "rule": str(number)}
                shown = context(run, prepared, plan, query)
                assert shown["illegal"] == [], name
                assert bool(shown["stage"]) is (number <= len(plan.stages))
                assert bool(shown["rule"]) is (number <= len(plan.rules))
                if shown["stage"]:
                    assert len(shown["stage"].tiers) == 3, name
            assert len(shown["gauges"]) == 3
