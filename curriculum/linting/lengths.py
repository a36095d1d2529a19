"""Whether lessons and modules take the time that they announce, and read easily enough."""

from __future__ import annotations

from collections.abc import Iterator

from curriculum.linting.readability import lix
from curriculum.linting.texts import of_step
from curriculum.models import Step
from curriculum.packages.checked import Checked, CheckedModule, CheckedStep
from curriculum.packages.report import Finding

LESSON_LENGTH = "lesson-length"
HARD_TO_READ = "hard-to-read"
CHOPPY = "choppy"
MODULE_MINUTES = "module-minutes"

# Four to five minutes with an example to work through, at 110 to 130 words a minute.
FEWEST = 350
MOST = 620

# LIX of the first 48 lessons: 22 to 34, on average 28, give or take 3. Outside is something else.
BAND = (19.0, 38.0)

# A reader plans with the module's minutes; the lessons' own are rounded, so some slack is fair.
SLACK = 0.15


def findings(checked: Checked) -> Iterator[Finding]:
    for module in checked.modules:
        for step in module.steps:
            if step.kind.kind == Step.Kind.LESSON:
                yield from _words(step)
                yield from _reading(module, step)
        if not checked.faults:  # else a step may be missing
            yield from _minutes(module)


def _words(step: CheckedStep) -> Iterator[Finding]:
    """As laid out, folded parts included; a lesson of a package with faults was not laid out."""
    for rendered in step.rendered:
        count = sum(any(map(str.isalnum, word)) for word in rendered.text.split())
        if not FEWEST <= count <= MOST:
            message = f"The lesson has {count} words; a lesson has {FEWEST} to {MOST}."
            yield Finding(step.source.file, step.first_line, "error", LESSON_LENGTH, message)


def _reading(module: CheckedModule, step: CheckedStep) -> Iterator[Finding]:
    index = lix(of_step(module, step))
    easy, hard = BAND
    if index is not None and index > hard:
        message = (
            f"The lesson is hard to read (LIX {index:.0f}, above {hard:.0f}): "
            "shorten sentences and long words."
        )
        yield Finding(step.source.file, step.first_line, "warning", HARD_TO_READ, message)
    elif index is not None and index < easy:
        message = (
            f"The lesson reads choppily (LIX {index:.0f}, below {easy:.0f}): "
            "join what belongs together."
        )
        yield Finding(step.source.file, step.first_line, "warning", CHOPPY, message)


def _minutes(module: CheckedModule) -> Iterator[Finding]:
    """Work after the module and rehearsals are shown apart and not counted."""
    said = module.document.minutes
    total = sum(
        step.kind.minutes(step.source.document) for step in module.steps if step.kind.clocked
    )
    if abs(total - said) > SLACK * said:
        message = f"The module says {said} minutes, its lessons and quizzes take {total}."
        line = module.source.marked.line(("minutes",))
        yield Finding(module.source.file, line, "warning", MODULE_MINUTES, message)
