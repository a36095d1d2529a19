"""The workplace task as a document of a package: its strict type, its checks, how it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from assessments import previews
from assessments.models import WorkplaceTask
from assessments.questions.base import Id, Line, Strict, Words
from curriculum.linting.passages import passages
from curriculum.models import Step
from curriculum.packages.kinds import ModuleContext, Problem, Remark, StepKind, Wording

CRITERIA = 4
BANDS = 5
# Words of instructions; quotations and tables are the material of a written exercise. The briefs of
# the library have 170 to 380; beyond that people lose the step they are at.
LONGEST_BRIEF = 400


class Measure(Strict):
    """The business measure that the task should move."""

    name: Line
    unit: Line
    better: Literal["higher", "lower"]
    hint: Words


class Criterion(Strict):
    id: Id
    title: Line
    competency: Annotated[str, StringConstraints(min_length=1, max_length=4)]
    level: Annotated[int, Field(ge=1, le=4)]
    bands: Annotated[list[Line], Field(min_length=BANDS, max_length=BANDS)]


class TaskDocument(Strict):
    id: Id
    title: Annotated[Line, Field(max_length=160)]
    minutes: Annotated[int, Field(ge=5, le=600)]
    due_days: Annotated[int, Field(ge=1, le=365)]
    brief: Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
    measure: Measure
    graded_by: Literal["trainer", "manager", "either"]
    appeal: Words
    criteria: Annotated[list[Criterion], Field(min_length=CRITERIA, max_length=CRITERIA)]
    marking: Annotated[str, StringConstraints(min_length=1, max_length=8_000)] | None = None


def check(document: TaskDocument, context: ModuleContext) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, criterion in enumerate(document.criteria):
        if criterion.id in seen:
            yield Problem(("criteria", number, "id"), f"a second criterion {criterion.id}")
        seen.add(criterion.id)
        if criterion.competency not in context.competencies:
            yield Problem(
                ("criteria", number, "competency"),
                f"there is no competency {criterion.competency}",
            )


def lint(document: TaskDocument, aims: Mapping[str, int]) -> Iterator[Remark]:
    told = [each.text for each in passages(document.brief) if each.shape == "prose"]
    count = len(" ".join(told).split())
    if count > LONGEST_BRIEF:
        message = f"The brief tells what to do in {count} words; {LONGEST_BRIEF} are a lot already."
        yield Remark(("brief",), "warning", "brief-too-long", message)


def wordings(document: TaskDocument) -> Iterator[Wording]:
    """The sentence on appeals is the same in every task, so that nobody has to look for it."""
    yield Wording(("brief",), document.brief, markdown=True)
    if document.marking:
        yield Wording(("marking",), document.marking, markdown=True)
    yield Wording(("measure", "hint"), document.measure.hint)
    yield Wording(("appeal",), document.appeal, fixed=True)
    for number, criterion in enumerate(document.criteria):
        yield Wording(("criteria", number, "title"), criterion.title)
        for place, band in enumerate(criterion.bands):
            yield Wording(("criteria", number, "bands", place), band)


def write(step: Step, document: TaskDocument, rendered: Sequence[str]) -> None:
    brief, *marking = rendered
    WorkplaceTask.objects.create(
        step=step,
        brief=brief,
        due_days=document.due_days,
        measure=document.measure.model_dump(mode="json"),
        graded_by=document.graded_by,
        appeal=document.appeal,
        criteria=[criterion.model_dump(mode="json") for criterion in document.criteria],
        marking="".join(marking),
    )


TASK = StepKind(
    kind=Step.Kind.TASK,
    folder="tasks",
    document=TaskDocument,
    title=lambda document: document.title,
    minutes=lambda document: document.minutes,
    check=check,
    markdown=lambda document: [each for each in (document.brief, document.marking) if each],
    write=write,
    preview=previews.task,
    lint=lint,
    wordings=wordings,
    clocked=False,
)
