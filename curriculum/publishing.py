"""Publishing, retiring and restoring: each asks who is affected and is written down."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from curriculum.models import Module, ModuleVersion, PublishEntry, Track
from curriculum.signals import impact_asked
from people import audit, clock
from people.models import Member


class NotADraft(Exception):
    """Somebody has published this version, or replaced it, in the meantime."""


class AlreadySo(Exception):
    """Somebody has retired or restored it in the meantime."""


def impact(module: Module) -> dict[str, int]:
    """How many people and assignments a change of the module touches, as `learning` counts them."""
    counts: dict[str, int] = {}
    answers: list[tuple[Any, Any]] = impact_asked.send(sender=Module, module=module)
    for _, answer in answers:
        if isinstance(answer, dict):
            counts.update(answer)
    return counts


@transaction.atomic
def publish(version: ModuleVersion, *, by: Member | None, note: str = "") -> PublishEntry:
    """Makes the draft the version that people start from now on.

    Who has begun an earlier version keeps it. A retired module comes back with its new version.
    Raises NotADraft if another request was first.
    """
    drafts = ModuleVersion.objects.filter(pk=version.pk, state=ModuleVersion.State.DRAFT)
    if not drafts.update(state=ModuleVersion.State.PUBLISHED, published_at=clock.now()):
        raise NotADraft
    module = Module.objects.select_for_update().get(pk=version.module_id)
    if module.published_version_id is not None:
        ModuleVersion.objects.filter(pk=module.published_version_id).update(
            state=ModuleVersion.State.RETIRED
        )
    counts = impact(module)
    Module.objects.filter(pk=module.pk).update(
        published_version=version, title=version.title, retired_at=None
    )
    version.refresh_from_db()
    return _enter(module, version, PublishEntry.Action.PUBLISHED, by, note, counts)


@transaction.atomic
def retire(module: Module, *, by: Member | None, note: str = "") -> PublishEntry:
    """Takes the module out of every list. Who has begun it may finish."""
    current = Module.objects.filter(pk=module.pk, retired_at=None, published_version__isnull=False)
    counts = impact(module)
    if not current.update(retired_at=clock.now()):
        raise AlreadySo
    module.refresh_from_db()
    assert module.published_version is not None
    return _enter(module, module.published_version, PublishEntry.Action.RETIRED, by, note, counts)


@transaction.atomic
def restore(module: Module, *, by: Member | None, note: str = "") -> PublishEntry:
    """Brings a retired module back as it was."""
    retired = Module.objects.filter(pk=module.pk, retired_at__isnull=False)
    if not retired.update(retired_at=None):
        raise AlreadySo
    module.refresh_from_db()
    assert module.published_version is not None
    counts = impact(module)
    return _enter(module, module.published_version, PublishEntry.Action.RESTORED, by, note, counts)


@transaction.atomic
def retire_track(track: Track, *, by: Member, note: str = "") -> None:
    """Takes the track out of every list; its modules stay."""
    if not Track.objects.filter(pk=track.pk, retired_at=None).update(retired_at=clock.now()):
        raise AlreadySo
    audit.record(
        "track.retired", organisation=by.organisation, actor=by, about=track, note=note[:500]
    )


@transaction.atomic
def restore_track(track: Track, *, by: Member, note: str = "") -> None:
    if not Track.objects.filter(pk=track.pk, retired_at__isnull=False).update(retired_at=None):
        raise AlreadySo
    audit.record(
        "track.restored", organisation=by.organisation, actor=by, about=track, note=note[:500]
    )


def _enter(
    module: Module,
    version: ModuleVersion,
    action: PublishEntry.Action,
    by: Member | None,
    note: str,
    counts: dict[str, int],
) -> PublishEntry:
    audit.record(
        f"module.{action.value}",
        organisation=by.organisation if by else module.organisation,
        actor=by,
        about=module,
        key=module.key,
        version=version.number,
        digest=version.digest,
        impact=counts,
    )
    return PublishEntry.objects.create(
        module=module, version=version, action=action, by=by, note=note, impact=counts
    )
