"""Deciding on answers that came after the deadline of a quiz."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from assessments import access, late
from assessments.forms import LateForm
from people.access import Right, fetch_or_refuse, requires
from people.http import MemberRequest


@requires(Right.GRADE)
@require_http_methods(["GET", "HEAD", "POST"])
def late_answers(request: MemberRequest, attempt_id: int) -> HttpResponse:
    """What was held at the deadline beside what came after it; a trainer decides for all of it."""
    related = ("member__user", "member__team", "member__organisation")
    attempt = fetch_or_refuse(
        access.late_decided_by(request.member).select_related(
            *related, "quiz__step__version__module"
        ),
        access.late_in_organisation(request.member),
        Right.GRADE,
        pk=attempt_id,
    )
    found = late.of_attempt(attempt)
    if late.is_decided(found):
        messages.info(request, "This is decided already; the decision stands.")
        return redirect("grading")
    form = LateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        count = form.cleaned_data["decision"] == "count"
        if not late.decide(attempt, count=count, by=request.member):
            messages.info(request, "Somebody else was faster; their decision stands.")
        elif count:
            messages.success(request, f"Counted. {attempt.member.name} is told.")
        else:
            messages.success(request, f"Left as it was. {attempt.member.name} is told.")
        return redirect("grading")
    context = {
        "attempt": attempt,
        "step": attempt.quiz.step,
        "items": found,
        "may_count": any(each.earns_more for each in found),
        "form": form,
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "assessments/late_answers.html", context, status=status)
