"""The search sources of learning: lessons, modules, rehearsals, notes, things to do and more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model, Q, QuerySet
from django.urls import reverse

from curriculum.models import Competency, Module, Track
from learning import search_index
from learning.models import Enrolment, Note
from learning.rehearsing import offered_to, rehearsal_page
from people.access import Right, has_right
from people.models import Member
from people.search import Hit

# Title, other words it is found by, address by name, icon, the right it needs.
ACTIONS = (
    ("My job role", "targets readiness standing", "my_role", "role", Right.LEARN),
    ("All tracks", "courses modules catalogue", "tracks", "stave", Right.LEARN),
    ("The map", "curriculum coverage decisions competencies modules", "map", "stave", Right.LEARN),
    ("The record of the law", "legal ai act gdpr regulation", "law", "doc", Right.LEARN),
    ("My notes and highlights", "marks margin", "notes", "pen", Right.LEARN),
    ("What is kept about me", "record data privacy download", "my_record", "doc", Right.LEARN),
    ("How Tutti works", "help keyboard measured", "help", "info", Right.LEARN),
    ("My team", "readiness grid people", "team", "team", Right.MANAGE),
    ("Assign learning", "due date module track", "assign", "plus", Right.MANAGE),
)

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class LessonHit(Hit):
    """`excerpt` is safe HTML: the words around the first place found, with <mark>."""

    excerpt: str = ""


def versions_seen_by(member: Member) -> set[int]:
    """The versions whose lessons the member may read: those begun, else the published ones."""
    begun = dict(Enrolment.objects.filter(member=member).values_list("module_id", "version_id"))
    published = Module.objects.visible_to(member).published()
    seen = {
        version_id
        for module_id, version_id in published.values_list("pk", "published_version_id")
        if module_id not in begun and version_id is not None
    }
    return seen | set(begun.values())


def lessons(member: Member, words: str, limit: int) -> list[Hit]:
    found = search_index.find_lessons(words, versions_seen_by(member), limit)
    titles = dict(
        Module.objects.filter(versions__in={step.version_id for step in found}).values_list(
            "versions__pk", "title"
        )
    )
    return [
        LessonHit(
            step.title,
            titles.get(step.version_id, ""),
            reverse("step", args=[step.pk]),
            "doc",
            search_index.excerpt(step.text, words),
        )
        for step in found
    ]


def _holding(rows: QuerySet[Row], words: str, *fields: str) -> QuerySet[Row]:
    """Rows that hold every word in one of the fields."""
    for word in words.split():
        rule = Q()
        for field in fields:
            rule |= Q(**{f"{field}__icontains": word})
        rows = rows.filter(rule)
    return rows


def modules(member: Member, words: str, limit: int) -> list[Hit]:
    mine = Enrolment.objects.filter(member=member).values("module_id")
    seen = Module.objects.visible_to(member).filter(
        Q(retired_at=None, published_version__isnull=False) | Q(pk__in=mine)
    )
    found = _holding(seen, words, "title", "key", "published_version__summary")
    return [
        Hit(title, key, reverse("module", args=[pk]), "part")
        for pk, title, key in found.order_by("key").values_list("pk", "title", "key")[:limit]
    ]


def tracks(member: Member, words: str, limit: int) -> list[Hit]:
    found = _holding(Track.objects.visible_to(member).current(), words, "title", "summary")
    return [
        Hit(
            track.title,
            track.get_layer_display() or "Everybody",
            reverse("track", args=[track.pk]),
            "stave",
        )
        for track in found[:limit]
    ]


def rehearsals(member: Member, words: str, limit: int) -> list[Hit]:
    """Scenarios that can be begun; an own one stands before a built-in one of its key."""
    found = _holding(offered_to(member), words, "title", "summary", "key")
    return [
        Hit(
            scenario.title,
            f"{scenario.get_layer_display() or 'Everybody'}, {scenario.minutes} minutes",
            rehearsal_page(scenario),
            "stave",
        )
        for scenario in found[:limit]
    ]


def competencies(member: Member, words: str, limit: int) -> list[Hit]:
    found = _holding(Competency.objects.all(), words, "name", "definition", "id")
    return [
        Hit(each.name, each.pk, reverse("competency", args=[each.pk]), "flag")
        for each in found[:limit]
    ]


def notes(member: Member, words: str, limit: int) -> list[Hit]:
    found = _holding(Note.objects.visible_to(member), words, "text", "quote")
    return [
        Hit(
            str(note)[:100],
            note.step.title,
            f"{reverse('step', args=[note.step_id])}#note-{note.pk}",
            "pen",
        )
        for note in found.select_related("step").order_by("-changed_at")[:limit]
    ]


def actions(member: Member, words: str, limit: int) -> list[Hit]:
    wanted = words.casefold().split()
    return [
        Hit(title, "", reverse(name), icon)
        for title, other_words, name, icon, right in ACTIONS
        if all(word in f"{title} {other_words}".casefold() for word in wanted)
        and has_right(member, right)
    ][:limit]
