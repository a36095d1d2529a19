"""Putting a rehearsal together: scenario, plan, seed and the provider that answers for agents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sandbox.engine.chance import Chance
from sandbox.engine.events import Event
from sandbox.engine.guards import compile_rules
from sandbox.engine.person import PRACTISED, Accuracy, Person, play_out
from sandbox.engine.plan import Plan
from sandbox.engine.prepared import Prepared
from sandbox.engine.provider import Provider
from sandbox.engine.reading import edited
from sandbox.engine.rehearsal import Rehearsal
from sandbox.engine.scoring import Means, over_seeds
from sandbox.engine.sealed import Sealed
from sandbox.engine.strategies import Strategy, judging, naive
from sandbox.providers.scripted import Scripted


def rehearse(
    prepared: Prepared,
    plan: Plan,
    seed: int,
    events: Iterable[Event] = (),
    provider: Provider | None = None,
    plan_digest: str = "",
) -> Rehearsal:
    """The rehearsal with this seed after these events; scripted unless a provider is given."""
    chance = Chance(prepared.scenario.digest, seed)
    sealed = Sealed(prepared, chance)
    return Rehearsal(
        prepared,
        plan,
        plan_digest,
        seed,
        provider or Scripted(prepared, sealed, chance),
        compile_rules(plan.rules, prepared.scenario),
        events,
        sealed,
    )


ATTENTIVE = Accuracy(hit=1.0, alarm=0.0)  # nothing in an exhibit is left to how a draw fell


def undisturbed(prepared: Prepared) -> Rehearsal:
    """The run behind an exhibited trail, before anybody was at it: the starter's on the seed of
    the reading, an attentive person answering what it asks."""
    scenario = prepared.scenario
    assert scenario.reading is not None
    rehearsal = rehearse(prepared, scenario.starter, scenario.reading.seed)
    person = Person(Chance(scenario.digest, scenario.reading.seed), ATTENTIVE)
    return play_out(rehearsal, person)


def exhibit(prepared: Prepared) -> list[Event]:
    """The trail that a scenario without a run shows: that run, and then what somebody did to it.

    Raises `LookupError` for an edit that finds nothing.
    """
    assert prepared.scenario.reading is not None
    return edited(undisturbed(prepared).events, prepared.scenario.reading.edits)


def graded(
    prepared: Prepared, plan: Plan, seeds: Sequence[int], accuracy: Accuracy = PRACTISED
) -> Means:
    """The plan on all these seeds with the scripted provider."""
    return over_seeds(prepared, plan, seeds, Scripted, judging(plan, prepared.scenario), accuracy)


@dataclass(frozen=True, slots=True)
class Baselines:
    """What the naive strategies, the references and the single genius come to on some seeds."""

    naive: dict[str, Means]
    references: dict[str, Means]
    genius: Means | None

    @property
    def best_naive(self) -> float:
        return max(each.worth for each in self.naive.values())

    @property
    def best_reference(self) -> float:
        return max(each.worth for each in self.references.values())


def baselines(prepared: Prepared, seeds: Sequence[int]) -> Baselines:
    """Plays everybody on the same seeds."""
    scenario = prepared.scenario
    return Baselines(
        naive={each.name: _played(prepared, each, seeds) for each in naive(scenario)},
        references={
            name: graded(prepared, plan, seeds) for name, plan in scenario.references.items()
        },
        genius=graded(prepared, scenario.genius, seeds) if scenario.genius else None,
    )


def _played(prepared: Prepared, strategy: Strategy, seeds: Sequence[int]) -> Means:
    return over_seeds(prepared, strategy.plan, seeds, Scripted, strategy.judge)
