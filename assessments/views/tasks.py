"""The page of a workplace task: the brief, the draft, handing in, the marks, a second grader."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from assessments import access, onward, workplace
from assessments.attempts import Kept
from assessments.forms import AppealForm, DraftForm
from assessments.models import Mark, Submission, WorkplaceTask
from assessments.questions import BadAnswer
from assessments.views.saving import for_scripts, sequence_of, told
from curriculum.models import Step
from people.access import Right, requires
from people.http import MemberRequest
from people.models import Member


def fetch_task(member: Member, step_id: int) -> WorkplaceTask:
    step = access.fetch_step(member, step_id, Step.Kind.TASK)
    task = step.task
    task.step = step
    return task


@for_scripts
def task_save(request: MemberRequest, step_id: int) -> JsonResponse:
    """Keeps the draft; a measure that is no number is named, and everything else kept."""
    task = fetch_task(request.member, step_id)
    form = DraftForm(request.POST)
    form.is_valid()
    if "text" in form.errors:
        return JsonResponse({"problem": " ".join(map(str, form.errors["text"]))}, status=400)
    try:
        sequence = sequence_of(request.POST.get("sequence", ""))
    except BadAnswer as problem:
        return JsonResponse({"problem": str(problem)}, status=400)
    problems = {
        form[name].label: " ".join(map(str, errors)) for name, errors in form.errors.items()
    }
    saved = workplace.save(request.member, task, form.draft, sequence)
    return told(saved, **({"problems": problems} if problems else {}))


@requires(Right.LEARN)
@require_http_methods(["GET", "HEAD", "POST"])
def task_page(request: MemberRequest, step_id: int) -> HttpResponse:
    task = fetch_task(request.member, step_id)
    work = workplace.work_of(request.member, task)
    if request.method == "POST":
        if request.POST.get("action") == "appeal":
            return _appeal(request, task, work)
        return _keep(request, task, work, handing_in=request.POST.get("action") == "hand-in")
    return _page(request, task, work)


def _keep(
    request: MemberRequest, task: WorkplaceTask, work: Submission | None, *, handing_in: bool
) -> HttpResponse:
    """Saves the draft from the form, and hands it in if that was asked."""
    form = DraftForm(request.POST, unit=task.measure["unit"], handing_in=handing_in)
    if not form.is_valid():
        return _page(request, task, work, form=form)
    try:
        sequence = sequence_of(request.POST.get("sequence", ""))
    except BadAnswer as problem:
        form.add_error(None, str(problem))
        return _page(request, task, work, form=form)
    saved = workplace.save(request.member, task, form.draft, sequence)
    if saved.kept == Kept.NEWER:
        form.add_error(None, "A newer draft from another window is kept; reload to see it.")
        return _page(request, task, work, form=form)
    if saved.kept == Kept.CLOSED:
        messages.warning(request, "This work was handed in before; what was handed in stands.")
    elif handing_in:
        workplace.hand_in(request.member, task)
        messages.success(request, "Handed in. You will hear when it is marked.")
    else:
        messages.success(request, "Draft saved.")
    return redirect("task_page", task.step_id)


def _appeal(request: MemberRequest, task: WorkplaceTask, work: Submission | None) -> HttpResponse:
    form = AppealForm(request.POST)
    if not form.is_valid():
        return _page(request, task, work, appeal_form=form)
    if work is not None and workplace.appeal(work, form.cleaned_data["reason"]):
        messages.success(request, "A second grader will mark your work without the first marks.")
    else:
        messages.warning(request, "A second grader can be asked for within 14 days, once.")
    return redirect("task_page", task.step_id)


def _page(
    request: MemberRequest,
    task: WorkplaceTask,
    work: Submission | None,
    *,
    form: DraftForm | None = None,
    appeal_form: AppealForm | None = None,
) -> HttpResponse:
    editable = work is None or work.state in workplace.EDITABLE
    bad_input = form is not None or appeal_form is not None
    context: dict[str, Any] = {
        "task": task,
        "step": task.step,
        "work": work,
        "editable": editable,
        "step_page": onward.onward(task.step),
        "module_page": onward.module_page(task.step),
        "rounds": _rounds(task, work) if work else [],
        "appeal_until": workplace.appeal_until(work) if work else None,
        "appeal_form": appeal_form or AppealForm(),
        "next_sequence": (work.sequence if work else 0) + 1,
    }
    if editable:
        initial = (
            {
                "text": work.text,
                "measure_before": work.measure_before,
                "measure_after": work.measure_after,
            }
            if work
            else None
        )
        context["form"] = form or DraftForm(initial=initial, unit=task.measure["unit"])
    status = 400 if bad_input else 200
    return render(request, "assessments/task.html", context, status=status)


def _rounds(task: WorkplaceTask, work: Submission) -> list[dict[str, Any]]:
    """The marks round by round with the words of each band; one query."""
    marks = Mark.objects.filter(submission=work).select_related("grader__user")
    rounds: dict[int, dict[str, Mark]] = {}
    for mark in marks:
        rounds.setdefault(mark.round, {})[mark.criterion] = mark
    return [
        {
            "number": number,
            "grader": next(iter(given.values())).grader,
            "at": next(iter(given.values())).at,
            "rows": [
                (criterion, given[criterion["id"]], criterion["bands"][given[criterion["id"]].band])
                for criterion in task.criteria
                if criterion["id"] in given
            ],
        }
        for number, given in sorted(rounds.items(), reverse=True)
    ]
