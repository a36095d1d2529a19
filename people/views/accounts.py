"""One's own account: details, appearance, organisations, and accepting an invitation."""

from __future__ import annotations

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from people import inviting
from people.forms.accounts import AcceptForm, AccountForm, AppearanceForm
from people.http import safe_next, user_of
from people.middleware import ACTIVE_MEMBER
from people.models import Invitation, Member, User


@require_http_methods(["GET", "HEAD", "POST"])
def my_account(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(pk=user_of(request).pk)
    form = AccountForm(request.POST or None, instance=user)
    if form.is_valid():
        form.save()
        messages.success(request, "Your details are saved.")
        return redirect("my_account")
    return render(
        request, "people/account.html", {"form": form, "second_factor": is_mfa_enabled(user)}
    )


@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    form = AppearanceForm(request.POST)
    if form.is_valid():
        User.objects.filter(pk=user_of(request).pk).update(theme=form.cleaned_data["theme"])
    return redirect(safe_next(request, "my_account"))


@require_POST
def switch_organisation(request: HttpRequest) -> HttpResponse:
    """Only to an active membership of one's own; another number does not exist."""
    mine: list[Member] = getattr(request, "memberships", [])
    wanted = request.POST.get("member", "")
    member = next((each for each in mine if str(each.pk) == wanted), None)
    if member is None:
        raise Http404
    request.session[ACTIVE_MEMBER] = member.pk
    messages.info(request, f"You are in {member.organisation} now.")
    return redirect("home")


@require_safe
def no_organisation(request: HttpRequest) -> HttpResponse:
    if getattr(request, "member", None) is not None:
        return redirect("home")
    ended = Member.objects.filter(user=user_of(request)).select_related("organisation")
    return render(request, "people/no_organisation.html", {"ended": list(ended)})


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """New people choose a name and a password; others sign in first, then join."""
    invitation = inviting.find(token)
    if invitation is None:
        return render(request, "people/invitation_ended.html", {"invitation": None}, status=404)
    if not invitation.is_open():
        return _ended(request, invitation)
    known = User.objects.filter(email__iexact=invitation.email).first()
    values: dict[str, object] = {"invitation": invitation, "known": known, "here": request.path}
    if request.user.is_authenticated and request.user != known:
        return render(request, "people/invitation_other.html", values)
    if known is not None and not request.user.is_authenticated:
        # Whoever holds the mail still has to know the password of an account that exists.
        return render(request, "people/invitation_sign_in.html", values)
    try:
        if known is not None:
            return _join(request, invitation, known, values)
        return _begin(request, invitation, values)
    except inviting.NotOpen:
        invitation.refresh_from_db()
        return _ended(request, invitation)


def _ended(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    return render(request, "people/invitation_ended.html", {"invitation": invitation}, status=410)


def _join(
    request: HttpRequest, invitation: Invitation, user: User, values: dict[str, object]
) -> HttpResponse:
    if request.method != "POST":
        return render(request, "people/invitation_join.html", values)
    member = inviting.accept(invitation, user=user)
    request.session[ACTIVE_MEMBER] = member.pk
    messages.success(request, f"Welcome to {member.organisation}.")
    return redirect("home")


def _begin(request: HttpRequest, invitation: Invitation, values: dict[str, object]) -> HttpResponse:
    form = AcceptForm(
        request.POST or None, email=invitation.email, initial={"name": invitation.name}
    )
    if not form.is_valid():
        return render(request, "people/invitation_accept.html", {**values, "form": form})
    member = inviting.accept(
        invitation, name=form.cleaned_data["name"], password=form.cleaned_data["password"]
    )
    record_authentication(request, member.user, method="password", email=member.user.email)
    response: HttpResponse = perform_login(
        request, Login(user=member.user, email=member.user.email, redirect_url=reverse("home"))
    )
    return response
