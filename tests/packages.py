"""Small packages in the one format, made in memory: every kind of step, little of each."""

from __future__ import annotations

import io
import json
import zipfile

from curriculum.packages.known import Known
from curriculum.packages.loading import load
from curriculum.packages.reading import Package
from people.models import Member, Organisation

COMPETENCIES = ("U1", "U2", "D1")


def _yaml(value: object) -> str:
    """JSON is YAML, and needs no care with quotes."""
    return json.dumps(value, ensure_ascii=False, indent=1)


def _item(key: str, number: int, competency: str, word: str) -> dict[str, object]:
    return {
        "id": f"{key}-{number}",
        "title": f"Case {number} {word}".strip(),
        "kind": "single",
        "competency": competency,
        "level": 1,
        "lesson": f"reading{_dashed(word)}",
        "case": f"An assistant drafts answer {number}. {word}",
        "ask": f"What comes first? {word}",
        "options": [
            {
                "text": f"Choice {letter} {word}",
                "right": letter == "a",
                "follows": f"Then this happens. {word}",
                "because": f"This is why. {word}",
            }
            for letter in "abcd"
        ],
    }


def _dashed(word: str) -> str:
    return f"-{word}" if word else ""


def _quiz(key: str, purpose: str, count: int, draw: int, word: str) -> str:
    return _yaml(
        {
            "id": f"{purpose}{_dashed(word)}",
            "title": f"{purpose.title()} quiz {word}".strip(),
            "purpose": purpose,
            "draw": draw,
            "pass_mark": 75 if purpose == "gate" else None,
            "time_limit": None,
            "items": [
                _item(f"{key.lower()}-{purpose}{_dashed(word)}", n, COMPETENCIES[n % 2], word)
                for n in range(1, count + 1)
            ],
        }
    )


def _task(name: str, word: str) -> str:
    return _yaml(
        {
            "id": f"{name}{_dashed(word)}",
            "title": f"The task {name} {word}".strip(),
            "minutes": 30,
            "due_days": 14,
            "brief": f"Do this at your own work. {word}",
            "measure": {
                "name": f"Uses {word}".strip(),
                "unit": "per cent",
                "better": "higher",
                "hint": f"Count them. {word}",
            },
            "graded_by": "either",
            "appeal": f"Ask for a second grader. {word}",
            "criteria": [
                {
                    "id": f"criterion-{number}",
                    "title": f"Criterion {number} {word}".strip(),
                    "competency": "U1",
                    "level": 1,
                    "bands": [f"Band {band} {word}".strip() for band in range(5)],
                }
                for number in range(1, 5)
            ],
        }
    )


def module_files(key: str, word: str = "", scenario: str = "") -> dict[str, str]:
    """A module with two lessons, a pre-test, a practice quiz, a gate of 16 and two tasks; with
    `scenario` also a rehearsal of it."""
    base = f"modules/{key}/"
    lessons = {f"reading{_dashed(word)}": "Reading", f"doing{_dashed(word)}": "Doing"}
    steps = [
        ("quiz", f"pre-test{_dashed(word)}"),
        *(("lesson", each) for each in lessons),
        ("quiz", f"practice{_dashed(word)}"),
        ("quiz", f"gate{_dashed(word)}"),
        ("task", f"first{_dashed(word)}"),
        ("task", f"second{_dashed(word)}"),
    ]
    if scenario:
        steps.append(("exercise", f"rehearse{_dashed(word)}"))
    files = {
        base + "module.yaml": _yaml(
            {
                "id": key,
                "title": f"Module {key} {word}".strip(),
                "summary": f"What it is about. {word}",
                "minutes": 35,
                "requires": [],
                "competencies": {"U1": 1, "U2": 1},
                "objectives": [{"verb": "understand", "text": f"Say what it does {word}"}],
                "steps": [{"kind": kind, "id": name} for kind, name in steps],
                "sources": [
                    {
                        "id": f"source{_dashed(word)}",
                        "title": f"A source {word}",
                        "publisher": f"A publisher {word}",
                        "date": "2024",
                    }
                ],
            }
        )
    }
    for name, title in lessons.items():
        front = _yaml(
            {
                "id": name,
                "title": f"{title} {key} {word}".strip(),
                "minutes": 5,
                "sources": [f"source{_dashed(word)}"],
            }
        )
        text = f"A situation of the reader's own. {word}\n\n## The idea\n\nWords of {key}. {word}\n"
        files[f"{base}lessons/{name}.md"] = f"---\n{front}\n---\n{text}"
    for purpose, count, draw in (("pre-test", 2, 2), ("practice", 3, 3), ("gate", 16, 8)):
        path = f"{base}quizzes/{purpose}{_dashed(word)}.yaml"
        files[path] = _quiz(key, purpose, count, draw, word)
    if scenario:
        files[f"{base}exercises/rehearse{_dashed(word)}.yaml"] = _yaml(
            {
                "id": f"rehearse{_dashed(word)}",
                "title": f"Rehearse {word}".strip(),
                "scenario": scenario,
                "rung": "supervised",
                "minutes": 20,
            }
        )
    for name in ("first", "second"):
        files[f"{base}tasks/{name}{_dashed(word)}.yaml"] = _task(name, word)
    return files


