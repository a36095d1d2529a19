"""The daily round of an organisation: bring everything to the date, then what others add."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time

from django.db import transaction
from django.utils import timezone

from learning import standing
from people import clock, jobs
from people.models import BackgroundJob, Organisation

KIND = "daily-round"

# Called with the organisation and the job, whose lease it renews with `jobs.beat`; must be safe to
# run twice on one day.
Step = Callable[[Organisation, BackgroundJob], None]
_steps: dict[str, Step] = {}


def register(name: str, step: Step) -> None:
    """Adds a step that runs after the standings were brought to today, in order of registration."""
    assert _steps.get(name, step) is step, f"two daily steps called {name}"
    _steps[name] = step


def run(job: BackgroundJob) -> None:
    """The handler: brings standings and rollups to today, then runs the registered steps."""
    organisation = job.organisation
    assert organisation is not None, "a daily round belongs to an organisation"
    standing.rebuild(organisation, beat=lambda done, all_: jobs.beat(job, done=done, total=all_))
    for step in _steps.values():
        jobs.beat(job)
        step(organisation, job)


def queue_all() -> int:
    """Queues today's round of every organisation that has none yet; returns how many."""
    return sum(
        _queue(pk) for pk in Organisation.objects.order_by("pk").values_list("pk", flat=True)
    )


@transaction.atomic
def _queue(organisation_id: int) -> bool:
    """The organisation's row is locked, so that two clocks queue one round."""
    midnight: datetime = timezone.make_aware(datetime.combine(clock.today(), time.min))
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=organisation_id)
    rounds = BackgroundJob.objects.filter(organisation=organisation, kind=KIND)
    if rounds.filter(created_at__gte=midnight).exists():
        return False
    jobs.queue(KIND, organisation=organisation)
    return True
