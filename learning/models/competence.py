"""The evidence log and the beliefs drawn from it; a belief is a cache of a pure function."""

from __future__ import annotations

from django.db import models

from curriculum.models import Competency
from people import clock
from people.append_only import AppendOnlyManager, AppendOnlyModel
from people.models import Member


class Evidence(AppendOnlyModel):
    """One dated observation of a competency, with the item parameters it was judged with.

    Never changed: a correction is a new row that names the one it replaces in `corrects` and
    stands at that row's place in time; with weight 0 it strikes it out. Raw answers are not here
    (they may be erased): only who, what exact version, and how it came out.
    """

    class Kind(models.TextChoices):
        CHOICE = "choice", "Single choice"
        CONSTRUCTED = "constructed", "Several choices or a constructed answer"
        RUBRIC = "rubric", "Rehearsal, marked by rules"
        MODEL_RUBRIC = "model-rubric", "Rehearsal, marked by a language model"
        GRADED = "graded", "Graded by a person"
        ATTESTATION = "attestation", "Attested by a manager"

    member = models.ForeignKey(Member, models.DO_NOTHING, related_name="evidence")
    competency = models.ForeignKey(Competency, models.DO_NOTHING, related_name="evidence")
    number = models.PositiveIntegerField(help_text="Place in the member's chain, from 1.")
    place = models.PositiveIntegerField(
        help_text="The number whose place in time the row takes: its own unless it corrects."
    )
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=clock.now)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    source_kind = models.CharField(max_length=20, help_text="quiz, task, rehearsal, attestation.")
    source_id = models.BigIntegerField()
    source_title = models.CharField(max_length=200)
    item = models.CharField(max_length=160, help_text="Item id and digest, or criterion.")
    level = models.PositiveSmallIntegerField()
    outcome = models.PositiveSmallIntegerField(help_text="0 or 1; or the band reached.")
    steps = models.PositiveSmallIntegerField(default=1, help_text="1 right/wrong; 4 for bands.")
    weight = models.FloatField()
    slope = models.FloatField(default=1.0)
    difficulty = models.FloatField()
    difficulty_variance = models.FloatField()
    guess = models.FloatField(default=0.0)
    thresholds = models.JSONField(default=list, help_text="Of the graded response model.")
    taught = models.BooleanField(help_text="Feedback was given, so practice is gained.")
    grader = models.ForeignKey(Member, models.DO_NOTHING, null=True, related_name="+")
    as_manager = models.BooleanField(
        default=False, help_text="Graded by the member's manager: opens level 2 and no higher."
    )
    corrects = models.ForeignKey("self", models.DO_NOTHING, null=True, related_name="corrections")
    corrected_by = models.ForeignKey(Member, models.DO_NOTHING, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True, help_text="Why it was corrected.")
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = AppendOnlyManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "number"], name="evidence_number_once"),
            models.UniqueConstraint(
                fields=["source_kind", "source_id", "item", "competency"],
                condition=models.Q(corrects=None),
                name="evidence_once_per_source",
            ),
            models.UniqueConstraint(fields=["corrects"], name="evidence_corrected_once"),
        ]
        indexes = [models.Index(fields=["member", "competency", "at"], name="evidence_in_order")]
        ordering = ["member", "number"]

    def __str__(self) -> str:
        return f"{self.competency_id}: {self.source_title}"


class Belief(models.Model):
    """The two-part estimate of one competency as of its last evidence (measurement.md 4.2)."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="beliefs")
    competency = models.ForeignKey(Competency, models.CASCADE, related_name="+")
    durable = models.FloatField()
    practised = models.FloatField()
    durable_variance = models.FloatField()
    practised_variance = models.FloatField()
    covariance = models.FloatField()
    day = models.FloatField(help_text="Of the last evidence: days since 1970, UTC.")
    stability = models.FloatField(help_text="Days until a tenth of the practised part has faded.")
    observations = models.FloatField(
        help_text="What counts towards the six: each at its weight, at most 1; no attestations."
    )
    pieces = models.PositiveIntegerField(
        default=0, help_text="Rows of evidence that count behind it."
    )
    items = models.PositiveIntegerField(default=0, help_text="Questions among them.")
    exercises = models.PositiveIntegerField(
        default=0, help_text="Rehearsals and graded works, each once."
    )
    attestations = models.PositiveIntegerField(default=0, help_text="By managers.")
    graders = models.PositiveSmallIntegerField(
        default=0,
        help_text="Trainers who graded works, each once; managers' marks are not among them.",
    )
    shown_day = models.FloatField(
        null=True, help_text="Day of the last evidence that is no attestation."
    )
    last_evidence = models.PositiveIntegerField(help_text="Number of the last row drawn in.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "competency"], name="belief_once")]

    def __str__(self) -> str:
        return f"{self.member}: {self.competency_id}"
