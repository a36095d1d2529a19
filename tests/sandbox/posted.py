"""What is posted to a run, and everything of it that a post could change."""

from __future__ import annotations

import html
import re
from typing import Any

from sandbox import running
from sandbox.models import Run, RunEvent

DECISION = {"decision": "approve", "reason": "checked", "sure": "sure"}


def text(response: Any) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split()))


def ask_of(run: Run) -> int:
    asked = running.rehearsal_of(run).state.open
    assert asked is not None
    return asked.seq


def state_of(run: Run) -> tuple[Any, ...]:
    """Everything that a post could change."""
    row = Run.objects.filter(pk=run.pk).values_list().get()
    return row, list(RunEvent.objects.of(run).values_list("seq", "body", "hash"))
