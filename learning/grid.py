"""The cells of the team's grid: one way to make them, for the page, the print and the export.

A cell is first a value (`Cell`), then either HTML or the fields of a CSV row. HTML is put together
from strings here, because a template loop over 12,000 cells takes several times as long; whatever
comes from data passes `escape`, and `tests/learning/test_team_grid.py` proves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

from django.utils.safestring import SafeString

from learning.claims import ENOUGH, Claim, ClaimState, per_cent, rounded
from learning.models import TeamRollup
from people.templatetags.tutti import icon

ABSENT = "–"


@dataclass(frozen=True, slots=True)
class Column:
    """A competency or a domain at the head of the grid; `target` is empty where people differ."""

    id: str
    name: str
    short: str
    domain: str = ""
    target: str = ""
    critical: bool = False


class Cell(NamedTuple):
    """What one cell says; a tuple, since a print may hold 12,000 of them.

    `act` is what it offers: "add" where nothing is known, "again" if lapsed. `figures` are for
    the export, in the order of EXPORTED.
    """

    look: str
    big: str
    small: tuple[str, str] = ("", "")
    said: str = ""
    act: str = ""
    competency_id: str = ""
    figures: tuple[object, ...] = ("", "", "", "", "")


EXPORTED = ("state", "level", "per cent", "observations", "days since the last")
EXPORTED_DOMAIN = ("state", "met", "of", "observations", "days since the last")
EXPORTED_TEAM = ("met", "of", "expected", "not enough evidence", "lapsed")

NOT_ASKED = Cell("na", "n/a", figures=("not asked", "", "", "", ""))


# ---- One person against one competency -----------------------------------------------------


def claim_cell(claim: Claim | None) -> Cell:
    """Level, P(level >= target), number and age of observations; grey for too little evidence."""
    if claim is None or claim.target is None:
        return NOT_ASKED
    state, name = claim.state, claim.name
    if state is ClaimState.NOT_TAUGHT:
        said = f"{name}: not taught yet, so no gap"
        return Cell("na", "not taught", said=said, figures=(state.label, "", "", "", ""))
    age = claim.age_days
    when = "" if age is None else f"{age} d"
    figures: tuple[object, ...] = (
        state.label,
        claim.level or "",
        claim.percent,
        claim.counted,
        age,
    )
    if state is ClaimState.NONE:
        figures = (state.label, "", "", 0, "")
        said = f"the assessment of {name}; no evidence yet"
        return Cell(
            "add", "", said=said, act="add", competency_id=claim.competency_id, figures=figures
        )
    last = "" if age is None else f", the last {_ago(age)}"
    if state is ClaimState.NOT_ENOUGH:
        figures = (state.label, "", "", claim.counted, age)
        so_far = f"{claim.counted} of {ENOUGH}" if claim.counted < ENOUGH else str(claim.counted)
        said = f"{name}: not enough evidence, {so_far} observations{last}"
        small = (so_far, when)
        return Cell("nee", ABSENT, small, said, "", claim.competency_id, figures)
    level = f"level {claim.level}" if claim.level else "below level 1"
    chance = f"{per_cent(claim.percent)} for level {claim.target} or above"
    behind = f"{claim.counted} observations{last}"
    look, big = f"l{claim.level or 1}", str(claim.level or "<1")
    small, act = (per_cent(claim.percent), f"{claim.counted} · {when}"), ""
    match state:
        case ClaimState.LAPSED:
            look, act = f"{look} lapsed", "again"
            said = f"{name}: lapsed, now likely {level}, was {claim.target}; {chance}; {behind}"
        case ClaimState.REFRESH_DUE:
            look = f"{look} fading"
            said = f"{name}: likely {level}, refresh due; {chance}; {behind}"
        case ClaimState.MET:
            said = f"{name}: likely {level}; {chance}; {behind}"
        case _:
            look = f"{look} below"
            said = f"{name}: likely {level}, below target {claim.target}; {chance}; {behind}"
    return Cell(look, big, small, said, act, claim.competency_id, figures)


def _ago(days: int) -> str:
    return "today" if days == 0 else "yesterday" if days == 1 else f"{days} days ago"


# ---- One person against one domain ---------------------------------------------------------


def domain_cell(name: str, claims: Sequence[Claim]) -> Cell:
    """How many of the domain's targets are met, with the weakest P behind the critical ones."""
    asked = [claim for claim in claims if claim.target is not None]
    taught = [claim for claim in asked if claim.state is not ClaimState.NOT_TAUGHT]
    if not asked:
        return NOT_ASKED
    if not taught:
        return Cell(
            "na",
            "not taught",
            said=f"{name}: not taught yet, so no gap",
            figures=("Not taught yet", "", "", "", ""),
        )
    said_of = [claim for claim in taught if claim.state.is_said]
    lapsed = [claim for claim in taught if claim.state is ClaimState.LAPSED]
    unclear = len(taught) - len(said_of)
    met = sum(claim.state.is_met for claim in taught)
    observations = sum(claim.counted for claim in taught)
    ages = [claim.age_days for claim in taught if claim.age_days is not None]
    age = min(ages) if ages else None
    if all(claim.state is ClaimState.NONE for claim in taught):
        first = min(taught, key=lambda claim: not claim.critical)
        words = f"something in {name}; no evidence yet"
        figures: tuple[object, ...] = ("No evidence yet", 0, len(taught), 0, "")
        return Cell("add", "", said=words, act="add", competency_id=_own(first), figures=figures)
    last = "" if age is None else f", the last {_ago(age)}"
    behind = f"{observations} observations{last}"
    when = "" if age is None else f"{age} d"
    if not said_of:
        words = f"{name}: not enough evidence on any of {len(taught)} targets, {behind}"
        figures = ("Not enough evidence", 0, len(taught), observations, age)
        return Cell(
            "nee",
            ABSENT,
            (f"{observations} so far", when),
            words,
            figures=figures,
        )
    critical = sum(claim.critical and claim.state.is_gap for claim in said_of)
    look = "l3" if met == len(taught) else "l2" if 2 * met >= len(taught) else "l1"
    parts = [f"{met} of {len(taught)} targets met"]
    weakest = min(said_of, key=lambda claim: claim.probability or 0.0)
    parts.append(f"weakest {weakest.name} at {per_cent(weakest.percent)}")
    if critical:
        parts.append(f"{critical} critical below target")
        look += " below"
    if lapsed:
        parts.append(f"{len(lapsed)} lapsed")
        look += " lapsed"
    if unclear:
        parts.append(f"{unclear} without enough evidence")
    state = "Lapsed" if lapsed else "Met" if met == len(taught) else "Below target"
    return Cell(
        look,
        f"{met}/{len(taught)}",
        (per_cent(weakest.percent), f"{observations} · {when}"),
        f"{name}: {', '.join(parts)}; {behind}",
        "again" if lapsed else "",
        _own(lapsed[0]) if lapsed else "",
        (state, met, len(taught), observations, age),
    )


