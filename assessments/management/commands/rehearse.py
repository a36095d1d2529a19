"""Plays a scenario in the terminal, with a practised person at the checkpoints."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessments.scenario_folders import LIBRARY, read_scenario
from sandbox.engine.chance import Chance
from sandbox.engine.events import verify
from sandbox.engine.outcome import outcome_of
from sandbox.engine.person import Person, play_out
from sandbox.engine.plan import Plan
from sandbox.engine.prepared import Prepared
from sandbox.engine.scenario import Scenario
from sandbox.playing import rehearse
from sandbox.timeline.telling import lines


class Command(BaseCommand):
    help = "Plays a built-in scenario: rehearse payment-run --plan careful --seed 7."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("scenario")
        parser.add_argument("--plan", default="careful", help="careful, lean, starter or genius")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        scenario, faults = read_scenario(LIBRARY / options["scenario"])
        if scenario is None:
            raise CommandError("\n".join(str(fault) for fault in faults))
        plan = _plan(scenario, options["plan"])
        prepared = Prepared(scenario)
        rehearsal = rehearse(prepared, plan, options["seed"])
        play_out(rehearsal, Person(Chance(scenario.digest, options["seed"])))
        for line in lines(prepared, plan, rehearsal.events):
            self.stdout.write(f"{line.clock}  {line.sentence}")
        outcome = outcome_of(prepared, plan, rehearsal.sealed, rehearsal.events)
        self.stdout.write("")
        for fault, found in outcome.faults(rehearsal.sealed):
            who = f" by {found.by}" if found.by else ""
            self.stdout.write(f"{found.status}{who}: {fault.title} ({found.strike.case})")
        self.stdout.write(
            f"Worth {outcome.worth(rehearsal.sealed):.1f} points;"
            f" {outcome.human_minutes:.0f} of your minutes; head {verify(rehearsal.events)[:12]}"
        )


def _plan(scenario: Scenario, name: str) -> Plan:
    plans = {"starter": scenario.starter, **scenario.references}
    if scenario.genius is not None:
        plans["genius"] = scenario.genius
    if name not in plans:
        raise CommandError(f"There is no plan “{name}”; there are {', '.join(plans)}.")
    return plans[name]
