"""Pages of the site operator: organisations and the site's own background jobs. No answers."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from people import audit, jobs, organising
from people.access import operators_only
from people.forms.administration import OrganisationForm
from people.http import MemberRequest
from people.models import BackgroundJob, Organisation, User
from people.views.oversight import show_work


@operators_only
@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    active = Q(members__deactivated_at=None)
    found = Organisation.objects.annotate(
        people=Count("members", filter=active, distinct=True),
        administrators=Count(
            "members", filter=active & Q(members__is_administrator=True), distinct=True
        ),
    ).order_by("name", "pk")
    return render(request, "people/organisations.html", {"organisations": found})


@operators_only
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_add(request: HttpRequest) -> HttpResponse:
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        organisation = organising.add(by=cast(User, request.user), **form.cleaned_data)
        messages.success(
            request, f"{organisation} is made; its first administrator has an invitation."
        )
        return redirect("organisations")
    return render(request, "people/organisation_add.html", {"form": form})


@operators_only
@require_safe
def site_work(request: HttpRequest) -> HttpResponse:
    return show_work(cast(MemberRequest, request), None)


@require_POST
@operators_only
def site_work_retry(request: HttpRequest, pk: int) -> HttpResponse:
    job = get_object_or_404(BackgroundJob, organisation=None, pk=pk)
    if jobs.retry(job):
        audit.record(
            "background-job.retried",
            organisation=None,
            user=cast(User, request.user),
            about=job,
            kind=job.kind,
        )
        messages.success(request, "It is tried again, with five new attempts.")
    return redirect("site_work")