def own_package(key: str, word: str = "", scenario: str = "") -> Package:
    """What an organisation brings in: a module of its own and a track with it."""
    track = f"own{_dashed(word)}"
    return Package(
        {
            "package.yaml": _yaml(
                {"format": 1, "id": f"own{_dashed(word)}", "title": f"Our own {word}".strip()}
            ),
            f"tracks/{track}.yaml": _yaml(
                {
                    "id": track,
                    "title": f"Our own track {word}".strip(),
                    "summary": f"For everybody here. {word}",
                    "layer": None,
                    "modules": [key],
                }
            ),
            **module_files(key, word, scenario),
        }
    )


def library_package() -> Package:
    """A built-in library of one domain pair, one job role, one track and one module."""
    files = {
        "package.yaml": _yaml({"format": 1, "id": "small-library", "title": "A small library"}),
        "tracks/foundation.yaml": _yaml(
            {
                "id": "foundation",
                "title": "Foundation",
                "summary": "For everybody.",
                "layer": None,
                "modules": ["F1"],
            }
        ),
        "job-roles/customer.yaml": _yaml(
            {
                "id": "customer",
                "layer": "customer",
                "name": "Customer-facing",
                "summary": "Answers customers.",
                "tracks": ["foundation"],
                "targets": {"U1": {"level": 1, "critical": True}, "U2": {"level": 2}},
                "interaction_points": [
                    {
                        "id": "CU1",
                        "decision": "Trust, edit or discard",
                        "information": "What it rests on.",
                        "skills": ["U1"],
                        "good": "It is checked.",
                        "bad": "It is sent as it is.",
                    }
                ],
            }
        ),
        **module_files("F1"),
    }
    for order, (domain, name) in enumerate((("U", "Understand"), ("D", "Direct")), 1):
        files[f"competencies/{name.lower()}.yaml"] = _yaml(
            {
                "domain": {"id": domain, "name": name, "order": order},
                "competencies": [
                    {
                        "id": each,
                        "name": f"Competency {each}",
                        "short": each,
                        "definition": "What it is.",
                        "behaviours": ["One.", "Two.", "Three.", "Four."],
                    }
                    for each in COMPETENCIES
                    if each[0] == domain
                ],
            }
        )
    return Package(files)


def zipped(package: Package) -> bytes:
    """As a trainer would upload it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in package.files.items():
            archive.writestr(path, text)
    return content.getvalue()


def load_library() -> None:
    _load(library_package(), None, None)


def load_own(
    organisation: Organisation, by: Member, key: str, word: str = "", scenario: str = ""
) -> None:
    _load(own_package(key, word, scenario), organisation, by)


def _load(package: Package, organisation: Organisation | None, by: Member | None) -> None:
    known = None if organisation else Known()
    report = load(package, organisation=organisation, by=by, publish=True, known=known)
    assert report.ok, "\n".join(map(str, report.faults))
