"""Changing the tree of teams: adding, renaming, moving, naming managers, deleting."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from people import audit, membership
from people.models import Member, Organisation, Team

LONGEST_PATH = 1000


class NotEmpty(Exception):
    """The team still has members or teams below it."""


class CannotMove(Exception):
    """The team would come under itself, or the tree would grow too deep."""


def describe(team: Team) -> dict[str, Any]:
    return {
        "name": team.name,
        "under": team.parent.name if team.parent else "",
        "managers": sorted(team.managers.values_list("user__name", flat=True)),
    }


def in_order(teams: Iterable[Team]) -> list[Team]:
    """Each team right after the one above it, siblings by name, whatever their ids."""
    found = list(teams)
    names = {str(team.pk): team.name.casefold() for team in found}
    return sorted(
        found,
        key=lambda team: [(names.get(pk, ""), pk) for pk in team.path.strip("/").split("/")],
    )


@transaction.atomic
def add(*, name: str, parent: Team | None, managers: Iterable[Member], by: Member) -> Team:
    if parent and len(parent.path) + 20 > LONGEST_PATH:
        raise CannotMove
    team = Team.objects.create(organisation_id=by.organisation_id, name=name, parent=parent)
    team.managers.set(managers)
    audit.record(
        "team.added", organisation=by.organisation, actor=by, about=team, after=describe(team)
    )
    membership.announce(by.organisation, team.managers.values_list("pk", flat=True))
    return team


@transaction.atomic
def change(
    team: Team, *, name: str, parent: Team | None, managers: Iterable[Member], by: Member
) -> Team:
    """Renames, moves and names managers. Raises CannotMove, also when the tree moved meanwhile.

    The organisation is locked: two moves at once could otherwise make a ring.
    """
    Organisation.objects.select_for_update().get(pk=team.organisation_id)
    team = Team.objects.select_related("parent").get(pk=team.pk)
    if parent is not None:
        parent = Team.objects.get(pk=parent.pk)
        if parent.is_within(team):
            raise CannotMove
    below = Team.objects.below([team])
    longest = max(len(path) for path in below.values_list("path", flat=True))
    if parent and len(parent.path) + longest - len(team.path) + 20 > LONGEST_PATH:
        raise CannotMove
    before = describe(team)
    was_under, managers = team.parent_id, list(managers)
    touched = set(team.managers.values_list("pk", flat=True)) | {each.pk for each in managers}
    team.name, team.parent = name, parent
    team.save()
    team.managers.set(managers)
    difference = membership.changes(before, describe(team))
    if difference["after"]:
        audit.record(
            "team.changed", organisation=by.organisation, actor=by, about=team, **difference
        )
        if was_under != team.parent_id:
            people = Member.objects.filter(team__path__startswith=team.path)
            touched |= set(people.values_list("pk", flat=True))
        membership.announce(by.organisation, sorted(touched))
    return team


@transaction.atomic
def delete(team: Team, *, by: Member) -> None:
    """Only an empty team goes. Raises NotEmpty."""
    Organisation.objects.select_for_update().get(pk=team.organisation_id)
    if team.children.exists() or team.members.exists():
        raise NotEmpty
    managers = list(team.managers.values_list("pk", flat=True))
    audit.record(
        "team.deleted", organisation=by.organisation, actor=by, about=team, before=describe(team)
    )
    team.delete()
    membership.announce(by.organisation, managers)
