"""Settings of the organisation, its audit trail, and background jobs that need a look."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from people import audit, clock, exports, jobs, organising
from people.access import Right, requires
from people.forms.administration import AuditFilter, SettingsForm
from people.http import MemberRequest
from people.models import AuditEvent, BackgroundJob, Organisation

PAGE = 50
State = BackgroundJob.State


@requires(Right.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_settings(request: MemberRequest) -> HttpResponse:
    organisation = Organisation.objects.get(pk=request.member.organisation_id)
    form = SettingsForm(request.POST or None, instance=organisation)
    if request.method == "POST" and form.is_valid():
        organising.change_settings(organisation, by=request.member, **form.cleaned_data)
        messages.success(request, "The settings are saved.")
        return redirect("organisation_settings")
    return render(request, "people/settings.html", {"form": form})


# ---- Audit trail ---------------------------------------------------------------------------


def _start_of(day: object) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))  # type: ignore[arg-type]


def _asked(request: MemberRequest) -> tuple[AuditFilter, QuerySet[AuditEvent]]:
    events = AuditEvent.objects.filter(organisation_id=request.member.organisation_id)
    actions = events.order_by("action").values_list("action", flat=True).distinct()
    named = sorted(((each, audit.in_words(each)) for each in actions), key=lambda pair: pair[1])
    form = AuditFilter(request.GET or None, actions=named)
    form.is_valid()
    asked = getattr(form, "cleaned_data", {})
    if action := asked.get("action"):
        events = events.filter(action=action)
    for word in (asked.get("person") or "").split():
        events = events.filter(
            Q(actor__user__name__icontains=word)
            | Q(actor__user__email__icontains=word)
            | Q(subject__user__name__icontains=word)
            | Q(subject__user__email__icontains=word)
        )
    if since := asked.get("since"):
        events = events.filter(at__gte=_start_of(since))
    if until := asked.get("until"):
        events = events.filter(at__lt=_start_of(until + timedelta(days=1)))
    return form, events.select_related("actor__user", "subject__user", "user").order_by("-number")


def _said(detail: dict[str, object]) -> str:
    """The detail of an event on one line: what it was and what it became, or its facts."""
    before, after = detail.get("before"), detail.get("after")
    if isinstance(after, dict):
        earlier = before if isinstance(before, dict) else {}
        return "; ".join(
            f"{name.replace('_', ' ')}: {_plain(earlier[name])} → {_plain(value)}"
            if name in earlier
            else f"{name.replace('_', ' ')}: {_plain(value)}"
            for name, value in after.items()
        )
    facts = before if isinstance(before, dict) else detail
    return "; ".join(
        f"{name.replace('_', ' ')}: {_plain(value)}"
        for name, value in facts.items()
        if value not in ("", None, [], False)
    )


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(each) for each in value) or "none"
    return "none" if value in ("", None) else str(value)


def _who(event: AuditEvent) -> str:
    if event.actor:
        return event.actor.name
    return f"{event.user} (site operator)" if event.user else "The site"


@requires(Right.ADMINISTER)
@require_safe
def audit_trail(request: MemberRequest) -> HttpResponse:
    form, events = _asked(request)
    page = Paginator(events, PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "event": event,
            "what": audit.in_words(event.action),
            "who": _who(event),
            "about": event.subject.name
            if event.subject and event.subject_id != event.actor_id
            else "",
            "said": _said(event.detail),
        }
        for event in page
    ]
    own = AuditEvent.objects.filter(organisation_id=request.member.organisation_id)
    checking = BackgroundJob.objects.filter(
        organisation_id=request.member.organisation_id,
        kind=audit.VERIFY,
        state__in=[State.QUEUED, State.RUNNING],
    )
    query = urlencode({key: value for key, value in request.GET.items() if key != "page"})
    return render(
        request,
        "people/audit.html",
        {
            "form": form,
            "page": page,
            "rows": rows,
            "checked": own.filter(action=audit.VERIFIED).order_by("-number").first(),
            "checking": checking.first(),
            "query": query,
        },
    )


@requires(Right.ADMINISTER)
@require_safe
def audit_export(request: MemberRequest) -> StreamingHttpResponse:
    """The filtered trail as CSV; the download itself is an event."""
    form, events = _asked(request)
    asked: dict[str, Any] = {
        f"filter_{key}": str(value)
        for key, value in getattr(form, "cleaned_data", {}).items()
        if value
    }
    event = audit.record(
        "audit.exported",
        organisation=request.member.organisation,
        actor=request.member,
        rows=events.count(),
        **asked,
    )
    rows = (
        [
            each.number,
            each.at,
            audit.in_words(each.action),
            each.action,
            _who(each),
            each.subject.name if each.subject else "",
            each.object_kind,
            each.object_id,
            _said(each.detail),
            each.hash,
        ]
        for each in events.filter(number__lt=event.number).iterator(chunk_size=500)
    )
    header = [
        "Number",
        "When",
        "What",
        "Action",
        "Who",
        "About",
        "Kind",
        "Object",
        "Detail",
        "Hash",
    ]
    return exports.csv_response(f"audit-trail-{clock.today()}", header, rows)


@require_POST
@requires(Right.ADMINISTER)
def audit_check(request: MemberRequest) -> HttpResponse:
    """Queues a check of the whole chain, unless one is under way."""
    organisation = request.member.organisation
    under_way = BackgroundJob.objects.filter(
        organisation=organisation, kind=audit.VERIFY, state__in=[State.QUEUED, State.RUNNING]
    )
    if not under_way.exists():
        jobs.queue(audit.VERIFY, organisation=organisation)
    messages.info(request, "The trail is being checked. What was found will stand on this page.")
    return redirect("audit_trail")


# ---- Background jobs -----------------------------------------------------------------------


def show_work(request: MemberRequest, organisation: Organisation | None) -> HttpResponse:
    """Jobs of one organisation, or the site's own, that failed or keep failing."""
    own = BackgroundJob.objects.filter(organisation=organisation)
    counts = dict(own.values_list("state").annotate(Count("pk")).order_by())
    failing = own.filter(Q(state=State.PARKED) | (Q(state=State.QUEUED) & ~Q(error="")))
    page = Paginator(failing.order_by("-created_at", "-pk"), PAGE).get_page(request.GET.get("page"))
    for job in page:
        job.last_line = job.error.strip().rpartition("\n")[2]  # type: ignore[attr-defined]
    running = own.filter(state=State.RUNNING).order_by("created_at")[:20]
    return render(
        request,
        "people/work.html",
        {
            "page": page,
            "waiting": counts.get(State.QUEUED, 0),
            "running": counts.get(State.RUNNING, 0),
            "parked": counts.get(State.PARKED, 0),
            "under_way": running,
            "organisation": organisation,
        },
    )


@requires(Right.ADMINISTER)
@require_safe
def failed_work(request: MemberRequest) -> HttpResponse:
    return show_work(request, request.member.organisation)


@require_POST
@requires(Right.ADMINISTER)
def failed_work_retry(request: MemberRequest, pk: int) -> HttpResponse:
    own = BackgroundJob.objects.filter(organisation_id=request.member.organisation_id)
    job = get_object_or_404(own, pk=pk)
    if jobs.retry(job):
        audit.record(
            "background-job.retried",
            organisation=request.member.organisation,
            actor=request.member,
            about=job,
            kind=job.kind,
        )
        messages.success(request, "It is tried again, with five new attempts.")
    else:
        messages.info(request, "That background job is no longer waiting for a decision.")
    return redirect("failed_work")
