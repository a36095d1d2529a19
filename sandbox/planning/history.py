"""What was changed last in a plan, kept in the visitor's session so that it can be taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from people import clock
from people.http import MemberRequest
from sandbox.models import Run

KEY = "plan-history"
MOST = 6  # a session is read with every request, and stays small


class Last(NamedTuple):
    """The last change: what it did, when, and the plan before it."""

    words: str
    at: datetime
    before: dict[str, Any]


def remember(request: MemberRequest, run: Run, words: str, before: dict[str, Any]) -> None:
    """Notes the change that led to the plan as it is now; of another run nothing is kept."""
    steps = [*_steps(request, run), [run.plan_sequence, words, clock.now().isoformat(), before]]
    request.session[KEY] = {"run": run.pk, "steps": steps[-MOST:]}


def last_change(request: MemberRequest, run: Run) -> Last | None:
    """None when there is none, or when the plan was changed from another place since."""
    steps = _steps(request, run)
    if not steps or steps[-1][0] != run.plan_sequence:
        return None
    _, words, at, before = steps[-1]
    return Last(words, datetime.fromisoformat(at), before)


def take_back(request: MemberRequest, run: Run) -> None:
    """Forgets the last change, once it has been undone; what came before it is the last now."""
    steps = _steps(request, run)[:-1]
    if steps:
        steps[-1] = [run.plan_sequence, *steps[-1][1:]]
    request.session[KEY] = {"run": run.pk, "steps": steps}


def _steps(request: MemberRequest, run: Run) -> list[list[Any]]:
    kept = request.session.get(KEY) or {}
    return list(kept.get("steps", [])) if kept.get("run") == run.pk else []
