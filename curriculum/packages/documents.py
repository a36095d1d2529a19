"""The strict types of the documents that curriculum itself owns."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from curriculum.packages.marked_yaml import Marked
from curriculum.packages.report import Fault

Text = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"\S")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=160, pattern=r"^[^\n]*\S[^\n]*$")]
Slug = Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
StepId = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
ModuleId = Annotated[
    str, StringConstraints(max_length=40, pattern=r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$")
]
CompetencyId = Annotated[str, StringConstraints(max_length=4, pattern=r"^[A-Z]{1,2}[0-9]{1,2}$")]
Layer = Literal["executive", "operations", "product", "customer", "governance", "technical"]
Level = Annotated[int, Field(ge=1, le=4)]
PointId = Annotated[str, StringConstraints(max_length=8, pattern=r"^[A-Z0-9]+$")]
Day = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")
]
Published = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(-[0-9]{2}){0,2}$")]
Address = Annotated[str, StringConstraints(max_length=400, pattern=r"^https://\S+$")]
Verb = Literal["remember", "understand", "apply", "analyse", "evaluate", "create"]


def text(most: int) -> Any:
    """A constraint for one line that must fit its column."""
    return StringConstraints(min_length=1, max_length=most, pattern=r"^[^\n]*\S[^\n]*$")


class Strict(BaseModel):
    """No unknown keys, no conversions: what is written is what is meant."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PackageDocument(Strict):
    format: Literal[1]
    id: Slug
    title: Line
    licence: Annotated[str, text(80)] = ""


class DomainPart(Strict):
    id: Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,2}$")]
    name: Annotated[str, text(60)]
    order: Annotated[int, Field(ge=1, le=99)]


class CrosswalkPart(Strict):
    framework: Annotated[str, text(80)]
    version: Annotated[str, text(40)]
    code: Annotated[str, text(60)]
    relation: Annotated[str, text(20)]
    verified: bool


class CompetencyPart(Strict):
    id: CompetencyId
    name: Annotated[str, text(80)]
    short: Annotated[str, text(10)]
    definition: Text
    behaviours: Annotated[list[Text], Field(min_length=4, max_length=4)]
    crosswalk: list[CrosswalkPart] = []


class DomainDocument(Strict):
    domain: DomainPart
    competencies: Annotated[list[CompetencyPart], Field(min_length=1)]


class TargetPart(Strict):
    level: Level
    critical: bool = False


class InteractionPointPart(Strict):
    id: PointId
    decision: Annotated[str, text(200)]
    information: Text
    skills: Annotated[list[CompetencyId], Field(min_length=1)]
    good: Text
    bad: Text


class JobRoleDocument(Strict):
    id: Slug
    layer: Layer
    name: Annotated[str, text(80)]
    summary: Text
    tracks: list[Slug] = []
    targets: dict[CompetencyId, TargetPart]
    interaction_points: list[InteractionPointPart] = []


class TrackDocument(Strict):
    id: Slug
    title: Line
    summary: Text
    layer: Layer | None
    modules: Annotated[list[ModuleId], Field(min_length=1)]

    stand_ins: ClassVar[dict[str, Any]] = {"title": "?", "summary": "?", "layer": None}


class ObjectivePart(Strict):
    verb: Verb
    text: Text


class StepPart(Strict):
    kind: Literal["lesson", "quiz", "exercise", "task"]
    id: StepId


class SourcePart(Strict):
    id: StepId
    title: Text
    publisher: Text
    date: Published | None = None
    note: Text | None = None
    url: Address | None = None
    review_by: Day | None = None


class ModuleDocument(Strict):
    id: ModuleId
    title: Line
    summary: Text
    minutes: Annotated[int, Field(ge=5, le=90)]
    requires: list[ModuleId] = []
    competencies: Annotated[dict[CompetencyId, Level], Field(min_length=1)]
    interaction_points: list[PointId] = []
    objectives: Annotated[list[ObjectivePart], Field(min_length=1)]
    steps: Annotated[list[StepPart], Field(min_length=1, max_length=60)]
    sources: list[SourcePart] = []

    stand_ins: ClassVar[dict[str, Any]] = {
        "title": "?",
        "summary": "?",
        "minutes": 35,
        "requires": [],
        "interaction_points": [],
        "objectives": [{"verb": "apply", "text": "?"}],
        "sources": [],
    }


class LawSourcePart(Strict):
    title: Text
    publisher: Text
    date: Published
    url: Address | None = None


class LawPart(Strict):
    """One entry: what the law `says` in our words, since when it `applies`, what is open."""

    id: Slug
    title: Line
    reference: Line
    says: Text
    applies: Text
    unsettled: Text | None = None
    source: LawSourcePart


class LawDocument(Strict):
    """The one dated record of the law: what was read on the day `as_of`."""

    as_of: Day
    review_by: Day
    note: Text
    entries: Annotated[list[LawPart], Field(min_length=1, max_length=60)]


class LessonDocument(Strict):
    """A lesson's front matter, and below it the Markdown as `body`."""

    id: StepId
    title: Line
    minutes: Annotated[int, Field(ge=1, le=60)]
    sources: list[StepId] = []

    body: Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]

    stand_ins: ClassVar[dict[str, Any]] = {"title": "?", "minutes": 5, "sources": []}


PLAIN = {
    "missing": "This is missing.",
    "extra_forbidden": "This key is not known here.",
    "string_type": "This must be text; put it in quotes.",
    "int_type": "This must be a whole number without quotes.",
    "float_type": "This must be a number without quotes.",
    "bool_type": "This must be true or false, without quotes.",
    "list_type": "This must be a list.",
    "dict_type": "This must be keys with values.",
    "model_type": "This must be keys with values.",
    "model_attributes_type": "This must be keys with values.",
    "none_required": "This must be null.",
}


def faults_of(error: ValidationError, marked: Marked, file: str) -> list[Fault]:
    """Each of pydantic's complaints with the line it is about and the path to it."""
    found = []
    for complaint in error.errors(include_url=False, include_context=True):
        path = complaint["loc"]
        known = [part for part in path if not _is_tag(part)]
        message = PLAIN.get(complaint["type"]) or _plain(complaint)
        place = "".join(f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in known).lstrip(".")
        shown = f"{place[:100]}: {message}" if place else message
        found.append(Fault(file, marked.line(path), shown))
    return found


def _is_tag(part: int | str) -> bool:
    """Whether pydantic put this into the path and the author did not."""
    return isinstance(part, str) and ("[" in part or "(" in part)


def _plain(complaint: Any) -> str:
    context = complaint.get("ctx", {})
    match complaint["type"]:
        case "string_pattern_mismatch":
            given = str(complaint.get("input", ""))[:60]
            return f"“{given}” is not written as this must be (see the package format)."
        case "string_too_long":
            return f"This is too long; the limit is {context['max_length']} characters."
        case "string_too_short":
            return "This must not be empty."
        case "too_short":
            return f"There must be at least {context['min_length']}."
        case "too_long":
            return f"There may be at most {context['max_length']}."
        case "literal_error":
            return f"This must be one of {context['expected']}."
        case "value_error":
            return str(context["error"])
        case _:
            return f"{complaint['msg']}."
