"""What the team page sorts and adds up: a row a member, a rollup a team and competency."""

from __future__ import annotations

from django.db import models

from curriculum.models import Competency
from people.models import Member, Organisation, Team


class Standing(models.Model):
    """A member's need, kept in step by every change and by the daily round.

    `need` sorts: overdue first, then critical targets missed, then lapsed, then not enough
    evidence. It is a cache: `learning.standing.refresh` writes it, nothing else does.
    """

    member = models.OneToOneField(Member, models.CASCADE, primary_key=True)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    team_path = models.CharField(max_length=400, blank=True)
    name_key = models.CharField(max_length=120)
    need = models.BigIntegerField(default=0)
    targets = models.PositiveSmallIntegerField(default=0)
    critical = models.PositiveSmallIntegerField(default=0, help_text="Critical ones among them.")
    met = models.PositiveSmallIntegerField(default=0)
    overdue = models.PositiveSmallIntegerField(default=0)
    critical_missed = models.PositiveSmallIntegerField(default=0)
    lapsed = models.PositiveSmallIntegerField(default=0)
    refresh_due = models.PositiveSmallIntegerField(default=0)
    not_enough = models.PositiveSmallIntegerField(default=0)
    next_due_on = models.DateField(null=True)
    readiness = models.FloatField(
        null=True, help_text="Smallest P over critical targets; null if any lacks evidence."
    )
    rest_met = models.FloatField(null=True, help_text="Share of the other targets met, 0 to 1.")
    states = models.JSONField(default=dict, help_text="Competency → [state, P to 3 places, level].")
    as_of = models.DateField()

    class Meta:
        indexes = [
            models.Index(
                fields=["organisation", "-need", "name_key", "member"], name="standing_by_need"
            ),
            models.Index(fields=["organisation", "team_path"], name="standing_by_team"),
            models.Index(
                fields=["organisation", "next_due_on", "name_key", "member"],
                condition=models.Q(next_due_on__isnull=False),
                name="standing_by_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name_key}: {self.need}"


class TeamRollup(models.Model):
    """Everybody in a team and below against one competency, counted by what may be said."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="rollups")
    competency = models.ForeignKey(Competency, models.CASCADE, related_name="+")
    people = models.IntegerField(
        default=0, help_text="Whose job role asks for it; none while nobody teaches it."
    )
    met = models.IntegerField(default=0)
    refresh_due = models.IntegerField(default=0)
    lapsed = models.IntegerField(default=0)
    not_met = models.IntegerField(default=0)
    uncertain = models.IntegerField(default=0)
    not_enough = models.IntegerField(default=0)
    expected = models.FloatField(default=0, help_text="Sum of P over those with enough evidence.")
    spread = models.FloatField(default=0, help_text="Sum of P(1 - P), for the interval.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "competency"], name="rollup_once")]

    def __str__(self) -> str:
        return f"{self.team}: {self.competency_id}"


class TeamTotal(models.Model):
    """Everybody in a team and below against the whole of their job roles."""

    team = models.OneToOneField(Team, models.CASCADE, primary_key=True, related_name="total")
    people = models.IntegerField(default=0)
    asked = models.IntegerField(default=0, help_text="Whose job role has a critical target.")
    not_enough = models.IntegerField(default=0, help_text="Of these: some evidence is missing.")
    overdue = models.IntegerField(default=0, help_text="People with something overdue.")
    expected = models.FloatField(default=0, help_text="Sum of readiness over the others.")
    spread = models.FloatField(default=0, help_text="Sum of P(1 - P), for the interval.")
    targets = models.IntegerField(default=0, help_text="Of everybody, added up, as the rest here.")
    critical_missed = models.IntegerField(default=0)
    lapsed = models.IntegerField(default=0)
    lacking = models.IntegerField(default=0, help_text="Targets without enough evidence.")
    due = models.IntegerField(default=0, help_text="People with something due or overdue.")

    def __str__(self) -> str:
        return str(self.team)
