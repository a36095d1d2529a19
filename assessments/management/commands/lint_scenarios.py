"""Lints scenarios: plays the references and the naive ways, and says whether they are fair."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from assessments.scenario_folders import LIBRARY, read_scenario
from sandbox.linting import SEEDS, Report, lint
from sandbox.publishing import kept

REPORT = "report.json"


class Command(BaseCommand):
    help = "Lints scenarios (by default all of the built-in library)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", help="Names or folders of scenarios.")
        parser.add_argument("--seeds", type=int, default=SEEDS)
        parser.add_argument("--write", action="store_true", help=f"Keeps {REPORT} beside each.")

    def handle(self, *args: Any, **options: Any) -> None:
        folders = [self._folder(name) for name in options["names"]]
        folders = folders or sorted(path for path in LIBRARY.iterdir() if path.is_dir())
        failed = 0
        for folder in folders:
            scenario, faults = read_scenario(folder)
            if scenario is None:
                for fault in faults:
                    self.stderr.write(f"{folder.name}/{fault}")
                failed += 1
                continue
            report = lint(scenario, options["seeds"])
            self._say(report)
            failed += not report.ok
            if options["write"]:
                document = json.dumps(kept(report, scenario), ensure_ascii=False, indent=1)
                (folder / REPORT).write_text(document + "\n")
        if failed:
            self.stderr.write(f"{failed} of {len(folders)} scenarios are not fit to be published.")
            sys.exit(1)

    def _folder(self, name: str) -> Path:
        return Path(name) if "/" in name else LIBRARY / name

    def _say(self, report: Report) -> None:
        self.stdout.write(f"\n{report.scenario}: {'fair' if report.ok else 'NOT FAIR'}")
        for _, title, points, value in report.ways:
            self.stdout.write(f"  {points:4d} points  {value:8.1f} a run  {title}")
        for check in report.checks:
            if not check.ok:
                self.stdout.write(f"  {'note' if check.warning else 'FAIL'}: {check.words}")
