"""The ways out of an assessment: learning owns the pages, so they are named by their addresses."""

from __future__ import annotations

from django.urls import reverse

from curriculum.models import Step


def onward(step: Step) -> str:
    """The step's own page."""
    return reverse("step", args=[step.pk])


def module_page(step: Step) -> str:
    return reverse("module", args=[step.version.module_id])
