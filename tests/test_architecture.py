"""The rules of the house that a machine can check: imports, files, templates, words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter import cli

from people import personal_data

ROOT = Path(__file__).resolve().parent.parent
APPS = ("config", "people", "curriculum", "sandbox", "assessments", "learning")
ROOMS = (*APPS, "bench", "tests")
LONGEST = 500
LONGEST_TEST = 600

# Where text becomes HTML unescaped, and why that is right there.
TRUSTED = {
    "curriculum/views/modules.py": "lessons, sanitised when they were brought in",
    "learning/drawings.py": "drawings built of numbers and dates",
    "learning/grid.py": "cells built of escaped parts",
    "learning/search_index.py": "snippets built of escaped parts and <mark>",
    "learning/views/map.py": "fixed words and marks of a cell",
    "learning/views/steps.py": "lessons, sanitised when they were brought in; fixed attributes",
    "learning/views/tracks.py": "a fixed word",
    "sandbox/timeline/engraving.py": "the timeline, built of numbers and escaped words",
}
# Templates that print what was sanitised when it was brought in, and how often.
PRINTED = {
    "templates/assessments/quiz_item.html": {"asked.case": 2},
    "templates/assessments/quiz_review.html": {"shown.asked.case": 1},
    "templates/assessments/late_answers.html": {"each.asked.case": 1},
    "templates/assessments/grade.html": {"task.brief": 1, "task.marking": 1},
    "templates/assessments/preview_quiz.html": {"each.asked.case": 1},
    "templates/assessments/preview_task.html": {"task.brief": 1, "task.marking": 1},
    "templates/assessments/task.html": {"task.brief": 1},
    "templates/sandbox/paper.html": {"paper.html": 1},
}


def python_files(*rooms: str) -> Iterator[Path]:
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_imports_go_down_only() -> None:
    assert cli.lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_people_knows_no_app_above_it() -> None:
    """Also not by a deferred import, which would dodge the order."""
    above = {
        "people": APPS[2:],
        "curriculum": APPS[3:],
        "sandbox": ("curriculum", *APPS[4:]),
        "assessments": APPS[5:],
    }
    found = []
    for room, forbidden in above.items():
        for path in python_files(room):
            for node in ast.walk(ast.parse(path.read_text())):
                modules = (
                    [each.name for each in node.names]
                    if isinstance(node, ast.Import)
                    else [node.module or ""]
                    if isinstance(node, ast.ImportFrom)
                    else []
                )
                found += [f"{name(path)}: {m}" for m in modules if m.split(".")[0] in forbidden]
    assert found == []


def test_no_room_reaches_into_the_pages_of_another() -> None:
    """Across apps: models, access and named activities, never somebody else's views or forms."""
    found = []
    for room in APPS:
        for path in python_files(room):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.ImportFrom) or not node.module:
                    continue
                parts = node.module.split(".")
                if parts[0] in APPS and parts[0] != room and {"views", "forms"} & set(parts[1:]):
                    found.append(f"{name(path)}: {node.module}")
    assert found == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        name(path)
        for path in [*python_files(*ROOMS), ROOT / "run.py"]
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_no_file_is_too_long_to_hold_in_mind() -> None:
    ours = [*python_files(*ROOMS), *templates(), ROOT / "run.py"]
    ours += [*(ROOT / "static/js").glob("*.js"), *(ROOT / "static/css").glob("*.css")]
    lengths = {name(path): len(path.read_text().splitlines()) for path in ours}
    most = {path: LONGEST_TEST if path.startswith("tests/") else LONGEST for path in lengths}
    assert {path: length for path, length in lengths.items() if length > most[path]} == {}


def test_no_file_is_named_for_nothing() -> None:
    vague = {"utils", "util", "services", "service", "helpers", "misc", "common"}
    assert [name(path) for path in python_files(*ROOMS) if path.stem in vague] == []


def test_html_is_made_unescaped_in_few_known_places() -> None:
    pattern = re.compile(r"\b(?:mark_safe|SafeString|SafeText)\(")
    found = {name(path) for path in python_files(*APPS) if pattern.search(path.read_text())}
    assert sorted(found) == sorted(TRUSTED)


