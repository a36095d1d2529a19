"""An assignment: a member must do a module, a track or a rehearsal by a date."""

from __future__ import annotations

from typing import TypeAlias

from django.db import models

from curriculum.models import Module, Track
from people import clock
from people.models import Member, Organisation
from sandbox.models import Scenario

Target: TypeAlias = Module | Track | Scenario


class Assignment(models.Model):
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="assignments")
    member = models.ForeignKey(Member, models.CASCADE, related_name="assignments")
    module = models.ForeignKey(Module, models.CASCADE, null=True, related_name="assignments")
    track = models.ForeignKey(Track, models.CASCADE, null=True, related_name="assignments")
    scenario = models.ForeignKey(Scenario, models.CASCADE, null=True, related_name="assignments")
    due_on = models.DateField()
    assigned_by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    assigned_at = models.DateTimeField(default=clock.now)
    note = models.CharField(max_length=300, blank=True)
    reminded_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(module__isnull=False, track=None, scenario=None)
                | models.Q(module=None, track__isnull=False, scenario=None)
                | models.Q(module=None, track=None, scenario__isnull=False),
                name="assignment_of_one_thing",
            ),
        ]
        indexes = [
            models.Index(
                fields=["member", "due_on"],
                condition=models.Q(completed_at=None, withdrawn_at=None),
                name="open_assignments",
            ),
            models.Index(
                fields=["organisation", "due_on"],
                condition=models.Q(completed_at=None, withdrawn_at=None),
                name="open_in_organisation",
            ),
        ]
        ordering = ["due_on", "pk"]

    def __str__(self) -> str:
        return f"{self.target} for {self.member} by {self.due_on}"

    @property
    def target(self) -> Target:
        target = self.module or self.track or self.scenario
        assert target is not None
        return target
