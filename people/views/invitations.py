"""Administration of invitations: writing, sending again, revoking."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from people import clock, inviting
from people.access import Right, requires
from people.forms.administration import InviteForm
from people.http import MemberRequest
from people.models import Invitation

PAGE = 50
OVER = "That invitation is over: it was accepted or revoked meanwhile."


@requires(Right.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: MemberRequest) -> HttpResponse:
    form = InviteForm(request.POST or None, viewer=request.member)
    if request.method == "POST" and form.is_valid():
        people = form.cleaned_data.pop("people")
        inviting.invite(
            people,
            organisation=request.member.organisation,
            access=inviting.Access(**form.cleaned_data),
            by=request.member,
        )
        count = "One invitation is" if len(people) == 1 else f"{len(people)} invitations are"
        messages.success(request, f"{count} on the way. Each link is good for two weeks.")
        return redirect("invitations")
    return render(request, "people/invite.html", {"form": form})


@requires(Right.ADMINISTER)
@require_safe
def invitations(request: MemberRequest) -> HttpResponse:
    own = Invitation.objects.filter(organisation_id=request.member.organisation_id)
    waiting = own.filter(accepted_at=None, revoked_at=None).select_related(
        "team", "invited_by__user"
    )
    past = own.exclude(accepted_at=None, revoked_at=None).select_related("team")
    return render(
        request,
        "people/invitations.html",
        {
            "waiting": Paginator(waiting.order_by("-created_at", "-pk"), PAGE).get_page(
                request.GET.get("open")
            ),
            "page": Paginator(past.order_by("-created_at", "-pk"), PAGE).get_page(
                request.GET.get("page")
            ),
            "now": clock.now(),
        },
    )


def _invitation(request: MemberRequest, pk: int) -> Invitation:
    own = Invitation.objects.filter(organisation_id=request.member.organisation_id)
    return get_object_or_404(own.select_related("organisation", "team", "job_role"), pk=pk)


@require_POST
@requires(Right.ADMINISTER)
def invitation_resend(request: MemberRequest, pk: int) -> HttpResponse:
    invitation = _invitation(request, pk)
    try:
        inviting.resend(invitation, by=request.member)
    except inviting.NotOpen:
        messages.error(request, OVER)
    else:
        messages.success(
            request, f"A new link is on the way to {invitation.email}; the old one has ended."
        )
    return redirect("invitations")


@require_POST
@requires(Right.ADMINISTER)
def invitation_revoke(request: MemberRequest, pk: int) -> HttpResponse:
    invitation = _invitation(request, pk)
    try:
        inviting.revoke(invitation, by=request.member)
    except inviting.NotOpen:
        messages.error(request, OVER)
    else:
        messages.success(request, f"The link sent to {invitation.email} has ended.")
    return redirect("invitations")
