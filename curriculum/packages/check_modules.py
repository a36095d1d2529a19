"""Modules of a package: their lists, their steps, and the prose in them."""

from __future__ import annotations

import re
from typing import Any

from curriculum.models import Step
from curriculum.packages import kinds, lessons, prose
from curriculum.packages.check_base import CheckBase, line_of, repeated
from curriculum.packages.checked import CheckedModule, CheckedStep, Typed
from curriculum.packages.documents import LessonDocument, ModuleDocument
from curriculum.packages.marked_yaml import parse
from curriculum.rendering import Source

FOLDER_OF = {"lesson": "lessons", "quiz": "quizzes", "exercise": "exercises", "task": "tasks"}
TITLE = 160


class CheckModules(CheckBase):
    def module(self, name: str) -> None:
        base = f"modules/{name}/"
        files = {
            path.removeprefix(base): text
            for path, text in self.files.items()
            if path.startswith(base)
        }
        if "module.yaml" not in files:
            self.fault(f"{base}module.yaml", "This file is missing; every module has one.")
            return
        typed = self.typed(f"{base}module.yaml", ModuleDocument)
        if typed is None:
            return
        document = typed.document
        if document.id != name:
            self.say([typed.fault(f"The id must be the name of the folder, “{name}”.", "id")])
        if self.known.built_in and not 30 <= document.minutes <= 40:
            self.say([typed.fault("A built-in module takes 30 to 40 minutes.", "minutes")])
        for competency in document.competencies:
            self.competency(typed, competency, "competencies", competency)
        self._module_lists(typed)
        steps = self._steps(typed, base)
        named = {"module.yaml"} | {
            f"{FOLDER_OF[step.kind]}/{step.id}{'.md' if step.kind == 'lesson' else '.yaml'}"
            for step in document.steps
        }
        for path in sorted(files.keys() - named):
            self.fault(base + path, "No step of the module names this file.")
        self.checked.modules.append(CheckedModule(typed, steps, files))

    def _module_lists(self, typed: Typed[ModuleDocument]) -> None:
        document = typed.document
        for place, source in repeated([source.id for source in document.sources]):
            message = f"The source “{source}” is here twice."
            self.say([typed.fault(message, "sources", place, "id")])
        for place, (kind, key) in repeated([(step.kind, step.id) for step in document.steps]):
            self.say([typed.fault(f"The {kind} “{key}” is here twice.", "steps", place, "id")])
        for place, module in repeated(document.requires):
            self.say([typed.fault(f"“{module}” is here twice.", "requires", place)])
        for place, module in enumerate(document.requires):
            if not self.module_exists(module):
                self.say([typed.fault(f"There is no module “{module}”.", "requires", place)])

    def _steps(self, typed: Typed[ModuleDocument], base: str) -> list[CheckedStep]:
        context = kinds.ModuleContext(
            typed.document.id,
            self.competencies,
            frozenset(step.id for step in typed.document.steps if step.kind == "lesson"),
            frozenset(source.id for source in typed.document.sources),
            self.offers,
        )
        found = []
        for place, step in enumerate(typed.document.steps):
            kind = kinds.step_kind(step.kind)
            if kind is None:
                message = f"Steps of the kind “{step.kind}” are not known here."
                self.say([typed.fault(message, "steps", place, "kind")])
                continue
            file = f"{base}{kind.folder}/{step.id}{kind.suffix}"
            if file not in self.files:
                message = f"The file {kind.folder}/{step.id}{kind.suffix} of this step is missing."
                self.say([typed.fault(message, "steps", place, "id")])
                continue
            checked = self._step(kind, file, context)
            if checked is not None:
                found.append(checked)
        return found

    def _step(
        self, kind: kinds.StepKind[Any], file: str, context: kinds.ModuleContext
    ) -> CheckedStep | None:
        first_line = 0
        if kind.kind == Step.Kind.LESSON:
            marked, first_line = lessons.read(self.files[file])
        else:
            marked = parse(self.files[file])
        typed = self.validate(file, marked, kind.document)
        if typed is None:
            return None
        document = typed.document
        self.named_by_id(typed)
        for problem in kind.check(document, context):
            self.say([typed.fault(problem.message, *problem.path)])
        for item in kind.ids(document):
            line = line_of(self.files[file], rf"\bid:\s*[\"']?{re.escape(item)}\b")
            if item in self.ids:
                message = f"The id “{item}” is in the package twice; also in {self.ids[item]}."
                self.fault(file, message, line)
            self.ids.setdefault(item, file)
        if len(kind.title(document)) > TITLE:
            self.say([typed.fault(f"The title is longer than {TITLE} characters.", "title")])
        sources = tuple(document.sources) if isinstance(document, LessonDocument) else ()
        is_lesson = kind.kind == Step.Kind.LESSON
        markdown = [Source(text, sources, is_lesson) for text in kind.markdown(document)]
        for source in markdown:
            self._prose(file, source.text, first_line)
        return CheckedStep(kind, typed, markdown, first_line)

    def _prose(self, file: str, text: str, first_line: int) -> None:
        lines = text.split("\n")
        for number, message in prose.problems(text, self.lesson_exists, self.law_exists):
            if first_line:
                line = first_line + number
            else:
                line = line_of(self.files[file], re.escape(lines[number].strip()))
            self.fault(file, message, line)
