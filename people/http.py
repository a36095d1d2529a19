"""The request as the rest of the code sees it, and where it may safely be sent on to."""

from typing import cast

from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from people.models import Member, User


def user_of(request: HttpRequest) -> User:
    """The signed-in user; only for views behind sign-in."""
    return cast(User, request.user)


class MemberRequest(HttpRequest):
    """A request of somebody who is an active member of the active organisation."""

    member: Member
    user: User
    htmx: HtmxDetails
    request_id: str


def safe_next(request: HttpRequest, default: str) -> str:
    """The address in `next`, if it is a path of this very site; else `default` (name or path).

    Whole addresses are refused even for this host: a path is all a form ever needs.
    """
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if is_path(wanted) else resolve_url(default)


def is_path(address: str) -> bool:
    """Whether a browser given the address stays on this site, however it is spelled."""
    plain = address.startswith("/") and not any(ord(each) < 32 or each == "\\" for each in address)
    return plain and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
