"""Checks a package folder (by default the built-in library) and lists faults and findings."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.template.defaultfilters import pluralize

from curriculum.linting import lint
from curriculum.linting.behind import behind
from curriculum.packages.checked import Checked
from curriculum.packages.checking import check
from curriculum.packages.known import Known, known_to
from curriculum.packages.reading import read_folder
from curriculum.packages.report import Fault, Finding, Report

LIBRARY = Path(__file__).resolve().parents[2] / "library"


class Command(BaseCommand):
    help = (
        "Checks a package folder: types, references, limits (faults), then what the linter says of "
        "it (errors and warnings). Writes nothing. Fails with any fault or error."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", nargs="?", type=Path, default=LIBRARY)
        parser.add_argument("--strict", action="store_true", help="Fail with a warning too.")
        parser.add_argument(
            "--quiet-warnings", action="store_true", help="Count the warnings, do not list them."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["path"]
        package = read_folder(path)
        whole = "competencies" in {file.split("/")[0] for file in package.files}
        # A package without a framework of its own rests on the library in the database.
        checked = check(package, Known() if whole else known_to(None))
        findings = lint(checked, built_in=whole, behind=None if whole else behind(None))
        report = Report()
        report.add(checked.faults)
        errors = [each for each in findings if each.severity == "error"]
        warnings = [each for each in findings if each.severity == "warning"]
        self._list("fault", report.faults)
        if report.faults:
            self.stderr.write(
                "Coverage, word counts and minutes are looked at when the faults are mended.\n"
            )
        self._list("error", errors)
        self._list("warning", warnings, quiet=options["quiet_warnings"])
        if report.faults or errors or (options["strict"] and warnings):
            sys.exit(1)
        self._in_order(path.name, checked)

    def _list(self, what: str, found: Iterable[Fault | Finding], *, quiet: bool = False) -> None:
        lines = [str(each) for each in found]
        if lines:
            shown = [] if quiet else lines
            count = f"{len(lines)} {what}{pluralize(len(lines))}."
            self.stderr.write("\n".join([*shown, count, ""]))

    def _in_order(self, name: str, checked: Checked) -> None:
        steps = sum(len(module.steps) for module in checked.modules)
        self.stdout.write(
            f"{name} is in order: {len(checked.tracks)} tracks, "
            f"{len(checked.modules)} modules, {steps} steps."
        )
