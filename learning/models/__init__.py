"""The models of learning, one topic a file."""

from learning.models.assignments import Assignment, Target
from learning.models.competence import Belief, Evidence
from learning.models.enrolment import Enrolment, StepProgress
from learning.models.notes import Note
from learning.models.standings import Standing, TeamRollup, TeamTotal

__all__ = [
    "Assignment",
    "Belief",
    "Enrolment",
    "Evidence",
    "Note",
    "Standing",
    "StepProgress",
    "Target",
    "TeamRollup",
    "TeamTotal",
]
