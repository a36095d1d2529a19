"""Whether figures name where they come from, and whether sources are used and dated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from curriculum.linting.passages import cited, passages
from curriculum.models import Step
from curriculum.packages.checked import Checked, CheckedModule, CheckedStep
from curriculum.packages.report import Finding

NO_SOURCE = "figures-without-source"
NOT_NAMED = "source-not-used"
NOT_CITED = "source-not-cited"
UNDATED = "source-without-date"

# What a reader may ask “who says so?” of.
CLAIM = re.compile(
    r"[0-9]\s?(?:%|per cent\b)|\b(?:19[5-9]|20[0-4])[0-9]\b"
    r"|\b(?:study|studies|survey|surveys|court|courts)\b",
    re.IGNORECASE,
)
ELSEWHERE = re.compile(r"\]\((?:law:|https:)")
INVENTED = {"example", "yours"}  # boxes with invented companies: their figures need no source


def findings(checked: Checked) -> Iterator[Finding]:
    for module in checked.modules:
        lessons = [step for step in module.steps if step.kind.kind == Step.Kind.LESSON]
        for step in lessons:
            yield from _lesson(step)
        yield from _module(
            module, {key for step in lessons for key in step.source.document.sources}
        )


def _lesson(step: CheckedStep) -> Iterator[Finding]:
    typed = step.source
    named = cited(typed.document.body, typed.document.sources)
    for number, source in enumerate(typed.document.sources):
        if source not in named:
            message = (
                f"The lesson lists “{source}” and never cites it: ({source}) where it is used."
            )
            line = typed.marked.line(("sources", number))
            yield Finding(typed.file, line, "warning", NOT_CITED, message)
    if named or ELSEWHERE.search(typed.document.body):
        return
    for passage in passages(typed.document.body):
        if passage.shape == "title" or INVENTED & set(passage.boxes):
            continue
        if claim := CLAIM.search(passage.text):
            message = f"“{claim[0]}” asks for a source, and the lesson cites none."
            line = step.first_line + passage.line + passage.text.count("\n", 0, claim.start())
            yield Finding(typed.file, line, "warning", NO_SOURCE, message)
            return


def _module(module: CheckedModule, used: set[str]) -> Iterator[Finding]:
    typed = module.source
    for number, source in enumerate(typed.document.sources):
        line = typed.marked.line(("sources", number, "id"))
        if source.id not in used:
            message = f"No lesson names the source “{source.id}”."
            yield Finding(typed.file, line, "warning", NOT_NAMED, message)
        if source.date is None:
            message = f"The source “{source.id}” has no date."
            yield Finding(typed.file, line, "warning", UNDATED, message)
