"""Making organisations and changing their settings."""

from __future__ import annotations

from django.db import transaction
from django.utils.text import slugify

from people import audit, inviting, membership
from people.models import Member, Organisation, User


def free_slug(name: str) -> str:
    """A short name nobody has, from the organisation's name."""
    base = slugify(name)[:50] or "organisation"
    taken = set(Organisation.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(
        slug for slug in (base, *(f"{base}-{n}" for n in range(2, 10_000))) if slug not in taken
    )


@transaction.atomic
def add(*, name: str, administrator_email: str, administrator_name: str, by: User) -> Organisation:
    """A new organisation, and an invitation to its first administrator."""
    organisation = Organisation.objects.create(name=name, slug=free_slug(name))
    audit.record(
        "organisation.added", organisation=organisation, user=by, about=organisation, name=name
    )
    inviting.invite(
        [(administrator_email, administrator_name)],
        organisation=organisation,
        access=inviting.Access(is_administrator=True),
        operator=by,
    )
    return organisation


@transaction.atomic
def change_settings(
    organisation: Organisation, *, name: str, managers_see: str, by: Member
) -> Organisation:
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    before = {"name": organisation.name, "managers_see": organisation.managers_see}
    organisation.name, organisation.managers_see = name, managers_see
    organisation.save(update_fields=["name", "managers_see"])
    after = {"name": name, "managers_see": managers_see}
    difference = membership.changes(before, after)
    if difference["after"]:
        audit.record(
            "settings.changed",
            organisation=organisation,
            actor=by,
            about=organisation,
            **difference,
        )
    return organisation
