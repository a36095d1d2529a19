"""What a package rests on besides itself: the loaded tracks, and what their modules teach."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import F, Q

from curriculum.models import Aim, Module, ModuleVersion, Track, TrackModule
from curriculum.packages import kinds
from people.models import Organisation


@dataclass(frozen=True, slots=True)
class Teaching:
    """What one module teaches: levels and numbers of questions by competency, and the points."""

    levels: Mapping[str, int]
    asked: Mapping[str, int]
    points: frozenset[str]


@dataclass(frozen=True, slots=True)
class Behind:
    """Empty for the built-in library, which must stand on its own."""

    tracks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    modules: Mapping[str, Teaching] = field(default_factory=dict)


def behind(organisation: Organisation | None) -> Behind:
    """Six queries, whatever the size. An own module stands before the built-in one, as in tracks;
    of each the newest version, which is what a package can refer to."""
    visible = Q(organisation=None) | Q(organisation=organisation)
    built_in_first = F("organisation_id").asc(nulls_first=True)
    modules = dict(Module.objects.filter(visible).order_by(built_in_first).values_list("pk", "key"))
    tracks = dict(Track.objects.filter(visible).order_by(built_in_first).values_list("pk", "key"))
    places: dict[int, list[str]] = {pk: [] for pk in tracks}
    for track, module in TrackModule.objects.filter(track__in=tracks).values_list(
        "track_id", "module_id"
    ):
        if module in modules:
            places[track].append(modules[module])
    teaching = _teaching(list(modules))
    # The later of two with one key is the organisation's own.
    return Behind(
        {key: tuple(places[pk]) for pk, key in tracks.items()},
        {key: teaching[pk] for pk, key in modules.items() if pk in teaching},
    )


def _teaching(modules: list[int]) -> dict[int, Teaching]:
    newest: dict[int, tuple[int, list[str]]] = {}
    versions = ModuleVersion.objects.filter(module_id__in=modules).order_by("number")
    for pk, module, points in versions.values_list("pk", "module_id", "interaction_points"):
        newest[module] = (pk, points)
    numbers = [pk for pk, _ in newest.values()]
    levels: dict[int, dict[str, int]] = defaultdict(dict)
    aims = Aim.objects.filter(version_id__in=numbers)
    for version, competency, level in aims.values_list("version_id", "competency_id", "level"):
        levels[version][competency] = level
    asked: dict[int, Counter[str]] = defaultdict(Counter)
    for kind in kinds.registered().values():
        for version, competency, count in kind.asked_of(numbers):
            asked[version][competency] += count
    return {
        module: Teaching(levels[pk], asked[pk], frozenset(points))
        for module, (pk, points) in newest.items()
    }