def _own(claim: Claim) -> str:
    """The competency to offer something for; nothing for a claim that stands for a whole domain."""
    return "" if claim.competency_id == claim.domain else claim.competency_id


# ---- A team against one competency or domain -----------------------------------------------


class Counted(NamedTuple):
    """What a cell needs of a rollup; a grid of 500 teams reads 12,000 of them."""

    team_id: int
    competency_id: str
    people: int
    met: int
    refresh_due: int
    lapsed: int
    not_enough: int
    expected: float
    spread: float


def rollup_cell(name: str, rollups: Iterable[TeamRollup | Counted]) -> Cell:
    """How many of those asked are at target, how many are expected to be, how many are unclear."""
    people = met = lapsed = unclear = 0
    expected = spread = 0.0
    for rollup in rollups:
        people += rollup.people
        met += rollup.met + rollup.refresh_due
        lapsed += rollup.lapsed
        unclear += rollup.not_enough
        expected += rollup.expected
        spread += rollup.spread
    if not people:
        return NOT_ASKED
    known, about = people - unclear, f"{expected:.1f}"
    figures = (met, people, about, unclear, lapsed)
    if known <= 0:
        words = f"{name}: not enough evidence for any of {people}"
        return Cell("nee", ABSENT, (f"0 of {people}", ""), words, figures=figures)
    look = "l3" if 5 * met >= 4 * people else "l2" if 2 * met >= people else "l1"
    margin = 1.28 * max(spread, 0.0) ** 0.5
    # As TeamReadiness rounds, in the quickest way: this runs for every cell of a print.
    low, high = max(0, int(expected - margin + 0.5)), min(known, int(expected + margin + 0.5))
    words = f"{name}: {met} of {people} at target; {about} expected, likely {low} to {high}"
    if lapsed:
        words += f"; {lapsed} lapsed"
    if unclear:
        words += f"; not enough evidence for {unclear}"
    small = (f"exp. {about}", f"{unclear} unclear" if unclear else "")
    return Cell(look, f"{met}/{people}", small, words, "", "", figures)


# ---- As HTML -------------------------------------------------------------------------------


