"""The exercise as a document of a package: a scenario and the rung it is rehearsed on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from assessments import exercises, previews, scenario_documents
from assessments.models import Exercise
from assessments.questions.base import Id, Line, Strict
from curriculum.models import Step
from curriculum.packages.kinds import ModuleContext, Problem, StepKind
from sandbox import scenarios


class ExerciseDocument(Strict):
    id: Id
    title: Annotated[Line, Field(max_length=160)]
    scenario: Id
    rung: Literal["guided", "supervised", "design", "live"]
    minutes: Annotated[int, Field(ge=5, le=120)]


def check(document: ExerciseDocument, context: ModuleContext) -> Iterator[Problem]:
    """The scenario is there, in the package or already, and has that rung."""
    offered = context.offers.get(scenario_documents.FOLDER, {})
    if document.scenario not in offered:
        yield Problem(("scenario",), f"there is no scenario {document.scenario}")
        return
    rungs = offered[document.scenario]
    if rungs is not None and document.rung not in rungs:
        message = f"{document.scenario} cannot be rehearsed as {document.rung}"
        yield Problem(("rung",), f"{message}, only as {' or '.join(sorted(rungs))}")


def write(step: Step, document: ExerciseDocument, rendered: Sequence[str]) -> None:
    Exercise.objects.create(step=step, scenario=document.scenario, rung=document.rung)


def along(step: Step) -> Mapping[str, str]:
    """The scenario, if it is the organisation's own; a built-in one is known everywhere."""
    version = exercises.version_for(step, drafts=True)
    if version is None or version.scenario.organisation_id is None:
        return {}
    return scenario_documents.files_of(scenarios.loaded(version).scenario)


EXERCISE = StepKind(
    kind=Step.Kind.EXERCISE,
    folder="exercises",
    document=ExerciseDocument,
    title=lambda document: document.title,
    minutes=lambda document: document.minutes,
    check=check,
    markdown=lambda _: [],
    write=write,
    preview=previews.exercise,
    along=along,
    clocked=False,
)
