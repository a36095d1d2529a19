"""What is said when the trail of a run was changed from outside and cannot be played any more."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from people.access import Refused
from sandbox.access import debriefs_open_to
from sandbox.engine.events import GENESIS, VERSION, BrokenTrail, canonical, link
from sandbox.models import Run, RunEvent

logger = logging.getLogger(__name__)
DOWNLOAD = "rehearsal_trail_download"
END_MISSING = "the trail went on here once"


class BrokenTrailMiddleware:
    """Turns an error on the page of a run into a page that says so, if its trail is broken.

    A trail that holds is played without a second look; only where that failed is it asked why.
    Of a run whose trail is whole the error is one of the program, and stays one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        match, member = request.resolver_match, getattr(request, "member", None)
        if member is None or match is None or "run_id" not in match.kwargs:
            return None
        if isinstance(error, Http404 | PermissionDenied | Refused):
            return None
        # Asked again, so that no error on the way tells anybody about a run that is not theirs.
        run = debriefs_open_to(member).filter(pk=match.kwargs["run_id"]).first()
        broken = broken_at(run) if run is not None else None
        if run is None or broken is None:
            return None
        logger.error("run %s cannot be played: %s", run.pk, broken)
        if match.url_name == DOWNLOAD:
            answer = HttpResponse(as_stored(run), content_type="application/jsonl; charset=utf-8")
            answer["Content-Disposition"] = f'attachment; filename="trail-{run.pk}.jsonl"'
            return answer
        context = {"run": run, "broken": broken, "section": "rehearsals", "over": _is_over(run)}
        return render(request, "sandbox/broken.html", context, status=409)


def _is_over(run: Run) -> bool:
    """Whether its trail can be downloaded; while a run goes on, it tells too much."""
    return run.state in (Run.State.ANSWERING, Run.State.FINISHED)


def broken_at(run: Run) -> BrokenTrail | None:
    """Where the stored trail breaks, however unreadable it is; None if it is whole."""
    previous, place, ended = GENESIS, 0, not run.head
    for place, (body, digits) in enumerate(_stored(run), 1):
        previous = link(previous, body)
        if not previous.startswith(digits):
            return BrokenTrail(place, "its hash is not that of its content")
        try:
            seq, version, *_ = json.loads(body)
        except (TypeError, ValueError):
            return BrokenTrail(place, "it is no event")
        if seq != place:
            return BrokenTrail(place, f"event {place} is missing")
        if version != VERSION:
            return BrokenTrail(place, f"version {version} is not known here")
        ended = ended or previous == run.head
    return None if ended else BrokenTrail(place + 1, END_MISSING)


def as_stored(run: Run) -> str:
    """The trail as JSON lines of [hash, text], exactly as far as it can be had.

    Where the chain does not hold any more, the digits that are kept stand in for the hash.
    """
    lines, previous = [], GENESIS
    for body, digits in _stored(run):
        hashed = link(previous, body)
        previous = hashed if hashed.startswith(digits) else digits
        lines.append(canonical([previous, body]) + "\n")
    return "".join(lines)


def _stored(run: Run) -> list[tuple[str, str]]:
    return list(RunEvent.objects.of(run).values_list("body", "hash"))
