"""Scenarios in the trainer's workshop: where each stands, what its check found, its brief."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from people.access import Right, fetch_or_refuse, requires
from people.http import MemberRequest
from sandbox import lint_words, retiring
from sandbox.catalogue import Held, catalogue, held
from sandbox.models import Scenario, ScenarioVersion
from sandbox.scenarios import loaded
from sandbox.views.rehearsals import brief_of


def _own(request: MemberRequest, pk: int) -> Scenario:
    """One of the organisation; a built-in one is refused, another organisation’s unknown."""
    visible = Scenario.objects.visible_to(request.member)
    own = visible.filter(organisation=request.member.organisation)
    return fetch_or_refuse(own, visible, Right.AUTHOR, pk=pk)


@requires(Right.AUTHOR)
@require_safe
def scenarios_page(request: MemberRequest) -> HttpResponse:
    """The organisation's own scenarios and the built-in ones."""
    found = catalogue(request.member)
    context = {
        "section": "workshop",
        "own": [each for each in found if each.scenario.organisation_id],
        "built_in": [each for each in found if each.scenario.organisation_id is None],
    }
    return render(request, "sandbox/scenarios.html", context)


@requires(Right.AUTHOR)
@require_safe
def scenario(request: MemberRequest, pk: int) -> HttpResponse:
    """One scenario; while its check goes on, HTMX asks for the state of that alone."""
    row = get_object_or_404(Scenario.objects.visible_to(request.member), pk=pk)
    found = held(request.member, row)
    if request.htmx:
        return render(request, "sandbox/scenario_check.html", {"held": found})
    version = _chosen(request, found)
    report = version.report if version else {}
    script = loaded(version).scenario if version else None
    context = {
        "section": "workshop",
        "held": found,
        "scenario": row,
        "own": row.organisation_id is not None,
        "version": version,
        "script": script,
        "planted": [each for each in script.faults.values() if not each.is_decoy] if script else [],
        "honest": [each for each in script.faults.values() if each.is_decoy] if script else [],
        "parts": lint_words.parts(report),
        "ways": lint_words.ways(report),
        "situations": lint_words.situations(report),
        "impact": retiring.impact(row, request.member.organisation),
    }
    return render(request, "sandbox/scenario.html", context)


def _chosen(request: MemberRequest, found: Held) -> ScenarioVersion | None:
    """The version that the address asks for, or else the one that the page is about."""
    number = request.GET.get("version", "")
    if not number:
        return found.shown
    version = next((each for each in found.versions if str(each.number) == number), None)
    if version is None:
        raise Http404
    return version


@requires(Right.AUTHOR)
@require_safe
def scenario_preview(request: MemberRequest, pk: int) -> HttpResponse:
    """The brief as a learner reads it before a guided run."""
    found = ScenarioVersion.objects.visible_to(request.member).light().select_related("scenario")
    version = get_object_or_404(found, pk=pk)
    context = {
        **brief_of(loaded(version), guided=True),
        "section": "workshop",
        "version": version,
        "open_paper": request.GET.get("paper", ""),
    }
    return render(request, "sandbox/scenario_brief.html", context)


# ---- What a trainer does -------------------------------------------------------------------


@requires(Right.AUTHOR)
@require_POST
def scenario_check(request: MemberRequest, pk: int) -> HttpResponse:
    """Has a draft checked again, in the background."""
    visible = ScenarioVersion.objects.visible_to(request.member).select_related("scenario")
    own = visible.filter(scenario__organisation=request.member.organisation)
    version = fetch_or_refuse(own.light(), visible, Right.AUTHOR, pk=pk)
    try:
        retiring.check_again(version, by=request.member)
    except retiring.AlreadySo:
        messages.info(
            request,
            "It is being checked already, or it is no draft any more: of a version that was"
            " published, a check finds what it found then.",
        )
    return redirect("scenario", version.scenario_id)


@requires(Right.AUTHOR)
@require_POST
def scenario_retire(request: MemberRequest, pk: int) -> HttpResponse:
    """Takes the scenario out of the catalogue."""
    row = _own(request, pk)
    try:
        retiring.retire(row, by=request.member)
    except retiring.AlreadySo:
        messages.info(request, "There is nothing to retire: no version of it is published.")
    else:
        messages.success(request, "Retired. Runs that have begun may end.")
    return redirect("scenario", row.pk)


@requires(Right.AUTHOR)
@require_POST
def scenario_restore(request: MemberRequest, pk: int) -> HttpResponse:
    """Publishes the newest retired version again."""
    row = _own(request, pk)
    try:
        version = retiring.restore(row, by=request.member)
    except retiring.AlreadySo:
        messages.info(request, "There is nothing to publish again: the scenario is not retired.")
    else:
        messages.success(request, f"Version {version.number} can be rehearsed again.")
    return redirect("scenario", row.pk)
