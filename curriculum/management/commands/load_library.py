"""Loads and publishes the built-in library; safe to run again at every start."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand

from curriculum.management.commands.check_library import LIBRARY
from curriculum.packages.known import Known
from curriculum.packages.loading import load
from curriculum.packages.reading import read_folder


class Command(BaseCommand):
    help = "Loads the built-in library and publishes what is new or changed, or changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        report = load(read_folder(LIBRARY), organisation=None, by=None, publish=True, known=Known())
        for fault in report.faults:
            self.stderr.write(str(fault))
        if not report.ok:
            self.stderr.write(f"{len(report.faults)} faults; nothing was written.")
            sys.exit(1)
        if options.get("verbosity", 1) < 1:
            return
        counts = Counter((change.what, change.state) for change in report.changes)
        for (what, state), count in sorted(counts.items()):
            self.stdout.write(f"{what}: {count} {state}")
