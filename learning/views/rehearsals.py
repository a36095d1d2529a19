"""The team debrief: several people's runs of one scenario side by side, to be talked about."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from learning.team_rehearsals import (
    AT_ONCE,
    by_job_role,
    fetch_scenario,
    one_of_each,
    opened_to,
    rehearsed,
)
from people import audit
from people.access import Right, requires
from people.http import MemberRequest
from sandbox.debriefing.side_by_side import side_by_side
from sandbox.models import Run


def _closed(request: MemberRequest) -> HttpResponse:
    """403, and why: the organisation shows managers the status, not the answers."""
    return render(request, "learning/debriefs_closed.html", status=403)


@requires(Right.GRADE)
@require_safe
def team_rehearsals(request: MemberRequest) -> HttpResponse:
    """Which scenarios people in scope have rehearsed."""
    if not opened_to(request.member):
        return _closed(request)
    context = {"scenarios": rehearsed(request.member)}
    return render(request, "learning/team_rehearsals.html", context)


@never_cache
@requires(Right.GRADE)
@require_safe
def team_debrief(request: MemberRequest, key: str) -> HttpResponse:
    """One run a person of one version, `?version=` and `?member=` choose which; each is audited."""
    if not opened_to(request.member):
        return _closed(request)
    scenario = fetch_scenario(request.member, key)
    versions = one_of_each(request.member, scenario)
    number = _number(request.GET.get("version", ""), list(versions))
    runs = versions.get(number, [])
    chosen = _chosen(runs, request.GET.getlist("member"))
    if len(chosen) < 2:
        chosen = []
    found = side_by_side(chosen)
    for run in chosen:
        audit.record(
            "record.viewed",
            organisation=request.member.organisation,
            actor=request.member,
            about=run,
            subject=run.member,
            part="rehearsal",
        )
    return render(
        request,
        "learning/team_debrief.html",
        {
            "scenario": scenario,
            "number": number,
            "versions": list(versions),
            "people": [(run.member, run in chosen) for run in runs],
            "most": AT_ONCE,
            "found": found,
            "agreed": found.count("agreed"),
            "split": found.count("split"),
            "situations": found.count("situations"),
            "roles": by_job_role(found),
        },
    )


def _number(text: str, versions: Sequence[int]) -> int:
    """The version asked for, else the newest of which there is a run; Http404 for another one."""
    if not text:
        return versions[0] if versions else 0
    if not text.isascii() or not text.isdigit() or int(text) not in versions:
        raise Http404
    return int(text)


def _chosen(runs: Sequence[Run], wanted: Sequence[str]) -> list[Run]:
    """Those asked for, or the ones who finished last; at most so many, in the order of names."""
    picked = [run for run in runs if not wanted or str(run.member_id) in wanted]
    return sorted(picked[:AT_ONCE], key=lambda run: (run.member.name.casefold(), run.pk))
