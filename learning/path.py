"""A member's path: the modules of tracks in order, each with how far they have come."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    Count,
    Exists,
    F,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce

from curriculum.models import Aim, Step, Track, TrackModule
from learning.models import StepProgress
from learning.progress import NEEDED
from people.models import Member
from people.prepared import prepared


@dataclass(frozen=True, slots=True)
class PathModule:
    """A module on a track: what it is, and the member's enrolment and next step."""

    track_id: int
    track_title: str
    pk: int
    key: str
    title: str
    summary: str
    minutes: int
    requires: list[str]
    version_id: int | None
    enrolment_id: int | None
    started_at: datetime | None
    completed_at: datetime | None
    retired_at: datetime | None
    steps: int
    done: int
    next_step: int | None
    serves: str | None
    refreshes: str | None

    @property
    def is_complete(self) -> bool:
        return self.completed_at is not None

    @property
    def is_taught(self) -> bool:
        """Whether this member can learn it now: published, or begun before it was retired."""
        if self.version_id is None:
            return False
        return self.enrolment_id is not None or self.retired_at is None

    @property
    def state(self) -> str:
        if self.is_complete:
            return "Complete"
        if self.started_at is None:
            return "Not begun"
        return f"{self.done} of {self.steps} steps done"


def tracks_of(member: Member) -> QuerySet[Track]:
    """The tracks of one's job role; without a job role, the foundation that everybody may take."""
    tracks = Track.objects.visible_to(member).current()
    if member.job_role_id is None:
        return tracks.filter(organisation=None, key="foundation")
    return tracks.filter(job_role_places__job_role_id=member.job_role_id).order_by(
        "job_role_places__order", "key"
    )


def modules_ahead(
    member: Member, *, wanted: Collection[str] = (), lapsed: Collection[str] = ()
) -> list[PathModule]:
    """The modules of one's tracks in the order in which they are taken: one statement.

    `wanted` and `lapsed` are competencies; `serves` and `refreshes` name the first of them that
    the module aims at.
    """
    rows = _ahead(
        member.organisation_id, member.job_role_id, member.pk, tuple(wanted), tuple(lapsed)
    )
    return [_from_row(*row) for row in rows]


def following(module_id: int, path: Sequence[PathModule]) -> PathModule | None:
    """What comes after a module on one's path: the next one left to do, else the first one left."""
    keys = [each.pk for each in path]
    after = keys.index(module_id) + 1 if module_id in keys else 0
    left = [each for each in (*path[after:], *path[:after]) if each.is_taught]
    return next((each for each in left if not each.is_complete), None)


def modules_of(track: Track, member: Member) -> list[PathModule]:
    """The modules of one track in order, with the member's progress: one statement."""
    return [_from_row(*row) for row in _of_track(member.organisation_id, track.pk, member.pk)]


@prepared
def _ahead(
    organisation_id: int,
    job_role_id: int | None,
    member_id: int,
    wanted: tuple[str, ...],
    lapsed: tuple[str, ...],
) -> QuerySet[TrackModule, Any]:
    places = TrackModule.objects.filter(track__retired_at=None).filter(
        Q(track__organisation=None) | Q(track__organisation_id=organisation_id)
    )
    if job_role_id is None:
        places = places.filter(track__organisation=None, track__key="foundation").order_by("order")
    else:
        places = places.filter(track__job_role_places__job_role_id=job_role_id).order_by(
            "track__job_role_places__order", "track__key", "order"
        )
    return _with_progress(places, organisation_id, member_id, wanted, lapsed)


@prepared
def _of_track(organisation_id: int, track_id: int, member_id: int) -> QuerySet[TrackModule, Any]:
    places = TrackModule.objects.filter(track_id=track_id).order_by("order")
    return _with_progress(places, organisation_id, member_id, (), ())


def _with_progress(
    places: QuerySet[TrackModule],
    organisation_id: int,
    member_id: int,
    wanted: tuple[str, ...],
    lapsed: tuple[str, ...],
) -> QuerySet[TrackModule, Any]:
    steps = Step.objects.filter(version_id=OuterRef("learnt"))
    mine = StepProgress.objects.filter(
        enrolment_id=OuterRef(OuterRef("enrolment__pk")), step=OuterRef("pk")
    )
    needed = steps.filter(NEEDED)
    undone = needed.exclude(Exists(mine.filter(done_at__isnull=False)))

    def count(of: QuerySet[Any]) -> Coalesce:
        rows = of.order_by().values("version_id").annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(rows, output_field=IntegerField()), 0)

    def aim(at: tuple[str, ...]) -> Subquery:
        aims = Aim.objects.filter(version_id=OuterRef("learnt"), competency_id__in=at)
        return Subquery(aims.order_by("competency__order").values("competency_id")[:1])

    return (
        places.filter(Q(module__organisation=None) | Q(module__organisation_id=organisation_id))
        .annotate(
            enrolment=FilteredRelation(
                "module__enrolments", condition=Q(module__enrolments__member_id=member_id)
            )
        )
        .annotate(learnt=Coalesce(F("enrolment__version_id"), F("module__published_version_id")))
        .annotate(
            all_steps=count(needed),
            left=count(undone),
            first_step=Subquery(steps.order_by("order").values("pk")[:1]),
            next_step=Subquery(undone.order_by("order").values("pk")[:1]),
            serves=aim(wanted),
            refreshes=aim(lapsed),
        )
        .values_list(
            "track_id",
            "track__title",
            "module_id",
            "module__key",
            "module__title",
            "module__published_version__summary",
            "module__published_version__minutes",
            "module__published_version__requires",
            "learnt",
            "enrolment__pk",
            "enrolment__started_at",
            "enrolment__completed_at",
            "module__retired_at",
            "all_steps",
            "left",
            "first_step",
            "next_step",
            "serves",
            "refreshes",
        )
    )


def _from_row(*row: Any) -> PathModule:
    track_id, track_title, pk, key, title, summary, minutes, requires = row[:8]
    learnt, enrolment, started, completed, retired = row[8:13]
    every, left, first, following, serves, refreshes = row[13:]
    return PathModule(
        track_id,
        track_title,
        pk,
        key,
        title,
        summary or "",
        minutes or 0,
        requires or [],
        learnt,
        enrolment,
        started,
        completed,
        retired,
        every,
        every - left,
        first if started is None else following,
        serves,
        refreshes,
    )
