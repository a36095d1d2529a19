"""What may be expected of a plan before it runs: its tiers compared, and its likely cost."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from hashlib import sha256
from statistics import mean

from django.core.cache import cache

from sandbox.engine.plan import Plan, PlanStage
from sandbox.engine.plan_parts import Work, works
from sandbox.engine.prepared import Prepared
from sandbox.engine.scenario import TIERS, Agent, Job, Scenario
from sandbox.engine.scoring import run_once
from sandbox.engine.strategies import judging
from sandbox.providers.scripted import Scripted
from sandbox.scenarios import plan_digest
from sandbox.timeline.wording import tools_money

SITUATIONS = 12
KEPT_SECONDS = 24 * 3600


# ---- One stage, with each size of model ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class TierRow:
    """What a stage costs with this size of model, and how good its work is likely to be."""

    tier: str
    cost: str
    takes: str
    expect: str


def tier_rows(prepared: Prepared, plan: Plan, place: int) -> list[TierRow]:
    """All sizes for this stage, from the scenario's own figures; empty without job or agent."""
    scenario, stage = prepared.scenario, plan.stages[place]
    job, agent = scenario.jobs.get(stage.job), scenario.agents.get(stage.agent)
    if job is None or agent is None:
        return []
    turns = _turns(prepared, plan, place, job)
    rows = []
    for name, tier in TIERS.items():
        mils = sum(-(-tokens * tier.mils_per_1000 // 1000) for tokens, _ in turns)
        seconds = sum(length * tier.pace // 100 for _, length in turns)
        rows.append(
            TierRow(
                name,
                tools_money(prepared, mils),
                minutes(seconds / 60),
                _expect(scenario, stage, job, agent, tier.error),
            )
        )
    return rows


def cases_of(prepared: Prepared, plan: Plan, place: int) -> int:
    """How many cases or proposals the stage is likely to go through."""
    job = prepared.scenario.jobs.get(plan.stages[place].job)
    return len(_turns(prepared, plan, place, job)) if job else 0


def _turns(prepared: Prepared, plan: Plan, place: int, job: Job) -> list[tuple[int, int]]:
    """Tokens and seconds of every turn that the stage is likely to take."""
    stage = plan.stages[place]
    if job.kind == "watch":
        work = _watched(plan, prepared.scenario, place)
        looks = -(-len(work.cases) // max(1, stage.share)) if work and work.used else 0
        return [(job.step.tokens, job.step.seconds)] * looks
    cases = prepared.cases
    if job.kind == "work":
        found = {each.place: each for each in works(plan, prepared.scenario)}
        cases = list(found[place].cases) if place in found else []
    steps = [prepared.step(stage.job, case) for case in cases]
    return [(step.tokens, step.seconds) for step in steps]


def _watched(plan: Plan, scenario: Scenario, place: int) -> Work | None:
    """The work stage that this watcher looks at: the nearest before it."""
    before = [each for each in works(plan, scenario) if each.place < place]
    return before[-1] if before else None


def _expect(scenario: Scenario, stage: PlanStage, job: Job, agent: Agent, error: int) -> str:
    if job.kind == "watch":
        alarms = _one_in(agent.false_alarm)
        return f"{catches(scenario, agent, error)} faults; objects to {alarms} that are sound"
    slips = 0.0
    for fault in scenario.faults.values():
        mine = not fault.agents or stage.agent in fault.agents
        if fault.model and mine and stage.job in fault.overlays and not fault.is_decoy:
            slips += fault.count * min(1.0, fault.p * error / 100)
    if not slips:
        return "what goes wrong here does not hang on the size"
    if slips >= 1.5:
        return f"slips about {round(slips)} times a run"
    return "slips about once a run" if slips > 0.85 else f"slips in about {_tenths(slips)} runs"


def catches(scenario: Scenario, agent: Agent, error: int = 100) -> str:
    """How much of what is wrong a watcher sees, over the kinds of faults that the agent knows."""
    chances = list(agent.catches.values()) or [agent.otherwise]
    return f"sees {_tenths(min(1.0, mean(chances) * 100 / error))}"


def _tenths(share: float) -> str:
    return f"{max(1, min(10, round(share * 10)))} in 10"


def _one_in(share: float) -> str:
    return f"1 in {round(1 / share)}" if share > 0.005 else "none"


def minutes(value: float) -> str:
    """Minutes as people say them."""
    return "under 1 min" if value < 0.75 else f"{round(value):,} min"


# ---- The whole plan ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Likely:
    """Means over the practice situations."""

    asks: float
    expired: float
    human: float
    mils: float
    minutes: float


def likely(prepared: Prepared, plan: Plan) -> Likely:
    """What a run of this plan takes, played on practice situations; kept by the plan's digest.

    The situations are neither the run's nor those that grade. The plan must be legal.
    """
    digest = prepared.scenario.digest
    key = f"sandbox-likely-{digest[:32]}-{plan_digest(plan)[:32]}"
    found = cache.get(key)
    if found is None:
        found = asdict(_played(prepared, plan))
        cache.set(key, found, KEPT_SECONDS)
    return Likely(**found)


def _played(prepared: Prepared, plan: Plan) -> Likely:
    scenario = prepared.scenario
    outcomes = [
        run_once(prepared, plan, seed, Scripted, judging(plan, scenario))[1]
        for seed in practice_seeds(scenario.digest)
    ]
    return Likely(
        asks=mean(each.asks for each in outcomes),
        expired=mean(each.expired for each in outcomes),
        human=mean(each.human_minutes for each in outcomes),
        mils=mean(each.mils for each in outcomes),
        minutes=mean(each.minutes for each in outcomes),
    )


def practice_seeds(digest: str) -> list[int]:
    """The same for everybody, so that two plans can be compared."""
    return [
        int.from_bytes(sha256(f"practice|{digest}|{number}".encode()).digest()[:7], "big")
        for number in range(SITUATIONS)
    ]
