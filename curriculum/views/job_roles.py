"""An organisation's job roles: administrators change them, trainers may look."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from curriculum import job_roles as roles
from curriculum.forms import NewJobRoleForm, TargetsForm
from curriculum.models import Competency, InteractionPoint, Target
from curriculum.models.framework import LEVEL_NAMES
from people.access import Refused, Right, fetch_or_refuse, has_right, requires
from people.http import MemberRequest
from people.models import JobRole


def _may_look(request: MemberRequest) -> None:
    if not any(has_right(request.member, right) for right in (Right.AUTHOR, Right.ADMINISTER)):
        raise Refused(Right.ADMINISTER)


@requires(Right.LEARN)
@require_safe
def job_roles(request: MemberRequest) -> HttpResponse:
    _may_look(request)
    here = Q(
        members__organisation=request.member.organisation, members__deactivated_at__isnull=True
    )
    visible = (
        JobRole.objects.visible_to(request.member)
        .annotate(people=Count("members", filter=here))
        .order_by("layer", "name")
    )
    return render(
        request,
        "curriculum/job_roles.html",
        {
            "own": [role for role in visible if role.organisation_id is not None],
            "built_in": [role for role in visible if role.organisation_id is None],
        },
    )


@requires(Right.LEARN)
@require_safe
def job_role(request: MemberRequest, pk: int) -> HttpResponse:
    _may_look(request)
    role = get_object_or_404(
        JobRole.objects.visible_to(request.member).prefetch_related(
            Prefetch("targets", Target.objects.select_related("competency")),
            Prefetch("interaction_points", InteractionPoint.objects.prefetch_related("skills")),
            "track_places__track",
        ),
        pk=pk,
    )
    return render(
        request,
        "curriculum/job_role.html",
        {
            "role": role,
            "targets": [(each, LEVEL_NAMES[each.level - 1]) for each in role.targets.all()],
            "points": role.interaction_points.all(),
            "places": role.track_places.all(),
            "own": role.organisation_id is not None,
        },
    )


@requires(Right.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def job_role_add(request: MemberRequest) -> HttpResponse:
    initial = {"start": request.GET.get("start")}
    form = NewJobRoleForm(request.POST or None, member=request.member, initial=initial)
    if request.method == "POST" and form.is_valid():
        made = roles.add(**form.cleaned_data, by=request.member)
        messages.success(request, f"{made} is there. Now set what it needs.")
        return redirect("job_role_edit", pk=made.pk)
    status = 400 if request.method == "POST" else 200
    return render(request, "curriculum/job_role_add.html", {"form": form}, status=status)


@requires(Right.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def job_role_edit(request: MemberRequest, pk: int) -> HttpResponse:
    visible = JobRole.objects.visible_to(request.member)
    own = visible.filter(organisation=request.member.organisation)
    role = fetch_or_refuse(own, visible, Right.ADMINISTER, pk=pk)
    competencies = list(Competency.objects.select_related("domain"))
    initial: dict[str, Any] = {
        "name": role.name,
        "layer": role.layer,
        "summary": role.summary,
    }
    for target in role.targets.all():
        initial[f"level-{target.competency_id}"] = str(target.level)
        initial[f"critical-{target.competency_id}"] = target.critical
    form = TargetsForm(request.POST or None, competencies=competencies, initial=initial)
    if request.method == "POST" and form.is_valid():
        changed = roles.change(
            role,
            name=form.cleaned_data["name"],
            layer=form.cleaned_data["layer"],
            summary=form.cleaned_data["summary"],
            targets=form.targets(),
            by=request.member,
        )
        messages.success(request, "Saved." if changed else "Nothing was different.")
        return redirect("job_role", pk=role.pk)
    status = 400 if request.method == "POST" else 200
    return render(
        request, "curriculum/job_role_edit.html", {"form": form, "role": role}, status=status
    )
