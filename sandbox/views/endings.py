"""After the run: the questions about its trail, the debrief with the seals opened, what if."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from people.access import Right, requires
from people.http import MemberRequest
from sandbox import running
from sandbox.access import fetch_debrief, fetch_run, playable_by
from sandbox.debriefing.debrief import Debrief, debrief_of, standing
from sandbox.debriefing.opening import ROW, bars, compared, notes, opened_marks, sealed_lines
from sandbox.debriefing.rewinding import choices, rewound
from sandbox.engine.outcome import REFUSED_GOOD
from sandbox.engine.scenario import Scenario
from sandbox.engine.vocabulary import REASON_WORDS
from sandbox.models import Run
from sandbox.onward import page_of
from sandbox.timeline.drawing import timeline
from sandbox.timeline.engraving import draw
from sandbox.timeline.telling import entries, lines
from sandbox.timeline.voices import voices


@never_cache
@requires(Right.LEARN)
@require_http_methods(["GET", "HEAD", "POST"])
def rehearsal_questions(request: MemberRequest, run_id: int) -> HttpResponse:
    """The questions, answered before the seals are opened; the answers are taken once."""
    run = fetch_run(request.member, run_id)
    if run.state != Run.State.ANSWERING:
        return redirect(page_of(run))
    over = running.ended(run)
    problem = ""
    chosen: dict[str, list[str]] = {}
    if request.method == "POST":
        chosen = {
            each.key: [key for key, _ in each.options if key in request.POST.getlist(each.key)]
            for each in over.asked
        }
        if request.POST.get("skip") or all(chosen.values()):
            running.finish(run, chosen, over)
            return redirect(page_of(run))
        missing = sum(not each for each in chosen.values())
        problem = (
            f"{missing} of {len(over.asked)} questions have no answer yet. What you ticked is kept."
        )
    context = {
        **_trail(over),
        "run": run,
        "section": "rehearsals",
        "asked": [(each, chosen.get(each.key, [])) for each in over.asked],
        "problem": problem,
        "scenario": over.rehearsal.prepared.scenario,
    }
    status = 400 if problem else 200
    return render(request, "sandbox/questions.html", context, status=status)


def _trail(over: running.Ended, debrief: Debrief | None = None, person: str = "") -> dict[str, Any]:
    """The timeline and its list; with the faults marked once they are open."""
    rehearsal = over.rehearsal
    whole = over.events is rehearsal.events
    said = voices(rehearsal) if whole else {}
    told = lines(rehearsal.prepared, rehearsal.plan, over.events, said, person)
    marks = opened_marks(debrief) if debrief else []
    score = timeline(rehearsal.prepared, rehearsal.plan, over.events, told, marks, person)
    found = entries(told)
    if debrief is not None:
        said_of = notes(debrief)
        for entry in found:
            entry.notes = [said_of[line.seq] for line in entry.lines if line.seq in said_of]
    return {
        "score": score,
        "drawing": draw(score) if over.events else "",
        "entries": found,
        "count": len(told),
    }


@never_cache
@requires(Right.LEARN)
@require_safe
def rehearsal_debrief(request: MemberRequest, run_id: int) -> HttpResponse:
    """What happened to the business, which faults there were, and what for the points are."""
    run = fetch_debrief(request.member, run_id)
    if run.state != Run.State.FINISHED:
        return redirect(page_of(run))
    return render(request, "sandbox/debrief.html", _debrief(request, run))


def _debrief(request: MemberRequest, run: Run) -> dict[str, Any]:
    mine = run.member_id == request.member.pk
    person = "" if mine else str(run.member)
    found = debrief_of(run, person)
    scenario = found.over.rehearsal.prepared.scenario
    asked = choices(found.over)
    drawn = bars(found)
    return {
        **_trail(found.over, found, person),
        "run": run,
        "section": "rehearsals",
        "scenario": scenario,
        "debrief": found,
        "design": run.rung == Run.Rung.DESIGN,
        "sealed_lines": sealed_lines(found),
        "alarm_cost": REFUSED_GOOD * found.false_alarms,
        "bars": drawn,
        "waterfall": ROW * len(drawn) + 10,
        "lesson_page": _lesson(found.next_lesson),
        "ways": compared(found.ways),
        "prediction": _prediction(run, scenario),
        "earlier": [each for each in standing(run.version_id, run.member_id) if each.pk != run.pk],
        "whose": run.member,
        "mine": mine,
        "decisions": [each for each in asked if each.verbs],
        "proposals": [each for each in asked if not each.verbs],
        "reasons": list(REASON_WORDS.items()),
    }


def _lesson(key: str) -> str:
    """The page of "F2/cost-of-being-wrong"; nothing without one."""
    module, _, lesson = key.partition("/")
    return reverse("lesson_by_key", args=[module, lesson]) if module and lesson else ""


def _prediction(run: Run, scenario: Scenario) -> str:
    place = run.prediction_choice
    if place is None or not 0 <= place < len(scenario.brief.choices):
        return ""
    return scenario.brief.choices[place]


@never_cache
@requires(Right.LEARN)
@require_safe
def rehearsal_what_if(request: MemberRequest, run_id: int) -> HttpResponse:
    """The same situation with one thing changed, beside the run as it was; nothing is kept."""
    run = fetch_debrief(request.member, run_id)
    if run.state != Run.State.FINISHED:
        return redirect(page_of(run))
    found = debrief_of(run)
    asked = choices(found.over)
    branch, problem = rewound(found, asked, request.GET)
    context = {
        "run": run,
        "section": "rehearsals",
        "scenario": found.over.rehearsal.prepared.scenario,
        "branch": branch,
        "problem": problem,
        "decisions": [each for each in asked if each.verbs],
        "proposals": [each for each in asked if not each.verbs],
        "reasons": list(REASON_WORDS.items()),
    }
    return render(request, "sandbox/what_if.html", context, status=400 if problem else 200)


@requires(Right.LEARN)
@require_POST
def rehearsal_again(request: MemberRequest, run_id: int) -> HttpResponse:
    """A new run of the scenario as it is published now, with the plan of the last one."""
    run = fetch_run(request.member, run_id)
    version = playable_by(request.member).filter(scenario_id=run.version.scenario_id).first()
    if version is None:
        messages.info(request, "This scenario is not offered any more; your runs of it stay.")
        return redirect(page_of(run))
    return redirect(page_of(running.begin(request.member, version, run.rung)))
