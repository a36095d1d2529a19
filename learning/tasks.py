"""The Celery tasks of learning."""

from celery import shared_task

from learning import daily


@shared_task  # type: ignore[untyped-decorator]
def daily_round() -> int:
    """Runs hourly; each organisation gets one round a local day."""
    return daily.queue_all()
