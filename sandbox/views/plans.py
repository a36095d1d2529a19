"""The plan: drawn on lanes, changed by plain forms, read back in plain words, frozen."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from people.access import Right, requires
from people.http import MemberRequest
from sandbox import running, scenarios
from sandbox.access import fetch_run
from sandbox.engine.guard_words import says
from sandbox.engine.plan import Plan
from sandbox.forms import rules
from sandbox.forms.plans import LOOKS, edit, look, rule_place, sequence_of
from sandbox.live_models import accounts
from sandbox.models import Run
from sandbox.onward import page_of
from sandbox.planning.changes import CannotChange
from sandbox.planning.history import last_change, remember, take_back
from sandbox.planning.lanes import drawn
from sandbox.planning.page import context, plan_of, prediction_of
from sandbox.scenarios import Loaded, plan_document

NEWER = (
    "This plan was changed in another window. Your last change was not made; what stands here is"
    " the newer plan."
)


@never_cache
@requires(Right.LEARN)
@require_http_methods(["GET", "HEAD", "POST"])
def rehearsal_plan(request: MemberRequest, run_id: int) -> HttpResponse:
    """The plan page; a post is one change, bound to the plan that the page showed."""
    run = fetch_run(request.member, run_id)
    found = scenarios.loaded(run.version_id)
    if run.state != Run.State.PLANNING:
        return _frozen(request, run, found)
    plan = plan_of(run, found.scenario)
    if request.method != "POST":
        return _page(request, run, found, plan)
    act = request.POST.get("act", "").partition(" ")[0]
    try:
        if act in LOOKS:
            form = look(request.POST, found.scenario)
            return _page(request, run, found, plan, {"rule": form})
        if sequence_of(request.POST) != run.plan_sequence:
            return _page(request, run, found, plan, {"newer": NEWER}, status=409)
        if act == "undo":
            return _undo(request, run, found)
        made = edit(plan, found.prepared, request.POST)
    except CannotChange as why:
        return _refused(request, run, found, plan, why)
    if not _save(run, made.plan):
        return _overtaken(request, run, found)
    remember(request, run, made.words, plan_document(plan))
    return redirect(_address(run, made.then))


def _save(run: Run, plan: Plan) -> bool:
    return running.save_plan(run, plan, run.plan_sequence + 1)


def _overtaken(request: MemberRequest, run: Run, found: Loaded) -> HttpResponse:
    """Another window was faster by a moment, or has started the run."""
    run.refresh_from_db(fields=["plan", "plan_sequence", "state", "plan_digest"])
    if run.state != Run.State.PLANNING:
        return _frozen(request, run, found)
    plan = plan_of(run, found.scenario)
    return _page(request, run, found, plan, {"newer": NEWER}, status=409)


def _undo(request: MemberRequest, run: Run, found: Loaded) -> HttpResponse:
    last = last_change(request, run)
    if last is None:
        raise CannotChange("There is nothing to take back.")
    if not _save(run, scenarios.read_plan(last.before)):
        return _overtaken(request, run, found)
    take_back(request, run)
    return redirect(_address(run, "undone=1"))


def _address(run: Run, then: str = "") -> str:
    base = reverse("rehearsal_plan", args=[run.pk])
    if not then or then.startswith("#"):
        return base + then
    return f"{base}?{then}"


def _page(
    request: MemberRequest,
    run: Run,
    found: Loaded,
    plan: Plan,
    more: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    shown = {
        **context(run, found.prepared, plan, request.GET),
        "last": last_change(request, run),
        "undone": "undone" in request.GET,
        "earlier": _earlier(run),
        **(more or {}),
    }
    return render(request, "sandbox/plan.html", shown, status=status)


def _refused(
    request: MemberRequest, run: Run, found: Loaded, plan: Plan, why: CannotChange
) -> HttpResponse:
    """The page as it was, with what is wrong, and a rule's form as it was typed."""
    more: dict[str, Any] = {"refused": why}
    if why.at == "rule":
        wrong = why.rows if isinstance(why, rules.WrongRow) else {}
        try:
            typed = rules.posted(request.POST)
        except CannotChange:
            return _page(request, run, found, plan, more, status=400)
        place = rule_place(request.POST)
        more["rule"] = rules.form_of_posted(typed, place, found.scenario, wrong)
        more["rule"].problems = why.problems
    return _page(request, run, found, plan, more, status=400)


def _earlier(run: Run) -> Run | None:
    """The newest finished run of the same scenario that has points."""
    mine = Run.objects.filter(
        member=run.member_id,
        version__scenario=run.version.scenario_id,
        state=Run.State.FINISHED,
        score__isnull=False,
    )
    return mine.first()


def _frozen(request: MemberRequest, run: Run, found: Loaded) -> HttpResponse:
    """The plan of a run that has started, to be read; who came to change it is told so."""
    if found.scenario.reading is not None:
        return redirect(page_of(run))
    plan = plan_of(run, found.scenario)
    shown = {
        "run": run,
        "section": "rehearsals",
        "scenario": found.scenario,
        "drawn": drawn(plan, found.scenario, {}),
        "reading": says(plan, found.scenario),
        "page": page_of(run),
        "too_late": request.method == "POST",
    }
    status = 409 if request.method == "POST" else 200
    return render(request, "sandbox/plan_frozen.html", shown, status=status)


@never_cache
@requires(Right.LEARN)
@require_POST
def rehearsal_start(request: MemberRequest, run_id: int) -> HttpResponse:
    """Freezes the plan and starts the run; a second press leads to where the run is."""
    run = fetch_run(request.member, run_id)
    if run.state != Run.State.PLANNING:
        return redirect(page_of(run))
    found = scenarios.loaded(run.version_id)
    plan = plan_of(run, found.scenario)
    if sequence_of(request.POST) != run.plan_sequence:
        newer = NEWER.replace("Your last change was not made", "It has not been started")
        return _page(request, run, found, plan, {"newer": newer}, status=409)
    if prediction_of(run, found.scenario) is None:
        messages.warning(request, "Say what you expect; then the plan can be started.")
        return redirect("rehearsal_predict", run.pk)
    if run.rung == Run.Rung.LIVE and (why := accounts.why_not(request.member)):
        refused = CannotChange(why, at="start")
        return _page(request, run, found, plan, {"refused": refused}, status=400)
    if not run.plan and not _save(run, plan):
        return _overtaken(request, run, found)
    try:
        running.start(run)
    except running.IllegalPlan as why:
        refused = CannotChange(*why.problems, at="start")
        return _page(request, run, found, plan, {"refused": refused}, status=400)
    return redirect(page_of(run))
