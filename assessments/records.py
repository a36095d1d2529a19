"""What assessments keeps about a person: sections of "my record" and what each column holds."""

from __future__ import annotations

from django.db.models import Q

from assessments.models import (
    Attempt,
    AttemptItem,
    Exercise,
    ExerciseRun,
    Item,
    Mark,
    Quiz,
    QuizItem,
    Submission,
    WorkplaceTask,
)
from assessments.questions import question
from people.models import Member
from people.personal_data import Row, classify, register_section
from people.templatetags.tutti import moment


def attempts_of(member: Member) -> list[Row]:
    attempts = Attempt.objects.filter(member=member).select_related("quiz__step")
    return [
        {
            "Quiz": attempt.quiz.step.title,
            "Try": attempt.number,
            "Started": moment(attempt.started_at),
            "Submitted": moment(attempt.submitted_at),
            "Points in per cent": None if attempt.score is None else round(attempt.score * 100),
            "Passed": attempt.passed,
        }
        for attempt in attempts.order_by("started_at")
    ]


def answers_of(member: Member) -> list[Row]:
    """Every answer; whether it was right only once that was shown."""
    given = Q(saved_at__isnull=False) | Q(late_answer__isnull=False)
    places = AttemptItem.objects.filter(given, attempt__member=member)
    places = places.select_related("attempt__quiz__step", "item")
    sure = {1: "unsure", 2: "fairly sure", 3: "sure"}
    return [
        {
            "Quiz": place.attempt.quiz.step.title,
            "Try": place.attempt.number,
            "Question": place.item.title,
            "Answer": question(place.item).in_words(place.answer),
            "Came after the time": question(place.item).in_words(place.late_answer),
            "How sure": sure.get(place.confidence or 0, ""),
            "Saved": moment(place.saved_at),
            "Credit in per cent": None if place.credit is None else round(place.credit * 100),
        }
        for place in places.order_by("attempt__started_at", "order")
    ]


def works_of(member: Member) -> list[Row]:
    works = Submission.objects.filter(member=member).select_related("task__step")
    return [
        {
            "Workplace task": work.task.step.title,
            "State": work.get_state_display(),
            "Text": work.text,
            "Measure before": None if work.measure_before is None else str(work.measure_before),
            "Measure after": None if work.measure_after is None else str(work.measure_after),
            "Handed in": moment(work.handed_in_at),
            "Returned with": work.returned_with,
            "Appeal": work.appeal_reason,
        }
        for work in works.order_by("started_at")
    ]


def marks_of(member: Member) -> list[Row]:
    marks = Mark.objects.filter(submission__member=member)
    marks = marks.select_related("submission__task__step", "grader__user")
    return [
        {
            "Workplace task": mark.submission.task.step.title,
            "Criterion": mark.criterion,
            "Band": mark.band,
            "Comment": mark.comment,
            "Grader": mark.grader.name,
            "Marked": moment(mark.at),
        }
        for mark in marks.order_by("at", "pk")
    ]


def connect() -> None:
    register_section("Quizzes you took", attempts_of)
    register_section("Answers you gave", answers_of)
    register_section("Workplace tasks", works_of)
    register_section("Marks you were given", marks_of)
    for model in (Item, Quiz, QuizItem, WorkplaceTask, Exercise):
        classify(model, none=[field.name for field in model._meta.concrete_fields])
    classify(Quiz, none=["items"])
    classify(
        Attempt,
        personal=["score", "passed"],
        pseudonymous=["member"],
        none=_others(Attempt, "score", "passed", "member"),
    )
    classify(ExerciseRun, pseudonymous=["run"], none=["step"])
    answer = ("answer", "late_answer", "late_counted", "confidence", "credit")
    classify(
        AttemptItem,
        personal=answer,
        pseudonymous=["attempt"],
        none=_others(AttemptItem, *answer, "attempt"),
    )
    work = ("text", "measure_before", "measure_after", "returned_with", "appeal_reason")
    classify(
        Submission,
        personal=work,
        pseudonymous=["member"],
        none=_others(Submission, *work, "member"),
    )
    classify(
        Mark,
        personal=["band", "comment"],
        pseudonymous=["submission", "grader"],
        none=_others(Mark, "band", "comment", "submission", "grader"),
    )


def _others(model: type[Attempt | AttemptItem | Submission | Mark], *named: str) -> list[str]:
    return [field.name for field in model._meta.concrete_fields if field.name not in named]
