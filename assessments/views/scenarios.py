"""Taking a scenario away as a package, to keep it or to adapt it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from assessments import scenario_documents
from people import audit
from people.access import Right, requires
from people.http import MemberRequest
from sandbox.models import ScenarioVersion


@requires(Right.AUTHOR)
@require_safe
def scenario_export(request: MemberRequest, pk: int) -> HttpResponse:
    """The version's folder as a zip that can be brought in again: a built-in one becomes one's own.

    With the papers as they read while a fault is planted: whoever writes needs them.
    """
    found = ScenarioVersion.objects.visible_to(request.member).light().select_related("scenario")
    version = get_object_or_404(found, pk=pk)
    audit.record(
        "scenario.exported",
        organisation=request.member.organisation,
        actor=request.member,
        about=version.scenario,
        key=version.scenario.key,
        version=version.number,
    )
    answer = HttpResponse(scenario_documents.export(version), content_type="application/zip")
    name = f"{version.scenario.key}-{version.number}.zip"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
