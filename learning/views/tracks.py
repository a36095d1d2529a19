"""Tracks and modules: what one is on, what else there is, how far one has come, what is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.contrib import messages
from django.db import transaction
from django.db.models import Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST, require_safe

from curriculum.models import Aim, Module, ModuleVersion, Step, Track
from curriculum.models.framework import LEVEL_NAMES
from learning import enrolment as enrolling
from learning.models import Enrolment
from learning.path import PathModule, following, modules_ahead, modules_of, tracks_of
from learning.progress import Place, missing, next_place, places, rehearsal_minutes
from people.access import Right, requires
from people.http import MemberRequest
from people.models import Member
from people.templatetags.tutti import icon

NOT_OPENED = mark_safe('<span class="unseen">not opened</span>')
NOT_TAUGHT = "This module cannot be begun: it is not published at the moment."


@requires(Right.LEARN)
@require_safe
def tracks(request: MemberRequest) -> HttpResponse:
    """One's own tracks first, then every other one of the library and the organisation."""
    member = request.member
    mine = list(tracks_of(member))
    every = Track.objects.visible_to(member).current()
    others = every.exclude(pk__in=[track.pk for track in mine]).order_by("organisation", "key")
    return render(
        request,
        "learning/tracks.html",
        {"mine": mine, "others": others},
    )


@requires(Right.LEARN)
@require_safe
def track(request: MemberRequest, pk: int) -> HttpResponse:
    member = request.member
    found = get_object_or_404(Track.objects.visible_to(member), pk=pk)
    modules = modules_of(found, member)
    shown = [each for each in modules if each.is_taught]
    aims = _aims(each.version_id for each in shown)
    ahead = next((each for each in shown if not each.is_complete), None)
    return render(
        request,
        "learning/track.html",
        {
            "track": found,
            "rows": _module_rows(shown, aims, _rehearsals(each.version_id for each in shown)),
            "complete": sum(each.is_complete for each in shown),
            "total": len(shown),
            "minutes": sum(each.minutes for each in shown if not each.is_complete),
            "following": ahead,
            "retired": [each for each in modules if not each.is_taught],
        },
    )


def _aims(version_ids: Iterable[int | None]) -> dict[int, list[str]]:
    """What each version aims at, as "Capabilities and limits, level 1"."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = (
        Aim.objects.filter(version_id__in=[each for each in version_ids if each])
        .order_by("competency__order")
        .values_list("version_id", "competency__name", "level")
    )
    for version_id, name, level in rows:
        found[version_id].append(f"{name}, level {level}")
    return found


def _rehearsals(version_ids: Iterable[int | None]) -> dict[int, int]:
    """The minutes of each version's rehearsals."""
    steps = Step.objects.filter(
        version_id__in=[each for each in version_ids if each], kind=Step.Kind.EXERCISE
    )
    rows = steps.order_by().values("version_id").annotate(minutes_in_all=Sum("minutes"))
    return dict(rows.values_list("version_id", "minutes_in_all"))


def _module_rows(
    modules: list[PathModule], aims: dict[int, list[str]], rehearsals: dict[int, int]
) -> SafeString:
    titles = {module.key: module.title for module in modules}
    open_keys = {module.key for module in modules if not module.is_complete}
    rows = []
    for module in modules:
        first = [titles.get(key, key) for key in module.requires]
        waits = open_keys.intersection(module.requires)
        sign = "full" if module.is_complete else "half" if module.started_at else "ring"
        notes = [f"{module.minutes} minutes"]
        if minutes := rehearsals.get(module.version_id or 0):
            notes.append(f"a rehearsal of {minutes} minutes beside them")
        if first:
            notes.append(f"comes after {', '.join(first)}{'' if waits else ' (done)'}")
        if module.retired_at:
            notes.append("retired since you began; you may finish it")
        rows.append(
            (
                reverse("module", args=[module.pk]),
                module.title,
                "met" if module.is_complete else "",
                icon(sign),
                module.state,
                module.summary,
                " · ".join(notes),
                "; ".join(aims.get(module.version_id or 0, [])) or "nothing that is measured",
            )
        )
    return format_html_join(
        "\n",
        '<li><a class="strong" href="{}">{}</a> <span class="end state {}">{} {}</span>'
        '<p>{}</p><p class="small">{} · aims at {}</p></li>',
        rows,
    )


