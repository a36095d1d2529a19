"""Steps: a lesson to read, the doors to a quiz and to a rehearsal, the way to a workplace task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from assessments import drawing, exercises
from assessments.models import Attempt, Quiz
from curriculum.models import Module, ModuleVersion, Step
from learning import enrolment as enrolling
from learning.models import Enrolment
from learning.notes import notes_to_read
from learning.progress import Place, open_step, places
from people.access import Right, requires
from people.http import MemberRequest
from people.models import Member
from people.prepared import prepared
from people.templatetags.tutti import icon, moment
from sandbox.models import Run
from sandbox.onward import page_of
from sandbox.shelf import READ, RUNGS, clocks_of


@dataclass(frozen=True, slots=True)
class Opened:
    """A step that a member has before them, with its neighbours."""

    step: Step
    enrolment: Enrolment
    places: list[Place]

    @property
    def number(self) -> int:
        return next(i for i, place in enumerate(self.places, 1) if place.pk == self.step.pk)

    @property
    def before(self) -> Place | None:
        return self.places[self.number - 2] if self.number > 1 else None

    @property
    def after(self) -> Place | None:
        return self.places[self.number] if self.number < len(self.places) else None


def fetch_step(member: Member, pk: int) -> Step:
    """A step of a module the member may see; drafts and other organisations' are 404."""
    found = _visible_step(member.organisation_id, pk)
    if not found:
        raise Http404
    step: Step = found[0]
    return step


@prepared
def _visible_step(organisation_id: int, pk: int) -> QuerySet[Step]:
    visible = Module.objects.visible_to(Member(organisation_id=organisation_id))
    return (
        Step.objects.filter(pk=pk, version__module__in=visible)
        .exclude(version__state=ModuleVersion.State.DRAFT)
        .select_related("version__module", "quiz", "task", "exercise")
        .defer("text", "version__files", "task__brief", "task__criteria")
    )


@prepared
def _enrolment(member_id: int, module_id: int) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(member_id=member_id, module_id=module_id)


def open_for(member: Member, step: Step) -> Opened | Step | None:
    """Enrols and notes the opening, once each; later views write nothing.

    Returns the step of the version one learns where this is another version's, and None where
    there is nothing to learn.
    """
    module = step.version.module
    enrolment: Enrolment | None = next(iter(_enrolment(member.pk, module.pk)), None)
    version_id = enrolling.version_to_learn(module, enrolment)
    if version_id is None:
        return None
    if version_id != step.version_id:
        return enrolling.counterpart(step, version_id)
    if enrolment is None:
        enrolment = enrolling.enrol(member, module)
    enrolment.member, enrolment.module = member, module
    steps = places(version_id, enrolment.pk)
    if not next(place for place in steps if place.pk == step.pk).opened_at:
        open_step(enrolment, step)
        steps = places(version_id, enrolment.pk)
    return Opened(step, enrolment, steps)


@requires(Right.LEARN)
@require_safe
def step(request: MemberRequest, pk: int) -> HttpResponse:
    found = fetch_step(request.member, pk)
    opened = open_for(request.member, found)
    if isinstance(opened, Step):
        return redirect("step", pk=opened.pk)
    if opened is None:
        return redirect("module", pk=found.version.module_id)
    match found.kind:
        case Step.Kind.LESSON:
            return _lesson(request, opened)
        case Step.Kind.QUIZ if hasattr(found, "quiz"):
            return _quiz(request, opened)
        case Step.Kind.EXERCISE if hasattr(found, "exercise"):
            return _exercise(request, opened)
        case Step.Kind.TASK if hasattr(found, "task"):
            return redirect("task_page", step_id=found.pk)
    return render(request, "learning/step_absent.html", _around(opened))


@requires(Right.LEARN)
@require_safe
def lesson_by_key(request: MemberRequest, key: str, lesson: str) -> HttpResponse:
    """Where links between lessons lead: the organisation's own module before the built-in one."""
    member = request.member
    modules = Module.objects.visible_to(member).filter(key=key).order_by("organisation_id")
    own_first = sorted(modules, key=lambda module: module.organisation_id is None)
    for module in own_first:
        enrolment = Enrolment.objects.filter(member=member, module=module).first()
        version_id = enrolling.version_to_learn(module, enrolment)
        if version_id is None:
            continue
        found = Step.objects.filter(version_id=version_id, kind=Step.Kind.LESSON, key=lesson)
        if found_step := found.first():
            return redirect("step", pk=found_step.pk)
        return redirect("module", pk=module.pk)
    if own_first:
        return redirect("module", pk=own_first[0].pk)
    raise Http404


def _around(opened: Opened) -> dict[str, Any]:
    """What every kind of step has around it: the way, before and after."""
    return {
        "step": opened.step,
        "module": opened.step.version.module,
        "version": opened.step.version,
        "number": opened.number,
        "total": len(opened.places),
        "way": way(opened.places, opened.step.pk),
        "before": opened.before,
        "after": opened.after,
    }


def way(steps: Sequence[Place], current: int) -> SafeString:
    """The steps at the side of the reader, done ones with their tick."""
    rows = []
    for place in steps:
        here = place.pk == current
        sign = "next" if here else "check" if place.is_done else "ring"
        rows.append(
            (
                mark_safe(' class="done"') if place.is_done else "",
                reverse("step", args=[place.pk]),
                mark_safe(' aria-current="step"') if here else "",
                icon(sign),
                place.title,
                ", done" if place.is_done else "",
            )
        )
    return format_html_join(
        "\n",
        '<li{}><a href="{}"{}>{} <span>{}<span class="unseen">{}</span></span></a></li>',
        rows,
    )


