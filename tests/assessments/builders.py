"""Modules with quizzes and tasks for the tests, written through the package documents."""

from __future__ import annotations

import itertools
from typing import Any

from assessments.models import Attempt, AttemptItem, Quiz, Submission, WorkplaceTask
from assessments.questions import question
from assessments.quiz_documents import QUIZ
from assessments.task_documents import TASK
from curriculum.models import Competency, Domain, Module, ModuleVersion, Step
from people import clock
from people.models import Member, Organisation

_count = itertools.count(1)

# Must never be in a page or an answer of the server before an item is revealed.
CANARY = "canary-of-the-answer"


def make_competency(key: str = "U1") -> Competency:
    domain, _ = Domain.objects.get_or_create(id="U", defaults={"name": "Understand", "order": 1})
    competency, _ = Competency.objects.get_or_create(
        id=key, defaults={"domain": domain, "name": "AI concepts", "short": "Concepts", "order": 1}
    )
    return competency


def item(kind: str = "single", key: str = "q1", **more: Any) -> dict[str, Any]:
    """A valid item document; everything that tells right from wrong holds the canary."""
    common = {
        "id": key,
        "title": f"Title of {key}",
        "kind": kind,
        "competency": "U1",
        "level": 1,
        "lesson": "lesson-one",
        "case": "A situation.",
        "ask": f"What now, {key}?",
    }
    two = {"right": f"{CANARY} follows right", "wrong": f"{CANARY} follows wrong"}
    why = {"right": f"{CANARY} because right", "wrong": f"{CANARY} because wrong"}
    because = f"{CANARY} because"

    def options(rights: list[bool]) -> list[dict[str, Any]]:
        return [
            {
                "text": f"Option {letter} of {key}",
                "right": right,
                "follows": f"{CANARY} follows {letter}",
                "because": f"{CANARY} because {letter}",
            }
            for letter, right in zip("ABCDEF", rights, strict=False)
        ]

    own: dict[str, dict[str, Any]] = {
        "single": {"options": options([True, False, False, False])},
        "multiple": {"options": options([True, True, False, False, False])},
        "ordering": {
            "sequence": [{"text": f"Step {n} of {key}", "because": because} for n in "wxyz"],
            "follows": two,
        },
        "matching": {
            "pairs": [
                {"left": f"Left {n}", "right": f"Fits {n}", "because": because} for n in "abc"
            ],
            "spare": ["Fits nothing"],
            "follows": two,
        },
        "numeric": {
            "answer": 1234.5,
            "tolerance": 0.5,
            "unit": "hours",
            "follows": two,
            "because": why,
        },
        "short": {"accept": [f"{CANARY} owner", "the owner"], "follows": two, "because": why},
    }
    return {**common, **own[kind], **more}


def quiz_document(
    purpose: str = "gate", items: list[dict[str, Any]] | None = None, **more: Any
) -> Any:
    count = 16 if purpose == "gate" else 3
    asked = items or [item(key=f"{purpose}-{n}") for n in range(1, count + 1)]
    values = {
        "id": purpose,
        "title": f"The {purpose}",
        "purpose": purpose,
        "draw": 8 if purpose == "gate" else len(asked),
        "pass_mark": 75 if purpose == "gate" else None,
        "time_limit": None,
        "items": asked,
        **more,
    }
    return QUIZ.document.model_validate(values)


def task_document(**more: Any) -> Any:
    criteria = [
        {
            "id": f"criterion-{n}",
            "title": f"Criterion {n}",
            "competency": "U1",
            "level": 2,
            "bands": [f"Band {band} of {n}" for band in range(5)],
        }
        for n in range(1, 5)
    ]
    values = {
        "id": "the-task",
        "title": "List the AI in your week",
        "minutes": 45,
        "due_days": 14,
        "brief": "What to do.",
        "measure": {
            "name": "Uses with an owner",
            "unit": "per cent",
            "better": "higher",
            "hint": "Count.",
        },
        "graded_by": "either",
        "appeal": "Ask for a second grader within 14 days.",
        "criteria": criteria,
        **more,
    }
    return TASK.document.model_validate(values)


def make_module(
    *documents: Any, organisation: Organisation | None = None, publish: bool = True
) -> ModuleVersion:
    """A module with one lesson and a step for each document, in order."""
    make_competency()
    module = Module.objects.create(
        organisation=organisation, key=f"M-{next(_count)}", title="Taking over well"
    )
    version = ModuleVersion.objects.create(
        module=module, number=1, title=module.title, minutes=30, digest="0" * 64
    )
    Step.objects.create(
        version=version, kind=Step.Kind.LESSON, key="lesson-one", order=1, title="The lesson"
    )
    for order, document in enumerate(documents, start=2):
        kind = QUIZ if isinstance(document, QUIZ.document) else TASK
        step = Step.objects.create(
            version=version,
            kind=kind.kind,
            key=document.id,
            order=order,
            title=kind.title(document),
            minutes=kind.minutes(document),
        )
        kind.write(
            step,
            document,
            [f"<p>{source}</p>" if source else "" for source in kind.markdown(document)],
        )
    if publish:
        publish_version(version)
    return version


def publish_version(version: ModuleVersion) -> None:
    ModuleVersion.objects.filter(pk=version.pk).update(
        state=ModuleVersion.State.PUBLISHED, published_at=clock.now()
    )
    Module.objects.filter(pk=version.module_id).update(published_version=version)


def make_quiz(
    purpose: str = "gate", items: list[dict[str, Any]] | None = None, **more: Any
) -> Quiz:
    version = make_module(quiz_document(purpose, items, **more))
    return Quiz.objects.select_related("step__version__module").get(step__version=version)


def make_task(**more: Any) -> WorkplaceTask:
    version = make_module(task_document(**more))
    return WorkplaceTask.objects.select_related("step__version__module").get(step__version=version)


def places_of(attempt: Attempt) -> list[AttemptItem]:
    return list(
        AttemptItem.objects.filter(attempt=attempt)
        .select_related("item", "attempt")
        .order_by("order")
    )


def posted_for(place: AttemptItem, right: bool = True) -> dict[str, Any]:
    """What a browser would post for a single-choice item."""
    form = question(place.item).form(None, place.shuffle)
    for shown, text, _ in form["options"]:
        if text.startswith("Option A") == right:
            return {"answer": str(shown)}
    raise AssertionError


def answer_all(attempt: Attempt, right: bool = True) -> None:
    """Saves an answer to every single-choice item, straight into the table."""
    for place in places_of(attempt):
        AttemptItem.objects.filter(pk=place.pk).update(
            answer=0 if right else 1, sequence=1, saved_at=clock.now()
        )


def hand_in(
    member: Member, task: WorkplaceTask, text: str = "What I did.", **more: Any
) -> Submission:
    return Submission.objects.create(
        member=member,
        task=task,
        text=text,
        state=Submission.State.HANDED_IN,
        handed_in_at=clock.now(),
        **more,
    )
