"""A gate failed three times in a row: the organisation's trainers are told."""

from __future__ import annotations

from typing import Any

from assessments.drawing import PAUSE
from assessments.models import Attempt
from people import messages
from people.models import Member
from people.templatetags.tutti import moment


def tell_trainers(sender: object, attempt: Attempt, **kwargs: Any) -> None:
    """One mail a trainer; whoever took the gate is left out."""
    assert attempt.submitted_at is not None
    learner = attempt.member
    trainers = Member.objects.active().filter(
        organisation_id=learner.organisation_id, is_trainer=True
    )
    for trainer in trainers.exclude(pk=learner.pk).select_related("user", "organisation"):
        messages.write(
            "assessments/gate-failed",
            trainer,
            key=f"gate-failed-{attempt.pk}-{trainer.pk}",
            context={
                "learner": learner,
                "step": attempt.quiz.step,
                "until": moment(attempt.submitted_at + PAUSE),
            },
        )
