"""How a demo member rehearses: the plan they make, how they judge, what they read in the trail."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from assessments import exercises
from curriculum.models import Step
from learning import enrolment, progress
from people.models import Member
from sandbox import running, scenarios
from sandbox.debriefing.questions import Asked
from sandbox.engine.chance import Chance
from sandbox.engine.decisions import NotNow
from sandbox.engine.person import Accuracy, Person
from sandbox.engine.plan import Plan
from sandbox.engine.prepared import Prepared
from sandbox.engine.scenario import Scenario
from sandbox.engine.sealed import Sealed, is_decoy
from sandbox.models import Run
from sandbox.shelf import version_of

FINISHED, WAITING, PLANNING = "finished", "waiting", "planning"
BEFORE_WAITING = 2  # decisions of somebody who was then called away
WORDS = (
    "Where a value comes from outside and nobody looks at it again.",
    "At the step that cannot be taken back.",
    "Something that is done twice because an answer got lost.",
    "A check that only looks like one.",
    "We will ask too often and have no attention left when it matters.",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One rehearsal of company.yaml; `how` is one of the three words above."""

    who: str
    scenario: str
    rung: str
    days: int
    how: str
    plan: str

    @classmethod
    def read(cls, text: str) -> Line:
        who, scenario, rung, days, how, *plan = text.split(" | ")
        return cls(who, scenario, rung, int(days), how, plan[0] if plan else "")


def rehearse(member: Member, step: Step, ability: float, chance: random.Random) -> None:
    """A whole rehearsal from a step."""
    run = exercises.begin(member, step)
    if run is not None:
        _play(run, ability, chance, FINISHED, "")


def rehearse_line(member: Member, line: Line, ability: float, chance: random.Random) -> None:
    """What company.yaml says: from the member's step, if there is one, else from the shelf."""
    step = Step.objects.filter(
        exercise__scenario=line.scenario,
        exercise__rung=line.rung,
        version__enrolments__member=member,
    ).first()
    if step is not None:
        progress.open_step(enrolment.enrol(member, step.version.module), step)
        run = exercises.begin(member, step)
    else:
        version = version_of(member, line.scenario)
        run = running.begin(member, version, line.rung) if version else None
    if run is not None:
        _play(run, ability, chance, line.how, line.plan)


def _play(run: Run, ability: float, chance: random.Random, how: str, plan: str) -> None:
    """Prediction, plan, decisions, questions; as far as `how` says."""
    found = scenarios.loaded(run.version_id)
    scenario = found.scenario
    run.seed = _lively(found.prepared, chance)
    Run.objects.filter(pk=run.pk).update(seed=run.seed)
    running.predict(run, chance.randrange(len(scenario.brief.choices)), chance.choice(WORDS))
    if scenario.reading is None:
        made = _named(scenario, plan) or _plan(scenario, ability, chance)
        running.save_plan(run, made, run.plan_sequence + 1)
        if how == PLANNING:
            return
        running.start(run)
    judge = Person(Chance(scenario.digest, run.seed), _accuracy(ability))
    _decide(run, judge, BEFORE_WAITING if how == WAITING else None)
    if run.state == Run.State.ANSWERING:
        asked = running.ended(run).asked
        running.finish(run, {each.key: _answer(each, ability, chance) for each in asked})


def _lively(prepared: Prepared, chance: random.Random) -> int:
    """A seed on which there is something to see: faults, and honest work that looks wrong."""
    seed = 0
    for _ in range(20):
        seed = chance.getrandbits(62) + 1
        sealed = Sealed(prepared, Chance(prepared.scenario.digest, seed))
        decoys = sum(is_decoy(sealed.fault(strike)) for strike in sealed.strikes)
        if decoys and len(sealed.strikes) - decoys >= 2:
            break
    return seed


def _named(scenario: Scenario, name: str) -> Plan | None:
    return scenario.starter if name == "starter" else scenario.references.get(name)


def _share(ability: float) -> float:
    """From 0 to 1, a half for somebody in the middle of this company."""
    return 1 / (1 + math.exp(1.2 - ability))


def _plan(scenario: Scenario, ability: float, chance: random.Random) -> Plan:
    """The able find one of the good plans, others keep the first one or trust the single genius."""
    if chance.random() < _share(ability):
        return chance.choice(list(scenario.references.values()))
    if scenario.genius is not None and chance.random() < 0.3:
        return scenario.genius
    return scenario.starter


def _accuracy(ability: float) -> Accuracy:
    share = _share(ability)
    return Accuracy(hit=0.7 + 0.25 * share, alarm=0.12 - 0.09 * share, names=0.6 + 0.35 * share)


def _decide(run: Run, person: Person, most: int | None) -> None:
    """Every question, or the first `most` of them."""
    while run.state == Run.State.WAITING and (most is None or person.asked < most):
        rehearsal = running.rehearsal_of(run)
        asked = rehearsal.state.open
        if asked is None:
            return
        person.asked += 1
        try:
            running.decide(run, asked.seq, person.decision(rehearsal))
        except NotNow:
            run.refresh_from_db()


def _answer(asked: Asked, ability: float, chance: random.Random) -> list[str]:
    if chance.random() < 0.3 + 0.6 * _share(ability):
        return list(asked.right)
    return [chance.choice(asked.options)[0]]
