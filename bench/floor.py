"""The floors: what a signed-in page and a post cost on this server when they do next to nothing.

`floor-page` makes three queries (session, user, twenty rows) and fills a lean template up to the
size that is asked for, so that each page is compared with a floor of its own size. `floor-post`
writes one row in a transaction, with CSRF. Both run in the server process of the site, on its
database and sessions, with no middleware but sessions, CSRF and authentication.
"""

from __future__ import annotations

from functools import lru_cache

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from bench.models import FloorRow
from curriculum.models import Competency
from people import clock

ROWS = 20
LINE = "<p>Text that stands for what the page is about, in a line of about this length.</p>\n"
LARGEST = 1_000_000


@lru_cache(maxsize=32)
def filler(size: int) -> SafeString:
    text = LINE * (size // len(LINE)) + " " * (size % len(LINE))
    return SafeString(text)


def page(request: HttpRequest, size: int) -> HttpResponse:
    """About `size` bytes; the rows take some 3 kB of them."""
    rows = Competency.objects.all()[:ROWS]
    values = {"user": request.user, "rows": rows, "filler": filler(min(size, LARGEST))}
    return render(request, "floor.html", values, using="floor")


@require_POST
def post(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        row = FloorRow.objects.create(
            user_id=request.user.pk, text=request.POST["text"][:200], at=clock.now()
        )
    return JsonResponse({"saved": row.pk})
