"""Runs of one member in every state that a page may find: planning, waiting, answering, over."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import NamedTuple

from django.conf import settings

from people import clock
from people.models import Member, Organisation
from sandbox import running, scenarios
from sandbox.engine.plan import Plan
from sandbox.engine.scenario import Paper
from sandbox.engine.scenario import Scenario as Script
from sandbox.models import Run, Scenario, ScenarioVersion
from sandbox.scenarios import Rendered
from tests.learning.competence_rows import make_competency
from tests.sandbox.played import library
from tests.sandbox.small import small

NAIVE = {"approve": -60.0, "refuse": -12.0, "ask": 8.0, "review": -20.0, "chance": -30.0}


class Runs(NamedTuple):
    waiting: Run
    answering: Run
    over: Run
    planning: Run

    @property
    def ask(self) -> str:
        """The number of the question that `waiting` waits with."""
        asked = running.rehearsal_of(self.waiting).state.open
        assert asked is not None
        return str(asked.seq)


def laid_out(papers: Mapping[str, Paper]) -> dict[str, Rendered]:
    """The papers as HTML of one paragraph: how they look is not what these tests ask."""
    return {
        name: Rendered(
            f"<p>{escape(paper.text)}</p>",
            {fault: f"<p>{escape(text)}</p>" for fault, text in paper.planted.items()},
        )
        for name, paper in papers.items()
    }


def library_version(name: str) -> ScenarioVersion:
    """A built-in scenario, published."""
    return published(library(name).scenario, None)


def version_for(organisation: Organisation | None, word: str = "") -> ScenarioVersion:
    """The small scenario, published, with its lint's figures so that nothing has to be measured."""
    return published(small(title=f"A small payment run {word}".strip()), organisation)


def published(scenario: Script, organisation: Organisation | None) -> ScenarioVersion:
    """Any scenario with made-up figures of its lint."""
    scenarios.forget()  # of an earlier test, whose versions had the same numbers
    for criterion in scenario.criteria:
        make_competency(criterion.competency)
    row = Scenario.objects.create(
        organisation=organisation,
        key=scenario.id,
        title=scenario.title,
        layer="" if scenario.layer == "all" else scenario.layer,
        minutes=scenario.minutes,
        summary=scenario.summary,
    )
    hidden = {
        "term": settings.SEED_TERM,
        "naive": NAIVE,
        "references": dict.fromkeys(scenario.references, 20.0),
        "genius": None,
    }
    return ScenarioVersion.objects.create(
        scenario=row,
        number=1,
        state=ScenarioVersion.State.PUBLISHED,
        digest=scenario.digest,
        document=scenarios.to_document(scenario, laid_out(scenario.papers)),
        report={"ok": True, "digest": scenario.digest, "hidden": hidden},
        published_at=clock.now(),
    )


def started(member: Member, version: ScenarioVersion, plan: str | Plan, **fields: object) -> Run:
    """A run of this plan (or of a reference), played up to its first question or its end."""
    scenario = scenarios.loaded(version).scenario
    values = {"rung": Run.Rung.SUPERVISED, "seed": 7, **fields}
    if isinstance(plan, str):
        plan = scenario.starter if plan == "starter" else scenario.references[plan]
    document = scenarios.plan_document(plan)
    run = Run.objects.create(member=member, version=version, plan=document, **values)
    running.start(run)
    return run


def runs_of(member: Member, version: ScenarioVersion) -> Runs:
    over = started(member, version, "lean")
    running.finish(over, {})
    return Runs(
        waiting=started(member, version, "careful"),
        answering=started(member, version, "lean"),
        over=over,
        planning=planned(member, version),
    )


def planned(member: Member, version: ScenarioVersion, **fields: object) -> Run:
    """A run that could be started: the first plan, and something is expected of it."""
    run = running.begin(member, version, Run.Rung.GUIDED)
    running.predict(run, 1, "It pays in one breath.")
    Run.objects.filter(pk=run.pk).update(**fields)
    run.refresh_from_db()
    return run
