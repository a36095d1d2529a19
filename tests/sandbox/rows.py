"""Rows of the sandbox for tests that need a run and no scenario that plays."""

from __future__ import annotations

import hashlib
import json

from people import clock
from people.models import Member, Organisation
from sandbox.models import Run, Scenario, ScenarioVersion


def make_version(
    key: str = "payment-run",
    organisation: Organisation | None = None,
    state: str = ScenarioVersion.State.PUBLISHED,
    number: int = 1,
) -> ScenarioVersion:
    scenario, _ = Scenario.objects.get_or_create(
        organisation=organisation,
        key=key,
        defaults={"title": "The payment run", "layer": "operations", "minutes": 25, "summary": "…"},
    )
    return ScenarioVersion.objects.create(
        scenario=scenario,
        number=number,
        state=state,
        digest=hashlib.sha256(f"{key} {number}".encode()).hexdigest(),
        document={"id": key},
        published_at=clock.now() if state == ScenarioVersion.State.PUBLISHED else None,
    )


def make_run(member: Member, version: ScenarioVersion | None = None, **fields: object) -> Run:
    return Run.objects.create(
        member=member, version=version or make_version(), **{"rung": Run.Rung.SUPERVISED, **fields}
    )


def entries(first: int, count: int) -> list[tuple[int, str, str]]:
    """As the engine's trail gives them: number, canonical body, hash."""
    found = []
    for seq in range(first, first + count):
        data = {"agent": "matcher", "case": "INV-104", "tokens": 900}
        body = json.dumps([seq, 1, "model.replied", "matcher", seq, data], separators=(",", ":"))
        found.append((seq, body, hashlib.sha256(body.encode()).hexdigest()))
    return found
