"""Runs of a scenario and their trails: the events are the truth, the run's row points at them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from typing import Any, Self

from django.db import IntegrityError, models, transaction

from people import clock
from people.append_only import AppendOnlyModel, AppendOnlyQuerySet
from people.models import Member
from sandbox.engine.events import Event, taken_up
from sandbox.models.digests import DigestField
from sandbox.models.scenarios import ScenarioVersion

SEEDS = 2**63 - 1
DIGITS = 16  # of an event's hash: eight bytes


def draw_seed() -> int:
    """A seed that nobody can guess; it stays on the server until the debrief."""
    return secrets.randbelow(SEEDS) + 1


class RunQuerySet(models.QuerySet["Run"]):
    def visible_to(self, member: Member) -> Self:
        """Only one's own; who else may read a debrief is said in `sandbox.access`."""
        return self.filter(member=member)

    def ended(self) -> Self:
        """Those of which the faults are open and the score stands."""
        return self.filter(state=Run.State.FINISHED)

    def going_on(self) -> Self:
        """Those that their member may still go on with."""
        return self.exclude(state__in=Run.OVER)


class Run(models.Model):
    """One rehearsal by one member, from the prediction to the score.

    Everything that happened stands in its events; what is here besides the plan is where to go on.
    """

    class Rung(models.TextChoices):
        GUIDED = "guided", "Guided"
        SUPERVISED = "supervised", "Supervised"
        DESIGN = "design", "Design only"
        LIVE = "live", "Live model"

    class State(models.TextChoices):
        PLANNING = "planning", "Planning"
        RUNNING = "running", "Running"
        WAITING = "waiting", "Waiting for a decision"
        ANSWERING = "answering", "Reading the trail"
        FINISHED = "finished", "Finished"
        STOPPED = "stopped", "Stopped"
        FAILED = "failed", "Failed"

    OVER = (State.FINISHED, State.STOPPED, State.FAILED)

    member = models.ForeignKey(Member, models.CASCADE, related_name="runs", db_index=False)
    version = models.ForeignKey(ScenarioVersion, models.PROTECT, related_name="runs")
    rung = models.CharField(max_length=10, choices=Rung.choices)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PLANNING)
    prediction_choice = models.PositiveSmallIntegerField(
        null=True, help_text="Place among the choices of the brief, from 0."
    )
    prediction = models.TextField(blank=True)
    plan = models.JSONField(default=dict)
    plan_sequence = models.PositiveBigIntegerField(
        default=0, help_text="The client's number of the newest plan held, whichever tab sent it."
    )
    plan_digest = DigestField(null=True, help_text="Set when the plan is frozen.")
    seed = models.PositiveBigIntegerField(default=draw_seed)
    head = DigestField(null=True, help_text="Hash of the newest event.")
    answers = models.JSONField(default=list, help_text="To the questions about the trail.")
    score = models.JSONField(null=True)
    counts = models.BooleanField(default=False, help_text="Its score is evidence.")
    created_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "version"],
                condition=models.Q(counts=True),
                name="one_run_counts",
            )
        ]
        indexes = [models.Index(fields=["member", "version", "created_at"], name="runs_of_member")]
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.version}, {self.rung}"


class TrailMovedOn(Exception):
    """Another writer has written the next event already; read the trail again."""


class RunEventQuerySet(AppendOnlyQuerySet["RunEvent"]):
    def of(self, run: Run) -> Self:
        """The trail, in order."""
        return self.filter(run=run).order_by("seq")

    def trail(self, run: Run) -> list[Event]:
        """The same as the engine reads it. `verify` says whether it is whole."""
        return taken_up(self.of(run).values_list("body", "hash"))

    def append(self, run: Run, entries: Iterable[tuple[int, str, str]], **moves: Any) -> None:
        """Writes (seq, body, hash) of new events, and moves the run's head and `moves` with them.

        All or nothing, and the transaction around it stays usable. Raises TrailMovedOn if somebody
        else wrote one of these events first.
        """
        entries = list(entries)
        events = [
            RunEvent(run=run, seq=seq, body=body, hash=h[:DIGITS]) for seq, body, h in entries
        ]
        if entries:
            moves["head"] = entries[-1][2]
        try:
            with transaction.atomic():
                self.bulk_create(events)
                if moves:
                    Run.objects.filter(pk=run.pk).update(**moves)
        except IntegrityError as error:
            raise TrailMovedOn(f"run {run.pk} has gone on") from error
        for name, value in moves.items():
            setattr(run, name, value)


class RunEvent(AppendOnlyModel):
    """One event of a run's trail, exactly as it was hashed.

    Of its hash only the first digits are kept, to say where a broken trail breaks: the whole hash
    follows from the texts, and that of the newest event stands in the run.
    """

    pk = models.CompositePrimaryKey("run_id", "seq")
    run = models.ForeignKey(Run, models.DO_NOTHING, related_name="events", db_index=False)
    seq = models.PositiveIntegerField()
    body = models.TextField(help_text="Canonical JSON of [seq, v, kind, actor, at, data].")
    hash = DigestField()

    objects = RunEventQuerySet.as_manager()

    class Meta:
        ordering = ["run", "seq"]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"

    @property
    def kind(self) -> str:
        """As in the body, which alone is hashed; a column of its own could say otherwise."""
        return str(json.loads(self.body)[2])
