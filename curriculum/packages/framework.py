"""Writing competencies, the law and job roles; telling what would change in tracks and roles."""

from __future__ import annotations

from typing import Any

from curriculum.models import (
    Behaviour,
    Competency,
    Crosswalk,
    Domain,
    InteractionPoint,
    JobRoleTrack,
    LawEntry,
    Target,
    Track,
)
from curriculum.packages.checked import Typed
from curriculum.packages.documents import (
    DomainDocument,
    JobRoleDocument,
    LawDocument,
    TrackDocument,
)
from curriculum.packages.report import State
from curriculum.signals import targets_changed
from people.models import JobRole, Organisation


def write_competencies(domains: list[Typed[DomainDocument]]) -> None:
    """Writes the whole framework anew, keeping the rows that others point at."""
    documents = sorted((each.document for each in domains), key=lambda one: one.domain.order)
    Domain.objects.bulk_create(
        [Domain(**one.domain.model_dump()) for one in documents],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["name", "order"],
    )
    parts = [(one.domain.id, part) for one in documents for part in one.competencies]
    Competency.objects.bulk_create(
        [
            Competency(
                id=part.id,
                domain_id=domain,
                name=part.name,
                short=part.short,
                definition=part.definition,
                order=order,
            )
            for order, (domain, part) in enumerate(parts, 1)
        ],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["domain", "name", "short", "definition", "order"],
    )
    ids = [part.id for _, part in parts]
    Behaviour.objects.filter(competency__in=ids).delete()
    Behaviour.objects.bulk_create(
        Behaviour(competency_id=part.id, level=level, text=text)
        for _, part in parts
        for level, text in enumerate(part.behaviours, 1)
    )
    Crosswalk.objects.filter(competency__in=ids).delete()
    Crosswalk.objects.bulk_create(
        Crosswalk(competency_id=part.id, **row.model_dump())
        for _, part in parts
        for row in part.crosswalk
    )


def write_law(record: LawDocument) -> None:
    """Writes the record anew: what is not in it any more is gone from the site too."""
    LawEntry.objects.all().delete()
    LawEntry.objects.bulk_create(
        LawEntry(
            id=each.id,
            order=order,
            title=each.title,
            reference=each.reference,
            says=each.says,
            applies=each.applies,
            unsettled=each.unsettled or "",
            source=each.source.model_dump(exclude_none=True),
            note=record.note,
            as_of=record.as_of,
            review_by=record.review_by,
        )
        for order, each in enumerate(record.entries, 1)
    )


def write_job_roles(roles: list[Typed[JobRoleDocument]], organisation: Organisation | None) -> None:
    """Writes the job roles with targets, interaction points and tracks; the rows stay the same."""
    present = present_job_roles(organisation)
    tracks = track_ids(organisation)
    for each in roles:
        if role_state(each, present) == "unchanged":
            continue
        document = each.document
        role, _ = JobRole.objects.update_or_create(
            organisation=organisation,
            key=document.id,
            defaults={
                "layer": document.layer,
                "name": document.name,
                "summary": document.summary,
            },
        )
        role.targets.all().delete()
        role.interaction_points.all().delete()
        role.track_places.all().delete()
        Target.objects.bulk_create(
            Target(job_role=role, competency_id=key, **target.model_dump())
            for key, target in document.targets.items()
        )
        points = InteractionPoint.objects.bulk_create(
            InteractionPoint(
                job_role=role,
                key=point.id,
                order=order,
                decision=point.decision,
                information=point.information,
                good=point.good,
                bad=point.bad,
            )
            for order, point in enumerate(document.interaction_points, 1)
        )
        skill = InteractionPoint.skills.through
        skill.objects.bulk_create(
            skill(interactionpoint_id=row.pk, competency_id=key)
            for row, point in zip(points, document.interaction_points, strict=True)
            for key in point.skills
        )
        JobRoleTrack.objects.bulk_create(
            JobRoleTrack(job_role=role, track_id=tracks[key], order=order)
            for order, key in enumerate(document.tracks, 1)
        )
        targets_changed.send(sender=JobRole, job_role=role)


def track_ids(organisation: Organisation | None) -> dict[str, int]:
    """Key → id: the built-in ones, and before them the organisation's own."""
    found = dict(Track.objects.filter(organisation=None).values_list("key", "pk"))
    if organisation is not None:
        found |= dict(Track.objects.filter(organisation=organisation).values_list("key", "pk"))
    return found


# ---- What is there already, in the shape of the documents ----------------------------------


def present_tracks(organisation: Organisation | None) -> dict[str, dict[str, Any]]:
    tracks = Track.objects.filter(organisation=organisation).prefetch_related("places__module")
    return {
        track.key: {
            "id": track.key,
            "title": track.title,
            "summary": track.summary,
            "layer": track.layer or None,
            "modules": [place.module.key for place in track.places.all()],
        }
        for track in tracks
    }


def present_job_roles(organisation: Organisation | None) -> dict[str, dict[str, Any]]:
    roles = JobRole.objects.filter(organisation=organisation).prefetch_related(
        "targets", "interaction_points__skills", "track_places__track"
    )
    return {
        role.key: {
            "id": role.key,
            "layer": role.layer,
            "name": role.name,
            "summary": role.summary,
            "tracks": [place.track.key for place in role.track_places.all()],
            "targets": {
                target.competency_id: {"level": target.level, "critical": target.critical}
                for target in role.targets.all()
            },
            "interaction_points": [
                {
                    "id": point.key,
                    "decision": point.decision,
                    "information": point.information,
                    "skills": {skill.pk for skill in point.skills.all()},
                    "good": point.good,
                    "bad": point.bad,
                }
                for point in role.interaction_points.all()
            ],
        }
        for role in roles
    }


def track_state(track: Typed[TrackDocument], present: dict[str, dict[str, Any]]) -> State:
    return _compare(track.document.model_dump(), present.get(track.document.id))


def role_state(role: Typed[JobRoleDocument], present: dict[str, dict[str, Any]]) -> State:
    wanted = role.document.model_dump()
    for point in wanted["interaction_points"]:
        point["skills"] = set(point["skills"])
    return _compare(wanted, present.get(role.document.id))


def _compare(wanted: dict[str, Any], there: dict[str, Any] | None) -> State:
    if there is None:
        return "new"
    return "unchanged" if wanted == there else "changed"
