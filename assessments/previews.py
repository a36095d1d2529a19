"""The steps of assessments as a learner meets them, for the trainers who publish them.

Curriculum's workshop has asked who may see the step; nothing here is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from assessments import exercises
from assessments.models import Exercise, Quiz, QuizItem, WorkplaceTask
from assessments.questions import Question, form_template, question, review_template
from assessments.questions.base import Outcomes
from assessments.review import Shown
from curriculum.models import Competency, Step
from sandbox import scenarios
from sandbox.models import Run

SEED = 1  # a preview shuffles as some learner's page does, and every time alike


@dataclass(frozen=True, slots=True)
class Preview:
    """One item: what is asked, and what is shown after a right answer and after any other."""

    order: int
    asked: Question
    template: str
    form: dict[str, Any]
    outcomes: list[tuple[str, Shown]]
    lesson: Step | None

    @property
    def at(self) -> str:
        """Before every id of the fragment, since the page holds many."""
        return f"case-{self.order}-"


def _common(step: Step) -> dict[str, Any]:
    return {
        "step": step,
        "version": step.version,
        "module": step.version.module,
        "steps": step.version.steps.defer("html", "text"),
    }


def quiz(request: HttpRequest, step: Step) -> HttpResponse:
    """Every item of the quiz in the order of the file."""
    found = Quiz.objects.get(step=step)
    places = list(QuizItem.objects.filter(quiz=found).select_related("item").order_by("order"))
    lessons = {
        lesson.key: lesson
        for lesson in step.version.steps.filter(kind=Step.Kind.LESSON).defer("html", "text")
    }
    items = [
        _preview(number, question(place.item), lessons.get(place.lesson))
        for number, place in enumerate(places, 1)
    ]
    context = {**_common(step), "quiz": found, "items": items, "count": len(items)}
    return render(request, "assessments/preview_quiz.html", context)


def _preview(order: int, asked: Question, lesson: Step | None) -> Preview:
    right = _outcome(order, asked, asked.right_answer(), 1.0)
    outcomes = [("After a right answer", right)]
    if isinstance(getattr(asked, "follows", None), Outcomes):
        # Kinds with options show what follows each of them at once; these have a second text.
        outcomes.append(("After any other answer", _outcome(order, asked, None, 0.0)))
    return Preview(
        order=order,
        asked=asked,
        template=form_template(asked.kind),
        form=asked.form(None, SEED),
        outcomes=outcomes,
        lesson=lesson,
    )


def _outcome(order: int, asked: Question, answer: Any, credit: float) -> Shown:
    return Shown(
        order=order,
        asked=asked,
        template=review_template(asked.kind),
        review=asked.review(answer, SEED),
        credit=credit,
        answered=True,
        sure="",
        late="",
        lesson=None,
    )


def task(request: HttpRequest, step: Step) -> HttpResponse:
    """The brief, the measure, and the rubric with all its bands."""
    found = WorkplaceTask.objects.get(step=step)
    names = Competency.objects.in_bulk([each["competency"] for each in found.criteria])
    criteria = [(each, names.get(each["competency"])) for each in found.criteria]
    context = {**_common(step), "task": found, "criteria": criteria}
    return render(request, "assessments/preview_task.html", context)


def exercise(request: HttpRequest, step: Step) -> HttpResponse:
    """The brief of the scenario, the rung, what it is evidence of, and what its check found."""
    found = Exercise.objects.get(step=step)
    version = exercises.version_for(step, drafts=True)
    context = {**_common(step), "exercise": found, "scenario_version": version}
    if version is not None:
        script = scenarios.loaded(version).scenario
        names = Competency.objects.in_bulk([each.competency for each in script.criteria])
        context |= {
            "script": script,
            "criteria": [(each, names.get(each.competency)) for each in script.criteria],
            "report": version.report,
            "counts": found.rung == Run.Rung.SUPERVISED,
        }
    return render(request, "assessments/preview_exercise.html", context)
