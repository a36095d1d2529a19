"""Your part: the one next thing, what is due, what is fading, where one stands."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from learning import drawings, readiness
from learning.claims import MET_AT, Claim, ClaimState, per_cent, rounded, short_date
from learning.models import Assignment
from learning.next_thing import NextThing, choose, due_words
from learning.open_work import OpenWork, open_work
from learning.path import PathModule, modules_ahead
from learning.rehearsing import page_of_target, what_it_is
from people import clock
from people.access import Right, requires
from people.http import MemberRequest
from people.models import Member
from people.prepared import prepared
from people.templatetags.tutti import day, icon

MOST_SHOWN = 6
SOON = 3  # days


def open_assignments(member: Member) -> list[Assignment]:
    """What the member still has to do by a date, the soonest first."""
    return _open_assignments(member.pk)


@prepared
def _open_assignments(member_id: int) -> QuerySet[Assignment]:
    return (
        Assignment.objects.filter(member_id=member_id, completed_at=None, withdrawn_at=None)
        .select_related("module", "track", "scenario", "assigned_by__user")
        .order_by("due_on", "pk")
    )


def administrators_of(member: Member) -> list[Member]:
    """Who can set a job role: named where one is missing."""
    return list(
        Member.objects.active()
        .filter(organisation_id=member.organisation_id, is_administrator=True)
        .select_related("user")
        .order_by("user__name")[:3]
    )


def in_order(claims: Iterable[Claim]) -> list[Claim]:
    """Critical ones first, then those that ask for something."""
    return sorted(claims, key=lambda claim: (not claim.critical, not claim.state.is_gap))


def is_fading(claim: Claim) -> bool:
    """Lapsed, or said to be met now and not in 91 days without practice."""
    if claim.state is ClaimState.LAPSED:
        return True
    return claim.state.is_met and claim.later is not None and claim.later[1] < MET_AT


def state_of(claim: Claim) -> SafeString:
    """The sign and the words of what may be said."""
    return format_html(
        '<span class="state {}">{} {}</span>',
        claim.state.css,
        icon(claim.state.icon),
        claim.headline,
    )


def standing_rows(claims: Iterable[Claim]) -> SafeString:
    return format_html_join(
        "\n",
        '<tr role="row"><th role="rowheader" scope="row"><a href="{}">{}</a></th>'
        '<td role="cell" class="plot">{}</td><td role="cell" class="says">{}'
        '<span class="unseen">. Target: level {}</span></td></tr>',
        (
            (
                reverse("competency", args=[claim.competency_id]),
                claim.name,
                drawings.standing(claim),
                state_of(claim),
                claim.target or "none",
            )
            for claim in claims
        ),
    )


def due_rows(assignments: Iterable[Assignment]) -> SafeString:
    rows = []
    for assignment in assignments:
        days = (assignment.due_on - clock.today()).days
        css = "state lapsed" if days < 0 else "state you" if days <= SOON else ""
        rows.append(
            (
                page_of_target(assignment.target),
                assignment.target.title,
                css,
                icon("clock") if css else "",
                due_words(assignment.due_on),
                what_it_is(assignment.target),
                f" · assigned by {assignment.assigned_by}" if assignment.assigned_by else "",
                day(assignment.due_on),
                format_html("<br>{}", assignment.note) if assignment.note else "",
            )
        )
    return format_html_join(
        "\n",
        '<li><a class="strong" href="{}">{}</a> <span class="end {}">{} {}</span>'
        "<p>{}{} · {}{}</p></li>",
        rows,
    )


def begun_rows(working: Iterable[OpenWork], shown: NextThing | None) -> SafeString:
    """What is open besides the next thing; what waits for a decision says so."""
    rows = [
        (
            work.url,
            work.headline,
            format_html('<span class="end state you">{} decide</span>', icon("hold"))
            if work.is_waiting
            else "",
            work.text,
        )
        for work in working
        if shown is None or work.url != shown.url
    ]
    return format_html_join(
        "\n", '<li><a class="strong" href="{}">{}</a> {}<p>{}</p></li>', rows[:MOST_SHOWN]
    )


def fading_rows(claims: Iterable[Claim]) -> SafeString:
    rows = []
    for claim in claims:
        if claim.probability is None or claim.later is None:
            continue
        date, probability = claim.later
        said = f"Level {claim.against} or above: {per_cent(claim.percent)} today"
        if claim.state is ClaimState.LAPSED:
            if claim.peak is not None and claim.last_at is not None:
                was = per_cent(rounded(claim.peak, claim.observations))
                said += f"; it was {was} on {short_date(claim.last_at, claim.as_of)}"
        else:
            less = per_cent(rounded(probability, claim.observations))
            said += f", about {less} by {short_date(date)} without practice"
        rows.append(
            (
                reverse("competency", args=[claim.competency_id]),
                claim.name,
                said,
                drawings.fading(claim.probability, probability),
            )
        )
    return format_html_join(
        "\n",
        '<li><span><a class="strong" href="{}">{}</a><br><span class="quietly">{}</span></span>'
        ' <span class="end">{}</span></li>',
        rows,
    )


def track_rows(path: Iterable[PathModule]) -> SafeString:
    tracks: dict[int, list[PathModule]] = {}
    for module in path:
        tracks.setdefault(module.track_id, []).append(module)
    return format_html_join(
        "\n",
        '<li><a class="strong" href="{}">{}</a> <span class="end num">{} of {} modules complete'
        "</span></li>",
        (
            (
                reverse("track", args=[track_id]),
                modules[0].track_title,
                sum(module.is_complete for module in modules),
                len(modules),
            )
            for track_id, modules in tracks.items()
        ),
    )


@requires(Right.LEARN)
@require_safe
def home(request: MemberRequest) -> HttpResponse:
    member = request.member
    claims = readiness.claims_for([member]).get(member.pk, {}) if member.job_role_id else {}
    lapsed = [key for key, claim in claims.items() if claim.state is ClaimState.LAPSED]
    unknown = [
        key
        for key, claim in claims.items()
        if claim.critical and claim.state in (ClaimState.NONE, ClaimState.NOT_ENOUGH)
    ]
    path = modules_ahead(member, wanted=unknown, lapsed=lapsed)
    assignments = open_assignments(member)
    working = open_work(member)
    following = choose(assignments, working, path, claims)
    shown = in_order(claims.values())
    return render(
        request,
        "learning/home.html",
        {
            "today": clock.today(),
            "next": following,
            "begun": begun_rows(working, following),
            "due": due_rows(assignments),
            "fading": fading_rows(claim for claim in shown if is_fading(claim)),
            "standing": standing_rows(shown[:MOST_SHOWN]),
            "targets": len(shown),
            "readiness": readiness.readiness(claims) if claims else None,
            "tracks": track_rows(path),
            "administrators": [] if member.job_role_id else administrators_of(member),
        },
    )
