"""Mails that go by the calendar: due soon, overdue, the manager's digest and the learner's week.

All of them are steps of the daily round and may run twice: the key of each mail makes it once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db import models

from learning.claims import MET_AT, Claim, ClaimState
from learning.models import Assignment, Standing
from learning.readiness import claims_for
from learning.team_rows import BY_DOMAIN, framework, person_rows, two_figures
from learning.team_scope import RULES, Reach, scope_for, standings, totals
from people import clock, jobs, messages
from people.models import BackgroundJob, Member, Organisation

SOON = timedelta(days=3)
AT_ONCE = 100  # members between two renewals of the lease
NAMED = 10  # people in a digest
MONDAY = 0


def daily(organisation: Organisation, job: BackgroundJob) -> None:
    """The step of the daily round: dates first, on Mondays the two weekly mails."""
    today = clock.today()
    _due_soon(organisation, today, job)
    _overdue(organisation, today, job)
    if today.weekday() == MONDAY:
        _digests(organisation, today, job)
        _weeks(organisation, today, job)


def _open(organisation: Organisation, **due: Any) -> models.QuerySet[Assignment]:
    return (
        Assignment.objects.filter(
            organisation=organisation,
            completed_at=None,
            withdrawn_at=None,
            member__deactivated_at=None,
            **due,
        )
        .select_related("member__user", "member__organisation", "module", "track", "scenario")
        .order_by("due_on", "pk")
    )


def _in_turn(rows: models.QuerySet[Any], job: BackgroundJob) -> Iterator[Any]:
    """The rows, renewing the job's lease on the way."""
    for number, row in enumerate(rows.iterator(chunk_size=AT_ONCE)):
        if number and number % AT_ONCE == 0:
            jobs.beat(job)
        yield row


def _due_soon(organisation: Organisation, today: date, job: BackgroundJob) -> None:
    """Once for every date; what was given only yesterday or today needs no reminder yet."""
    fresh = clock.now() - timedelta(days=1)
    rows = _open(organisation, due_on__gt=today, due_on__lte=today + SOON, assigned_at__lt=fresh)
    for assignment in _in_turn(rows, job):
        messages.write(
            "learning/due-soon",
            assignment.member,
            key=f"due-soon:{assignment.pk}:{assignment.due_on.isoformat()}",
            context={"assignment": assignment, "target": assignment.target},
        )


def _overdue(organisation: Organisation, today: date, job: BackgroundJob) -> None:
    """The day after the date, then every week."""
    for assignment in _in_turn(_open(organisation, due_on__lt=today), job):
        weeks = ((today - assignment.due_on).days - 1) // 7
        messages.write(
            "learning/overdue",
            assignment.member,
            key=f"overdue:{assignment.pk}:{assignment.due_on.isoformat()}:{weeks}",
            context={
                "assignment": assignment,
                "target": assignment.target,
                "days": (today - assignment.due_on).days,
            },
        )


def _week(today: date) -> str:
    year, week, _ = today.isocalendar()
    return f"{year}-{week:02}"


def _members(organisation: Organisation) -> models.QuerySet[Member]:
    return (
        Member.objects.active()
        .filter(organisation=organisation)
        .select_related("user", "organisation")
        .order_by("pk")
    )


def _digests(organisation: Organisation, today: date, job: BackgroundJob) -> None:
    managers = _members(organisation).filter(managed_teams__isnull=False).distinct()
    for manager in _in_turn(managers, job):
        messages.write(
            "learning/digest",
            manager,
            key=f"digest:{manager.pk}:{_week(today)}",
            context=digest(manager),
        )


def digest(manager: Member) -> dict[str, Any]:
    """What the team page says today: the figures, and who needs the manager, with why."""
    scope = scope_for(manager)
    sums = totals(scope)[Reach.ALL]
    found = standings(scope, Reach.ALL, people=sums.people).filter(need__gt=0)
    shown = list(found[:NAMED])
    rows = person_rows(shown, framework(), BY_DOMAIN)[1]
    return {
        "scope": scope,
        "figures": sums,
        "ready": sums.ready,
        "rule": RULES[Reach.ALL],
        "people": [(row.member, row.needs, two_figures(row.readiness)) for row in rows],
        "today": clock.today(),
    }


def _weeks(organisation: Organisation, today: date, job: BackgroundJob) -> None:
    """Only to those with something due or fading; the others are left in peace."""
    something = (
        models.Q(next_due_on__isnull=False) | models.Q(lapsed__gt=0) | models.Q(refresh_due__gt=0)
    )
    rows = (
        Standing.objects.filter(something, organisation=organisation, member__deactivated_at=None)
        .select_related("member__user", "member__organisation", "member__job_role")
        .order_by("pk")
    )
    some: list[Member] = []
    for standing in _in_turn(rows, job):
        some.append(standing.member)
        if len(some) == AT_ONCE:
            _write_weeks(some, today)
            some = []
    _write_weeks(some, today)


def _write_weeks(members: list[Member], today: date) -> None:
    claims = claims_for(members)
    due: dict[int, list[Assignment]] = {}
    open_ones = Assignment.objects.filter(
        member__in=members, completed_at=None, withdrawn_at=None
    ).select_related("module", "track", "scenario")
    for assignment in open_ones.order_by("due_on", "pk"):
        due.setdefault(assignment.member_id, []).append(assignment)
    for member in members:
        faded = [claim for claim in claims.get(member.pk, {}).values() if _fades(claim)]
        if not faded and member.pk not in due:
            continue
        messages.write(
            "learning/week",
            member,
            key=f"week:{member.pk}:{_week(today)}",
            context={"due": due.get(member.pk, []), "fading": faded, "today": today},
        )


def _fades(claim: Claim) -> bool:
    """Lapsed, or met now and not in three months without practice: as the first page has it."""
    if claim.state is ClaimState.LAPSED:
        return True
    return claim.state.is_met and claim.later is not None and claim.later[1] < MET_AT
