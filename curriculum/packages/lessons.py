"""Lessons as a step kind: Markdown below a front matter of YAML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from curriculum.models import Step
from curriculum.packages.documents import LessonDocument
from curriculum.packages.kinds import ModuleContext, Problem, StepKind, Wording
from curriculum.packages.marked_yaml import Marked, parse


def read(text: str) -> tuple[Marked, int]:
    """The front matter with the Markdown as `body`, and the line where the Markdown begins."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return _broken("A lesson begins with `---` and its front matter."), 1
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        return _broken("The front matter is not closed by a line with `---`."), 1
    marked = parse("\n".join(lines[1:end]), first_line=2)
    if isinstance(marked.value, dict):
        if "body" in marked.value:
            marked.faults.append((marked.line(("body",)), "body: This key is not known here."))
        marked.value["body"] = "\n".join(lines[end + 1 :])
        marked.lines[("body",)] = end + 2
    return marked, end + 2


def _broken(message: str) -> Marked:
    return Marked(faults=[(1, message)], broken=True)


def _check(lesson: LessonDocument, context: ModuleContext) -> Iterable[Problem]:
    for place, source in enumerate(lesson.sources):
        if source not in context.sources:
            yield Problem(
                ("sources", place), f"The module has no source “{source}” among its `sources`."
            )


def _write(step: Step, lesson: LessonDocument, rendered: Sequence[str]) -> None:
    """Nothing: a lesson stands wholly on its step, which the loader has written."""


LESSON = StepKind(
    kind=Step.Kind.LESSON,
    folder="lessons",
    document=LessonDocument,
    title=lambda lesson: lesson.title,
    minutes=lambda lesson: lesson.minutes,
    check=_check,
    markdown=lambda lesson: [lesson.body],
    write=_write,
    wordings=lambda lesson: [Wording(("body",), lesson.body, markdown=True)],
)