def _module(member: Member, pk: int) -> tuple[Module, Enrolment | None]:
    """The module and the member's enrolment. Another organisation's is 404, and so is a draft."""
    module = get_object_or_404(
        Module.objects.visible_to(member)
        .select_related("published_version")
        .defer("published_version__files"),
        pk=pk,
    )
    enrolment = (
        Enrolment.objects.filter(member=member, module=module)
        .select_related("version")
        .defer("version__files")
        .first()
    )
    if enrolment is not None:
        enrolment.module, enrolment.member = module, member
    return module, enrolment


@requires(Right.LEARN)
@require_safe
def module(request: MemberRequest, pk: int) -> HttpResponse:
    member = request.member
    found, enrolment = _module(member, pk)
    version: ModuleVersion | None = enrolment.version if enrolment else found.published_version
    if version is None:
        raise Http404
    steps = places(version.pk, enrolment.pk if enrolment else None)
    lacking = missing(steps)
    requirements = (
        Module.objects.visible_to(member)
        .published()
        .filter(key__in=version.requires)
        .values_list("pk", "title")
        if version.requires
        else []
    )
    aims = version.aims.select_related("competency").order_by("competency__order")
    return render(
        request,
        "learning/module.html",
        {
            "module": found,
            "version": version,
            "enrolment": enrolment,
            "retired": found.retired_at is not None,
            "closed": found.retired_at is not None and enrolment is None,
            "steps": step_rows(steps),
            "missing": lacking,
            "rehearsal_minutes": rehearsal_minutes(steps),
            "following": next_place(steps),
            "onward": following(found.pk, modules_ahead(member))
            if enrolment and enrolment.completed_at
            else None,
            "requirements": requirements,
            "aims": [(aim.competency, aim.level, LEVEL_NAMES[aim.level - 1]) for aim in aims],
            "newer": enrolling.newer_version(enrolment) if enrolment else None,
            "tracks": found.tracks.visible_to(member).order_by("key"),
        },
    )


def step_rows(steps: Iterable[Place]) -> SafeString:
    """The steps of a module page, each with its sign, kind and minutes."""
    rows = []
    for place in steps:
        if place.is_done:
            sign, css, word = "check", "met", _done_word(place)
        elif place.opened_at:
            sign, css, word = "half", "", "opened"
        else:
            sign, css, word = "ring", "", "" if place.is_needed else "if you like"
        rows.append(
            (
                reverse("step", args=[place.pk]),
                place.title,
                css,
                icon(sign),
                word or NOT_OPENED,
                place.word,
                f" · {place.minutes} minutes" if place.minutes else "",
            )
        )
    return format_html_join(
        "\n",
        '<li><a class="strong" href="{}">{}</a> <span class="end state {}">{} {}</span>'
        "<p>{}{}</p></li>",
        rows,
    )


def _done_word(place: Place) -> str:
    match place.kind:
        case "lesson":
            return "read"
        case "task":
            return "handed in"
        case "exercise":
            return "finished"
        case "quiz" if place.is_needed:
            return "passed"
    return "done"


@require_POST
@requires(Right.LEARN)
def module_start(request: MemberRequest, pk: int) -> HttpResponse:
    """Pins the version and leads to the first step."""
    found, _ = _module(request.member, pk)
    try:
        with transaction.atomic():
            enrolment = enrolling.enrol(request.member, found)
    except enrolling.NotTaught:
        messages.warning(request, NOT_TAUGHT)
        return redirect("module", pk=pk)
    first = next_place(places(enrolment.version_id, enrolment.pk))
    return redirect("step", pk=first.pk) if first else redirect("module", pk=pk)


@require_POST
@requires(Right.LEARN)
def module_move(request: MemberRequest, pk: int) -> HttpResponse:
    """Moves on to the newer version, if nothing graded is lost by it."""
    _, enrolment = _module(request.member, pk)
    if enrolment is not None and enrolling.move_on(enrolment):
        messages.success(
            request,
            f"You are now on version {enrolment.version.number}. "
            "What you had done in steps that are the same is kept.",
        )
    else:
        messages.warning(request, "You stay on the version you have; nothing was changed.")
    return redirect("module", pk=pk)
