"""What learning listens to, and what it does in the background."""

from __future__ import annotations

from django.db.models.signals import post_delete, post_save

from assessments.results import result_announced, result_corrected
from curriculum.models import Competency, Domain
from curriculum.signals import targets_changed
from learning import (
    daily,
    evidence,
    framework,
    learner_handlers,
    standing,
    targets,
    team_handlers,
)
from people import jobs
from people.signals import members_changed


def connect() -> None:
    result_announced.connect(evidence.receive, dispatch_uid="evidence")
    result_corrected.connect(evidence.receive_correction, dispatch_uid="evidence")
    members_changed.connect(standing.receive_members_changed, dispatch_uid="standing")
    targets_changed.connect(targets.receive, dispatch_uid="targets")
    for model in (Competency, Domain):
        for signal in (post_save, post_delete):
            signal.connect(framework.forget, sender=model, dispatch_uid="framework")
    jobs.register(daily.KIND, daily.run)
    jobs.register(targets.KIND, targets.run)
    learner_handlers.connect()
    team_handlers.connect()
