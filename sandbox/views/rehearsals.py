"""Rehearsals to choose from, one scenario's page, the brief, and what one expects beforehand."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from people.access import Right, requires
from people.http import MemberRequest
from people.models import Member
from sandbox import running, scenarios
from sandbox.access import fetch_run
from sandbox.briefing import may_go_wrong, papers, tables
from sandbox.engine.scenario import Scenario
from sandbox.engine.vocabulary import Effect
from sandbox.engine.world import World
from sandbox.live_models import accounts
from sandbox.models import Run, ScenarioVersion
from sandbox.onward import page_of
from sandbox.scenarios import Loaded
from sandbox.shelf import RUNGS, played_of, shelf, shown, version_of
from sandbox.timeline.wording import tools_money
from sandbox.views.briefs import WEIGHTS

REACH = {
    Effect.READ: "only reads",
    Effect.DRAFT: "writes a draft",
    Effect.REVERSIBLE: "can be undone",
    Effect.IRREVERSIBLE: "cannot be undone",
}
WORDS = 2000


@requires(Right.LEARN)
@require_safe
def rehearsals(request: MemberRequest) -> HttpResponse:
    """Everything that can be rehearsed, the layer of one's own job role first."""
    context = {"groups": shelf(request.member), "why_not": accounts.why_not(request.member)}
    return render(request, "sandbox/rehearsals.html", context)


@requires(Right.LEARN)
@require_safe
def rehearsal_brief(request: MemberRequest, key: str) -> HttpResponse:
    """One scenario: what it is about, the ladder of its rungs, one's own runs."""
    version = version_of(request.member, key) or played_of(request.member, key)
    if version is None:
        raise Http404
    found = shown(request.member, version)
    context = {
        "shown": found,
        "scenario": found.version.scenario,
        "why_not": accounts.why_not(request.member),
        "runs": [(run, page_of(run)) for run in found.runs],
        # What `running.begin` would lead back to.
        "going_on": {run.rung for run, _ in found.open_runs if run.version_id == found.version.pk},
        "open_runs": [(run, words, page_of(run)) for run, words in found.open_runs],
    }
    return render(request, "sandbox/rehearsal.html", context)


@requires(Right.LEARN)
@require_POST
def rehearsal_begin(request: MemberRequest, key: str) -> HttpResponse:
    """Begins a run on a rung, or leads to the one that is open on it."""
    version = _version(request, key)
    rung = request.POST.get("rung", "")
    open_rungs = [each for each, _ in shown(request.member, version).rungs]
    if rung not in open_rungs:
        messages.warning(request, "Choose one of the rungs of this rehearsal.")
        return redirect("rehearsal_brief", key)
    if rung == Run.Rung.LIVE and (why := accounts.why_not(request.member)):
        messages.warning(request, why)
        return redirect("rehearsal_brief", key)
    with transaction.atomic():
        # Locked, so that pressing twice begins one run.
        Member.objects.select_for_update(no_key=True).get(pk=request.member.pk)
        run = running.begin(request.member, version, rung)
    if run.state == Run.State.PLANNING and not run.plan_sequence:
        return redirect("rehearsal_before", run.pk)
    return redirect(page_of(run))


def _version(request: MemberRequest, key: str) -> ScenarioVersion:
    version = version_of(request.member, key)
    if version is None:
        raise Http404
    return version


# ---- Before the plan -----------------------------------------------------------------------


@never_cache
@requires(Right.LEARN)
@require_safe
def rehearsal_before(request: MemberRequest, run_id: int) -> HttpResponse:
    """The brief before the run; once it has begun, the brief of the run as it stands."""
    run = fetch_run(request.member, run_id)
    if run.state != Run.State.PLANNING:
        return redirect("rehearsal_brief_again", run.pk)
    context = {
        **brief_of(scenarios.loaded(run.version_id), guided=run.rung == Run.Rung.GUIDED),
        "run": run,
        "section": "rehearsals",
        "open_paper": request.GET.get("paper", ""),
        "rung_words": dict(RUNGS).get(Run.Rung(run.rung), ""),
    }
    return render(request, "sandbox/brief.html", context)


def brief_of(found: Loaded, *, guided: bool) -> dict[str, Any]:
    """What is read before a run, the same for everybody: no strike of any run shows in it."""
    scenario = found.scenario
    return {
        "scenario": scenario,
        "papers": papers(found, None),
        "tables": tables(found.prepared, World()),
        "agents": [
            (
                agent,
                [
                    (scenario.tools[name], REACH[scenario.tools[name].effect])
                    for name in agent.tools
                    if name in scenario.tools
                ],
            )
            for agent in scenario.agents.values()
        ],
        "jobs": [
            (job, [scenario.agents[each].name for each in job.agents if each in scenario.agents])
            for job in scenario.jobs.values()
        ],
        "faults": may_go_wrong(scenario) if guided else [],
        "money": tools_money(found.prepared, scenario.limits.mils),
        "weights": WEIGHTS,
    }


@never_cache
@requires(Right.LEARN)
@require_http_methods(["GET", "HEAD", "POST"])
def rehearsal_predict(request: MemberRequest, run_id: int) -> HttpResponse:
    """What one expects, a choice and own words; after the start it stands as it was."""
    run = fetch_run(request.member, run_id)
    scenario = scenarios.loaded(run.version_id).scenario
    if run.state != Run.State.PLANNING:
        if request.method == "POST":
            messages.warning(request, "The run has started; what you expected stands as it was.")
        return redirect(page_of(run))
    choice, words, problems = run.prediction_choice, run.prediction, {}
    if request.method == "POST":
        choice = _choice(request.POST.get("choice", ""), scenario)
        words = request.POST.get("words", "").replace("\x00", "").strip()
        problems = _missing(choice, words)
        if not problems:
            running.predict(run, choice, words)
            return redirect("rehearsal_plan", run.pk)
    context: dict[str, Any] = {
        "run": run,
        "section": "rehearsals",
        "scenario": scenario,
        "choices": list(enumerate(scenario.brief.choices)),
        "choice": choice,
        "words": words,
        "most": WORDS,
        "problems": problems,
    }
    return render(request, "sandbox/predict.html", context, status=400 if problems else 200)


def _choice(text: str, scenario: Scenario) -> int | None:
    places = {str(place): place for place in range(len(scenario.brief.choices))}
    return places.get(text)


def _missing(choice: int | None, words: str) -> dict[str, str]:
    found = {}
    if choice is None:
        found["choice"] = "Choose the one that you think most likely."
    if not words:
        found["words"] = "Say in a few words what makes you think so."
    elif len(words) > WORDS:
        found["words"] = f"These are {len(words):,} signs; {WORDS:,} are kept."
    return found
