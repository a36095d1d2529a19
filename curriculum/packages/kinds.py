"""What a package may hold besides: kinds of steps and of folders, registered from `apps.py`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel

from curriculum.models import Step
from curriculum.packages.report import Severity, State
from people.models import Member, Organisation

Document = TypeVar("Document", bound=BaseModel)
Thing = TypeVar("Thing")

# Folder → id → what a step may ask of it; None where it is broken and was complained about.
Offers = Mapping[str, Mapping[str, frozenset[str] | None]]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong inside one document: `path` leads to the value, as ("items", 3, "kind")."""

    path: tuple[str | int, ...]
    message: str


@dataclass(frozen=True, slots=True)
class ModuleContext:
    """What a step document may refer to: competencies, the module's own parts, other folders."""

    module_id: str
    competencies: frozenset[str]
    lessons: frozenset[str]
    sources: frozenset[str] = frozenset()
    offers: Offers = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Remark:
    """What the linter says of one document; `code` names the rule, `path` leads to the value."""

    path: tuple[str | int, ...]
    severity: Severity
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Wording:
    """Words of a document that people read; `fixed` ones are meant to be the same everywhere."""

    path: tuple[str | int, ...]
    text: str
    markdown: bool = False
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class StepKind(Generic[Document]):
    """How one kind of step document is read and written.

    `document` is its strict pydantic type; `check` finds what types cannot; `markdown` lists the
    Markdown sources in it, in a fixed order, and `write` gets them rendered in the same order and
    hangs the kind's own row on the step. `ids` are the item ids that must be unique in a package.
    `preview` answers a trainer who wants to see the step as a learner does, read only. `along` are
    the files, by their path in the package, that an export takes along for the step's sake.

    The rest is for the linter: `lint` gets the levels that the module aims at, by competency, and
    says what is allowed and yet not well made; `wordings` are the words that people read; `asked`
    names the competency of each question, and `asked_of` counts them by module version (its
    primary key) and competency in what is loaded; `clocked` tells whether the step's minutes count
    towards the module's.
    """

    kind: Step.Kind
    folder: str
    document: type[Document]
    title: Callable[[Document], str]
    minutes: Callable[[Document], int]
    check: Callable[[Document, ModuleContext], Iterable[Problem]]
    markdown: Callable[[Document], Sequence[str]]
    write: Callable[[Step, Document, Sequence[str]], None]
    ids: Callable[[Document], Sequence[str]] = lambda _: ()
    preview: Callable[[HttpRequest, Step], HttpResponse] | None = None
    along: Callable[[Step], Mapping[str, str]] | None = None
    lint: Callable[[Document, Mapping[str, int]], Iterable[Remark]] = lambda *_: ()
    wordings: Callable[[Document], Iterable[Wording]] = lambda _: ()
    asked: Callable[[Document], Sequence[str]] = lambda _: ()
    asked_of: Callable[[Collection[int]], Iterable[tuple[int, str, int]]] = lambda _: ()
    clocked: bool = True

    @property
    def suffix(self) -> str:
        return ".md" if self.kind == Step.Kind.LESSON else ".yaml"


@dataclass(frozen=True, slots=True)
class FolderContext:
    """What the document of a folder may refer to beyond its folder."""

    competencies: frozenset[str]
    lesson_exists: Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Text:
    """Markdown of a folder, with the file it stands in, to be laid out."""

    file: str
    markdown: str


@dataclass(frozen=True, slots=True)
class FolderKind(Generic[Thing]):
    """How one kind of top-level folder is read and written: `FOLDER/ID/` with its `main` file.

    Beside the YAML of `main` a folder holds Markdown below `documents/` and the files in `extra`.
    `read` gets the parsed values and the documents by file name without ".md", and gives the thing
    or all that is wrong. `offers` says what a step may ask of it (an exercise: its rungs), `known`
    the same for what an organisation can refer to already. `states` tells what a write would do,
    and `write` gets the texts of `markdown` laid out, in their order, inside the transaction.
    """

    name: str
    folder: str
    main: str
    read: Callable[[Any, Mapping[str, str], FolderContext], tuple[Thing | None, Sequence[Problem]]]
    id: Callable[[Thing], str]
    title: Callable[[Thing], str]
    offers: Callable[[Thing], frozenset[str]]
    markdown: Callable[[Thing], Sequence[Text]]
    known: Callable[[Organisation | None], Mapping[str, frozenset[str]]]
    states: Callable[[Sequence[Thing], Organisation | None], Sequence[State]]
    write: Callable[
        [Thing, Sequence[str], Mapping[str, str], Organisation | None, Member | None], None
    ]
    extra: frozenset[str] = frozenset()


_kinds: dict[str, StepKind[Any]] = {}
_folders: dict[str, FolderKind[Any]] = {}


def register(kind: StepKind[Any]) -> None:
    """Makes the kind known to the loader; once for each."""
    _kinds[kind.kind.value] = kind


def step_kind(name: str) -> StepKind[Any] | None:
    return _kinds.get(name)


def register_folder(kind: FolderKind[Any]) -> None:
    """Makes a top-level folder known to the loader; once for each."""
    _folders[kind.folder] = kind


def folder_kinds() -> list[FolderKind[Any]]:
    return list(_folders.values())


def registered() -> dict[str, StepKind[Any]]:
    return dict(_kinds)
