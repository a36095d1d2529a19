"""Where a run goes on: the page that its state asks for."""

from __future__ import annotations

from django.urls import reverse

from sandbox.models import Run


def page_of(run: Run) -> str:
    """The page on which the run goes on."""
    names = {
        Run.State.PLANNING: "rehearsal_plan",
        Run.State.ANSWERING: "rehearsal_questions",
        Run.State.FINISHED: "rehearsal_debrief",
    }
    return reverse(names.get(Run.State(run.state), "rehearsal_run"), args=[run.pk])
