"""An organisation's own job roles: adding one from another, changing what it needs."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.text import slugify

from curriculum.models import InteractionPoint, JobRoleTrack, Target
from curriculum.signals import targets_changed
from people import audit
from people.models import JobRole, Member

# Competency → (level, critical); level 0 means that the job role does not need it.
Targets = Mapping[str, tuple[int, bool]]


@transaction.atomic
def add(*, name: str, layer: str, summary: str, start: JobRole | None, by: Member) -> JobRole:
    """Makes a job role of the organisation, with what `start` needs, decides and learns."""
    role = JobRole.objects.create(
        organisation=by.organisation,
        key=_free_key(name, by),
        name=name,
        layer=layer,
        summary=summary,
    )
    if start is not None:
        _copy(start, role)
    audit.record(
        "job-role.added",
        organisation=by.organisation,
        actor=by,
        about=role,
        name=name,
        layer=layer,
        started_from=start.key if start else None,
    )
    targets_changed.send(sender=JobRole, job_role=role)
    return role


def _free_key(name: str, by: Member) -> str:
    base = slugify(name)[:50] or "job-role"
    taken = set(JobRole.objects.visible_to(by).values_list("key", flat=True))
    key, number = base, 2
    while key in taken:
        key, number = f"{base}-{number}", number + 1
    return key


def _copy(start: JobRole, role: JobRole) -> None:
    Target.objects.bulk_create(
        Target(
            job_role=role,
            competency_id=target.competency_id,
            level=target.level,
            critical=target.critical,
        )
        for target in start.targets.all()
    )
    points = list(start.interaction_points.prefetch_related("skills"))
    copies = InteractionPoint.objects.bulk_create(
        InteractionPoint(
            job_role=role,
            key=point.key,
            order=point.order,
            decision=point.decision,
            information=point.information,
            good=point.good,
            bad=point.bad,
        )
        for point in points
    )
    skill = InteractionPoint.skills.through
    skill.objects.bulk_create(
        skill(interactionpoint_id=copy.pk, competency_id=competency.pk)
        for copy, point in zip(copies, points, strict=True)
        for competency in point.skills.all()
    )
    JobRoleTrack.objects.bulk_create(
        JobRoleTrack(job_role=role, track_id=place.track_id, order=place.order)
        for place in start.track_places.all()
    )


@transaction.atomic
def change(
    role: JobRole, *, name: str, layer: str, summary: str, targets: Targets, by: Member
) -> bool:
    """Writes what changed and says whether anything did; the audit trail gets before and after."""
    JobRole.objects.select_for_update().get(pk=role.pk)
    before = {
        target.competency_id: (target.level, target.critical) for target in role.targets.all()
    }
    after = {key: value for key, value in targets.items() if value[0]}
    words = {
        field: [getattr(role, field), value]
        for field, value in (("name", name), ("layer", layer), ("summary", summary))
        if getattr(role, field) != value
    }
    moved = {
        key: [_said(before.get(key)), _said(after.get(key))]
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    }
    if not words and not moved:
        return False
    role.name, role.layer, role.summary = name, layer, summary
    role.save(update_fields=["name", "layer", "summary"])
    if moved:
        role.targets.all().delete()
        Target.objects.bulk_create(
            Target(job_role=role, competency_id=key, level=level, critical=critical)
            for key, (level, critical) in after.items()
        )
        targets_changed.send(sender=JobRole, job_role=role)
    audit.record(
        "job-role.changed",
        organisation=by.organisation,
        actor=by,
        about=role,
        words=words,
        targets=moved,
    )
    return True


def _said(target: tuple[int, bool] | None) -> str:
    if target is None:
        return "none"
    return f"{target[0]}, critical" if target[1] else str(target[0])