def _lesson(request: MemberRequest, opened: Opened) -> HttpResponse:
    found = opened.step
    return render(
        request,
        "learning/lesson.html",
        {
            **_around(opened),
            "html": mark_safe(found.html),  # noqa: S308  sanitised when it was brought in
            "notes": notes_to_read(request.member, found, found.version.module_id),
            "sources": sources_of(found),
        },
    )


def sources_of(found: Step) -> SafeString:
    """What the facts of the lesson rest on, with dates, in the order in which it cites them."""
    rows = []
    for source in found.sources:
        published = ", ".join(
            str(source[part]) for part in ("publisher", "date") if source.get(part)
        )
        note = source.get("note") or ""
        rows.append(
            (source["id"], source["title"], published, format_html(" {}", note) if note else "")
        )
    return format_html_join("\n", '<li id="source-{}"><cite>{}</cite>. {}.{}</li>', rows)


PURPOSES = {
    Quiz.Purpose.PRE_TEST: (
        "It shows where to begin and what you may skim. It counts for nothing: not for the module, "
        "not for what is said of you."
    ),
    Quiz.Purpose.PRACTICE: (
        "Each answer is opened as soon as you commit it. What you commit before that counts as "
        "evidence of what you can do; nothing can be failed here."
    ),
    Quiz.Purpose.GATE: (
        "It shows that the module was learnt. Answers are opened after you hand it in; every "
        "answer counts as evidence, and passing is needed to complete the module."
    ),
}


def _quiz(request: MemberRequest, opened: Opened) -> HttpResponse:
    """The door to a quiz: what it is for, what counts, one's tries so far, and when it opens."""
    found = opened.step
    quiz: Quiz = found.quiz
    quiz.step = found
    tries = list(
        Attempt.objects.filter(
            member=request.member,
            quiz__step__key=found.key,
            quiz__step__version__module_id=found.version.module_id,
        ).order_by("started_at", "pk")
    )
    until = None
    try:
        drawing.refuse_too_early(request.member, quiz)
    except drawing.MustWait as wait:
        until = wait.until
    return render(
        request,
        "learning/quiz_door.html",
        {
            **_around(opened),
            "quiz": quiz,
            "purpose": PURPOSES[Quiz.Purpose(quiz.purpose)],
            "tries": _tries(tries),
            "is_open": any(
                each.state == Attempt.State.OPEN and each.quiz_id == quiz.pk for each in tries
            ),
            "until": until,
            "has_passed": any(each.passed for each in tries),
        },
    )


def _tries(tries: Sequence[Attempt]) -> SafeString:
    rows = []
    for number, each in enumerate(tries, 1):
        if each.state != Attempt.State.SUBMITTED:
            continue
        if each.passed is None:
            css, sign, word = "", "check", "Handed in"
        elif each.passed:
            css, sign, word = "met", "full", "Passed"
        else:
            css, sign, word = "", "ring", "Not passed yet"
        share = f"{round((each.score or 0) * 100)}\N{NO-BREAK SPACE}% of the points"
        rows.append(
            (
                reverse("quiz_review", args=[each.pk]),
                number,
                css,
                icon(sign),
                word,
                share,
                moment(each.submitted_at),
            )
        )
    return format_html_join(
        "\n",
        '<li><a href="{}">Try {}</a> <span class="end state {}">{} {}</span><p>{} · {}</p></li>',
        rows,
    )


def _exercise(request: MemberRequest, opened: Opened) -> HttpResponse:
    """The door to a rehearsal: what it is, how it is rehearsed, what counts, one's runs so far."""
    found = opened.step
    version = exercises.version_for(found)
    runs = list(exercises.runs_of(request.member, found))
    rung = Run.Rung(found.exercise.rung)
    ladder = dict(READ if version and version.only_reads else RUNGS)
    return render(
        request,
        "learning/exercise_door.html",
        {
            **_around(opened),
            "scenario": version.scenario if version else None,
            "rung": rung.label,
            "rung_words": ladder.get(rung, ""),
            "counts": rung == Run.Rung.SUPERVISED,
            "is_live": rung == Run.Rung.LIVE,
            "going_on": exercises.going_on(request.member, found, version),
            "elsewhere": exercises.runs_elsewhere(request.member, version).count()
            if version
            else 0,
            "runs": run_rows(runs),
            "has_finished": any(run.state == Run.State.FINISHED for run in runs),
            "has_counted": any(run.counts for run in runs),
        },
    )


def run_rows(runs: Sequence[Run]) -> SafeString:
    """One's own runs, each with how it stands: points, the time of its day, or what is left."""
    clocks = clocks_of(list(runs))
    rows = []
    for number, run in enumerate(runs):
        css, sign, word = "", "half", run.get_state_display()
        if run.state == Run.State.FINISHED:
            css, sign, word = "met", "full", points_of(run)
        elif run.state == Run.State.WAITING:
            css, sign, word = "you", "hold", f"waits at {clocks[run.pk]}" if clocks else "waits"
        elif run.state in Run.OVER:
            sign = "ring"
        rows.append(
            (
                page_of(run),
                f"Run {len(runs) - number}",
                css,
                icon(sign),
                word,
                "begun" if run.finished_at is None else "finished",
                moment(run.finished_at or run.created_at),
                "; it counts" if run.counts else "",
            )
        )
    return format_html_join(
        "\n",
        '<li><a href="{}">{}</a> <span class="end state {}">{} {}</span><p>{} {}{}</p></li>',
        rows,
    )


def points_of(run: Run) -> str:
    """ "71 points", or that there are none."""
    return f"{run.score['total']} points" if run.score else "without points"
