"""What every request gets: an id, its member, and one place that turns refusals into pages."""

from __future__ import annotations

import secrets
import zoneinfo
from collections.abc import Callable
from datetime import tzinfo

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from people.access import Refused
from people.models import Member, Team
from people.prepared import prepared

GetResponse = Callable[[HttpRequest], HttpResponse]

ACTIVE_MEMBER = "member_id"
LARGE = 24_000  # bytes, about what one page may weigh on the wire


@prepared
def _memberships(user_id: int) -> QuerySet[Member]:
    return (
        Member.objects.active()
        .filter(user_id=user_id)
        .select_related("organisation", "team", "job_role")
        .annotate(manages=Exists(Team.managers.through.objects.filter(member_id=OuterRef("pk"))))
        .order_by("joined_at", "pk")
    )


def active_member(request: HttpRequest) -> Member | None:
    """The membership chosen in this session, or the user's first; None if there is none left."""
    chosen = request.session.get(ACTIVE_MEMBER)
    found = _memberships(request.user.pk or 0)
    member: Member | None = next(
        (each for each in found if each.pk == chosen), found[0] if found else None
    )
    if member is not None:
        member.user = request.user  # type: ignore[assignment]
        request.memberships = found  # type: ignore[attr-defined]
    return member


def zone_of(user: object) -> tzinfo | None:
    """The user's time zone, or None for the site's own (also if the name is not known here)."""
    name = getattr(user, "time_zone", "")
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


class LargePageGZipMiddleware(GZipMiddleware):
    """Compresses what is worth it: grids and exports shrink to a tenth, small pages cost less as
    they are. Django masks its CSRF tokens and pads the stream, so that lengths tell nothing.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        large = response.streaming or len(getattr(response, "content", b"")) > LARGE
        return super().process_response(request, response) if large else response


class RequestIdMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = secrets.token_hex(8)  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        response.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"
        )
        return response


class MemberMiddleware:
    """Sets `request.member`, asked anew each time: deactivation holds from the next request."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.member = None  # type: ignore[attr-defined]
        if not request.user.is_authenticated:
            return self.get_response(request)
        request.member = active_member(request)  # type: ignore[attr-defined]
        with timezone.override(zone_of(request.user)):
            response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)  # what is said to one person stays with that person
        return response


class RefusalMiddleware:
    """Turns `Refused` into the 403 page that says which right is missing."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, Refused):
            values = {"right": error.right, "administrators": administrators_near(request)}
            return render(request, "403.html", values, status=403)
        return None


def administrators_near(request: HttpRequest) -> list[Member]:
    """Up to three people who could give the missing access."""
    member: Member | None = getattr(request, "member", None)
    if member is None:
        return []
    people = Member.objects.active().filter(
        organisation_id=member.organisation_id, is_administrator=True
    )
    return list(people.select_related("user").order_by("user__name")[:3])