def cell_html(cell: Cell, *, url: str, assign_url: str, who: str) -> str:
    """One `td`; every argument is plain text and is escaped here."""
    said, href = escape(cell.said), escape(url)
    if cell.look == "na":
        hidden = f'<span class="unseen">{said}</span>' if said else ""
        shown = ' aria-hidden="true"' if said else ""
        return f'<td>{hidden}<span class="na"{shown}>{escape(cell.big)}</span></td>'
    if cell.act == "add":
        label = f"Assign {escape(who)} {said}"
        return (
            f'<td><a class="add" href="{escape(assign_url)}" aria-label="{label}">'
            f"{_plus()}</a></td>"
        )
    one, two = cell.small
    lines = f'<i aria-hidden="true">{escape(one)}</i>' if one else ""
    lines += f'<i aria-hidden="true">{escape(two)}</i>' if two else ""
    link = (
        f'<a class="{cell.look}" href="{href}"><span class="unseen">{said}</span>'
        f'<b aria-hidden="true">{escape(cell.big)}</b>{lines}</a>'
    )
    if cell.act != "again":
        return f"<td>{link}</td>"
    label = f"Assign {escape(who)} again: {said.partition(':')[0]}"
    again = f'<a class="again" href="{escape(assign_url)}" aria-label="{label}">{_again()}</a>'
    return f'<td class="pair">{link}{again}</td>'


_drawn: dict[str, str] = {}


def _plus() -> str:
    return _drawn.setdefault("plus", str(icon("plus")))


def _again() -> str:
    return _drawn.setdefault("again", str(icon("again")))


def row_html(head: str, cells: Iterable[str]) -> str:
    return f"<tr>{head}{''.join(cells)}</tr>"


def body_html(rows: Iterable[str]) -> SafeString:
    """The rows of a grid, joined; they were made of escaped pieces by the functions above."""
    return SafeString("\n".join(rows))


# ---- The heads of columns ------------------------------------------------------------------


def columns_of(
    framework: Iterable[Column], shown: Iterable[Mapping[str, Claim]], *, all_of_them: bool = False
) -> list[Column]:
    """The competencies that at least one of the shown is asked for, with the target they share."""
    asked: dict[str, set[int]] = {}
    critical: dict[str, set[bool]] = {}
    for claims in shown:
        for claim in claims.values():
            if claim.target is not None:
                asked.setdefault(claim.competency_id, set()).add(claim.target)
                critical.setdefault(claim.competency_id, set()).add(claim.critical)
    columns = []
    for each in framework:
        targets = asked.get(each.id)
        if targets is None and not all_of_them:
            continue
        target = f"target {min(targets)}" if targets and len(targets) == 1 else ""
        if targets and len(targets) > 1:
            target = f"target {min(targets)} to {max(targets)}"
        is_critical = critical.get(each.id) == {True}
        columns.append(Column(each.id, each.name, each.short, each.domain, target, is_critical))
    return columns


def of_hundred(probability: float | None, observations: float) -> str:
    """A probability for the eye, or a dash."""
    return ABSENT if probability is None else per_cent(rounded(probability, observations))


# ---- The heads of rows ---------------------------------------------------------------------


def person_head(
    *, pk: int, name: str, title: str, needs: str, url: str, two: tuple[str, str]
) -> str:
    """The tick, the name, why the person stands here, and the two figures of readiness."""
    who, below = escape(name), f"{escape(title)}<br>" if title else ""
    return (
        '<th scope="row"><div class="who"><input type="checkbox" name="member" form="pick" '
        f'value="{pk}" aria-label="Select {who}"><div>'
        f'<a href="{escape(url)}" hx-boost="false">{who}</a><br>{below}'
        f'<span class="quietly">{escape(needs)}</span></div></div></th>{two_html(two)}'
    )


def two_html(two: tuple[str, str]) -> str:
    """The two figures of readiness, never made one; the first may be words."""
    first, rest = escape(two[0]), escape(two[1])
    shown = f"<b>{first}</b>" if first[:1].isdigit() else f'<small class="words">{first}</small>'
    return f'<td class="two">{shown}<small>{rest}</small></td>'


def team_head(*, name: str, url: str, people: int, expected: str) -> str:
    """A team's name, how many stand in it and below, and how many are expected to be ready."""
    who = "person" if people == 1 else "people"
    said = "b" if expected[:1].isdigit() else "small"
    return (
        f'<th scope="row"><a href="{escape(url)}">{escape(name)}</a>'
        f'<br><span class="quietly">{people} {who}</span></th>'
        f'<td class="two"><{said}>{escape(expected)}</{said}></td>'
    )
