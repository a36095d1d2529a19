"""The one next thing on a member's home page, and why it is that one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from learning.claims import Claim, ClaimState
from learning.models import Assignment
from learning.open_work import OpenWork
from learning.path import PathModule
from learning.rehearsing import rehearsal_page
from people import clock
from sandbox.models import Run, Scenario


@dataclass(frozen=True, slots=True)
class NextThing:
    title: str
    text: str
    url: str
    label: str
    why: str


def choose(
    assignments: Sequence[Assignment],
    working: Sequence[OpenWork],
    path: Sequence[PathModule],
    claims: Mapping[str, Claim],
) -> NextThing | None:
    """Overdue, then due soonest, then what is open, then the path, then what lapsed."""
    if assignments:
        return _assigned(assignments[0], path, working)
    if working:
        return _working(working[0])
    if module := _next_module(path):
        return _on_path(module, claims)
    return _refresh(path, claims)


def _where(path: Sequence[PathModule], module_id: int) -> str:
    """The module's next step if the path knows it, else the module's page."""
    for module in path:
        if module.pk == module_id and module.next_step:
            return reverse("step", args=[module.next_step])
    return reverse("module", args=[module_id])


def due_words(due_on: date) -> str:
    """ "3 days overdue", "due today", "due in 8 days"."""
    days = (due_on - clock.today()).days
    if days < 0:
        return f"{-days} day{'' if days == -1 else 's'} overdue"
    return "due today" if days == 0 else "due tomorrow" if days == 1 else f"due in {days} days"


def _assigned(
    assignment: Assignment, path: Sequence[PathModule], working: Sequence[OpenWork]
) -> NextThing:
    target = assignment.target
    when = due_words(assignment.due_on)
    by = f" {assignment.assigned_by} assigned it." if assignment.assigned_by else ""
    far = ""
    if assignment.module_id:
        url = _where(path, assignment.module_id)
        known = next((each for each in path if each.pk == assignment.module_id), None)
        if known is not None:
            far = f" About {known.minutes} minutes; {known.state.lower()}."
    elif assignment.scenario is not None:
        url, far = _rehearsal(assignment.scenario, working)
    else:
        url = reverse("track", args=[assignment.track_id])
    note = f" They wrote: “{assignment.note}”" if assignment.note and by else ""
    first = (
        "What is overdue comes first" if "overdue" in when else "What is due soonest comes first"
    )
    return NextThing(
        target.title,
        f"{when[:1].upper()}{when[1:]}.{by}{note}{far}",
        url,
        "Open the track" if assignment.track_id else "Go on",
        f"{first}; after that what you have open, then the next module on your tracks.",
    )


def _rehearsal(scenario: Scenario, working: Sequence[OpenWork]) -> tuple[str, str]:
    """Where a rehearsal that was assigned goes on, and how far it is."""
    for work in working:
        if work.scenario_id == scenario.pk and work.within == Run.Rung.SUPERVISED:
            return work.url, f" {work.headline}." if work.is_waiting else f" {work.text}"
    return rehearsal_page(scenario), f" A rehearsal of about {scenario.minutes} minutes."


def _working(work: OpenWork) -> NextThing:
    why = "is begun and not finished" if work.is_run else "is begun and not handed in"
    return NextThing(
        work.headline, work.text, work.url, "Go on", f"Nothing is due, and this one {why}."
    )


def _next_module(path: Sequence[PathModule]) -> PathModule | None:
    """What was begun before what was not, then what serves a critical target without evidence.

    A module waits for those it requires, as long as they are on the path and not complete.
    """
    left = [module for module in path if module.is_taught and not module.is_complete]
    waiting_for = {module.key for module in left}
    free = [module for module in left if not waiting_for.intersection(module.requires)] or left
    return min(free, key=lambda each: (each.started_at is None, each.serves is None), default=None)


def _on_path(module: PathModule, claims: Mapping[str, Claim]) -> NextThing:
    claim = claims.get(module.serves or "")
    if claim is not None:
        why = (
            f"{claim.name} is critical for your job role, and there is not enough evidence of it: "
            f"{claim.counted} of 6 observations. This module aims at it."
        )
    elif module.started_at:
        why = "Nothing is due, and you have begun this module."
    else:
        why = f"Nothing is due, and this is the next module on your track “{module.track_title}”."
    step = module.next_step
    return NextThing(
        module.title,
        f"{module.summary} About {module.minutes} minutes; {module.state.lower()}.",
        reverse("step", args=[step]) if step else reverse("module", args=[module.pk]),
        "Go on" if module.started_at else "Begin",
        why,
    )


def _refresh(path: Sequence[PathModule], claims: Mapping[str, Claim]) -> NextThing | None:
    for module in path:
        claim = claims.get(module.refreshes or "")
        if claim is not None and claim.state is ClaimState.LAPSED and module.is_taught:
            return NextThing(
                f"Refresh: {claim.name}",
                f"The module “{module.title}” brings it back: take its practice or its gate again.",
                reverse("module", args=[module.pk]),
                "Open the module",
                f"{claim.sentence()}. Every module on your tracks is complete.",
            )
    return None
