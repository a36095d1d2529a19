"""Template tags that every template has: icons, layers, dates in words, per cent."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache

from django import template
from django.template.defaultfilters import date as format_date
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from people import clock

register = template.Library()


@cache
def _sprite() -> str:
    return static("icons.svg")


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing from the sprite, hidden from screen readers: the word always stands beside it."""
    return format_html(
        '<svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><use href="{}#i-{}"/></svg>',
        _sprite(),
        name,
    )


@register.simple_tag
def layer(key: str, label: str) -> SafeString:
    """A layer's mark and name in its hue."""
    return format_html('<span class="layer {}">{} {}</span>', key, icon(key), label)


@register.filter
def in_days(when: date | datetime | None) -> str:
    """`today`, `in 3 days`, `2 days ago`."""
    if when is None:
        return ""
    day = timezone.localtime(when).date() if isinstance(when, datetime) else when
    days = (day - clock.today()).days
    if days == 0:
        return "today"
    if days in (1, -1):
        return "tomorrow" if days == 1 else "yesterday"
    return f"in {days} days" if days > 0 else f"{-days} days ago"


@register.filter
def moment(when: datetime | None) -> str:
    """`21 Nov 2026, 14:05 (UTC+0)` in the reader's time zone, with its offset."""
    if when is None:
        return ""
    local = timezone.localtime(when)
    offset = local.utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset else 0
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    zone = f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")
    return f"{format_date(local, 'j M Y, H:i')} ({zone})"


@register.filter
def day(when: date | datetime | None) -> str:
    """`21 November 2026`."""
    if when is None:
        return ""
    local = timezone.localtime(when).date() if isinstance(when, datetime) else when
    return format_date(local, "j F Y")
