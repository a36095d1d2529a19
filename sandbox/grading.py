"""The score of a plan on the hidden situations, with the reasons for every point."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.cache import cache

from sandbox.engine.outcome import Outcome
from sandbox.engine.person import Accuracy, observed
from sandbox.engine.plan import Plan
from sandbox.engine.prepared import Prepared
from sandbox.engine.scenario import Criterion, Scenario
from sandbox.engine.scoring import WEIGHTS, Means, Score, score
from sandbox.engine.sealed import Sealed
from sandbox.models import ScenarioVersion
from sandbox.playing import Baselines, baselines, graded
from sandbox.scenarios import loaded, plan_digest

HIDDEN = 100  # situations; at 20 a sound plan scored anywhere from 45 to 89 (rulings.md 24)
BANDS = 4
KEPT_SECONDS = 30 * 24 * 3600
KEPT_MEANS = 64  # each holds on to its plan and its scenario; most share a few scenarios

TITLES = {
    "outcome": "Outcome against simpler ways",
    "discrimination": "Telling faults from good work",
    "economy": "Economy",
    "explanation": "Explanation",
}


def hidden_seeds(digest: str, term: str = "") -> list[int]:
    """The same for everybody in a term; TUTTI_SEED_TERM turns them over. Never shown."""
    term = term or settings.SEED_TERM
    return [
        int.from_bytes(sha256(f"hidden|{digest}|{term}|{number}".encode()).digest()[:7], "big")
        for number in range(HIDDEN)
    ]


@dataclass(frozen=True, slots=True)
class Baseline:
    """Values per run of the other ways on the hidden situations, by the name of the way."""

    naive: dict[str, float]
    references: dict[str, float]
    genius: float | None

    @property
    def best_naive(self) -> float:
        return max(self.naive.values())

    @property
    def best_reference(self) -> float:
        return max(self.references.values())

    def document(self) -> dict[str, Any]:
        return {"naive": self.naive, "references": self.references, "genius": self.genius}


def measured(prepared: Prepared, term: str = "") -> Baseline:
    """Plays all the other ways on the hidden situations: some seconds of work."""
    found: Baselines = baselines(prepared, hidden_seeds(prepared.scenario.digest, term))
    return Baseline(
        {name: round(each.worth, 2) for name, each in found.naive.items()},
        {name: round(each.worth, 2) for name, each in found.references.items()},
        round(found.genius.worth, 2) if found.genius else None,
    )


def baseline_of(version: ScenarioVersion) -> Baseline:
    """From the version's lint report when made for this term; measured and kept otherwise."""
    report = ScenarioVersion.objects.values_list("report", flat=True).get(pk=version.pk)
    hidden = report.get("hidden", {})
    if hidden.get("term") == settings.SEED_TERM and report.get("digest") == version.digest:
        return Baseline(hidden["naive"], hidden["references"], hidden["genius"])
    key = f"sandbox-baseline-{version.digest}-{settings.SEED_TERM}"
    document = cache.get(key)
    if document is None:
        document = measured(loaded(version).prepared).document()
        cache.set(key, document, KEPT_SECONDS)
    return Baseline(**document)


@dataclass(frozen=True, slots=True)
class _Trial:
    """A plan on a scenario's hidden situations: the same one, whichever objects hold it."""

    scenario_digest: str
    plan_digest: str
    term: str
    prepared: Prepared = field(compare=False)
    plan: Plan = field(compare=False)


@lru_cache(maxsize=KEPT_MEANS)
def _means(trial: _Trial, accuracy: Accuracy) -> Means:
    """Pure, and some tenths of a second: many learners leave the first plan as it is."""
    seeds = hidden_seeds(trial.scenario_digest, trial.term)
    return graded(trial.prepared, trial.plan, seeds, accuracy)


def grade(
    version: ScenarioVersion, plan: Plan, accuracy: Accuracy, explanation: float
) -> tuple[Score, Baseline]:
    """The plan on the hidden situations, with a person of this accuracy at its checkpoints."""
    prepared = loaded(version).prepared
    others = baseline_of(version)
    trial = _Trial(prepared.scenario.digest, plan_digest(plan), settings.SEED_TERM, prepared, plan)
    means = _means(trial, accuracy)
    return score(means, others.best_naive, others.best_reference, explanation), others


