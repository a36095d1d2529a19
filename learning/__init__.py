"""Enrolment, progress, evidence, competence and what managers see of it."""
