"""Checks a package folder (by default the built-in library) and lists every fault."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from curriculum.packages.checking import check
from curriculum.packages.known import Known, known_to
from curriculum.packages.reading import read_folder
from curriculum.packages.report import Report

LIBRARY = Path(__file__).resolve().parents[2] / "library"


class Command(BaseCommand):
    help = "Checks a package folder: types, references, limits. Writes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", nargs="?", type=Path, default=LIBRARY)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["path"]
        package = read_folder(path)
        whole = "competencies" in {file.split("/")[0] for file in package.files}
        # A package without a framework of its own rests on the library in the database.
        checked = check(package, Known() if whole else known_to(None))
        report = Report()
        report.add(checked.faults)
        for fault in report.faults:
            self.stderr.write(str(fault))
        if not report.ok:
            self.stderr.write(f"{len(report.faults)} faults in {path.name}.")
            sys.exit(1)
        steps = sum(len(module.steps) for module in checked.modules)
        self.stdout.write(
            f"{path.name} is in order: {len(checked.tracks)} tracks, "
            f"{len(checked.modules)} modules, {steps} steps."
        )
