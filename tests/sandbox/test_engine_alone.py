"""The engine reaches nothing: no Django, no file, no network, no clock, no chance of its own."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ENGINE = Path(__file__).resolve().parents[2] / "sandbox" / "engine"
FILES = sorted(ENGINE.rglob("*.py"))

# What an import may name, and why it is harmless: these compute, and reach nothing.
HARMLESS = {
    "__future__", "abc", "ast", "bisect", "collections", "dataclasses", "decimal", "difflib",
    "enum", "functools", "hashlib", "heapq", "itertools", "json", "math", "operator", "re",
    "statistics", "string", "types", "typing", "unicodedata",
}  # fmt: skip
# One name each: whether the evaluator of hand-written rules is installed, and the evaluator.
SINGLE = {
    ("cel.py", "importlib.util.find_spec"),
    ("cel.py", "cel.Program"),
    ("cel.py", "cel.compile"),
    # Where to pause a long slice of background work; what happens does not depend on it.
    ("rehearsal.py", "time.monotonic"),
}
REACHING = {"open", "exec", "eval", "__import__", "input", "print", "compile", "breakpoint"}


def imported(tree: ast.AST) -> set[str]:
    """Everything that is imported anywhere in the file, deferred imports too."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written out in full"
            found |= {f"{node.module}.{each.name}" for each in node.names}
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_it_imports_itself_and_what_computes(file: Path) -> None:
    strange = [
        name
        for name in imported(ast.parse(file.read_text(encoding="utf-8")))
        if not name.startswith("sandbox.engine.") and name.partition(".")[0] not in HARMLESS
        if (file.name, name) not in SINGLE
    ]
    assert strange == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_it_calls_nothing_that_reaches_out(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    calls = [
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert REACHING & set(calls) == set()


def test_the_watch_sees_what_it_should() -> None:
    seen = imported(ast.parse("def f():\n    import socket\n    from time import time\n"))
    assert seen == {"socket", "time.time"}
    assert set(HARMLESS) <= set(sys.stdlib_module_names) | {"__future__"}
    assert not HARMLESS & {"os", "io", "random", "secrets", "time", "datetime", "socket", "uuid"}
