"""Small drawings of claims as SVG: positions are attributes, colours are classes.

Each is hidden from screen readers; the words beside it say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.safestring import SafeString, mark_safe

from learning.claims import MET_AT, Claim
from learning.competence.parameters import CUTS

LEFT, STEP, RIGHT = 44, 36, 152  # x of level 1, from level to level, x of level 4
REACH = 1.28  # eight times in ten the ability is within so many standard deviations

_AXIS = "".join(f'<path class="hair" d="M{x} 7v6"/>' for x in range(8, RIGHT + 1, STEP))
_AXIS += f'<path class="hair" d="M8 10H{RIGHT}"/>'


def _x(ability: float) -> float:
    """Where an ability stands: the cut of level 1 at 44, of level 4 at 152."""
    return round(min(RIGHT + 4, max(4.0, LEFT + (ability - CUTS[0]) * STEP)), 1)


def standing(claim: Claim) -> SafeString:
    """Interval, estimate and target on four levels; a dashed line where nothing is said yet."""
    if claim.state.is_said and claim.mean is not None and claim.sd is not None:
        low, high = _x(claim.mean - REACH * claim.sd), _x(claim.mean + REACH * claim.sd)
        marks = (
            f'<path class="line" stroke-width="2" d="M{low} 10H{high}"/>'
            f'<circle class="ink" cx="{_x(claim.mean)}" cy="10" r="4"/>'
        )
    else:
        marks = '<path class="dash" d="M15 10H138"/>'
    target = ""
    if claim.target:
        at = LEFT + (claim.target - 1) * STEP - 1
        target = f'<rect class="ink" x="{at}" y="1" width="3" height="18"/>'
    return _svg(160, 20, f"{_AXIS}{marks}{target}")


def fading(now: float, later: float) -> SafeString:
    """P today and 91 days on, against the dotted 80 per cent; what fades falls fastest at first."""
    start, end, met = (round(34 - 32 * p, 1) for p in (now, later, MET_AT))
    bend = round(end - 0.2 * (end - start), 1)
    return _svg(
        120,
        36,
        f'<path class="dash" d="M0 {met}H120"/>'
        f'<path class="line" d="M3 {start}Q40 {bend} 116 {end}"/>'
        f'<circle class="ink" cx="3" cy="{start}" r="3"/>',
    )


def history(points: Sequence[tuple[date, float]]) -> SafeString:
    """P over time, the dotted line at 80 per cent, first and last date below."""
    if len(points) < 2:
        return SafeString("")
    first, last = points[0][0], points[-1][0]
    days = max(1, (last - first).days)
    spots = [(30 + 560 * (day - first).days / days, 130 - 120 * p) for day, p in points]
    line = " ".join(f"{'M' if i == 0 else 'L'}{x:.1f} {y:.1f}" for i, (x, y) in enumerate(spots))
    met = 130 - 120 * MET_AT
    scale = "".join(
        f'<text x="24" y="{134 - 120 * p:.1f}" text-anchor="end">{int(p * 100)}</text>'
        for p in (0, 0.5, 1)
    )
    return _svg(
        600,
        156,
        f'<path class="hair" d="M30 10H590M30 70H590M30 130H590"/>{scale}'
        f'<path class="dash" d="M30 {met:.1f}H590"/><path class="line" d="{line}"/>'
        f'<circle class="ink" cx="{spots[-1][0]:.1f}" cy="{spots[-1][1]:.1f}" r="4"/>'
        f'<text x="30" y="152">{first.day} {first:%b %Y}</text>'
        f'<text x="590" y="152" text-anchor="end">{last.day} {last:%b %Y}</text>',
    )


def _svg(width: int, height: int, inside: str) -> SafeString:
    return mark_safe(  # noqa: S308  numbers and dates only
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'aria-hidden="true">{inside}</svg>'
    )
