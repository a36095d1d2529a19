"""Keeping what the team page sorts and adds up: a standing a member, rollups a team."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

import numpy as np
from django.db import transaction

from learning import rollups
from learning.claims import ClaimState
from learning.competence.verdicts import CODE, STATES
from learning.judging import Sheet, draw
from learning.models import Assignment, Standing
from people.models import Member, Organisation

BATCH = 250  # members a transaction: some 100 ms

_OVERDUE, _CRITICAL, _LAPSED, _MOST = 10**9, 10**6, 10**3, 999
_WRITTEN = [field.attname for field in Standing._meta.concrete_fields if not field.primary_key]


def refresh(members: Iterable[Member | int]) -> None:
    """Writes the standing of these members anew and moves their teams' rollups by the difference.

    To be called, inside the transaction of the change, after evidence, an assignment, the job
    role, the team or the membership of somebody changed. The number of statements does not
    depend on how many members there are (up to BATCH).
    """
    ids = sorted({each.pk if isinstance(each, Member) else each for each in members})
    for low in range(0, len(ids), BATCH):
        _refresh(ids[low : low + BATCH])


def receive_members_changed(sender: object, member_ids: list[int], **_: object) -> None:
    """The receiver of people's `members_changed`."""
    refresh(member_ids)


def rebuild(organisation: Organisation, *, beat: Callable[[int, int], None] | None = None) -> None:
    """Brings every standing of the organisation to today and proves the rollups.

    One short transaction a batch, so that nobody waits. `beat(done, all)` is called between.
    """
    # Team by team, so that a batch touches few rollups.
    ids = list(organisation.members.order_by("team__path", "pk").values_list("pk", flat=True))
    for low in range(0, len(ids), BATCH):
        _refresh(ids[low : low + BATCH])
        if beat is not None:
            beat(min(low + BATCH, len(ids)), len(ids))
    rollups.prove(organisation)


@transaction.atomic
def _refresh(ids: Sequence[int]) -> None:
    """The members' rows are locked first: two refreshes of one member never add twice."""
    found = list(
        Member.objects.select_for_update(of=("self",), no_key=True)
        .select_related("user", "team")
        .only(
            "organisation_id",
            "job_role_id",
            "team__path",
            "user__name",
            "user__email",
            "deactivated_at",
        )
        .filter(pk__in=ids)
        .order_by("pk")
    )
    if not found:
        return
    before = rollups.kept(ids)
    new: list[Standing] = []
    for organisation_id in {member.organisation_id for member in found}:
        active = [m for m in found if m.is_active and m.organisation_id == organisation_id]
        if active:
            new += _standings(active)
    Standing.objects.bulk_create(
        new, update_conflicts=True, unique_fields=["member"], update_fields=_WRITTEN
    )
    gone = before.keys() - {standing.member_id for standing in new}
    if gone:
        Standing.objects.filter(member_id__in=gone).delete()
    rollups.move(before.values(), [rollups.share_of(standing) for standing in new])


def _standings(members: list[Member]) -> list[Standing]:
    """What the sheet says, counted member by member; not saved."""
    sheet = draw(members)
    overdue, next_due = _due([member.pk for member in members], sheet.as_of)
    counted = sheet.reported & (sheet.state != CODE[ClaimState.NOT_TAUGHT])
    critical = counted & sheet.critical
    rest = counted & ~sheet.critical
    met = _in(sheet, ClaimState.MET, ClaimState.REFRESH_DUE)
    unsaid = _in(sheet, ClaimState.NOT_ENOUGH, ClaimState.NONE)
    below = _in(sheet, ClaimState.NOT_MET, ClaimState.UNCERTAIN)

    def count(cells: np.ndarray) -> list[int]:
        found: list[int] = cells.sum(axis=1).tolist()
        return found

    weakest = np.where(critical, sheet.probability, np.inf).min(axis=1, initial=np.inf)
    known = critical.any(axis=1) & ~(critical & unsaid).any(axis=1)
    columns: dict[str, list[Any]] = {
        "targets": count(counted),
        "critical": count(critical),
        "met": count(counted & met),
        "critical_missed": count(critical & below),
        "lapsed": count(counted & _in(sheet, ClaimState.LAPSED)),
        "refresh_due": count(counted & _in(sheet, ClaimState.REFRESH_DUE)),
        "not_enough": count(counted & unsaid),
        "readiness": [
            p if k else None for p, k in zip(weakest.tolist(), known.tolist(), strict=True)
        ],
        "rest_met": [
            of_them / all_ if all_ else None
            for of_them, all_ in zip(count(rest & met), count(rest), strict=True)
        ],
        "states": _states(sheet),
    }
    standings = []
    for place, member in enumerate(members):
        standing = Standing(
            member_id=member.pk,
            organisation_id=member.organisation_id,
            team_path=member.team.path if member.team else "",
            name_key=str(member.user).casefold()[:120],
            overdue=overdue.get(member.pk, 0),
            next_due_on=next_due.get(member.pk),
            as_of=sheet.as_of,
            **{name: values[place] for name, values in columns.items()},
        )
        standing.need = need(standing)
        standings.append(standing)
    return standings


def need(standing: Standing) -> int:
    """Overdue first, then critical targets missed, then lapsed, then not enough evidence."""
    return (
        min(standing.overdue, _MOST) * _OVERDUE
        + min(standing.critical_missed, _MOST) * _CRITICAL
        + min(standing.lapsed, _MOST) * _LAPSED
        + min(standing.not_enough, _MOST)
    )


def _in(sheet: Sheet, *states: ClaimState) -> np.ndarray:
    return np.isin(sheet.state, [CODE[state] for state in states])


def _states(sheet: Sheet) -> list[dict[str, list[object]]]:
    """Competency → [state, P to three places or None, level], for every member."""
    reported = sheet.reported
    names = [state.value for state in STATES]
    ids = [subject.id for subject in sheet.framework.competencies]
    found: list[dict[str, list[object]]] = [{} for _ in range(len(reported))]
    cells = zip(
        *(each.tolist() for each in np.nonzero(reported)),
        sheet.state[reported].tolist(),
        np.round(sheet.probability[reported], 3).tolist(),
        sheet.level[reported].tolist(),
        strict=True,
    )
    for who, what, code, probability, level in cells:
        # NaN, which is not equal to itself, stands for no evidence.
        chance = probability if probability == probability else None
        found[who][ids[what]] = [names[code], chance, level]
    return found


def _due(ids: list[int], today: date) -> tuple[dict[int, int], dict[int, date]]:
    """Member → how many open assignments are overdue, and the next day one is due."""
    overdue: dict[int, int] = {}
    next_due: dict[int, date] = {}
    rows = Assignment.objects.filter(member_id__in=ids, completed_at=None, withdrawn_at=None)
    for member_id, due_on in rows.order_by("due_on").values_list("member_id", "due_on"):
        next_due.setdefault(member_id, due_on)
        if due_on < today:
            overdue[member_id] = overdue.get(member_id, 0) + 1
    return overdue, next_due
