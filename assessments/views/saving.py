"""What the two saving addresses share: answers for scripts, never a redirect to sign-in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from assessments.attempts import LARGEST_SEQUENCE, Kept, Saved
from assessments.questions import BadAnswer
from people.access import Right
from people.http import MemberRequest

P = ParamSpec("P")
View = Callable[Concatenate[MemberRequest, P], JsonResponse]
PlainView = Callable[Concatenate[HttpRequest, P], JsonResponse]


def for_scripts(view: View[P]) -> PlainView[P]:
    """Somebody signed out gets 401, so that the page can offer sign-in and lose nothing."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> JsonResponse:
        if getattr(request, "member", None) is None:
            return JsonResponse({"problem": "You are signed out."}, status=401)
        return view(request, *args, **kwargs)  # type: ignore[arg-type]

    guarded.right = Right.LEARN  # type: ignore[attr-defined]
    wrapped: Any = login_not_required(require_POST(guarded))
    return wrapped  # type: ignore[no-any-return]


def sequence_of(text: Any) -> int:
    """The client's number of the answer. Raises BadAnswer."""
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 17:
        number = int(text)
        if 0 < number <= LARGEST_SEQUENCE:
            return number
    raise BadAnswer("The answer carries no number to tell older from newer.")


def told(saved: Saved, **more: Any) -> JsonResponse:
    """What the server holds now; 409 if the answer came too late to count."""
    at = timezone.localtime(saved.saved_at).strftime("%H:%M") if saved.saved_at else ""
    status = 409 if saved.kept in (Kept.LATE, Kept.CLOSED) else 200
    return JsonResponse(
        {"sequence": saved.sequence, "saved_at": at, "kept": saved.kept, **more}, status=status
    )
