"""One person as their manager sees them: readiness, claims, evidence, and the very answers.

Every opening of another person's record is written into the audit trail.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import strip_tags
from django.views.decorators.http import require_POST, require_safe

from assessments.grading import SOURCE as QUIZ
from assessments.late import SOURCE as QUIZ_LATE
from assessments.models import Attempt, Quiz, Submission
from assessments.questions import is_right, question
from assessments.rehearsals import SOURCE as REHEARSAL
from curriculum.models import Competency
from curriculum.models.framework import LEVEL_NAMES
from learning import assigning, attesting, drawings
from learning.claims import Claim, per_cent, weight_words
from learning.framework import framework
from learning.models import Assignment, Evidence
from learning.readiness import claims_for, domain_claims, history, readiness
from learning.rehearsing import finished_runs
from learning.team_rows import two_figures
from people import audit, clock
from people.access import Right, fetch_member, may_see_answers, requires
from people.http import MemberRequest, safe_next
from people.models import Member

QUIZZES = (QUIZ, QUIZ_LATE)
RECENT = 30
CONFIDENCE = {1: "unsure", 2: "fairly sure", 3: "sure"}


def _view_of(request: MemberRequest, subject: Member, what: str, **detail: Any) -> None:
    """Another person's record was opened: who, whose, which part."""
    if subject.pk != request.member.pk:
        audit.record(
            "record.viewed",
            organisation=request.member.organisation,
            actor=request.member,
            about=subject,
            subject=subject,
            part=what,
            **detail,
        )


# ---- Evidence in words ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Piece:
    """One source of evidence: a quiz, a work, a rehearsal or an attestation, with its outcome."""

    title: str
    at: datetime
    kind: str
    outcome: str
    weight: str
    url: str


def _pieces(subject: Member, rows: list[Evidence], *, answers: bool) -> list[Piece]:
    """Rows of one source together, the newest source first."""
    sources: dict[tuple[str, int, str], list[Evidence]] = defaultdict(list)
    for row in rows:
        kind = "" if row.source_kind in QUIZZES else row.kind
        sources[row.source_kind, row.source_id, kind].append(row)
    return [
        Piece(
            title=group[0].source_title,
            at=group[0].at,
            kind=_kind(group[0]),
            outcome=_outcome(group),
            weight=_weight(group),
            url=_source_url(subject, group[0]) if answers else "",
        )
        for group in sources.values()
    ]


def _kind(row: Evidence) -> str:
    if row.source_kind in QUIZZES:
        return "Quiz" if row.source_kind == QUIZ else "Quiz, answers that came late"
    if row.kind == Evidence.Kind.GRADED:
        by = f" by {row.grader.name}" if row.grader else ""
        return f"Workplace task, marked{by}"
    return row.get_kind_display()


def _outcome(rows: list[Evidence]) -> str:
    if rows[0].kind == Evidence.Kind.ATTESTATION:
        return f"level {rows[0].outcome}"
    if rows[0].source_kind == REHEARSAL:
        ordered = sorted(rows, key=lambda row: row.number)
        return ", ".join(f"{_part(row)} {row.outcome} of {row.steps}" for row in ordered)
    if all(row.steps == 1 for row in rows):
        right = sum(row.outcome for row in rows)
        return f"{right} of {len(rows)} right"
    return ", ".join(f"{row.outcome} of {row.steps}" for row in rows)


def _part(row: Evidence) -> str:
    """Which part of the score the criterion reads: "2-economy" is economy."""
    return row.item.partition("-")[2]


def _weight(rows: list[Evidence]) -> str:
    weights = sorted({row.weight for row in rows}, reverse=True)
    if rows[0].kind == Evidence.Kind.ATTESTATION:
        return "counts half, cannot open or hold a level alone"
    if len(weights) == 1:
        return weight_words(weights[0])
    return "some questions were met before and count less"


def _source_url(subject: Member, row: Evidence) -> str:
    if row.source_kind in QUIZZES:
        return reverse("person_attempt", args=[subject.pk, row.source_id])
    if row.source_kind == REHEARSAL:
        return reverse("rehearsal_debrief", args=[row.source_id])
    if row.kind == Evidence.Kind.GRADED:
        return reverse("person_submission", args=[subject.pk, row.source_id])
    return ""


