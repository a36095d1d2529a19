"""The timeline as SVG: places are attributes, colours are classes, every mark leads to its event.

Hidden from screen readers: the ordered list beside it says the same, and is the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from django.utils.safestring import SafeString, mark_safe

from sandbox.timeline.drawing import LONGEST, PACE
from sandbox.timeline.staves import Bar, Lane, Note, Slur, Timeline

NAMES_Y, BOX_Y = 15, 24  # the names of stages, and the boxes of letters below them
HALF_NOTE = 5.3
SYSTEM, MARGIN = 700, 130  # pixels on one line of a printed page, and the names before it


def draw(score: Timeline) -> SafeString:
    """The whole drawing, to be put into a frame that scrolls."""
    return mark_safe("".join(_parts(score)))  # noqa: S308  numbers, and words that are escaped


def _parts(score: Timeline) -> Iterator[str]:
    width, height = round(score.width), round(score.height)
    yield (
        f'<svg class="score" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'aria-hidden="true" focusable="false"><g id="score" class="score">'
    )
    yield from _staves(score)
    yield from _clock(score)
    yield from _names(score)
    for slur in score.slurs:
        yield _slur(score, slur)
    for bar in score.bars:
        yield f'<g data-seq="{bar.seq}">'
        yield from _bar(score, bar)
        yield "</g>"
    for note in score.notes:
        yield f'<g data-seq="{note.seqs[0]}">'
        yield from _note(score, note)
        yield "</g>"
    for aside in score.asides:
        x, y = score.x(aside.column), _foot(score)
        mark = f'<path class="open" d="M{x:.1f} {y - 5:.1f}l5 5-5 5-5-5z"/>'
        yield f'<g data-seq="{aside.seq}">{_link(score, aside.seq, x, y, mark)}</g>'
    yield from _end(score)
    yield "</g></svg>"
    yield from _systems(score)


def _systems(score: Timeline) -> Iterator[str]:
    """The same drawing in lengths that fit a sheet, shown in print alone."""
    height = round(score.height)
    names = "".join(
        f'<text class="lane-name" x="{MARGIN - 8}" y="{lane.middle + 4:.1f}" text-anchor="end">'
        f"{escape(lane.name)}</text>"
        for lane in score.lanes
    )
    for start, end in _broken(score):
        yield (
            f'<svg class="score system" viewBox="0 0 {MARGIN + SYSTEM} {height}" '
            f'aria-hidden="true" focusable="false">{names}'
            f'<svg x="{MARGIN}" width="{end - start}" height="{height}" '
            f'viewBox="{start} 0 {end - start} {height}"><use href="#score"/></svg></svg>'
        )


def _broken(score: Timeline) -> Iterator[tuple[int, int]]:
    """From where to where each line goes: never through a mark."""
    gaps = [round(column.x - column.left - 4) for column in score.columns]
    start, width = 0, round(score.width)
    while width - start > SYSTEM:
        end = max((gap for gap in gaps if start < gap <= start + SYSTEM), default=start + SYSTEM)
        yield start, end
        start = end
    yield start, width


# ---- Paper: staves, clock, names of stages -----------------------------------------------------


def _staves(score: Timeline) -> Iterator[str]:
    played, width = score.played, score.width - 8
    later = []
    for lane in score.lanes:
        for y in _lines(lane):
            yield f'<path class="stave" d="M9 {y:.1f}H{played:.1f}"/>'
            if not score.finished:
                later.append(f'<path class="stave later" d="M{played:.1f} {y:.1f}H{width:.1f}"/>')
    yield from later
    top, bottom = _top(score), _bottom(score)
    yield f'<path class="barline" d="M9 {top:.1f}V{bottom:.1f}"/>'
    if len(score.lanes) > 1:
        first = score.lanes[1].top - 6
        last = bottom + 6
        yield f'<path class="brace" d="M4 {first:.1f}V{last:.1f}"/>'
        yield (f'<path class="brace-end" d="M3 {first:.1f}q6-1 8-6M3 {last:.1f}q6 1 8 6"/>')


def _lines(lane: Lane) -> list[float]:
    return [lane.middle] if lane.thin else [lane.line(pitch) for pitch in (1, 2, 3, 4)]


def _top(score: Timeline) -> float:
    return score.lanes[0].middle


def _bottom(score: Timeline) -> float:
    return score.lanes[-1].bottom


def _foot(score: Timeline) -> float:
    return score.height - 30


def _clock(score: Timeline) -> Iterator[str]:
    y = score.height - 28
    for x, words in score.ticks:
        yield f'<path class="hair" d="M{x} {y:.1f}v5"/>'
        yield f'<text x="{x}" y="{y + 18:.1f}" text-anchor="middle">{words}</text>'


def _names(score: Timeline) -> Iterator[str]:
    for stage in score.stages:
        if stage.column < len(score.columns):
            x = score.x(stage.column) - 14
        else:
            x = score.played + 8
        yield f'<text class="expression" x="{x:.1f}" y="{NAMES_Y}">{escape(stage.text)}</text>'


# ---- Marks ---------------------------------------------------------------------------------


def _link(score: Timeline, seq: int, x: float, y: float, inside: str) -> str:
    title = escape(score.titles.get(seq, ""))
    return (
        f'<a href="#e{seq}" tabindex="-1"><title>{title}</title>'
        f'<circle class="hit" cx="{x:.1f}" cy="{y:.1f}" r="12"/>{inside}</a>'
    )


def _note(score: Timeline, note: Note) -> Iterator[str]:
    lane = score.lane(note.lane)
    x, y = score.x(note.column), lane.line(note.pitch)
    hold = min(note.seconds, LONGEST) * PACE + 8
    if note.seconds >= 10:
        yield f'<path class="hold" d="M{x + 5:.1f} {y:.1f}H{x + 5 + hold:.1f}"/>'
    kind = "you-open" if note.waiting else "note" if note.filled else "open"
    head = (
        f'<ellipse class="{kind}" cx="{x:.1f}" cy="{y:.1f}" rx="{HALF_NOTE}" ry="3.7" '
        f'transform="rotate(-20 {x:.1f} {y:.1f})"/>'
    )
    if note.pitch >= 3:
        stem = "you-line" if note.waiting else "stem"
        head = f'<path class="{stem}" d="M{x + 4.9:.1f} {y - 1:.1f}v-16"/>{head}'
    if note.broken:
        head += f'<path class="sign" d="M{x - 6:.1f} {y + 7:.1f}L{x + 6:.1f} {y - 7:.1f}"/>'
    if note.objects:
        head += f'<path class="sign" d="M{x - 5:.1f} {y - 15:.1f}l9 3.500-9 3.500"/>'
    if note.amount:
        where = (
            f'x="{x - 9:.1f}" text-anchor="end"'
            if note.fault
            else (f'x="{x:.1f}" text-anchor="middle"')
        )
        amount = "you-amount" if note.waiting else "amount"
        yield f'<text class="{amount}" {where} y="{y - 22:.1f}">{escape(note.amount)}</text>'
    yield _link(score, note.seqs[-1] if note.filled else note.seqs[0], x, y, head)
    if note.fault:
        mark = "note" if note.fault == "reached" else "open"
        shape = f'<path class="{mark}" d="M{x - 5.5:.1f} {y - 31:.1f}h11l-5.500 9z"/>'
        if note.fault == "decoy":
            shape = f'<circle class="open" cx="{x:.1f}" cy="{y - 27:.1f}" r="4.500"/>'
        yield f"<g><title>{escape(note.fault_says)}</title>{shape}</g>"
    if note.verdict:
        yield from _verdict(score, note, x, y)


def _verdict(score: Timeline, note: Note, x: float, y: float) -> Iterator[str]:
    guardian = score.lane("guardian").middle
    start, end = (y + 7, guardian - 7) if guardian > y else (y - 7, guardian + 7)
    yield f'<path class="drop" d="M{x:.1f} {start:.1f}V{end:.1f}"/>'
    red = note.waiting and note.verdict == "ask"
    match note.verdict:
        case "allow":
            sign = f'<circle class="note" cx="{x:.1f}" cy="{guardian:.1f}" r="2.200"/>'
        case "deny":
            sign = (
                f'<path class="sign" d="M{x - 4:.1f} {guardian - 4:.1f}l8 8'
                f'M{x + 4:.1f} {guardian - 4:.1f}l-8 8"/>'
            )
        case "modify":
            sign = f'<path class="sign" d="M{x - 4:.1f} {guardian + 4:.1f}l4-8 4 8"/>'
        case _:
            sign = _fermata(x, guardian + 2, red)
    yield _link(score, note.judged, x, guardian, sign)


def _fermata(x: float, y: float, red: bool) -> str:
    sign, dot = ("you-sign", "you-note") if red else ("sign", "note")
    return (
        f'<path class="{sign}" d="M{x - 8:.1f} {y:.1f}a8 7 0 0 1 16 0"/>'
        f'<circle class="{dot}" cx="{x:.1f}" cy="{y - 1.4:.1f}" r="1.800"/>'
    )


def _slur(score: Timeline, slur: Slur) -> str:
    """A curve that swells in the middle, from the end of one note to the head of the next."""
    start, end = score.lane(slur.start.lane), score.lane(slur.end.lane)
    x1, y1 = score.x(slur.start.column) + 6, start.line(slur.start.pitch)
    x2, y2 = score.x(slur.end.column) - 1, end.line(slur.end.pitch)
    down = 1 if y2 > y1 else -1
    y1, y2 = y1 + 6 * down, y2 - 7 * down
    dx, dy = x2 - x1, y2 - y1
    return (
        f'<path class="slur" d="M{x1:.1f} {y1:.1f}'
        f"C{x1 + 0.05 * dx:.1f} {y1 + 0.55 * dy:.1f} {x1 + 0.55 * dx:.1f} {y1 + 0.94 * dy:.1f} "
        f"{x2:.1f} {y2:.1f}"
        f"C{x1 + 0.45 * dx - 1:.1f} {y2 - 1.5 * down:.1f} {x1 - 1.3:.1f} {y1 + 0.577 * dy:.1f} "
        f'{x1:.1f} {y1:.1f}z"/>'
    )


def _bar(score: Timeline, bar: Bar) -> Iterator[str]:
    x, top, bottom = score.x(bar.column), _top(score), _bottom(score)
    if bar.state == "now":
        yield (
            f'<path id="now" class="you-line" d="M{x - 4:.1f} {top - 14:.1f}V{bottom:.1f}"/>'
            f'<rect class="you-thick" x="{x - 1:.1f}" y="{top - 14:.1f}" width="4" '
            f'height="{bottom - top + 14:.1f}"/>'
            f'<rect class="you-box" x="{x - 11:.1f}" y="{BOX_Y}" width="22" height="22"/>'
            f'<text class="you-letter" x="{x:.1f}" y="{BOX_Y + 15.5}" text-anchor="middle">'
            f"{bar.letter}</text>"
            f'<text class="you-text" x="{x + 18:.1f}" y="{BOX_Y + 16}">Your decision</text>'
        )
        yield _link(score, bar.seq, x + 18, top, _fermata(x + 18, top + 1, True))
        return
    yield (
        f'<path class="barline" d="M{x - 4:.1f} {top:.1f}V{bottom:.1f}"/>'
        f'<rect class="thick" x="{x - 1.2:.1f}" y="{top:.1f}" width="2.400" '
        f'height="{bottom - top:.1f}"/>'
        f'<rect class="letter-box" x="{x - 10.5:.1f}" y="{BOX_Y + 0.5}" width="21" height="21"/>'
        f'<text class="letter" x="{x:.1f}" y="{BOX_Y + 15.5}" text-anchor="middle">'
        f"{bar.letter}</text>"
    )
    if bar.state == "unanswered":
        return
    mark = "you-note" if bar.state == "passed" else "you-open"
    diamond = f'<path class="{mark}" d="M{x:.1f} {top - 7:.1f}l7 7-7 7-7-7z"/>'
    yield _link(score, bar.decided, x, top, diamond)


def _end(score: Timeline) -> Iterator[str]:
    top, bottom = _top(score), _bottom(score)
    if score.finished:
        x = score.played
        yield (
            f'<path class="barline" d="M{x - 7:.1f} {top:.1f}V{bottom:.1f}"/>'
            f'<rect class="thick" x="{x - 4:.1f}" y="{top:.1f}" width="4" '
            f'height="{bottom - top:.1f}"/>'
        )
        return
    for each in score.to_come:
        if each.text:
            yield (
                f'<text class="expression later-text" x="{each.x:.1f}" y="{NAMES_Y}">'
                f"{escape(each.text)}</text>"
            )
        for key in each.lanes:
            lane = score.lane(key)
            yield (
                f'<rect class="rest" x="{each.x + 18:.1f}" y="{lane.line(3):.1f}" '
                'width="12" height="4"/>'
            )
        if each.checkpoint:
            x = each.x + 62
            yield f'<path class="dash" d="M{x:.1f} {top:.1f}V{bottom:.1f}"/>'
