"""The evidence log: recording results, correcting rows, and proving that nothing was changed."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from datetime import UTC

from django.db import transaction

from assessments import difficulty
from assessments.results import Correction, ObservationKind, Result
from assessments.results import Observation as Announced
from learning import beliefs, standing
from learning.competence import Observations, State, States, step, view
from learning.models import Belief, Evidence
from people import audit
from people.models import Member

GENESIS = "0" * 64

# What a correction takes over from the row it replaces.
_KEPT = (
    "competency_id",
    "at",
    "kind",
    "source_kind",
    "source_id",
    "source_title",
    "item",
    "level",
    "steps",
    "slope",
    "difficulty",
    "difficulty_variance",
    "guess",
    "thresholds",
    "taught",
    "grader_id",
    "as_manager",
    "place",
)


class AlreadyCorrected(Exception):
    """The row was corrected before; the newest row at its place is the one to correct."""


def digest(row: Evidence) -> str:
    """SHA-256 over the previous hash and the canonical JSON of the row."""
    body = json.dumps(
        [
            row.previous_hash,
            row.member_id,
            row.number,
            row.place,
            row.competency_id,
            row.at.astimezone(UTC).isoformat(),
            row.recorded_at.astimezone(UTC).isoformat(),
            row.kind,
            row.source_kind,
            row.source_id,
            row.source_title,
            row.item,
            row.level,
            row.outcome,
            row.steps,
            float(row.weight),
            float(row.slope),
            float(row.difficulty),
            float(row.difficulty_variance),
            float(row.guess),
            [float(each) for each in row.thresholds],
            row.taught,
            row.grader_id,
            row.as_manager,
            row.corrects_id,
            row.corrected_by_id,
            row.reason,
        ],
        separators=(",", ":"),
    )
    return hashlib.sha256(body.encode()).hexdigest()


def first_broken_link(member: Member) -> int | None:
    """The number of the first row that does not fit the member's chain, or None if it holds."""
    previous, expected = GENESIS, 1
    for row in Evidence.objects.filter(member=member).order_by("number").iterator():
        whole = row.number == expected and row.previous_hash == previous
        if not whole or row.hash != digest(row):
            return row.number
        previous, expected = row.hash, expected + 1
    return None


@transaction.atomic
def record(result: Result) -> list[Evidence]:
    """Appends what was announced and draws it into the beliefs; a second time does nothing.

    Belongs into the transaction that closes the source. The number of statements does not
    depend on the number of observations. Returns the rows written.
    """
    if not result.observations:
        return []
    member = Member.objects.select_for_update(no_key=True).get(pk=result.member.pk)
    known = set(
        Evidence.objects.filter(
            source_kind=result.source_kind, source_id=result.source_id, corrects=None
        ).values_list("item", "competency_id")
    )
    fresh: dict[tuple[str, str], Announced] = {}
    for seen in result.observations:
        key = (seen.item, seen.competency_id)
        if seen.weight > 0 and key not in known:
            fresh.setdefault(key, seen)
    if not fresh:
        return []
    rows = _chained(member, [_row(member, result, seen) for seen in fresh.values()])
    Evidence.objects.bulk_create(rows)
    _draw_in(member, list(zip(rows, fresh.values(), strict=True)), {each[1] for each in known})
    standing.refresh([member])
    return rows


def receive(sender: object, result: Result, **_: object) -> None:
    """The receiver of assessments' `result_announced`."""
    record(result)


@transaction.atomic
def correct(
    row: Evidence,
    *,
    outcome: int | None = None,
    weight: float | None = None,
    by: Member,
    reason: str,
) -> Evidence:
    """Appends a row that stands in for `row` at its place in time; weight 0 strikes it out.

    Raises AlreadyCorrected, and ValueError for an outcome or weight that cannot be.
    """
    outcome = row.outcome if outcome is None else outcome
    weight = row.weight if weight is None else weight
    if not 0 <= outcome <= row.steps or weight < 0:
        raise ValueError(f"outcome {outcome} of {row.steps}, weight {weight}")
    member = Member.objects.select_for_update(no_key=True).get(pk=row.member_id)
    if by.organisation_id != member.organisation_id:
        raise ValueError("only somebody of the same organisation may correct")
    if Evidence.objects.filter(corrects=row).exists():
        raise AlreadyCorrected(row)
    new = Evidence(
        member=member,
        outcome=outcome,
        weight=weight,
        corrects=row,
        corrected_by=by,
        reason=reason,
        **{name: getattr(row, name) for name in _KEPT},
    )
    _chained(member, [new])
    new.save()
    audit.record(
        "evidence.corrected",
        organisation=member.organisation,
        actor=by,
        about=new,
        subject=member,
        competency=row.competency_id,
        corrects=row.number,
        outcome=outcome,
        weight=weight,
        reason=reason,
    )
    beliefs.rebuild(member.pk, [row.competency_id])
    standing.refresh([member])
    return new


