"""The one access policy: what a member may do, and whom and which teams that reaches.

Views ask `requires(...)`, queries ask `visible_to`, `in_reach_of` and `teams_managed_by`: the
same rules answer "may I?" and "which ones?". Another organisation's rows are never in a queryset
(404); one's own organisation without the right is `Refused` (403).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from people.http import MemberRequest
from people.models import Member, Organisation, Team
from people.models.members import MemberQuerySet

Row = TypeVar("Row", bound=Model)
P = ParamSpec("P")
View = Callable[Concatenate[MemberRequest, P], HttpResponseBase]
PlainView = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


class Right(StrEnum):
    """What access may be asked for. Everybody who is a member may learn."""

    LEARN = "learn"
    MANAGE = "manage"  # see and assign to one's teams and all below them
    GRADE = "grade"  # mark workplace tasks
    AUTHOR = "author"  # bring in, preview, publish and export modules
    ADMINISTER = "administer"  # people, teams, access, settings, audit trail, background jobs


class Refused(Exception):
    """A member without the right; becomes a plain 403 page that says what is missing."""

    def __init__(self, right: Right) -> None:
        super().__init__(right)
        self.right = right


def is_manager(member: Member) -> bool:
    """Whether any team names the member as its manager. The middleware has asked already."""
    known = getattr(member, "manages", None)
    if known is None:
        known = member.managed_teams.exists()
        member.manages = known  # type: ignore[attr-defined]
    return bool(known)


def has_right(member: Member, right: Right) -> bool:
    """Whether the member has the right at all; whom it reaches is the querysets' business."""
    if not member.is_active:
        return False
    match right:
        case Right.LEARN:
            return True
        case Right.MANAGE:
            return is_manager(member)
        case Right.GRADE:
            return member.is_trainer or is_manager(member)
        case Right.AUTHOR:
            return member.is_trainer
        case Right.ADMINISTER:
            return member.is_administrator


def teams_managed_by(member: Member) -> QuerySet[Team]:
    """The teams that name the member as manager and every team below them."""
    return Team.objects.below(list(member.managed_teams.all()))


def in_reach_of(manager: Member, *, direct: bool = False) -> QuerySet[Member]:
    """Active members the manager answers for, never the manager.

    `direct`: only those in a team the manager manages, and the managers of the teams one below.
    """
    managed = list(manager.managed_teams.all())
    if not managed:
        return Member.objects.none()
    people = Member.objects.active().filter(organisation_id=manager.organisation_id)
    if direct:
        ids = [team.pk for team in managed]
        below = Team.objects.filter(parent_id__in=ids)
        reach = people.filter(Q(team_id__in=ids) | Q(managed_teams__in=below)).distinct()
    else:
        rule = Q()
        for team in managed:
            rule |= Q(team__path__startswith=team.path)
        reach = people.filter(rule)
    return reach.exclude(pk=manager.pk)


def reaches(manager: Member, subject: Member) -> bool:
    """Whether `subject` is one of those `manager` answers for."""
    return in_reach_of(manager).filter(pk=subject.pk).exists()


def may_see_answers(viewer: Member, subject: Member) -> bool:
    """One's own always; a manager in reach if the organisation has opened answers."""
    if viewer.pk == subject.pk:
        return True
    everything = viewer.organisation.managers_see == Organisation.ManagersSee.ANSWERS
    return everything and reaches(viewer, subject)


def fetch_member(viewer: Member, pk: int) -> Member:
    """The member `pk` whose record `viewer` may open: oneself or somebody in reach.

    Raises Http404 for another organisation's or nobody's id, Refused for a colleague out of reach.
    """
    colleagues = Member.objects.select_related("user", "team", "job_role", "organisation")
    subject = colleagues.filter(organisation_id=viewer.organisation_id, pk=pk).first()
    if subject is None:
        raise Http404
    if subject.pk != viewer.pk and not reaches(viewer, subject):
        raise Refused(Right.MANAGE)
    return subject


def fetch_or_refuse(
    found: QuerySet[Row], wider: QuerySet[Row], right: Right, **lookup: object
) -> Row:
    """The row of `found`; Refused if only `wider` (the organisation's) has it, else Http404."""
    row = found.filter(**lookup).first()
    if row is not None:
        return row
    if wider.filter(**lookup).exists():
        raise Refused(right)
    raise Http404


def requires(right: Right) -> Callable[[View[P]], PlainView[P]]:
    """Decorates a view for members with the right.

    A signed-in user without any membership is led to a page that says so; a member without the
    right gets the 403 page. Anonymous people never come here (LoginRequiredMiddleware).
    """

    def decorate(view: View[P]) -> PlainView[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            member = getattr(request, "member", None)
            if member is None:
                return HttpResponseRedirect(reverse("no_organisation"))
            if not has_right(member, right):
                raise Refused(right)
            return view(request, *args, **kwargs)  # type: ignore[arg-type]

        guarded.right = right  # type: ignore[attr-defined]
        return guarded

    return decorate


def of_organisation(member: Member) -> MemberQuerySet:
    """Everybody in the member's organisation, deactivated ones too: for administrators."""
    return Member.objects.filter(organisation_id=member.organisation_id)


def operators_only(view: PlainView[P]) -> PlainView[P]:
    """Decorates a view for site operators, who belong to no organisation."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not getattr(request.user, "is_superuser", False):
            raise PermissionDenied("operate")  # the word tells 403.html what is missing
        return view(request, *args, **kwargs)

    guarded.right = "operate"  # type: ignore[attr-defined]
    return guarded
