"""What a package may refer to beyond itself: the built-in library and the organisation's own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Q

from curriculum.models import (
    Competency,
    InteractionPoint,
    LawEntry,
    Module,
    ModuleVersion,
    Step,
    Track,
)
from curriculum.packages import kinds
from people.models import JobRole, Organisation


@dataclass(frozen=True, slots=True)
class KnownModule:
    lessons: frozenset[str]
    requires: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """Empty for the built-in library, which must stand on its own."""

    built_in: bool = True
    competencies: frozenset[str] = frozenset()
    modules: Mapping[str, KnownModule] = field(default_factory=dict)
    tracks: frozenset[str] = frozenset()
    built_in_job_roles: frozenset[str] = frozenset()
    interaction_points: frozenset[str] = frozenset()
    law: frozenset[str] = frozenset()
    offers: kinds.Offers = field(default_factory=dict)


def known_to(organisation: Organisation | None) -> Known:
    """Nine queries, whatever the size; an own module stands before the built-in one."""
    modules = Module.objects.filter(organisation=None)
    tracks = Track.objects.filter(organisation=None)
    if organisation is not None:
        modules = modules | Module.objects.filter(organisation=organisation)
        tracks = tracks | Track.objects.filter(organisation=organisation)
    owners = {
        pk: (key, owner) for pk, key, owner in modules.values_list("pk", "key", "organisation_id")
    }
    newest: dict[int, tuple[int, list[str]]] = {}  # module → its newest version and `requires`
    versions = ModuleVersion.objects.filter(module_id__in=owners).order_by("number")
    for pk, module, requires in versions.values_list("pk", "module_id", "requires"):
        newest[module] = (pk, requires)
    lessons = defaultdict(set)
    steps = Step.objects.filter(
        kind=Step.Kind.LESSON, version_id__in=[pk for pk, _ in newest.values()]
    )
    for version, key in steps.values_list("version_id", "key"):
        lessons[version].add(key)
    known: dict[str, KnownModule] = {}
    for module, (key, _) in sorted(owners.items(), key=lambda item: item[1][1] is not None):
        pk, requires = newest.get(module, (0, []))
        known[key] = KnownModule(frozenset(lessons[pk]), tuple(requires))
    return Known(
        built_in=organisation is None,
        competencies=frozenset(Competency.objects.values_list("pk", flat=True)),
        modules=known,
        tracks=frozenset(tracks.values_list("key", flat=True)),
        built_in_job_roles=frozenset(
            JobRole.objects.filter(organisation=None).values_list("key", flat=True)
        ),
        interaction_points=frozenset(
            InteractionPoint.objects.filter(
                Q(job_role__organisation=None) | Q(job_role__organisation=organisation)
            ).values_list("key", flat=True)
        ),
        law=frozenset(LawEntry.objects.values_list("pk", flat=True)),
        offers={kind.folder: kind.known(organisation) for kind in kinds.folder_kinds()},
    )
