"""Giving people something to do: assign, withdraw, remind, and what is worth offering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone

from curriculum.models import Module
from learning import standing
from learning.models import Assignment, Target
from people import audit, clock, messages
from people.access import Refused, Right, fetch_or_refuse, in_reach_of
from people.models import Member

AT_ONCE = 200  # people in one go; more is a job for several goes, or for the job role's tracks


@dataclass(frozen=True, slots=True)
class Assigned:
    """What `assign` did: made anew, given another date, and left as they were."""

    made: int = 0
    moved: int = 0
    same: int = 0


def fetch_people(by: Member, ids: Sequence[int]) -> list[Member]:
    """Those `ids` as people `by` answers for, in the order of their names.

    Raises Http404 if any is unknown or of another organisation, Refused if any is out of reach.
    """
    wanted = set(ids)
    colleagues = Member.objects.filter(organisation_id=by.organisation_id, pk__in=wanted)
    if colleagues.count() != len(wanted):
        raise Http404
    reached = in_reach_of(by).filter(pk__in=wanted)
    people = list(reached.select_related("user", "team", "job_role", "organisation"))
    if len(people) != len(wanted):
        raise Refused(Right.MANAGE)
    return sorted(people, key=lambda each: (each.name.casefold(), each.pk))


def fetch_assignment(by: Member, pk: int) -> Assignment:
    """An assignment of somebody `by` answers for; Http404 or Refused like any other fetch."""
    all_of_them = Assignment.objects.filter(organisation_id=by.organisation_id).select_related(
        "member__user", "member__organisation", "module", "track", "scenario"
    )
    mine = all_of_them.filter(member__in=in_reach_of(by))
    return fetch_or_refuse(mine, all_of_them, Right.MANAGE, pk=pk)


def still_open() -> Q:
    return Q(completed_at=None, withdrawn_at=None)


@transaction.atomic
def assign(
    members: Sequence[Member], target: Target, *, due_on: date, by: Member, note: str = ""
) -> Assigned:
    """Gives each member the target by a date, writes the mails and refreshes the standings.

    Assigning again what is still open changes the date and the note and makes no second one.
    The members' rows are locked first, so that two managers at once make one assignment.
    Whoever calls has fetched the members with `fetch_people`.
    """
    ids = [member.pk for member in members]
    list(Member.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
    wanted = {target._meta.model_name or "": target}
    open_ones = Assignment.objects.filter(still_open(), member_id__in=ids, **wanted)
    already = {each.member_id: each for each in open_ones}
    made = moved = same = 0
    for member in members:
        assignment = already.get(member.pk)
        if assignment is None:
            assignment = Assignment.objects.create(
                organisation_id=member.organisation_id,
                member=member,
                due_on=due_on,
                assigned_by=by,
                note=note,
                **wanted,
            )
            made += 1
        elif (assignment.due_on, assignment.note) != (due_on, note):
            assignment.due_on, assignment.note, assignment.assigned_by = due_on, note, by
            assignment.save(update_fields=["due_on", "note", "assigned_by"])
            moved += 1
        else:
            same += 1
            continue
        _tell(assignment, member, target, by)
    standing.refresh(ids)
    return Assigned(made, moved, same)


def _tell(assignment: Assignment, member: Member, target: Target, by: Member) -> None:
    audit.record(
        "assignment.made",
        organisation=member.organisation,
        actor=by,
        about=assignment,
        subject=member,
        target=str(target),
        due_on=assignment.due_on.isoformat(),
    )
    at = int(clock.now().timestamp())
    messages.write(
        "learning/assigned",
        member,
        key=f"assigned:{assignment.pk}:{at}",
        context={"assignment": assignment, "target": target, "by": by, "today": clock.today()},
    )


def _record(action: str, assignment: Assignment, by: Member) -> None:
    """What happened to an assignment, in the audit trail."""
    audit.record(
        action,
        organisation=assignment.member.organisation,
        actor=by,
        about=assignment,
        subject=assignment.member,
        target=str(assignment.target),
    )


@transaction.atomic
def withdraw(assignment: Assignment, *, by: Member) -> bool:
    """Takes it back and tells the member; False if it was done or withdrawn already."""
    taken = Assignment.objects.filter(still_open(), pk=assignment.pk).update(
        withdrawn_at=clock.now()
    )
    if not taken:
        return False
    _record("assignment.withdrawn", assignment, by)
    messages.write(
        "learning/withdrawn",
        assignment.member,
        key=f"withdrawn:{assignment.pk}",
        context={"assignment": assignment, "target": assignment.target, "by": by},
    )
    standing.refresh([assignment.member_id])
    return True


@transaction.atomic
def remind(assignment: Assignment, *, by: Member) -> bool:
    """Writes the member a reminder, at most once a day; False if there was one or it is done."""
    today = clock.today()
    midnight: datetime = timezone.make_aware(datetime.combine(today, time.min))
    not_today = Q(reminded_at=None) | Q(reminded_at__lt=midnight)
    taken = Assignment.objects.filter(still_open(), not_today, pk=assignment.pk).update(
        reminded_at=clock.now()
    )
    if not taken:
        return False
    _record("assignment.reminded", assignment, by)
    messages.write(
        "learning/reminder",
        assignment.member,
        key=f"reminder:{assignment.pk}:{today.isoformat()}",
        context={
            "assignment": assignment,
            "target": assignment.target,
            "by": by,
            "today": today,
        },
    )
    return True


def modules_teaching(by: Member, competency_id: str) -> QuerySet[Module]:
    """Published modules `by` may assign whose published version aims at the competency."""
    return (
        Module.objects.visible_to(by)
        .published()
        .filter(published_version__aims__competency_id=competency_id)
        .order_by("key")
    )
