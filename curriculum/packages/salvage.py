"""What is left of a document with faults, so that one report can list those of the rest too.

Nothing salvaged is ever written: its package has faults. List elements keep their places, so that
later complaints still name the right line.
"""

from __future__ import annotations

import copy
from typing import Any

from pydantic import ValidationError

from curriculum.packages.checked import Document

ROUNDS = 3  # mending one thing may uncover another


def salvage(kind: type[Document], value: Any, error: ValidationError) -> Document | None:
    """The document without its unknown keys, and with stand-ins for what is wrong; None if too
    little is left. A type names its stand-ins, by key, as `stand_ins`.
    """
    if not isinstance(value, dict):
        return None
    value = copy.deepcopy(value)
    for _ in range(ROUNDS):
        for complaint in error.errors(include_url=False, include_context=False):
            if not _mend(value, complaint["loc"], complaint["type"], kind):
                return None
        try:
            return kind.model_validate(value)
        except ValidationError as again:
            error = again
    return None


def _mend(value: dict[Any, Any], path: tuple[Any, ...], fault: str, kind: type[Any]) -> bool:
    """Takes the faulty key out, or puts the stand-in of its document's key there."""
    keys = [key for key in path if not (isinstance(key, str) and ("[" in key or "(" in key))]
    if not keys:
        return False
    if fault == "extra_forbidden" or (len(keys) == 2 and isinstance(keys[1], str)):
        holder: Any = value
        for key in keys[:-1]:
            if isinstance(holder, dict) and key not in holder:
                continue  # a tag of pydantic's own, as the kind of a question
            try:
                holder = holder[key]
            except (KeyError, IndexError, TypeError):
                return False
        if isinstance(holder, dict) and keys[-1] in holder:
            del holder[keys[-1]]
            return True
    stand_ins: dict[Any, Any] = getattr(kind, "stand_ins", {})
    if keys[0] not in stand_ins:
        return keys[0] not in value and fault != "missing"  # mended already
    value[keys[0]] = copy.deepcopy(stand_ins[keys[0]])
    return True
