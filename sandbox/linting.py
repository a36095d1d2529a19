"""Whether a scenario is solvable and fair: what has to hold before anybody is judged by it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.engine.chance import Chance
from sandbox.engine.facts import own_fact
from sandbox.engine.plan import Plan, Value
from sandbox.engine.prepared import Prepared, Ready
from sandbox.engine.reading import choices, explanation, share
from sandbox.engine.scenario import Fact, Fault, Scenario
from sandbox.engine.scoring import Means, score
from sandbox.engine.sealed import Sealed
from sandbox.engine.strategies import naive
from sandbox.playing import Baselines, baselines, exhibit, graded

SEEDS = 200
FIRES = 0.6
REFERENCE, NAIVE, GAP = 70, 20, 60
CONFIDENCE_CUE = 10  # per cent less sure than usual
FEWEST_QUESTIONS = 4


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `words` say what was found, for a trainer."""

    name: str
    ok: bool
    words: str
    warning: bool = False


@dataclass(slots=True)
class Report:
    """What the linter found; `ways` are (name, title, points, value a run) of all that played."""

    scenario: str
    digest: str
    seeds: int
    checks: list[Check] = field(default_factory=list)
    ways: list[tuple[str, str, int, float]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return all(check.ok or check.warning for check in self.checks)

    def document(self) -> dict[str, Any]:
        """As stored with the version."""
        return {
            "scenario": self.scenario,
            "digest": self.digest,
            "seeds": self.seeds,
            "ok": self.ok,
            "checks": [
                {"name": each.name, "ok": each.ok, "words": each.words, "warning": each.warning}
                for each in self.checks
            ],
            "ways": [
                {"name": name, "title": title, "points": points, "value": value}
                for name, title, points, value in self.ways
            ],
        }


def lint(scenario: Scenario, seeds: int = SEEDS) -> Report:
    """Plays every reference plan and every naive strategy on seeds 1 to `seeds`, and looks at each
    fault. The scenario must have passed its reference checks."""
    report = Report(scenario.id, scenario.digest, seeds)
    prepared = Prepared(scenario)
    if scenario.reading is not None:
        report.checks += _reading(prepared, report)
        return report
    numbers = range(1, seeds + 1)
    report.checks += _faults(prepared, numbers)
    report.checks += _decoys(scenario)
    report.checks += _ways(prepared, report, baselines(prepared, numbers), numbers)
    return report


# ---- Faults --------------------------------------------------------------------------------


def _faults(prepared: Prepared, seeds: Sequence[int]) -> Iterator[Check]:
    digest = prepared.scenario.digest
    drawn = [Sealed(prepared, Chance(digest, seed)) for seed in seeds]
    for name, fault in prepared.scenario.faults.items():
        fired = sum(any(each.fault == name for each in sealed.strikes) for sealed in drawn)
        fired_share = fired / len(drawn)
        yield Check(
            f"{name} fires",
            fired_share >= FIRES,
            f"“{fault.title}” happens in {fired_share:.0%} of the situations; at least"
            f" {FIRES:.0%} are needed.",
        )
        cues = sorted({cue for job in fault.overlays for cue in _cues(prepared, name, fault, job)})
        yield Check(
            f"{name} can be seen",
            bool(cues),
            f"“{fault.title}” can be seen by {', '.join(cues)}."
            if cues
            else f"Nothing that a rule can ask about tells “{fault.title}” from good work.",
        )


def _cues(prepared: Prepared, name: str, fault: Fault, job: str) -> Iterator[str]:
    """What a rule can see of the fault in this job, on the first case where it may strike."""
    case = next(iter(fault.among or prepared.cases))
    clean, planted = prepared.step(job, case), prepared.step(job, case, name)
    if set(planted.labels) - set(clean.labels):
        yield "where a value came from"
    if planted.confidence <= clean.confidence - CONFIDENCE_CUE:
        yield "how sure the agent is"
    if planted.times > 1:
        yield "the repetition"
    if planted.outage:
        yield "the tool that fails"
    if planted.skips or planted.route != clean.route:
        yield "the result of the stage"
    if planted.tool != clean.tool:
        yield "the tool that is asked for"
    for title, fact in prepared.scenario.facts.items():
        if _fact(prepared, fact, title, case, clean) != _fact(prepared, fact, title, case, planted):
            yield f"“{fact.title}”"


def _fact(prepared: Prepared, fact: Fact, name: str, case: str, ready: Ready) -> Value | None:
    """The fact as far as it follows from the scenario's own tables; None where it does not."""
    return own_fact(prepared, fact, name, case, ready.args, ready.facts)


def _decoys(scenario: Scenario) -> Iterator[Check]:
    decoys = [fault for fault in scenario.faults.values() if fault.is_decoy]
    words = f"{len(decoys)} honest cases look like faults."
    if len(decoys) == 1:
        words = "One honest case looks like a fault."
    if not decoys:
        words = "Nothing looks like a fault and is honest: refusing would cost nothing."
    yield Check("decoys", bool(decoys), words)


# ---- Ways of working -----------------------------------------------------------------------


def _ways(
    prepared: Prepared, report: Report, found: Baselines, seeds: Sequence[int]
) -> Iterator[Check]:
    scenario = prepared.scenario
    lowest, best = found.best_naive, found.best_reference

    def points(means: Means) -> int:
        return round(score(means, lowest, best).total)

    def note(name: str, title: str, means: Means) -> int:
        report.ways.append((name, title, points(means), round(means.worth, 1)))
        return points(means)

    for name, means in found.references.items():
        reached = note(name, f"Reference plan, {name}", means)
        yield Check(
            f"reference {name}",
            reached >= REFERENCE,
            f"The reference plan “{name}” scores {reached}; at least {REFERENCE} are needed.",
        )
    yield _different(list(scenario.references.values()))
    for strategy in naive(scenario):
        reached = note(strategy.name, strategy.title, found.naive[strategy.name])
        yield Check(
            f"naive {strategy.name}",
            reached <= NAIVE,
            f"“{strategy.title}” scores {reached}; at most {NAIVE} are allowed.",
        )
    gap = best - lowest
    yield Check(
        "gap",
        gap >= GAP,
        f"The better reference is worth {gap:.0f} more a run than the best naive way; at least"
        f" {GAP} are needed.",
    )
    if found.genius is not None:
        note("genius", "Single genius", found.genius)
    reached = note("starter", "The plan one begins with", graded(prepared, scenario.starter, seeds))
    yield Check(
        "starter",
        reached < REFERENCE,
        f"The plan one begins with scores {reached}.",
        warning=True,
    )


def _different(plans: list[Plan]) -> Check:
    shapes = {
        (
            tuple((stage.job, stage.agent) for stage in plan.stages),
            tuple((rule.effect, rule.when, rule.cel) for rule in plan.rules),
            plan.checkpoints,
        )
        for plan in plans
    }
    ok = len(plans) >= 2 and len(shapes) == len(plans)
    words = "Two different plans solve it." if ok else "Two different reference plans are needed."
    return Check("two plans", ok, words)


# ---- Trails to read ------------------------------------------------------------------------


def _reading(prepared: Prepared, report: Report) -> Iterator[Check]:
    scenario = prepared.scenario
    reading = scenario.reading
    assert reading is not None
    try:
        events = exhibit(prepared)
    except LookupError as error:
        yield Check("the trail", False, str(error.args[0]))
        return
    yield Check("the trail", True, f"There is a trail of {len(events)} events to read.")
    asked = [choices(events, question) for question in reading.questions]
    yield Check(
        "questions",
        len(asked) >= FEWEST_QUESTIONS,
        f"There are {len(asked)} questions; at least {FEWEST_QUESTIONS} are needed.",
    )
    for number, (options, right) in enumerate(asked, 1):
        yield Check(
            f"question {number}",
            bool(right) and len(options) >= len(right) + 2,
            f"Question {number} has {len(right)} right of {len(options)} answers.",
        )
    ways: list[tuple[str, str, Callable[[list[str], random.Random], list[str]]]] = [
        ("first", "Always the first answer", lambda options, _: options[:1]),
        ("all", "All the answers", lambda options, _: options),
        ("chance", "An answer at random", lambda options, dice: [dice.choice(options)]),
    ]
    for name, title, choose in ways:
        reached = _answered(asked, choose)
        report.ways.append((name, title, reached, 0.0))
        yield Check(f"naive {name}", reached <= NAIVE, f"“{title}” scores {reached}.")
    report.ways.append(("reference", "Everything right", 100, 0.0))


def _answered(
    asked: Sequence[tuple[list[str], list[str]]],
    choose: Callable[[list[str], random.Random], list[str]],
) -> int:
    """Points of this way to answer, the mean over 200 tries."""
    dice = random.Random(1)  # noqa: S311 (a repeatable lint, no secret)
    tries = [
        explanation([share(right, options, choose(options, dice)) for options, right in asked])
        for _ in range(SEEDS)
    ]
    return round(100 * sum(tries) / len(tries))
