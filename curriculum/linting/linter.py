"""All rules over one package."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import islice

from curriculum.linting import coverage, freshness, lengths, repetition, sources, wording
from curriculum.linting.behind import Behind
from curriculum.linting.texts import everything
from curriculum.packages.checked import Checked
from curriculum.packages.report import Finding
from people import clock

# What the built-in library promises of itself; an organisation decides for its own package.
PROMISED = {
    coverage.POINT_NOT_TAUGHT,
    coverage.TARGET_NOT_AIMED_AT,
    coverage.TOO_FEW_ITEMS,
    lengths.LESSON_LENGTH,
    freshness.OUT_OF_DATE,
}

MOST_LETTERS = 10_000_000  # three times the whole library
MOST_FINDINGS = 5_000  # after that somebody plays with us


def lint(
    checked: Checked,
    *,
    built_in: bool = True,
    behind: Behind | None = None,
    today: date | None = None,
) -> list[Finding]:
    """Every finding, sorted. `behind` is what the package rests on: for one of an organisation.

    Of a package with faults modules or steps are missing and lessons were not laid out: what
    would be said of coverage, words and minutes would be wrong and is left out.
    """
    if sum(len(text) for each in checked.modules for text in each.files.values()) > MOST_LETTERS:
        message = "The package is too large for the linter; check it in parts."
        return [Finding("package.yaml", 0, "warning", repetition.TOO_MUCH, message)]
    found = list(islice(_found(checked, behind or Behind(), today or clock.today()), MOST_FINDINGS))
    if not built_in:
        found = [replace(each, severity="warning") if each.code in PROMISED else each
                 for each in found]  # fmt: skip
    return sorted(set(found))


def _found(checked: Checked, behind: Behind, today: date) -> Iterator[Finding]:
    if not checked.faults:
        yield from coverage.findings(checked, behind)
    yield from lengths.findings(checked)
    for module in checked.modules:
        for step in module.steps:
            typed = step.source
            for remark in step.kind.lint(typed.document, module.document.competencies):
                line = typed.marked.line(remark.path)
                yield Finding(typed.file, line, remark.severity, remark.code, remark.message)
    yield from sources.findings(checked)
    yield from freshness.findings(checked, today)
    repeated = repetition.Repetition()
    for said in everything(checked):  # not kept: a hostile package is large
        yield from wording.findings(said)
        repeated.take(said)
    yield from repeated.findings()
