"""The naive ways to run a scenario: reflexes that need no thought, and what they are worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.engine.chance import Chance
from sandbox.engine.guards import Judge, Verdict, compile_rules
from sandbox.engine.plan import Condition, Plan, PlanStage, Rule
from sandbox.engine.scenario import Scenario
from sandbox.engine.scoring import MakeJudge

NAMES = {
    "approve": "Approve everything",
    "refuse": "Refuse everything",
    "ask": "Ask a person about everything",
    "review": "Have everything reviewed by AI",
    "chance": "Toss a coin",
}
ACTS = (Condition(fact="effect", op="is not", value="read"),)


@dataclass(frozen=True, slots=True)
class Strategy:
    """A plan and the judge that goes with it; `title` is for people."""

    name: str
    title: str
    plan: Plan
    judge: MakeJudge


def judging(plan: Plan, scenario: Scenario) -> MakeJudge:
    """The plan's own rules, the same for every seed."""
    judge = compile_rules(plan.rules, scenario)
    return lambda chance: judge


def bare(scenario: Scenario, reviewed: bool = False) -> Plan:
    """Exactly the required jobs, each with its first agent; `reviewed` puts the scenario's first
    watching job behind every work stage."""
    watch = next((name for name, job in scenario.jobs.items() if job.kind == "watch"), "")
    stages = []
    for name, job in scenario.jobs.items():
        if not job.required:
            continue
        agent = job.agents[0]
        stages.append(
            PlanStage(job=name, agent=agent, tier=scenario.agents[agent].tier, on_fail="retry")
        )
        if reviewed and watch and job.kind == "work":
            watcher = next(each for each in scenario.jobs[watch].agents if each != agent)
            stages.append(PlanStage(job=watch, agent=watcher, tier=scenario.agents[watcher].tier))
    return Plan(stages=tuple(stages))


def naive(scenario: Scenario) -> list[Strategy]:
    """Approve, refuse, ask about and review everything, and chance."""
    plain = bare(scenario)
    refuse = _with(plain, Rule(name="Refuse everything", effect="deny", when=ACTS))
    ask = _with(plain, Rule(name="Ask about everything", effect="ask", when=ACTS))
    reviewed = bare(scenario, reviewed=True)
    return [
        Strategy("approve", NAMES["approve"], plain, judging(plain, scenario)),
        Strategy("refuse", NAMES["refuse"], refuse, judging(refuse, scenario)),
        Strategy("ask", NAMES["ask"], ask, judging(ask, scenario)),
        Strategy("review", NAMES["review"], reviewed, judging(reviewed, scenario)),
        Strategy("chance", NAMES["chance"], plain, _tossing),
    ]


def _with(plan: Plan, rule: Rule) -> Plan:
    return Plan(stages=plan.stages, rules=(rule,), checkpoints=plan.checkpoints, budget=plan.budget)


def _tossing(chance: Chance) -> Judge:
    """Allows, asks or denies with equal chance, whatever it is about."""

    def judge(facts: Mapping[str, object]) -> Verdict:
        if facts["effect"] == "read":
            return Verdict("allow", -1, "", False)
        u = chance.draw(f"toss|{facts['job']}|{facts['case']}")
        return Verdict("allow" if u < 1 / 3 else "ask" if u < 2 / 3 else "deny", -1, "", False)

    return judge
