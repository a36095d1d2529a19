"""System checks: settings that do not go together, each with a hint how to mend it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


@register()
def check_redis(**_: Any) -> list[CheckMessage]:
    """A Redis broker without Redis limits leaves the sign-in limits to the database."""
    broker = str(getattr(settings, "BROKER_URL", ""))
    if broker.startswith("redis") and not settings.REDIS_URL:
        return [
            Warning(
                "BROKER_URL points to Redis, but REDIS_URL is empty.",
                hint="Set REDIS_URL (for example redis://host:6379/1), so that the sign-in limits "
                "are kept there instead of in the database.",
                id="tutti.W001",
            )
        ]
    return []


@register()
def check_cache(**_: Any) -> list[CheckMessage]:
    backend = settings.CACHES["default"]["BACKEND"]
    if backend.endswith(("LocMemCache", "DummyCache")):
        return [
            Warning(
                "The cache is not shared by all processes, so each counts sign-ins on its own.",
                hint="Keep the database cache of config/settings.py, or set REDIS_URL.",
                id="tutti.W002",
            )
        ]
    return []


@register()
def check_address(**_: Any) -> list[CheckMessage]:
    """Mails carry SITE_URL; a host that the site then refuses would be a dead link."""
    found: list[CheckMessage] = []
    parts = urlsplit(settings.SITE_URL)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host:
        return [
            Error(
                f"SITE_URL is {settings.SITE_URL!r}, which is no address of a site.",
                hint="Set it to what people type, for example https://tutti.example.org",
                id="tutti.E001",
            )
        ]
    allowed = settings.ALLOWED_HOSTS
    if not any(
        each in {"*", host, f"[{host}]"} or (each.startswith(".") and host.endswith(each))
        for each in allowed
    ):
        found.append(
            Error(
                f"SITE_URL names {host}, but ALLOWED_HOSTS does not.",
                hint=f"Set ALLOWED_HOSTS={host} (several with commas).",
                id="tutti.E002",
            )
        )
    if parts.scheme == "http" and host not in {"127.0.0.1", "localhost", "::1", "testserver"}:
        found.append(
            Warning(
                "SITE_URL is http on a host of its own: passwords would travel unprotected.",
                hint="Put a proxy with a certificate in front, set SITE_URL=https://… and "
                "BEHIND_PROXY=1.",
                id="tutti.W003",
            )
        )
    return found


@register()
def check_mail(**_: Any) -> list[CheckMessage]:
    if settings.EMAIL_BACKEND.endswith("console.EmailBackend") and settings.HTTPS:
        return [
            Warning(
                "Mails are printed on the console, so nobody gets an invitation.",
                hint="Set EMAIL_BACKEND=django.core.mail.backends.smtp.EmailBackend and "
                "EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD.",
                id="tutti.W004",
            )
        ]
    return []


@register()
def check_leases(**_: Any) -> list[CheckMessage]:
    if settings.JOB_LEASE_SECONDS < settings.JOB_SWEEP_SECONDS or settings.JOB_SWEEP_SECONDS < 1:
        return [
            Error(
                "JOB_LEASE_SECONDS must be at least JOB_SWEEP_SECONDS, and that at least 1.",
                hint="Leave both out to get 60 and 10.",
                id="tutti.E003",
            )
        ]
    return []
