"""The one road to evidence: every graded thing becomes a Result, announced once per source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.dispatch import Signal

from people.models import Member


class ObservationKind(StrEnum):
    """How a competency was observed; the values are those of learning's evidence."""

    CHOICE = "choice"
    CONSTRUCTED = "constructed"
    RUBRIC = "rubric"
    MODEL_RUBRIC = "model-rubric"
    GRADED = "graded"
    ATTESTATION = "attestation"


@dataclass(frozen=True, slots=True)
class Observation:
    """One judged observation of one competency with the parameters it was judged with.

    `outcome` is 0 or 1 with `steps` 1, or a band 0..`steps`; `difficulty`, its variance and the
    `thresholds` are logits; `guess` is the chance of a right answer without knowing; `weight` is
    that of measurement.md 4.3. `first_item_id` names the item whose difficulty may learn from it.
    """

    competency_id: str
    level: int
    kind: ObservationKind
    item: str
    outcome: int
    weight: float
    difficulty: float
    difficulty_variance: float
    steps: int = 1
    slope: float = 1.0
    guess: float = 0.0
    thresholds: tuple[float, ...] = ()
    taught: bool = True
    grader_id: int | None = None
    as_manager: bool = False
    first_item_id: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What came out of one graded thing; `source_kind` and `source_id` are unique together."""

    member: Member
    source_kind: str
    source_id: int
    title: str
    at: datetime
    observations: tuple[Observation, ...]
    step_id: int | None = None
    step_done: bool = False


@dataclass(frozen=True, slots=True)
class Correction:
    """An item of a graded thing came out otherwise than was announced.

    `observation` says how it stands now. What was never announced of it (nothing was held when
    the time ran out) becomes evidence of `late_source_kind`, with the same `source_id`.
    """

    member: Member
    source_kind: str
    late_source_kind: str
    source_id: int
    title: str
    at: datetime
    observation: Observation
    by: Member
    reason: str


# Sent inside the transaction that closes the source; receivers get `result: Result`.
result_announced = Signal()

# Sent inside the transaction of the decision; receivers get `correction: Correction`.
result_corrected = Signal()

# Sent when a step's state changes without a result (handed in, opened): `member`, `step`, `done`.
step_changed = Signal()

# Sent inside the transaction after every third failed try at a gate in a row: `attempt`. The next
# try may begin a day later; trainers are told.
gate_failed = Signal()
