"""The Celery tasks of people: run one background job, sweep the lost ones."""

from celery import shared_task
from celery.signals import worker_ready

from people import jobs


@shared_task  # type: ignore[untyped-decorator]
def run_background_job(job_id: int) -> None:
    jobs.run(job_id)


@shared_task  # type: ignore[untyped-decorator]
def sweep_background_jobs() -> int:
    return jobs.sweep()


@worker_ready.connect  # type: ignore[untyped-decorator]
def sweep_at_start(**_: object) -> None:
    """A worker that comes back after a crash finds what it dropped at once."""
    jobs.sweep()
