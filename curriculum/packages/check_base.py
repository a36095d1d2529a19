"""What every check of a package uses: its files, what is known, typing a document, faults."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any, TypeVar

from pydantic import ValidationError

from curriculum.packages import kinds
from curriculum.packages.checked import Checked, Document, Typed
from curriculum.packages.documents import faults_of
from curriculum.packages.known import Known
from curriculum.packages.marked_yaml import Marked, parse
from curriculum.packages.reading import Package
from curriculum.packages.report import Fault
from curriculum.packages.salvage import salvage


class CheckBase:
    def __init__(self, package: Package, known: Known) -> None:
        self.files = package.files
        self.known = known
        self.checked = Checked(faults=list(package.faults))
        self.lessons: dict[str, set[str]] = {}  # module → its lessons, also of broken modules
        self.ids: dict[str, str] = {}  # item id → file
        self.competencies = known.competencies
        self.law = known.law
        self.offers: dict[str, dict[str, frozenset[str] | None]] = {
            kind.folder: dict(known.offers.get(kind.folder, {})) for kind in kinds.folder_kinds()
        }
        self.broken_framework = False

    def fault(self, file: str, message: str, line: int = 0) -> None:
        self.checked.faults.append(Fault(file, line, message))

    def say(self, faults: Iterable[Fault]) -> None:
        self.checked.faults.extend(faults)

    def typed(self, file: str, kind: type[Document]) -> Typed[Document] | None:
        return self.validate(file, parse(self.files[file]), kind)

    def validate(self, file: str, marked: Marked, kind: type[Document]) -> Typed[Document] | None:
        self.say(Fault(file, line, message) for line, message in marked.faults)
        if marked.broken:
            return None
        try:
            return Typed(file, kind.model_validate(marked.value), marked)
        except ValidationError as error:
            self.say(faults_of(error, marked, file))
            left = salvage(kind, marked.value, error)
            return None if left is None else Typed(file, left, marked)
        except RecursionError:
            self.fault(file, "The document is nested too deeply.")
        return None

    def folder(self, name: str) -> list[str]:
        paths = (PurePosixPath(file) for file in self.files)
        return sorted(str(path) for path in paths if path.parts[0] == name and len(path.parts) == 2)

    def named_by_id(self, typed: Typed[Any]) -> None:
        if PurePosixPath(typed.file).stem != typed.document.id:
            message = f"The id “{typed.document.id}” must be the name of the file."
            self.say([typed.fault(message, "id")])

    def competency(self, typed: Typed[Any], name: str, *path: str | int) -> None:
        # With a domain that cannot be read, its competencies are not missing.
        if name not in self.competencies and not self.broken_framework:
            self.say([typed.fault(f"There is no competency “{name}”.", *path)])

    def lesson_exists(self, module: str, lesson: str) -> bool:
        if module in self.lessons:
            return lesson in self.lessons[module]
        known = self.known.modules.get(module)
        return known is not None and lesson in known.lessons

    def law_exists(self, entry: str) -> bool:
        return entry in self.law

    def module_exists(self, module: str) -> bool:
        return module in self.lessons or module in self.known.modules


Value = TypeVar("Value")


def repeated(values: list[Value]) -> list[tuple[int, Value]]:
    """Each value that stood earlier in the list, with its place."""
    seen: Counter[Any] = Counter()
    found = []
    for place, value in enumerate(values):
        if seen[value]:
            found.append((place, value))
        seen[value] += 1
    return found


def line_of(text: str, pattern: str) -> int:
    """The line of the last match, so that the second of two equal ids is the one pointed at."""
    found = [match.start() for match in re.finditer(pattern, text)]
    return text.count("\n", 0, found[-1]) + 1 if found else 1