def test_templates_print_unescaped_only_what_was_sanitised() -> None:
    found: dict[str, dict[str, int]] = {}
    for path in templates():
        for each in re.findall(r"\{\{\s*([\w.]+)\s*\|\s*safe\b", path.read_text()):
            counts = found.setdefault(name(path), {})
            counts[each] = counts.get(each, 0) + 1
    assert found == PRINTED


def test_no_view_waives_its_token() -> None:
    assert [name(path) for path in python_files(*APPS) if "csrf_exempt" in path.read_text()] == []


def test_the_clock_is_asked_and_nothing_else() -> None:
    """So that history can be played and tests can choose the day."""
    wrong = re.compile(r"\btimezone\.now\(|\bdatetime\.(now|utcnow|today)\(|\bdate\.today\(")
    found = [
        name(path)
        for path in python_files(*APPS)
        if wrong.search(path.read_text()) and name(path) != "people/clock.py"
    ]
    assert found == []


FORBIDDEN_IN_TEMPLATES = {
    "an escape that is switched off": re.compile(r"autoescape off|safeseq|\|\s*safe\s*\|"),
    "a style of its own": re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE),
    "a handler in an attribute": re.compile(r"\son[a-z]+\s*=\s*[\"'{]", re.IGNORECASE),
    "a script without an address": re.compile(r"<script\b(?![^>]*\bsrc=)", re.IGNORECASE),
    "a script in an address": re.compile(r"javascript:", re.IGNORECASE),
    "an address off the site": re.compile(r"(?:src|href)=\"(?:https?:)?//", re.IGNORECASE),
    "an evaluated expression": re.compile(r"\bhx-(?:on|vals=\"js:)", re.IGNORECASE),
}


@pytest.mark.parametrize("what", FORBIDDEN_IN_TEMPLATES)
def test_no_template_has(what: str) -> None:
    pattern = FORBIDDEN_IN_TEMPLATES[what]
    found = [
        f"{name(path)}:{number}: {line.strip()[:80]}"
        for path in templates()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def test_python_writes_no_handlers_and_styles_either() -> None:
    pattern = re.compile(r"<[a-z][^>\n]*\s(?:style|on[a-z]+)\s*=", re.IGNORECASE)
    found = [
        f"{name(path)}:{number}"
        for path in python_files(*APPS)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def test_scripts_do_not_evaluate_or_write_markup() -> None:
    pattern = re.compile(r"\beval\(|new Function\(|document\.write|\.outerHTML\s*=")
    ours = (ROOT / "static/js").glob("*.js")
    assert [name(path) for path in ours if pattern.search(path.read_text())] == []


def _included() -> set[str]:
    """Templates that others include, or that Python renders as a part of a page."""
    pattern = re.compile(r"""\{%\s*include\s+["']([^"']+)["']""")
    return {each for path in templates() for each in pattern.findall(path.read_text())}


def test_every_template_is_a_page_of_the_base_or_a_part() -> None:
    """A page extends base.html, by way of others or not; a part holds no document of its own."""
    odd = []
    for path in templates():
        text = path.read_text()
        extends = re.search(r"""\{%\s*extends\s+["']([^"']+)["']""", text)
        if extends:
            if not (ROOT / "templates" / extends.group(1)).exists():
                odd.append(f"{name(path)} extends {extends.group(1)}, which is not ours")
        elif re.search(r"<html|<body|<!doctype", text, re.IGNORECASE) and path.name not in (
            "base.html",
            "500.html",  # these two must render when nothing else works
            "503.html",
        ):
            odd.append(f"{name(path)} is a document of its own")
    assert odd == []


def test_every_template_that_is_included_is_there() -> None:
    missing = [each for each in _included() if not (ROOT / "templates" / each).exists()]
    assert missing == []


def test_every_column_is_classified() -> None:
    """What it says about a living person stands in the register of personal data."""
    assert personal_data.unclassified() == []
