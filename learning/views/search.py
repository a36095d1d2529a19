"""Search: one page over everything the member may see, and the same results for the finder."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from people import search as searching
from people.access import Right, requires
from people.http import MemberRequest

MOST_ON_PAGE = 20
MOST_IN_FINDER = 4


@requires(Right.LEARN)
@require_safe
def search(request: MemberRequest) -> HttpResponse:
    """`?part=results` answers with the fragment that the finder shows."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    fragment = request.GET.get("part") == "results"
    limit = MOST_IN_FINDER if fragment else MOST_ON_PAGE
    context = {
        "words": words,
        "groups": searching.find(request.member, words, limit),
        "level": 3 if fragment else 2,
    }
    page = "learning/search_results.html" if fragment else "learning/search.html"
    return render(request, page, context)
