"""Live models: an organisation's account with its limits, and what every call cost."""

from __future__ import annotations

from typing import Self

from django.db import models

from people import clock
from people.models import Member, Organisation
from sandbox.models.runs import Run


class ModelAccount(models.Model):
    """Where an organisation's live runs go, and how much they may cost in a month.

    Money is in thousandths of the currency (mils). No row: no live runs.
    """

    organisation = models.OneToOneField(
        Organisation, models.CASCADE, related_name="model_account", primary_key=True
    )
    sealed_key = models.BinaryField(default=b"", help_text="Encrypted; empty: from the site.")
    base_url = models.URLField(max_length=300, blank=True, help_text="Empty: the provider's own.")
    small = models.CharField(max_length=100, blank=True, help_text="Model of the small tier.")
    medium = models.CharField(max_length=100, blank=True)
    large = models.CharField(max_length=100, blank=True)
    monthly_mils = models.PositiveIntegerField(default=0, help_text="Of the whole organisation.")
    member_mils = models.PositiveIntegerField(default=0, help_text="Of one member in a month.")
    switched_off = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"Live models of {self.organisation}"


class ModelCallQuerySet(models.QuerySet["ModelCall"]):
    def visible_to(self, member: Member) -> Self:
        return self.filter(run__member=member)

    def of_organisation(self, organisation: Organisation) -> Self:
        return self.filter(run__member__organisation=organisation)


class ModelCall(models.Model):
    """One call of a live model: reserved before it, settled with what it really cost after it.

    One whose answer never came stays charged with its reservation, as lost.
    """

    class State(models.TextChoices):
        RESERVED = "reserved", "Reserved"
        SETTLED = "settled", "Settled"
        LOST = "lost", "Lost"

    run = models.ForeignKey(Run, models.CASCADE, related_name="model_calls")
    key = models.CharField(max_length=100, unique=True, help_text="The same for a repeated call.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.RESERVED)
    reserved_mils = models.PositiveIntegerField()
    mils = models.PositiveIntegerField(default=0)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    attempt = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField(default=clock.now)

    objects = ModelCallQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["at"], name="model_calls_by_time")]
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.key} {self.state}"