def accuracy_in(outcome: Outcome, sealed: Sealed) -> Accuracy:
    """How well the person judged in this run, drawn towards a practised person's."""
    mine = [found for _, found in outcome.faults(sealed) if found.by == "you"]
    return observed(
        caught=len(mine),
        faults=max(outcome.judged_faults, len(mine)),
        refused=max(0, outcome.judged_good - outcome.asked_for_nothing),
        good=outcome.judged_good,
        named=sum(found.credit == 1.0 for found in mine),
    )


def share_of(part: str, found: Score) -> float:
    """A part of the score in points of 100."""
    points: float = getattr(found, part)
    return min(100.0, points / WEIGHTS[part])


def bands(scenario: Scenario, found: Score) -> list[tuple[Criterion, int]]:
    """Each rubric criterion with its band, 0 to 4."""
    return [
        (each, sum(share_of(each.part, found) >= edge for edge in each.edges))
        for each in scenario.criteria
    ]


def document(
    scenario: Scenario, found: Score, others: Baseline, accuracy: Accuracy, answered: str
) -> dict[str, Any]:
    """The score as kept with the run: points, what they are made of, and why."""
    means = found.means
    return {
        "total": round(found.total),
        "parts": [
            {
                "name": part,
                "title": TITLES[part],
                "points": round(getattr(found, part)),
                "of": round(100 * weight),
                "why": _why(part, scenario, found, others, answered),
            }
            for part, weight in WEIGHTS.items()
        ],
        "gate": round(found.gate, 3),
        "gate_why": _gate_why(found),
        "worth": round(means.worth, 1),
        "others": others.document(),
        "bands": [band for _, band in bands(scenario, found)],
        "situations": means.seeds,
        "accuracy": {"hit": round(accuracy.hit, 2), "alarm": round(accuracy.alarm, 2)},
    }


def signed(value: float) -> str:
    """A whole number with a true minus sign."""
    return f"{value:.0f}".replace("-", "−")


def _why(part: str, scenario: Scenario, found: Score, others: Baseline, answered: str) -> str:
    means = found.means
    if part == "outcome":
        return (
            f"Your plan is worth {signed(means.worth)} a run, the best of the simple ways"
            f" {signed(others.best_naive)}, the better of the reference plans"
            f" {signed(others.best_reference)}."
        )
    if part == "discrimination":
        return (
            f"It stops {means.catch:.0%} of the harm that comes up, and"
            f" {means.friction:.0%} of the good work pays for false alarms and needless checks."
        )
    if part == "economy":
        limits = scenario.limits
        return (
            f"It takes {means.human_minutes:.0f} of {limits.human_minutes} minutes of attention and"
            f" {scenario.world.currency}{means.mils / 1000:.2f} of"
            f" {scenario.world.currency}{limits.mils / 1000:.2f} a run."
        )
    return answered


def _gate_why(found: Score) -> str:
    means = found.means
    said = []
    if means.delivered < 0.6:
        said.append(
            f"Only {means.delivered:.0%} of the good work gets done, so all points count less."
        )
    if means.red:
        said.append(
            f"In {round(means.red * means.seeds)} of {means.seeds} situations a red line is"
            " crossed; each takes its part of the points, up to half of them."
        )
    return " ".join(said) or "The work gets done and no red line is crossed: nothing is taken off."


def reading_document(scenario: Scenario, explanation: float, answered: str) -> dict[str, Any]:
    """The score of reading a trail: 100 x Expl (rulings.md 26)."""
    points = round(100 * explanation)
    return {
        "total": points,
        "parts": [
            {
                "name": "explanation",
                "title": "Reading the trail",
                "points": points,
                "of": 100,
                "why": answered,
            }
        ],
        "bands": [sum(points >= edge for edge in each.edges) for each in scenario.criteria],
    }
