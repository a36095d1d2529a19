"""One server process with two stacks: the site's middleware, and the floors' bare one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

from bench.settings import FLOOR_MIDDLEWARE, SITE_MIDDLEWARE

site = get_wsgi_application()
settings.MIDDLEWARE = FLOOR_MIDDLEWARE
floor = WSGIHandler()
settings.MIDDLEWARE = SITE_MIDDLEWARE


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    handler = floor if environ["PATH_INFO"].startswith("/floor/") else site
    return handler(environ, start_response)
