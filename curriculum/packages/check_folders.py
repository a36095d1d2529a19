"""Top-level folders of registered kinds: their files, their main document, what they refer to."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from curriculum.packages import kinds
from curriculum.packages.check_base import CheckBase
from curriculum.packages.checked import CheckedFolder
from curriculum.packages.marked_yaml import parse

DOCUMENTS = "documents"


class CheckFolders(CheckBase):
    def is_folder_place(self, parts: list[str]) -> bool:
        """Whether a file may stand there: the main one, an extra one, or a document."""
        for kind in kinds.folder_kinds():
            if parts[0] != kind.folder:
                continue
            if len(parts) == 3 and parts[2] in {kind.main, *kind.extra}:
                return True
            if len(parts) == 4 and parts[2] == DOCUMENTS and parts[3].endswith(".md"):
                return True
        return False

    def top_folders(self) -> None:
        for kind in kinds.folder_kinds():
            paths = (path.split("/") for path in self.files)
            names = {parts[1] for parts in paths if parts[0] == kind.folder and len(parts) > 2}
            for name in sorted(names):
                self.offers[kind.folder][name] = None
                checked = self._folder(kind, name)
                if checked is not None:
                    self.offers[kind.folder][name] = kind.offers(checked.thing)
                    self.checked.folders.append(checked)

    def _folder(self, kind: kinds.FolderKind[Any], name: str) -> CheckedFolder | None:
        base = f"{kind.folder}/{name}/"
        main = base + kind.main
        files = {
            path.removeprefix(base): text
            for path, text in self.files.items()
            if path.startswith(base)
        }
        if kind.main not in files:
            self.fault(main, f"This file is missing; every {kind.name} has one.")
            return None
        marked = parse(files[kind.main])
        for line, message in marked.faults:
            self.fault(main, message, line)
        if marked.broken:
            return None
        documents = {
            PurePosixPath(path).name.removesuffix(".md"): text
            for path, text in files.items()
            if path.startswith(f"{DOCUMENTS}/")
        }
        context = kinds.FolderContext(self.competencies, self.lesson_exists)
        thing, problems = kind.read(marked.value, documents, context)
        for problem in problems:
            place = ".".join(str(part) for part in problem.path)[:100]
            shown = f"{place}: {problem.message}" if place else problem.message
            self.fault(main, shown, marked.line(problem.path))
        if thing is None:
            return None
        if kind.id(thing) != name:
            message = f"The id must be the name of the folder, “{name}”."
            self.fault(main, message, marked.line(("id",)))
        return CheckedFolder(kind, thing, base, files, list(kind.markdown(thing)))
