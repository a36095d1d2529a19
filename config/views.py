"""Pages of the site itself: what went wrong, in plain words."""

import sys

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long or in two browsers; says what was kept."""
    return render(request, "403_csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """A page that needs nothing but itself; 503 when it is the database that does not answer."""
    away = isinstance(sys.exc_info()[1], OperationalError)
    status = 503 if away else 500
    response = HttpResponse(loader.get_template(f"{status}.html").render(), status=status)
    if away:
        response["Retry-After"] = "60"
    return response
