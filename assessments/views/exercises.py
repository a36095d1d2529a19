"""Beginning the rehearsal of a step, or going on with the one that is open."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from assessments import access, exercises, onward
from curriculum.models import Step
from people.access import Right, requires
from people.http import MemberRequest
from sandbox.live_models import accounts
from sandbox.models import Run
from sandbox.onward import page_of


@requires(Right.LEARN)
@require_POST
def exercise_begin(request: MemberRequest, step_id: int) -> HttpResponse:
    """Leads to where the run goes on: to the brief, as long as there is no plan of one's own."""
    step = access.fetch_step(request.member, step_id, Step.Kind.EXERCISE)
    if step.exercise.rung == Run.Rung.LIVE and (why_not := accounts.why_not(request.member)):
        messages.warning(request, why_not)
        return redirect(onward.onward(step))
    run = exercises.begin(request.member, step)
    if run is None:
        messages.warning(request, "This rehearsal cannot be begun yet: it is not published.")
        return redirect(onward.onward(step))
    if run.state == Run.State.PLANNING and not run.plan_sequence:
        return redirect("rehearsal_before", run.pk)
    return redirect(page_of(run))
