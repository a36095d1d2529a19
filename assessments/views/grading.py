"""Marking workplace tasks: the queue, and one work with its rubric."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from assessments import access, late, marking
from assessments.forms import MarksForm, ReturnForm
from assessments.models import Submission
from people.access import Right, fetch_or_refuse, requires
from people.http import MemberRequest

PAGE = 50


@requires(Right.GRADE)
@require_safe
def grading(request: MemberRequest) -> HttpResponse:
    """What waits for this grader, the longest wait first; below it, answers that came late."""
    waiting = marking.queue(request.member).select_related(
        "member__user", "member__team", "task__step__version__module"
    )
    page = Paginator(waiting.defer("text"), PAGE).get_page(request.GET.get("page"))
    attempts = late.waiting(request.member).select_related(
        "member__user", "member__team", "quiz__step__version__module"
    )
    context = {"page": page, "late": list(attempts[:PAGE])}
    return render(request, "assessments/grading.html", context)


@requires(Right.GRADE)
@require_http_methods(["GET", "HEAD", "POST"])
def grade(request: MemberRequest, submission_id: int) -> HttpResponse:
    related = (
        "member__user",
        "member__team",
        "member__organisation",
        "task__step__version__module",
    )
    work = fetch_or_refuse(
        access.markable_by(request.member).select_related(*related),
        access.works_of_organisation(request.member),
        Right.GRADE,
        pk=submission_id,
    )
    if work.state != Submission.State.HANDED_IN:
        messages.info(request, "This work is marked already; its marks stand.")
        return redirect("grading")
    marks = MarksForm(criteria=marking.criteria(work))
    back = ReturnForm()
    if request.method == "POST" and request.POST.get("action") == "return":
        back = ReturnForm(request.POST)
        if back.is_valid():
            done = marking.return_work(work, request.member, back.cleaned_data["what_to_change"])
            return _next(request, "Returned with your note." if done else "")
    elif request.method == "POST":
        marks = MarksForm(request.POST, criteria=marking.criteria(work))
        if marks.is_valid():
            done = marking.mark(work, request.member, marks.given)
            return _next(request, "Marked." if done else "")
    context = {
        "work": work,
        "task": work.task,
        "step": work.task.step,
        "marks": marks,
        "back": back,
        "second": marking.round_of(work) == 2,
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "assessments/grade.html", context, status=status)


def _next(request: MemberRequest, said: str) -> HttpResponse:
    """Goes on to the next work in the queue, or back to the empty queue."""
    if said:
        messages.success(request, said)
    else:
        messages.info(request, "Somebody else was faster; their marks stand.")
    following = marking.queue(request.member).values_list("pk", flat=True).first()
    return redirect("grade", following) if following else redirect("grading")
