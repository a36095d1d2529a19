"""Administration of the tree of teams."""

from __future__ import annotations

from collections import Counter

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from people import tree
from people.access import Right, of_organisation, requires
from people.forms.administration import TeamForm, teams_of
from people.http import MemberRequest
from people.models import Team

TOO_DEEP = "The tree cannot grow that way: a team never stands under itself, nor that deep."


@requires(Right.ADMINISTER)
@require_safe
def teams(request: MemberRequest) -> HttpResponse:
    """The whole tree in four statements, whatever its size: teams, members, managers, names."""
    found = tree.in_order(teams_of(request.member))
    active = of_organisation(request.member).filter(deactivated_at=None)
    counted = active.exclude(team=None).values_list("team_id").annotate(Count("pk")).order_by()
    here = Counter(dict(counted))
    below: Counter[str] = Counter()
    for team in found:
        for pk in team.path.strip("/").split("/"):
            below[pk] += here[team.pk]
    managers: dict[int, list[str]] = {}
    pairs = Team.managers.through.objects.filter(
        team__organisation_id=request.member.organisation_id, member__deactivated_at=None
    ).values_list("team_id", "member__user__name")
    for team_id, name in pairs.order_by("member__user__name"):
        managers.setdefault(team_id, []).append(name)
    rows = [
        {
            "team": team,
            "depth": min(team.depth, 8),
            "here": here[team.pk],
            "below": below[str(team.pk)],
            "managers": ", ".join(managers.get(team.pk, [])),
        }
        for team in found
    ]
    without = active.filter(team=None).count()
    return render(request, "people/teams.html", {"rows": rows, "without": without})


@requires(Right.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def team_add(request: MemberRequest) -> HttpResponse:
    form = TeamForm(
        request.POST or None, viewer=request.member, initial={"parent": request.GET.get("under")}
    )
    if request.method == "POST" and form.is_valid():
        try:
            team = tree.add(by=request.member, **form.cleaned_data)
        except tree.CannotMove:
            form.add_error("parent", TOO_DEEP)
        else:
            messages.success(request, f"{team} is added.")
            return redirect("teams")
    return render(request, "people/team.html", {"form": form, "team": None})


@requires(Right.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def team_edit(request: MemberRequest, pk: int) -> HttpResponse:
    team = get_object_or_404(teams_of(request.member).select_related("parent"), pk=pk)
    if request.method == "POST" and "delete" in request.POST:
        try:
            tree.delete(team, by=request.member)
        except tree.NotEmpty:
            messages.error(
                request, f"{team} is not empty. Move its people and the teams below it first."
            )
            return redirect("team_edit", pk=pk)
        messages.success(request, f"{team} is deleted.")
        return redirect("teams")
    initial = {
        "name": team.name,
        "parent": team.parent_id,
        "managers": "\n".join(team.managers.values_list("user__email", flat=True)),
    }
    form = TeamForm(request.POST or None, viewer=request.member, team=team, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            tree.change(team, by=request.member, **form.cleaned_data)
        except tree.CannotMove:
            form.add_error("parent", TOO_DEEP)
        else:
            messages.success(request, f"{form.cleaned_data['name']} is saved.")
            return redirect("teams")
    empty = not team.members.exists() and not team.children.exists()
    return render(request, "people/team.html", {"form": form, "team": team, "empty": empty})
