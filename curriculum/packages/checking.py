"""One pass over a whole package: each document typed, each reference followed, all faults told."""

from __future__ import annotations

from pathlib import PurePosixPath

from curriculum.packages.check_folders import CheckFolders
from curriculum.packages.check_modules import CheckModules
from curriculum.packages.check_references import LAW, CheckReferences
from curriculum.packages.checked import Checked
from curriculum.packages.documents import PackageDocument
from curriculum.packages.known import Known
from curriculum.packages.reading import Package
from curriculum.rendering import Source, render_all

FOLDERS = {"competencies", "job-roles", "tracks"}


def check(package: Package, known: Known) -> Checked:
    """Types, references, limits, and every text laid out once. Writes nothing."""
    checking = _Checking(package, known)
    checking.run()
    return checking.checked


class _Checking(CheckFolders, CheckModules, CheckReferences):
    def run(self) -> None:
        self._places()
        if "package.yaml" in self.files:
            self.checked.package = self.typed("package.yaml", PackageDocument)
        else:
            self.fault("package.yaml", "This file is missing; every package has one.")
        self.framework()
        self.law_record()
        self._module_names()
        self.top_folders()
        for name in sorted(self.lessons):
            self.module(name)
        self.tracks()
        self.job_roles()
        self.points_taught()
        self.cycles()
        self._render()

    def _places(self) -> None:
        """Refuses files in places that the format does not have."""
        for path in self.files:
            parts = path.split("/")
            known = (
                path in ("package.yaml", LAW)
                or (len(parts) == 2 and parts[0] in FOLDERS and path.endswith(".yaml"))
                or (len(parts) >= 3 and parts[0] == "modules")
                or self.is_folder_place(parts)
            )
            if not known:
                self.fault(path, "A package has no such place (see the package format).")

    def _module_names(self) -> None:
        """Which modules the package holds, and which lessons their folders."""
        for path in self.files:
            parts = path.split("/")
            if parts[0] == "modules" and len(parts) >= 3:
                found = self.lessons.setdefault(parts[1], set())
                if len(parts) == 4 and parts[2] == "lessons":
                    found.add(PurePosixPath(path).stem)

    def _render(self) -> None:
        """Lays out every text. Not when there are faults already: that costs time for nothing."""
        if self.checked.faults:
            return
        steps = [step for module in self.checked.modules for step in module.steps]
        texts = [text for folder in self.checked.folders for text in folder.texts]
        every = render_all(
            [
                *(source for step in steps for source in step.markdown),
                *(Source(text.markdown) for text in texts),
            ]
        )
        rest = iter(every)
        for step in steps:
            step.rendered = [next(rest) for _ in step.markdown]
            for rendered in step.rendered:
                if rendered.error:
                    self.fault(step.source.file, rendered.error, step.first_line or 1)
        for folder in self.checked.folders:
            folder.rendered = [next(rest) for _ in folder.texts]
            for text, rendered in zip(folder.texts, folder.rendered, strict=True):
                if rendered.error:
                    self.fault(folder.base + text.file, rendered.error, 1)
