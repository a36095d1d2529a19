"""The trail of a run: every event with its hash, whole, to read and to take away."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from people.access import Right, requires
from people.http import MemberRequest
from sandbox import running
from sandbox.access import fetch_debrief
from sandbox.engine.events import BrokenTrail, Event, export, verify
from sandbox.models import Run
from sandbox.onward import page_of
from sandbox.timeline.telling import lines
from sandbox.timeline.voices import voices

GOES_ON = (Run.State.PLANNING, Run.State.RUNNING, Run.State.WAITING)


def _events(run: Run) -> list[Event]:
    """The run's own trail, or the one that its scenario exhibits."""
    return running.ended(run).events


@never_cache
@requires(Right.LEARN)
@require_safe
def rehearsal_trail(request: MemberRequest, run_id: int) -> HttpResponse:
    """One's own at any time, somebody else's with the debrief: a trail names no fault."""
    run = fetch_debrief(request.member, run_id)
    if run.state == Run.State.PLANNING:
        return redirect(page_of(run))
    over = running.ended(run)
    said = voices(over.rehearsal) if over.events is over.rehearsal.events else {}
    mine = run.member_id == request.member.pk
    person = "" if mine else str(run.member)
    told = lines(over.rehearsal.prepared, over.rehearsal.plan, over.events, said, person)
    broken = None
    try:
        head = verify(over.events)
        if run.head and head != run.head:
            raise BrokenTrail(len(over.events), "it does not end with the hash that was kept")
    except BrokenTrail as error:
        head, broken = "", error
    context = {
        "run": run,
        "section": "rehearsals",
        "scenario": over.rehearsal.prepared.scenario,
        "events": list(zip(over.events, told, strict=True)),
        "head": head,
        "broken": broken,
        "mine": mine,
        "over": run.state not in GOES_ON,
        "page": page_of(run) if mine else reverse("rehearsal_debrief", args=[run.pk]),
    }
    return render(request, "sandbox/trail.html", context)


@never_cache
@requires(Right.LEARN)
@require_safe
def rehearsal_trail_download(request: MemberRequest, run_id: int) -> HttpResponse:
    """The trail as JSON lines, each exactly what was hashed, once the run is over: an event's data
    may say what a person in the middle of it cannot know, as whether a lost payment went out."""
    run = fetch_debrief(request.member, run_id)
    if run.state in GOES_ON:
        return redirect(page_of(run))
    answer = HttpResponse(export(_events(run)), content_type="application/jsonl; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="trail-{run.pk}.jsonl"'
    return answer
