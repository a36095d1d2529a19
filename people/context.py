"""What every template may rely on: the member, their rights and where on the site they are."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from people.access import is_manager
from people.models import Member

# First part of the path → the section of the masthead it belongs to.
SECTIONS = {
    "": "part",
    "role": "role",
    "rehearsals": "rehearsals",
    "team": "team",
    "workshop": "workshop",
    "grading": "grading",
    "people": "people",
}


def member(request: HttpRequest) -> dict[str, Any]:
    """`user`, `member`, `memberships`, `manages`, `section`; no query beyond the middleware's."""
    current: Member | None = getattr(request, "member", None)
    section = SECTIONS.get(request.path.strip("/").partition("/")[0], "")
    if section == "workshop" and current and not current.is_trainer:
        section = "people"  # job roles, which administrators find there
    return {
        "user": getattr(request, "user", None) or AnonymousUser(),
        "member": current,
        "memberships": getattr(request, "memberships", []),
        "manages": is_manager(current) if current else False,
        "section": section,
    }