def _evidence(subject: Member, **only: Any) -> list[Evidence]:
    """What counts, the newest first: corrected rows have given way, struck out ones are gone."""
    rows = Evidence.objects.filter(member=subject, corrections=None, weight__gt=0, **only)
    return list(rows.select_related("grader__user").order_by("-at", "-number"))


# ---- The person ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Domain:
    id: str
    name: str
    claims: list[Claim]


@requires(Right.MANAGE)
@require_safe
def person(request: MemberRequest, pk: int) -> HttpResponse:
    subject = fetch_member(request.member, pk)
    _view_of(request, subject, "person")
    claims = claims_for([subject]).get(subject.pk, {})
    pooled = domain_claims([subject]).get(subject.pk, {})
    ready = readiness(claims)
    domains: dict[str, Domain] = {}
    for claim in claims.values():
        name = _domain_names()[claim.domain]
        domains.setdefault(claim.domain, Domain(claim.domain, name, [])).claims.append(claim)
    answers = may_see_answers(request.member, subject)
    given = Assignment.objects.filter(member=subject).select_related(
        "module", "track", "scenario", "assigned_by__user"
    )
    recent = _evidence(subject)[: RECENT * 8]
    return render(
        request,
        "learning/person.html",
        {
            "subject": subject,
            "readiness": ready,
            "two": two_figures(ready),
            "domains": [domains[key] for key in _domain_names() if key in domains],
            "pooled": list(pooled.values()),
            "open": [each for each in given if not each.completed_at and not each.withdrawn_at],
            "done": [each for each in given if each.completed_at][-10:],
            "pieces": _pieces(subject, recent, answers=answers)[:RECENT],
            "answers": answers,
            "rehearsals": finished_runs(request.member, subject),
            "today": clock.today(),
        },
    )


def _domain_names() -> dict[str, str]:
    return {domain.id: domain.name for domain in framework().domains}


@requires(Right.MANAGE)
@require_safe
def person_competency(request: MemberRequest, pk: int, competency_id: str) -> HttpResponse:
    """The claim and the evidence behind it: a side panel by HTMX, a page of its own without."""
    subject = fetch_member(request.member, pk)
    competency = get_object_or_404(Competency, pk=competency_id)
    _view_of(request, subject, "competency", competency=competency.pk)
    context = _competency(request, subject, competency)
    panel = bool(request.htmx) and not request.htmx.history_restore_request
    name = "learning/person_panel.html" if panel else "learning/person_competency.html"
    return render(request, name, context)


def _competency(
    request: MemberRequest, subject: Member, competency: Competency, form: forms.Form | None = None
) -> dict[str, Any]:
    claims = claims_for([subject], everything=True).get(subject.pk, {})
    answers = may_see_answers(request.member, subject)
    points = history(subject, competency.pk)
    may_attest = subject.pk != request.member.pk and attesting.may_attest(request.member, subject)
    return {
        "subject": subject,
        "competency": competency,
        "claim": claims.get(competency.pk),
        "drawn": drawings.history(points),
        "drawn_words": _history_words(points),
        "pieces": _pieces(subject, _evidence(subject, competency=competency), answers=answers),
        "answers": answers,
        "may_attest": may_attest,
        "attest_again": attesting.may_again(subject, competency.pk) if may_attest else None,
        "attest_form": form or AttestForm(),
        "teaching": assigning.modules_teaching(request.member, competency.pk),
    }


def _history_words(points: list[tuple[Any, float]]) -> str:
    if len(points) < 2:
        return ""
    (first, start), (last, now) = points[0], points[-1]
    top_day, top = max(points, key=lambda point: point[1])
    return (
        f"The estimate began at {round(100 * start)} per cent on {first.day} {first:%B %Y}, "
        f"was highest at {round(100 * top)} per cent on {top_day.day} {top_day:%B %Y} "
        f"and is {round(100 * now)} per cent on {last.day} {last:%B %Y}."
    )


