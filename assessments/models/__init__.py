"""The models of assessments, one topic a file."""

from assessments.models.attempts import Attempt, AttemptItem
from assessments.models.exercises import Exercise, ExerciseRun
from assessments.models.quizzes import Item, Quiz, QuizItem
from assessments.models.tasks import Mark, Submission, WorkplaceTask

__all__ = [
    "Attempt",
    "AttemptItem",
    "Exercise",
    "ExerciseRun",
    "Item",
    "Mark",
    "Quiz",
    "QuizItem",
    "Submission",
    "WorkplaceTask",
]
