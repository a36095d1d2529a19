"""The run of eleven steps as a scenario of the site, and runs of it by members."""

from __future__ import annotations

from dataclasses import replace

from bench.rehearsed import eleven_steps
from people import clock
from people.models import Member
from sandbox import scenarios
from sandbox.engine.plan import Plan
from sandbox.engine.scenario import Limits
from sandbox.models import Run, Scenario, ScenarioVersion

KEY = "bench"
# A call of a model reserves far more than it costs.
LIMITS = Limits(mils=1_000_000, tokens=10_000_000)


def the_version() -> ScenarioVersion:
    """Made when first asked for."""
    version = ScenarioVersion.objects.filter(scenario__key=KEY).first()
    if version is not None:
        return version
    script = replace(eleven_steps().scenario, limits=LIMITS)
    return ScenarioVersion.objects.create(
        scenario=Scenario.objects.create(key=KEY, title=script.title, minutes=script.minutes),
        number=1,
        state=ScenarioVersion.State.PUBLISHED,
        digest=scenarios.digest(script),
        document=scenarios.to_document(script),
        published_at=clock.now(),
    )


def a_run(member: Member, version: ScenarioVersion, plan: Plan, rung: str) -> Run:
    """Planned and not yet started."""
    document = scenarios.plan_document(plan)
    return Run.objects.create(member=member, version=version, rung=rung, plan=document)
