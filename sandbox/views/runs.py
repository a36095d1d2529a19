"""A run while it goes on: the timeline so far, the question that waits, the decision."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from people.access import Right, requires
from people.http import MemberRequest
from sandbox import running, scenarios
from sandbox.access import fetch_run
from sandbox.asking import asked, left
from sandbox.briefing import papers, papers_of_case
from sandbox.engine.decisions import NotNow
from sandbox.engine.events import Kind
from sandbox.engine.rehearsal import Rehearsal
from sandbox.engine.vocabulary import REASON_WORDS
from sandbox.forms.decisions import BadDecision, Given, ask_of, decision, given
from sandbox.hints import hints
from sandbox.models import Run
from sandbox.onward import page_of
from sandbox.timeline.drawing import timeline
from sandbox.timeline.engraving import draw
from sandbox.timeline.telling import entries, lines
from sandbox.timeline.voices import voices
from sandbox.timeline.wording import clock

SURE = (("unsure", "Unsure"), ("fairly", "Fairly"), ("sure", "Sure"))
GOING = (Run.State.RUNNING, Run.State.WAITING)


@never_cache
@requires(Right.LEARN)
@require_safe
def rehearsal_run(request: MemberRequest, run_id: int) -> HttpResponse:
    """The timeline so far; a run that is elsewhere by now leads there."""
    run = fetch_run(request.member, run_id)
    rehearsal = running.resume(run) if run.state in GOING else None
    if run.state in (Run.State.PLANNING, Run.State.ANSWERING, Run.State.FINISHED):
        return redirect(page_of(run))
    return render(
        request, "sandbox/run.html", _context(run, rehearsal or running.rehearsal_of(run))
    )


def _context(run: Run, rehearsal: Rehearsal, found: Given | None = None) -> dict[str, Any]:
    said = voices(rehearsal)
    told = lines(rehearsal.prepared, rehearsal.plan, rehearsal.events, said)
    score = timeline(rehearsal.prepared, rehearsal.plan, rehearsal.events, told)
    open_ask = asked(rehearsal, told, said) if run.state == Run.State.WAITING else None
    scenario = rehearsal.prepared.scenario
    shown = []
    if open_ask is not None and open_ask.case:
        names = [*papers_of_case(scenario, open_ask.case), *open_ask.papers]
        if names:
            shown = papers(scenarios.loaded(run.version_id), rehearsal.sealed, names)
    return {
        "run": run,
        "section": "rehearsals",
        "scenario": scenario,
        "score": score,
        "drawing": draw(score),
        "entries": entries(told),
        "count": len(told),
        "last": told[-1] if told else None,
        "asked": open_ask,
        "hints": hints(rehearsal) if run.rung == Run.Rung.GUIDED else [],
        "left": left(rehearsal),
        "papers": shown,
        "here": {each.name for each in shown},
        "reasons": list(REASON_WORDS.items()),
        "sure": SURE,
        "given": found or Given(),
        "clock": clock(rehearsal.prepared, rehearsal.state.at),
        "live": run.state == Run.State.RUNNING,
    }


@never_cache
@requires(Right.LEARN)
@require_POST
def rehearsal_decide(request: MemberRequest, run_id: int) -> HttpResponse:
    """Takes the decision, once: the form carries the number of the question that it answers."""
    run = fetch_run(request.member, run_id)
    if run.state != Run.State.WAITING:
        return _too_late(request, run, ask_of(request.POST))
    rehearsal = running.rehearsal_of(run)
    told = lines(rehearsal.prepared, rehearsal.plan, rehearsal.events)
    open_ask = asked(rehearsal, told, {})
    ask = ask_of(request.POST)
    if open_ask is None or open_ask.seq != ask:
        return _too_late(request, run, ask)
    found = given(request.POST)
    try:
        running.decide(run, ask, decision(open_ask, found))
    except BadDecision as problem:
        context = {**_context(run, rehearsal, found), "problem": str(problem)}
        return render(request, "sandbox/run.html", context, status=400)
    except NotNow:
        run.refresh_from_db()
        return _too_late(request, run, ask)
    return redirect(page_of(run))


def _too_late(request: MemberRequest, run: Run, ask: int) -> HttpResponse:
    """What stands instead: nothing of the run has been changed by this answer."""
    stands = None
    if run.state != Run.State.PLANNING:
        rehearsal = running.rehearsal_of(run)
        told = lines(rehearsal.prepared, rehearsal.plan, rehearsal.events)
        for event, line in zip(rehearsal.events, told, strict=True):
            answers = event.kind in (Kind.APPROVAL_GIVEN, Kind.APPROVAL_EXPIRED)
            if answers and event.data["ask"] == ask:
                stands = line
    context = {"run": run, "section": "rehearsals", "stands": stands, "page": page_of(run)}
    return render(request, "sandbox/not_now.html", context, status=409)


@never_cache
@requires(Right.LEARN)
@require_safe
def rehearsal_events(request: MemberRequest, run_id: int) -> JsonResponse:
    """What has happened after event N, for the page of a run that plays by itself."""
    run = fetch_run(request.member, run_id)
    text = request.GET.get("after", "")
    after = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
    if run.state == Run.State.PLANNING or scenarios.loaded(run.version_id).scenario.reading:
        return JsonResponse({"state": run.state, "page": page_of(run), "events": []})
    rehearsal = running.rehearsal_of(run)
    told = lines(rehearsal.prepared, rehearsal.plan, rehearsal.events)
    return JsonResponse(
        {
            "state": run.state,
            "page": page_of(run),
            "events": [
                {"seq": line.seq, "clock": line.clock, "words": line.sentence}
                for line in told[after:]
            ],
        }
    )
