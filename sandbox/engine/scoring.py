"""Points for a plan: what it is worth over many seeds, against the best of the naive ways.

The formulas are those of rulings.md 25 (rehearsed in reference/score_sim.py), with two readings:
the severity-weighted catch rate and the friction are sums over all seeds divided by sums over all
seeds, so that a seed without a fault neither helps nor hurts anybody; and a fault that the plan
keeps from arising counts as caught.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sandbox.engine.chance import Chance
from sandbox.engine.guards import Judge
from sandbox.engine.outcome import Outcome, Tally
from sandbox.engine.person import PRACTISED, Accuracy, Person, play_out
from sandbox.engine.plan import Plan
from sandbox.engine.prepared import Prepared
from sandbox.engine.provider import Provider
from sandbox.engine.rehearsal import Rehearsal
from sandbox.engine.sealed import Sealed

ASKED, REVIEWED = 0.35, 0.10  # friction of a good action asked about, or reviewed, for nothing
ENOUGH = 0.6  # of the good work delivered
WEIGHTS = {"outcome": 0.5, "discrimination": 0.3, "economy": 0.1, "explanation": 0.1}
NO_PERSON = 0.5  # explanation of a plan that nobody explains, as in the linter
BEST_SKILL = 1.05

MakeProvider = Callable[[Prepared, Sealed, Chance], Provider]
MakeJudge = Callable[[Chance], Judge]


@dataclass(frozen=True, slots=True)
class Means:
    """A plan over many seeds: means per seed, and rates over all of them together."""

    seeds: int
    worth: float
    delivered: float
    catch: float
    friction: float
    economy: float
    red: float
    minutes: float
    human_minutes: float
    mils: float

    @property
    def discrimination(self) -> float:
        """J: catch rate less friction."""
        return self.catch - self.friction


@dataclass(frozen=True, slots=True)
class Score:
    """Points of 100 and what they are made of; the four parts are points as well."""

    total: float
    outcome: float
    discrimination: float
    economy: float
    explanation: float
    skill: float
    gate: float
    means: Means


def run_once(
    prepared: Prepared,
    plan: Plan,
    seed: int,
    provide: MakeProvider,
    judge: MakeJudge,
    accuracy: Accuracy = PRACTISED,
) -> tuple[Rehearsal, Outcome]:
    """One seed with a simulated person."""
    chance = Chance(prepared.scenario.digest, seed)
    sealed = Sealed(prepared, chance)
    provider = provide(prepared, sealed, chance)
    rehearsal = Rehearsal(
        prepared, plan, "", seed, provider, judge(chance), sealed=sealed, chained=False
    )
    tally = rehearsal.onlooker = Tally(prepared, plan, sealed, rehearsal.state)
    play_out(rehearsal, Person(chance, accuracy))
    return rehearsal, tally.end()


def over_seeds(
    prepared: Prepared,
    plan: Plan,
    seeds: Sequence[int],
    provide: MakeProvider,
    judge: MakeJudge,
    accuracy: Accuracy = PRACTISED,
) -> Means:
    """The plan on all these seeds."""
    pairs = (run_once(prepared, plan, seed, provide, judge, accuracy) for seed in seeds)
    return means(prepared, plan, ((run.sealed, outcome) for run, outcome in pairs))


def means(prepared: Prepared, plan: Plan, outcomes: Iterable[tuple[Sealed, Outcome]]) -> Means:
    """The figures of rulings.md 25 over these runs; raises `ValueError` when there are none."""
    count = 0
    worth = delivered = economy = minutes = human = mils = 0.0
    caught = severity = friction = good = red = 0.0
    limits = prepared.scenario.limits
    for sealed, outcome in outcomes:
        count += 1
        worth += outcome.worth(sealed)
        delivered += outcome.delivered
        red += outcome.red(sealed)
        minutes += outcome.minutes
        human += outcome.human_minutes
        mils += outcome.mils
        # Asking is the greater part of the cost, models the smaller.
        attention = outcome.human_minutes / limits.human_minutes if limits.human_minutes else 0.0
        economy += max(0.0, 1 - 0.6 * attention - 0.4 * outcome.mils / limits.mils)
        for fault, found in outcome.faults(sealed):
            severity += fault.severity
            if found.status != "reached":
                caught += fault.severity * found.credit
        good += outcome.good_all
        friction += (
            len(outcome.refused_good - outcome.good_done)
            + ASKED * outcome.asked_for_nothing
            + REVIEWED * outcome.reviewed_for_nothing
        )
    if not count:
        raise ValueError("There is no run to take means of.")
    return Means(
        seeds=count,
        worth=worth / count,
        delivered=delivered / count,
        catch=caught / severity if severity else 0.0,
        friction=friction / good if good else 1.0,
        economy=economy / count,
        red=red / count,
        minutes=minutes / count,
        human_minutes=human / count,
        mils=mils / count,
    )


def score(found: Means, naive: float, reference: float, explanation: float = NO_PERSON) -> Score:
    """Points from means; `naive` and `reference` are the best worths of either kind, and
    `explanation` the chance-corrected share of questions answered right, 0 to 1."""
    skill = (found.worth - naive) / max(1.0, reference - naive)
    skill = min(BEST_SKILL, max(0.0, skill))
    gate = min(1.0, found.delivered / ENOUGH) * (1 - 0.5 * found.red)
    secondary = skill if found.delivered > ENOUGH else 0.0
    parts = {
        "outcome": WEIGHTS["outcome"] * skill,
        "discrimination": WEIGHTS["discrimination"] * max(0.0, found.discrimination),
        "economy": WEIGHTS["economy"] * found.economy * secondary,
        "explanation": WEIGHTS["explanation"] * explanation * secondary,
    }
    points = {name: 100 * gate * part for name, part in parts.items()}
    return Score(
        total=min(100.0, sum(points.values())),
        outcome=points["outcome"],
        discrimination=points["discrimination"],
        economy=points["economy"],
        explanation=points["explanation"],
        skill=skill,
        gate=gate,
        means=found,
    )
