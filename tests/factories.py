"""Plain functions that make rows; every argument has a sensible default."""

from __future__ import annotations

import itertools

from people.models import JobRole, Layer, Member, Organisation, Team, User

PASSWORD = "correct horse battery staple"
_count = itertools.count(1)


def make_organisation(
    name: str = "Calder & Wray", *, slug: str = "", **fields: object
) -> Organisation:
    slug = slug or f"organisation-{next(_count)}"
    return Organisation.objects.create(name=name, slug=slug, **fields)


def make_team(organisation: Organisation, name: str = "Care desk", **fields: object) -> Team:
    return Team.objects.create(organisation=organisation, name=name, **fields)


def make_user(name: str = "Amina Osei", email: str = "", **fields: object) -> User:
    """Without a usable password: tests sign in by `client.force_login` unless they test sign-in."""
    email = email or f"{name.lower().replace(' ', '.')}.{next(_count)}@example.test"
    return User.objects.create_user(email, None, name=name, **fields)


def make_job_role(key: str = "customer", **fields: object) -> JobRole:
    values = {"layer": Layer.CUSTOMER, "name": key.title(), **fields}
    role, _ = JobRole.objects.get_or_create(key=key, organisation=None, defaults=values)
    return role


def make_member(
    organisation: Organisation,
    name: str = "Amina Osei",
    *,
    user: User | None = None,
    team: Team | None = None,
    manages: Team | None = None,
    **fields: object,
) -> Member:
    """A member with a user of their own; `manages` names the team they manage."""
    user = user or make_user(name)
    member = Member.objects.create(organisation=organisation, user=user, team=team, **fields)
    if manages:
        manages.managers.add(member)
    return member