# ---- Attesting -----------------------------------------------------------------------------


class AttestForm(forms.Form):
    level = forms.TypedChoiceField(
        label="Level you have seen at work",
        coerce=int,
        choices=[(i, f"{i} {name}") for i, name in enumerate(LEVEL_NAMES, start=1)],
        help_text="Counts half and cannot open or hold a level alone. Once in 90 days.",
    )


@requires(Right.MANAGE)
@require_POST
def attest(request: MemberRequest, pk: int, competency_id: str) -> HttpResponse:
    subject = fetch_member(request.member, pk)
    competency = get_object_or_404(Competency, pk=competency_id)
    form = AttestForm(request.POST)
    if not form.is_valid():
        context = _competency(request, subject, competency, form)
        return render(request, "learning/person_competency.html", context, status=422)
    try:
        attesting.attest(subject, competency, level=form.cleaned_data["level"], by=request.member)
    except attesting.TooSoon as wait:
        until = f"{wait.until.day} {wait.until:%B %Y}"
        messages.info(request, f"Attested within the last 90 days already; again from {until}.")
    else:
        level = form.cleaned_data["level"]
        messages.success(
            request, f"Attested: {competency.name}, level {level}. {subject} sees it too."
        )
    back = reverse("person_competency", args=[subject.pk, competency.pk])
    return HttpResponseRedirect(safe_next(request, back))


# ---- The very answers ----------------------------------------------------------------------


def _closed(request: MemberRequest, subject: Member) -> HttpResponse:
    """403, and why: the organisation shows managers the status, not the answers."""
    return render(request, "learning/answers_closed.html", {"subject": subject}, status=403)


@requires(Right.MANAGE)
@require_safe
def person_attempt(request: MemberRequest, pk: int, attempt_id: int) -> HttpResponse:
    subject = fetch_member(request.member, pk)
    attempts = Attempt.objects.filter(member=subject, state=Attempt.State.SUBMITTED)
    attempt = attempts.select_related("quiz__step__version__module").filter(pk=attempt_id).first()
    # A pre-test is for placement and is evidence of nothing: it stays the learner's own.
    if attempt is None or attempt.quiz.purpose == Quiz.Purpose.PRE_TEST:
        raise Http404
    if not may_see_answers(request.member, subject):
        return _closed(request, subject)
    _view_of(request, subject, "answers", attempt=attempt.pk)
    answers = []
    for place in attempt.places.select_related("item__competency"):
        asked = question(place.item)
        answers.append(
            {
                "title": place.item.title,
                "case": strip_tags(asked.case),
                "ask": asked.ask,
                "said": asked.in_words(place.counted_answer),
                "right": is_right(place.credit or 0.0),
                "credit": per_cent(round(100 * (place.credit or 0.0))),
                "confidence": CONFIDENCE.get(place.confidence or 0, ""),
                "competency": place.item.competency,
                "level": place.item.level,
            }
        )
    return render(
        request,
        "learning/person_attempt.html",
        {
            "subject": subject,
            "attempt": attempt,
            "answers": answers,
            "score": per_cent(round(100 * (attempt.score or 0.0))),
        },
    )


@requires(Right.MANAGE)
@require_safe
def person_submission(request: MemberRequest, pk: int, submission_id: int) -> HttpResponse:
    subject = fetch_member(request.member, pk)
    works = Submission.objects.filter(member=subject).exclude(state=Submission.State.DRAFT)
    work = works.select_related("task__step__version__module").filter(pk=submission_id).first()
    if work is None:
        raise Http404
    if not may_see_answers(request.member, subject):
        return _closed(request, subject)
    _view_of(request, subject, "work", submission=work.pk)
    titles = {each["id"]: each for each in work.task.criteria}
    marks = [
        {"mark": mark, "title": titles.get(mark.criterion, {}).get("title", mark.criterion)}
        for mark in work.marks.select_related("grader__user").order_by("round", "pk")
    ]
    return render(
        request,
        "learning/person_submission.html",
        {"subject": subject, "work": work, "marks": marks},
    )
