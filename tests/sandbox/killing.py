"""Plays many runs while the playing process is killed with -9 again and again; run as a script.

Set up by test_killed.py with a database of its own. Prints what it found as JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time

import django

from sandbox.engine.decisions import Decision
from sandbox.engine.rehearsal import Rehearsal
from sandbox.engine.vocabulary import Reason

RUNS = 50
HASTY = 12  # kills early on, so that a fast machine is not done before
SHORTEST, HASTY_LONGEST, LONGEST = 0.05, 0.25, 0.9  # seconds until a player is killed
PATIENCE = 120


def main() -> None:
    django.setup()
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", verbosity=0)
    runs = _make_runs()
    dice, kills, until = random.Random(5), 0, time.monotonic() + PATIENCE
    while time.monotonic() < until:
        connections.close_all()
        child = os.fork()
        if child == 0:
            _play(runs)
            os._exit(0)
        time.sleep(dice.uniform(SHORTEST, HASTY_LONGEST if kills < HASTY else LONGEST))
        done, _ = os.waitpid(child, os.WNOHANG)
        if done:
            break
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        kills += 1
    json.dump({"kills": kills, "runs": [_found(pk) for pk in runs]}, sys.stdout)


def _make_runs() -> list[int]:
    from sandbox import publishing, scenarios
    from sandbox.models import Run, ScenarioVersion
    from tests.factories import make_member, make_organisation
    from tests.sandbox.played import library

    scenario = library("payment-run").scenario
    member = make_member(make_organisation())
    version = publishing.write(scenario, {}, organisation=None, by=None)
    ScenarioVersion.objects.filter(pk=version.pk).update(state="published")
    plan = scenarios.plan_document(scenario.references["careful"])
    return [
        Run.objects.create(member=member, version=version, rung="guided", plan=plan, seed=number).pk
        for number in range(1, RUNS + 1)
    ]


def _play(runs: list[int]) -> None:
    """Every run to its end, in an order of this player's own."""
    from sandbox import running
    from sandbox.models import Run

    for pk in random.Random(os.getpid()).sample(runs, len(runs)):
        run = Run.objects.select_related("version").get(pk=pk)
        if run.state == Run.State.PLANNING:
            running.start(run)
        while run.state in (Run.State.RUNNING, Run.State.WAITING):
            rehearsal = running.resume(run)
            if (asked := rehearsal.state.open) is not None:
                running.decide(run, asked.seq, _answer(rehearsal))


def _answer(rehearsal: Rehearsal) -> Decision:
    """The same to the same question, whoever plays: sent back on an odd number, else approved."""
    asked, pending = rehearsal.state.open, rehearsal.state.pending
    assert asked is not None
    if pending is not None and pending.proposal.attempt == 0 and asked.seq % 2:
        return Decision("send_back", Reason.SOURCE)
    return Decision("approve")


def _found(pk: int) -> dict[str, object]:
    from sandbox import running
    from sandbox.engine.events import verify
    from sandbox.models import Run
    from sandbox.playing import rehearse
    from tests.sandbox.played import library

    run = Run.objects.select_related("version").get(pk=pk)
    events = running.trail_of(run)
    whole = rehearse(
        library("payment-run"),
        running.rehearsal_of(run).plan,
        run.seed,
        plan_digest=run.plan_digest or "",
    )
    whole.advance()
    while (asked := whole.state.open) is not None:
        whole.decide(_answer(whole), asked.seq)
        whole.advance()
    made = {each.data["id"]: each.data for each in events if each.kind == "proposal.made"}
    keys = [made[e.data["proposal"]]["key"] for e in events if e.kind == "tool.applied"]
    return {
        "state": run.state,
        "head": verify(events),
        "undisturbed": whole.state.head,
        "twice": len(keys) - len(set(keys)),
    }


if __name__ == "__main__":
    main()