def receive_correction(sender: object, correction: Correction, **_: object) -> None:
    """The receiver of assessments' `result_corrected`.

    Corrects the newest row of the item, if it says otherwise; an item that has none, because
    nothing was held when the time ran out, becomes evidence of its own.
    """
    seen = correction.observation
    rows = Evidence.objects.filter(
        member=correction.member,
        source_kind=correction.source_kind,
        source_id=correction.source_id,
        item=seen.item,
        competency_id=seen.competency_id,
    )
    row = rows.order_by("-number").first()
    if row is None:
        record(
            Result(
                member=correction.member,
                source_kind=correction.late_source_kind,
                source_id=correction.source_id,
                title=correction.title,
                at=correction.at,
                observations=(seen,),
            )
        )
    elif row.outcome != seen.outcome:
        correct(row, outcome=seen.outcome, by=correction.by, reason=correction.reason)


def _row(member: Member, result: Result, seen: Announced) -> Evidence:
    return Evidence(
        member=member,
        competency_id=seen.competency_id,
        at=result.at,
        kind=seen.kind.value,
        source_kind=result.source_kind,
        source_id=result.source_id,
        source_title=result.title[:200],
        item=seen.item,
        level=seen.level,
        outcome=seen.outcome,
        steps=seen.steps,
        weight=seen.weight,
        slope=seen.slope,
        difficulty=seen.difficulty,
        difficulty_variance=seen.difficulty_variance,
        guess=seen.guess,
        thresholds=[float(each) for each in seen.thresholds],
        # An attestation teaches nobody anything.
        taught=seen.taught and seen.kind is not ObservationKind.ATTESTATION,
        grader_id=seen.grader_id,
        as_manager=seen.as_manager,
    )


def _chained(member: Member, rows: list[Evidence]) -> list[Evidence]:
    """Numbers and links new rows; the member's row must be locked."""
    last = (
        Evidence.objects.filter(member=member)
        .order_by("-number")
        .values_list("number", "hash")
        .first()
    )
    number, previous = last or (0, GENESIS)
    for row in rows:
        number += 1
        row.number, row.previous_hash = number, previous
        if row.corrects_id is None:
            row.place = number
        row.hash = previous = digest(row)
    return rows


def _needs_log(belief: Belief, rows: list[Evidence]) -> bool:
    """Whether the rows come late, or a grader may be one who was counted before."""
    graded = any(row.kind == Evidence.Kind.GRADED and not row.as_manager for row in rows)
    return beliefs.day_of(rows[0].at) < belief.day or (graded and belief.graders > 0)


def _draw_in(
    member: Member, pairs: list[tuple[Evidence, Announced]], seen_before: set[str]
) -> None:
    """Updates the beliefs in order, or draws those anew for which the rows alone do not do.

    `seen_before` are competencies that this very source had already spoken of.
    Items learn from first attempts with the belief as it was just before each.
    """
    logs: dict[str, list[tuple[Evidence, Announced]]] = defaultdict(list)
    for pair in pairs:
        logs[pair[0].competency_id].append(pair)
    held = {
        belief.competency_id: belief
        for belief in Belief.objects.filter(member=member, competency_id__in=list(logs))
    }
    anew = {
        competency_id
        for competency_id, belief in held.items()
        if competency_id in seen_before
        or _needs_log(belief, [row for row, _ in logs[competency_id]])
    }
    # Longest first, so that the logs that still run are always the first ones.
    ids = sorted(logs, key=lambda each: -len(logs[each]))
    day = beliefs.day_of(pairs[0][0].at)
    states = States.of(
        [beliefs.state_of(held[each]) if each in held else State.prior(day) for each in ids]
    )
    firsts: list[difficulty.FirstAttempt] = []
    for k in range(len(logs[ids[0]])):
        now = [logs[each][k] for each in ids if len(logs[each]) > k]
        running = slice(0, len(now))
        before = states.take(running)
        if any(seen.first_item_id is not None for _, seen in now):
            read = view(before, day)
            firsts += [
                difficulty.FirstAttempt(seen.first_item_id, row.outcome, mean, variance)
                for (row, seen), mean, variance in zip(
                    now, read.mean.tolist(), read.variance.tolist(), strict=True
                )
                if seen.first_item_id is not None
            ]
        weighed = Observations.of([beliefs.observed(row) for row, _ in now])
        states.put(running, step(before, weighed))
    kept = [
        beliefs.extended(held.get(each), states.one(i), [row for row, _ in logs[each]])
        for i, each in enumerate(ids)
        if each not in anew
    ]
    if kept:
        beliefs.keep(kept)
    if anew:
        beliefs.rebuild(member.pk, anew)
    if firsts:
        difficulty.learn_all(firsts)
