"""Quizzes, workplace tasks and their grading."""
