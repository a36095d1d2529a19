"""A package in its types, as checking found it and loading writes it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from curriculum.packages import kinds
from curriculum.packages.documents import (
    DomainDocument,
    JobRoleDocument,
    LawDocument,
    ModuleDocument,
    PackageDocument,
    TrackDocument,
)
from curriculum.packages.marked_yaml import Marked
from curriculum.packages.report import Fault
from curriculum.rendering import Rendered, Source

Document = TypeVar("Document", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Typed(Generic[Document]):
    """A document that has its type, with what is needed to say where something stands."""

    file: str
    document: Document
    marked: Marked

    def fault(self, message: str, *path: str | int) -> Fault:
        return Fault(self.file, self.marked.line(path), message)


@dataclass(slots=True)
class CheckedStep:
    kind: kinds.StepKind[Any]
    source: Typed[Any]
    markdown: list[Source] = field(default_factory=list)
    first_line: int = 0  # where the Markdown of a lesson begins
    rendered: list[Rendered] = field(default_factory=list)


@dataclass(slots=True)
class CheckedModule:
    source: Typed[ModuleDocument]
    steps: list[CheckedStep]
    files: dict[str, str]

    @property
    def document(self) -> ModuleDocument:
        return self.source.document

    @property
    def digest(self) -> str:
        return digest(self.files)


@dataclass(slots=True)
class CheckedFolder:
    """A top-level folder of a registered kind: what was read from it, and its texts laid out."""

    kind: kinds.FolderKind[Any]
    thing: Any
    base: str
    files: dict[str, str]
    texts: list[kinds.Text] = field(default_factory=list)
    rendered: list[Rendered] = field(default_factory=list)


@dataclass(slots=True)
class Checked:
    """A package in its types. Only one without faults is written."""

    package: Typed[PackageDocument] | None = None
    domains: list[Typed[DomainDocument]] = field(default_factory=list)
    law: Typed[LawDocument] | None = None
    job_roles: list[Typed[JobRoleDocument]] = field(default_factory=list)
    tracks: list[Typed[TrackDocument]] = field(default_factory=list)
    modules: list[CheckedModule] = field(default_factory=list)
    folders: list[CheckedFolder] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def digest(files: dict[str, str]) -> str:
    """SHA-256 over the paths and texts of a module's folder."""
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
