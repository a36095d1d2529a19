"""What a member has begun and not ended: a quiz, a workplace task, a rehearsal; one statement."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    CharField,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Concat
from django.urls import reverse

from assessments.models import Attempt, Submission
from people.models import Member
from people.prepared import prepared
from sandbox import scenarios
from sandbox.models import Run, RunEvent
from sandbox.onward import page_of
from sandbox.timeline.wording import clock

RUN = "run-"  # before the state of a run


@dataclass(frozen=True, slots=True)
class OpenWork:
    """One thing that was begun. `pk` is a run's number, or else the step's.

    `kind` is "quiz", the state of a workplace task, or "run-" and the state of a run; `within` the
    title of the module, of a run its rung. `version_id` and `body` (of the newest event) say at
    what time of its day a run stands.
    """

    pk: int
    title: str
    within: str
    kind: str
    begun_at: datetime
    scenario_id: int
    version_id: int
    body: str

    @property
    def is_run(self) -> bool:
        return self.kind.startswith(RUN)

    @property
    def is_waiting(self) -> bool:
        """Whether a run stands at a checkpoint."""
        return self.kind == RUN + Run.State.WAITING

    @property
    def url(self) -> str:
        if self.is_run:
            return page_of(Run(pk=self.pk, state=self.kind.removeprefix(RUN)))
        return reverse("step", args=[self.pk])

    @property
    def headline(self) -> str:
        """ "Refund and reply desk waits at 09:46", or only what it is called."""
        if not self.is_waiting or not self.body:
            return self.title
        prepared_version = scenarios.loaded(self.version_id).prepared
        return f"{self.title} waits at {clock(prepared_version, json.loads(self.body)[4])}"

    @property
    def text(self) -> str:
        """What it is and how it stands, in one or two sentences."""
        if self.is_run:
            rung = Run.Rung(self.within).label.lower()
            return f"A rehearsal, {rung}. {RUNS[Run.State(self.kind.removeprefix(RUN))]}"
        if self.kind == "quiz":
            return f"A quiz of “{self.within}”. Your answers so far are saved."
        if self.kind == Submission.State.RETURNED:
            return f"A workplace task of “{self.within}”. It came back with something to change."
        return f"A workplace task of “{self.within}”. What you wrote so far is saved."


RUNS = {
    Run.State.PLANNING: "Your plan is kept as you left it; nothing has run yet.",
    Run.State.RUNNING: "The agents are at work; the run stops where you are needed.",
    Run.State.WAITING: "It has stopped at a checkpoint for your decision, and nothing goes on"
    " without you.",
    Run.State.ANSWERING: "The questions about its trail are left; then the debrief opens.",
}


def open_work(member: Member) -> list[OpenWork]:
    """What was begun and not ended, the newest first: one statement."""
    found = [OpenWork(*row) for row in _open_work(member.pk)]
    return sorted(found, key=lambda work: work.begun_at, reverse=True)


@prepared
def _open_work(member_id: int) -> QuerySet[Attempt, Any]:
    none, text = Value(0, output_field=IntegerField()), Value("", output_field=TextField())
    attempts = Attempt.objects.filter(member_id=member_id, state=Attempt.State.OPEN).values_list(
        F("quiz__step_id"),
        F("quiz__step__title"),
        F("quiz__step__version__title"),
        Value("quiz", output_field=CharField()),
        F("started_at"),
        none,
        none,
        text,
    )
    states = [Submission.State.DRAFT, Submission.State.RETURNED]
    drafts = Submission.objects.filter(member_id=member_id, state__in=states).values_list(
        F("task__step_id"),
        F("task__step__title"),
        F("task__step__version__title"),
        F("state"),
        F("started_at"),
        none,
        none,
        text,
    )
    newest = RunEvent.objects.filter(run_id=OuterRef("pk")).order_by("-seq")
    runs = (
        Run.objects.filter(member_id=member_id)
        .going_on()
        .values_list(
            F("pk"),
            F("version__scenario__title"),
            F("rung"),
            Concat(Value(RUN), F("state"), output_field=CharField()),
            F("created_at"),
            F("version__scenario_id"),
            F("version_id"),
            Subquery(newest.values("body")[:1]),
        )
    )
    return attempts.order_by().union(drafts.order_by(), runs.order_by(), all=True)
