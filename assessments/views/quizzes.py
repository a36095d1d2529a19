"""Taking a quiz: one case a page, the look over all of them, submission."""

from __future__ import annotations

import json
import secrets
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments import access, attempts, drawing, onward, review
from assessments.attempts import Kept
from assessments.models import Attempt, AttemptItem, Quiz
from assessments.questions import BadAnswer, Posted, form_template, question
from assessments.views.saving import for_scripts, sequence_of, told
from curriculum.models import Step
from people.access import Right, requires
from people.http import MemberRequest
from people.models import Member
from people.prepared import prepared
from people.templatetags.tutti import moment

TOO_LATE = (
    "The time for this quiz was over. What you had saved until then counts; an answer that came "
    "later is kept apart for your trainer."
)


def fetch_attempt(member: Member, pk: int) -> Attempt:
    """The member's own attempt with everything its pages name, one query. Raises Http404."""
    found = _attempt(member.pk, pk)
    if not found:
        raise Http404
    attempt: Attempt = found[0]
    attempt.member = member
    return attempt


@prepared
def _attempt(member_id: int, pk: int) -> QuerySet[Attempt]:
    mine = Attempt.objects.visible_to(Member(pk=member_id)).filter(pk=pk)
    return mine.select_related("quiz__step__version__module").defer(
        "quiz__step__html", "quiz__step__text", "quiz__step__version__files"
    )


@prepared
def _place(attempt_id: int, order: int) -> QuerySet[AttemptItem]:
    return AttemptItem.objects.filter(attempt_id=attempt_id, order=order).select_related("item")


@prepared
def _place_of(member_id: int, attempt_id: int, order: int) -> QuerySet[AttemptItem]:
    places = AttemptItem.objects.filter(attempt_id=attempt_id, order=order)
    return places.filter(attempt__member_id=member_id).select_related("attempt", "item")


@prepared
def _listed(attempt_id: int) -> QuerySet[AttemptItem, Any]:
    places = AttemptItem.objects.filter(attempt_id=attempt_id).order_by("order")
    return places.values_list("order", "item__title", "answer")


def item_page(attempt: Attempt, order: int) -> str:
    return reverse("quiz_item", args=[attempt.pk, order])


@requires(Right.LEARN)
@require_POST
def quiz_start(request: MemberRequest, step_id: int) -> HttpResponse:
    """Goes on with the open attempt, or begins one."""
    step = access.fetch_step(request.member, step_id, Step.Kind.QUIZ)
    quiz = step.quiz
    quiz.step = step
    try:
        attempt = attempts.start(request.member, quiz)
    except drawing.MustWait as wait:
        messages.warning(
            request,
            f"Three tries did not pass. The next one opens {moment(wait.until)}; until then, the "
            "lessons are yours to reread.",
        )
        return redirect(onward.onward(step))
    places = AttemptItem.objects.filter(attempt=attempt).order_by("order")
    first_open = places.filter(answer__isnull=True).values_list("order", flat=True).first()
    return redirect(item_page(attempt, first_open or 1))


def read_answer(place: AttemptItem, posted: Posted) -> tuple[Any, int | None, int]:
    """Answer, confidence and sequence from a posted form. Raises BadAnswer."""
    answer = question(place.item).parse(posted, place.shuffle)
    sure = posted.get("confidence", "") if place.asks_confidence else ""
    if sure not in ("", "1", "2", "3"):
        raise BadAnswer("Say how sure you are with one of the three choices.")
    return answer, int(sure) if sure else None, sequence_of(posted.get("sequence", ""))


@for_scripts
def quiz_save(request: MemberRequest, attempt_id: int, order: int) -> JsonResponse:
    """Keeps one answer; two statements beside those that say who asks."""
    place = next(iter(_place_of(request.member.pk, attempt_id, order)), None)
    if place is None:
        return JsonResponse({"problem": "There is no such question for you."}, status=404)
    try:
        answer, confidence, sequence = read_answer(place, request.POST)
    except BadAnswer as problem:
        return JsonResponse({"problem": str(problem)}, status=400)
    return told(attempts.save(place, answer, confidence, sequence))


@requires(Right.LEARN)
@require_http_methods(["GET", "HEAD", "POST"])
def quiz_item(request: MemberRequest, attempt_id: int, order: int) -> HttpResponse:
    """One case with its question; in practice also what followed, once the answer is committed."""
    attempt = fetch_attempt(request.member, attempt_id)
    found = _place(attempt.pk, order)
    if not found:
        raise Http404
    place: AttemptItem = found[0]
    place.attempt = attempt
    if request.method == "POST":
        return _answer(request, attempt, place)
    practised = place.revealed_at is not None
    if attempt.state != Attempt.State.OPEN and not practised:
        return redirect("quiz_review", attempt.pk)
    if attempts.is_over(attempt) and not practised:
        messages.warning(request, TOO_LATE)
        return redirect("quiz_submit", attempt.pk)
    return render(request, "assessments/quiz_item.html", _item_context(attempt, place))


