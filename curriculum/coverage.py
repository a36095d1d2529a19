"""What is taught to whom: job roles, their decisions and targets, and the modules that teach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import F

from curriculum.models import (
    Aim,
    InteractionPoint,
    JobRoleTrack,
    Module,
    Target,
    Track,
    TrackModule,
)
from curriculum.models.framework import CLAIMED_FROM
from people.models import JobRole, Member


@dataclass(frozen=True, slots=True)
class TaughtModule:
    """A published module: the level it aims at by competency, the points it says it teaches."""

    pk: int
    key: str
    title: str
    minutes: int
    points: tuple[str, ...]
    aims: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaughtTrack:
    track: Track
    modules: list[TaughtModule]

    @property
    def minutes(self) -> int:
        return sum(module.minutes for module in self.modules)


@dataclass(frozen=True, slots=True)
class TargetCoverage:
    """A target, and the highest level that a module of the job role's tracks aims at (0: none)."""

    competency_id: str
    level: int
    critical: bool
    taught: int

    @property
    def is_claimed(self) -> bool:
        """Whether it is measured by itself: the others are pooled by domain."""
        return self.critical or self.level >= CLAIMED_FROM

    @property
    def is_reached(self) -> bool:
        return self.taught >= self.level


@dataclass(frozen=True, slots=True)
class PointCoverage:
    point: InteractionPoint
    modules: list[TaughtModule]


@dataclass(frozen=True, slots=True)
class JobRoleCoverage:
    job_role: JobRole
    targets: dict[str, TargetCoverage]
    points: list[PointCoverage]
    tracks: list[TaughtTrack]

    @property
    def claimed(self) -> list[TargetCoverage]:
        return [target for target in self.targets.values() if target.is_claimed]

    @property
    def reached(self) -> int:
        """How many targets that are critical or of level 2 and above can be reached."""
        return sum(target.is_reached for target in self.claimed)

    @property
    def points_taught(self) -> int:
        return sum(bool(each.modules) for each in self.points)


@dataclass(frozen=True, slots=True)
class Coverage:
    """All that one organisation can choose from: the built-in library and its own."""

    modules: list[TaughtModule]
    tracks: list[TaughtTrack]
    job_roles: list[JobRoleCoverage]


def coverage(member: Member) -> Coverage:
    """Nine queries, whatever the size. Modules that are not published teach nobody."""
    modules = _modules(member)
    tracks = {
        track.pk: TaughtTrack(track, [])
        for track in Track.objects.visible_to(member).current().order_by("organisation", "key")
    }
    places = TrackModule.objects.filter(track_id__in=tracks, module_id__in=modules)
    for track_id, module_id in places.order_by("order").values_list("track_id", "module_id"):
        tracks[track_id].modules.append(modules[module_id])
    job_roles = _job_roles(member, tracks)
    # As a job role takes them: the foundation, its own track, then what is for all together.
    first = {
        each.track.pk: place
        for role in reversed(job_roles)
        for place, each in enumerate(role.tracks)
    }
    ordered = sorted(
        tracks.values(), key=lambda each: (first.get(each.track.pk, len(first)), each.track.key)
    )
    return Coverage(list(modules.values()), ordered, job_roles)


def _modules(member: Member) -> dict[int, TaughtModule]:
    rows = Module.objects.visible_to(member).published().order_by("organisation", "key")
    modules = {
        pk: TaughtModule(pk, key, title, minutes, tuple(points))
        for pk, key, title, minutes, points in rows.values_list(
            "pk",
            "key",
            "published_version__title",
            "published_version__minutes",
            "published_version__interaction_points",
        )
    }
    aims = Aim.objects.filter(
        version__module__in=modules, version__module__published_version_id=F("version_id")
    )
    for module_id, competency, level in aims.values_list(
        "version__module_id", "competency_id", "level"
    ):
        modules[module_id].aims[competency] = level
    return modules


def _job_roles(member: Member, tracks: dict[int, TaughtTrack]) -> list[JobRoleCoverage]:
    roles = list(JobRole.objects.visible_to(member).order_by("organisation", "pk"))
    taken: dict[int, list[TaughtTrack]] = defaultdict(list)
    rows = JobRoleTrack.objects.filter(job_role__in=roles, track_id__in=tracks).order_by("order")
    for role_id, track_id in rows.values_list("job_role_id", "track_id"):
        taken[role_id].append(tracks[track_id])
    targets: dict[int, list[Target]] = defaultdict(list)
    for target in Target.objects.filter(job_role__in=roles):
        targets[target.job_role_id].append(target)
    points: dict[int, list[InteractionPoint]] = defaultdict(list)
    for point in InteractionPoint.objects.filter(job_role__in=roles).prefetch_related("skills"):
        points[point.job_role_id].append(point)
    return [
        JobRoleCoverage(
            role,
            {
                target.competency_id: TargetCoverage(
                    target.competency_id,
                    target.level,
                    target.critical,
                    _highest(taken[role.pk], target.competency_id),
                )
                for target in targets[role.pk]
            },
            [
                PointCoverage(
                    point,
                    [each for each in _along(taken[role.pk]) if point.key in each.points],
                )
                for point in points[role.pk]
            ],
            taken[role.pk],
        )
        for role in roles
    ]


def _along(tracks: Iterable[TaughtTrack]) -> list[TaughtModule]:
    """The modules of several tracks, each once, in order."""
    return list({module.pk: module for track in tracks for module in track.modules}.values())


def _highest(tracks: Iterable[TaughtTrack], competency: str) -> int:
    return max((each.aims.get(competency, 0) for each in _along(tracks)), default=0)
