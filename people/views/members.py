"""Administration of members: the list, one member, deactivating and reactivating."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from people import membership
from people.access import Right, of_organisation, requires
from people.forms.administration import MemberForm, PeopleFilter
from people.http import MemberRequest
from people.models import Member, Team

PAGE = 50
LAST = (
    "{name} is the last administrator. Make somebody else an administrator first, so that "
    "the organisation is never without one."
)


def _found(people: QuerySet[Member], form: PeopleFilter) -> QuerySet[Member]:
    asked = form.cleaned_data
    match asked.get("state"):
        case "all":
            pass
        case "ended":
            people = people.filter(deactivated_at__isnull=False)
        case _:
            people = people.filter(deactivated_at=None)
    for word in (asked.get("q") or "").replace("\0", "").split():
        people = people.filter(
            Q(user__name__icontains=word)
            | Q(user__email__icontains=word)
            | Q(job_title__icontains=word)
        )
    if team := asked.get("team"):
        people = people.filter(team__path__startswith=team.path)
    return people


@requires(Right.ADMINISTER)
@require_safe
def people(request: MemberRequest) -> HttpResponse:
    form = PeopleFilter(request.GET or None, viewer=request.member)
    form.is_valid()
    if not hasattr(form, "cleaned_data"):
        form.cleaned_data = {}
    managing = Team.managers.through.objects.filter(member_id=OuterRef("pk"))
    found = (
        _found(of_organisation(request.member), form)
        .select_related("user", "team", "job_role")
        .annotate(manages=Exists(managing))
        .order_by("user__name", "pk")
    )
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "people/people.html",
        {"form": form, "page": page, "asked": any(form.cleaned_data.values())},
    )


def _member(request: MemberRequest, pk: int) -> Member:
    people = of_organisation(request.member).select_related(
        "user", "team", "job_role", "organisation"
    )
    return get_object_or_404(people, pk=pk)


@requires(Right.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def member_edit(request: MemberRequest, pk: int) -> HttpResponse:
    subject = _member(request, pk)
    initial = {
        "job_role": subject.job_role_id,
        "job_title": subject.job_title,
        "team": subject.team_id,
        "is_trainer": subject.is_trainer,
        "is_administrator": subject.is_administrator,
        "managed_teams": list(subject.managed_teams.values_list("pk", flat=True)),
    }
    form = MemberForm(request.POST or None, viewer=request.member, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            membership.change(subject, by=request.member, **form.cleaned_data)
        except membership.LastAdministrator:
            form.add_error("is_administrator", LAST.format(name=subject.name))
        else:
            messages.success(request, f"{subject.name} is saved.")
            return redirect("member_edit", pk=pk)
    return render(request, "people/member.html", {"subject": subject, "form": form})


@require_POST
@requires(Right.ADMINISTER)
def member_deactivate(request: MemberRequest, pk: int) -> HttpResponse:
    subject = _member(request, pk)
    try:
        membership.deactivate(subject, by=request.member)
    except membership.LastAdministrator:
        messages.error(request, LAST.format(name=subject.name))
    else:
        messages.success(
            request, f"{subject.name} has no way in any more. What they did here is kept."
        )
    if subject.pk == request.member.pk:
        return redirect("home")
    return redirect("member_edit", pk=pk)


@require_POST
@requires(Right.ADMINISTER)
def member_reactivate(request: MemberRequest, pk: int) -> HttpResponse:
    subject = _member(request, pk)
    membership.reactivate(subject, by=request.member)
    messages.success(request, f"{subject.name} may come in again, with the access they had.")
    return redirect("member_edit", pk=pk)