def _answer(request: MemberRequest, attempt: Attempt, place: AttemptItem) -> HttpResponse:
    """Saves what the form holds and goes on; practice commits it and stays for the reveal."""
    try:
        answer, confidence, sequence = read_answer(place, request.POST)
    except BadAnswer as problem:
        return _again(request, attempt, place, str(problem))
    saved = attempts.save(place, answer, confidence, sequence)
    if saved.kept == Kept.NEWER:
        return _again(
            request, attempt, place, "A newer answer from another window is kept. Look at it here."
        )
    if saved.kept == Kept.LATE:
        messages.warning(request, TOO_LATE)
        return redirect("quiz_submit", attempt.pk)
    if saved.kept == Kept.CLOSED:
        return redirect(item_page(attempt, place.order))
    if attempt.quiz.purpose != Quiz.Purpose.PRACTICE:
        return redirect(_next_page(attempt, place.order))
    if not attempts.commit(place):
        return _again(
            request, attempt, place, "Answer the whole question first. What you have is kept."
        )
    return redirect(item_page(attempt, place.order))


def _again(
    request: MemberRequest, attempt: Attempt, place: AttemptItem, problem: str
) -> HttpResponse:
    place.refresh_from_db(fields=["answer", "confidence", "sequence", "saved_at"])
    context = {**_item_context(attempt, place), "problem": problem}
    return render(request, "assessments/quiz_item.html", context, status=400)


def _next_page(attempt: Attempt, order: int) -> str:
    last = AttemptItem.objects.filter(attempt=attempt, order=order + 1).exists()
    return item_page(attempt, order + 1) if last else reverse("quiz_submit", args=[attempt.pk])


def _item_context(attempt: Attempt, place: AttemptItem) -> dict[str, Any]:
    asked = question(place.item)
    listed = [
        (order, title, review.state_in_list(answer, order == place.order))
        for order, title, answer in _listed(attempt.pk)
    ]
    context: dict[str, Any] = {
        "attempt": attempt,
        "quiz": attempt.quiz,
        "step": attempt.quiz.step,
        "place": place,
        "asked": asked,
        "listed": listed,
        "count": len(listed),
        "is_last": place.order == len(listed),
        "next_order": place.order + 1,
        "seconds_left": review.seconds_left(attempt),
        "step_page": onward.onward(attempt.quiz.step),
    }
    if place.revealed_at:
        context["shown"] = review.shown(place, review.lessons(attempt, [place]))
        context["calibration"] = review.calibration(attempt.member)
    else:
        context["form_template"] = form_template(asked.kind)
        context["form"] = asked.form(place.answer, place.shuffle)
    return context


@requires(Right.LEARN)
@require_http_methods(["GET", "HEAD", "POST"])
def quiz_submit(request: MemberRequest, attempt_id: int) -> HttpResponse:
    """All cases at a glance before the quiz is submitted, then the submission."""
    attempt = fetch_attempt(request.member, attempt_id)
    if request.method == "POST":
        return _submit(request, attempt)
    if attempt.state != Attempt.State.OPEN:
        return redirect("quiz_review", attempt.pk)
    return render(request, "assessments/quiz_submit.html", _overview(attempt))


def _submit(request: MemberRequest, attempt: Attempt) -> HttpResponse:
    key = request.POST.get("key", "")
    problem: dict[str, Any]
    try:
        held = read_held(request.POST.get("held", ""))
        if not 8 <= len(key) <= 40 or not key.isascii():
            raise BadAnswer("The page was too old to submit from. Look over it once more.")
        attempts.submit(attempt, key, held, confirmed=request.POST.get("confirmed") == "yes")
        return redirect("quiz_review", attempt.pk)
    except attempts.AlreadySubmitted as before:
        messages.info(
            request,
            f"This quiz was submitted {moment(before.attempt.submitted_at)}; that result stands.",
        )
        return redirect("quiz_review", attempt.pk)
    except attempts.NotHeld as lacking:
        problem = {"not_held": lacking.orders}
    except attempts.Unanswered as lacking:
        problem = {"unanswered": lacking.orders}
    except BadAnswer as bad:
        problem = {"problem": str(bad)}
    return render(
        request, "assessments/quiz_submit.html", {**_overview(attempt), **problem}, status=400
    )


def read_held(text: str) -> dict[int, int]:
    """The sequences the sender knows, from JSON as {"3": 17}. Raises BadAnswer."""
    try:
        given = json.loads(text or "{}")
        held = {int(order): int(sequence) for order, sequence in given.items()}
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError):
        raise BadAnswer("The list of answers could not be read.") from None
    return held


def _overview(attempt: Attempt) -> dict[str, Any]:
    places = list(
        AttemptItem.objects.filter(attempt=attempt).select_related("item").order_by("order")
    )
    rows = [(place, question(place.item).is_answered(place.answer)) for place in places]
    return {
        "attempt": attempt,
        "quiz": attempt.quiz,
        "step": attempt.quiz.step,
        "rows": rows,
        "count": len(rows),
        "answered": sum(answered for _, answered in rows),
        "is_over": attempts.is_over(attempt),
        "key": secrets.token_urlsafe(18),
        "step_page": onward.onward(attempt.quiz.step),
    }


@requires(Right.LEARN)
@require_safe
def quiz_review(request: MemberRequest, attempt_id: int) -> HttpResponse:
    """After submission: points, and for each case what follows first and the verdict second."""
    attempt = fetch_attempt(request.member, attempt_id)
    if attempt.state != Attempt.State.SUBMITTED:
        return redirect("quiz_submit", attempt.pk)
    return render(request, "assessments/quiz_review.html", review.of_attempt(attempt))
