"""Draws every belief anew from the evidence log, or checks that the stored ones equal it."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from learning import beliefs, standing
from learning.models import Belief, Evidence
from people.models import Member, Organisation

BATCH = 500  # members a transaction
TOLERANCE = 1e-9

Key = tuple[int, str]


class Command(BaseCommand):
    help = "Draws every belief anew from the evidence log."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organisation", metavar="SLUG", help="only this organisation")
        parser.add_argument(
            "--check",
            action="store_true",
            help="write nothing; say the largest difference and fail above 1e-9",
        )

    def handle(self, *, organisation: str | None, check: bool, **_: Any) -> None:
        organisations = Organisation.objects.order_by("pk")
        if organisation is not None:
            organisations = organisations.filter(slug=organisation)
            if not organisations.exists():
                raise CommandError(f"No organisation is called {organisation}.")
        members = Member.objects.filter(organisation__in=organisations).order_by("pk")
        ids = list(members.values_list("pk", flat=True))
        began, pieces, drawn, worst = time.perf_counter(), 0, 0, 0.0
        for low in range(0, len(ids), BATCH):
            batch = ids[low : low + BATCH]
            with transaction.atomic():
                rows, count = _replayed(batch, lock=not check)
                if check:
                    worst = max(worst, _difference(rows, batch))
                else:
                    _replace(rows, batch)
            pieces, drawn = pieces + count, drawn + len(rows)
        seconds = time.perf_counter() - began
        self.stdout.write(f"{pieces} pieces of evidence, {drawn} beliefs, {seconds:.1f} s")
        if check:
            self.stdout.write(f"Largest difference: {worst:.3g}")
            if worst > TOLERANCE:
                raise CommandError("Stored beliefs differ from the log.", returncode=1)
            return
        for each in organisations:
            standing.rebuild(each)


def _replayed(member_ids: list[int], *, lock: bool) -> tuple[list[Belief], int]:
    if lock:
        locked = Member.objects.select_for_update(no_key=True).filter(pk__in=member_ids)
        list(locked.order_by("pk").values_list("pk", flat=True))
    log = beliefs.read(Evidence.objects.filter(member_id__in=member_ids))
    return beliefs.replayed(log), len(log.seen)


def _replace(rows: list[Belief], member_ids: list[int]) -> None:
    stored = Belief.objects.filter(member_id__in=member_ids)
    keys = {(row.member_id, row.competency_id) for row in rows}
    stale = [
        pk
        for pk, *key in stored.values_list("pk", "member_id", "competency_id")
        if tuple(key) not in keys
    ]
    if stale:
        Belief.objects.filter(pk__in=stale).delete()
    beliefs.keep(rows)


def _difference(rows: list[Belief], member_ids: list[int]) -> float:
    """The largest one in any number; infinite for a belief that is missing or has no evidence."""

    def keyed(found: list[Belief]) -> dict[Key, Belief]:
        return {(row.member_id, row.competency_id): row for row in found}

    drawn = keyed(rows)
    stored = keyed(list(Belief.objects.filter(member_id__in=member_ids)))
    if drawn.keys() != stored.keys():
        return float("inf")
    return max(
        (
            _apart(getattr(drawn[key], name), getattr(stored[key], name))
            for key in drawn
            for name in beliefs.NUMBERS
        ),
        default=0.0,
    )


def _apart(a: float | None, b: float | None) -> float:
    if a is None or b is None:
        return 0.0 if a is b else float("inf")
    return abs(a - b)
