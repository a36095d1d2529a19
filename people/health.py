"""Whether the site is alive and ready, for machines; says nothing that is not public."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from people import clock
from people.models import BackgroundJob

logger = logging.getLogger(__name__)


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"alive": True})


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Database, migrations, and how long the oldest waiting background job has waited."""
    try:
        executor = MigrationExecutor(connection)
        pending = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        oldest = None
        if not pending:
            waiting = BackgroundJob.objects.filter(
                state=BackgroundJob.State.QUEUED, due_at__lte=clock.now()
            )
            first = waiting.order_by("due_at").values_list("due_at", flat=True).first()
            oldest = int((clock.now() - first).total_seconds()) if first else 0
    except DatabaseError:
        logger.exception("not ready: the database does not answer")
        return JsonResponse({"ready": False, "database": False}, status=503)
    return JsonResponse(
        {
            "ready": not pending,
            "database": True,
            "migrations": not pending,
            "oldest_background_job_seconds": oldest,
        },
        status=503 if pending else 200,
    )
