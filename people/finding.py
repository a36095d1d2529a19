"""The search sources of people: members for those who may see them, and what one may do."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.urls import reverse

from people.access import Right, has_right, in_reach_of, is_manager, of_organisation
from people.models import Member
from people.search import Hit

# Title, address by name, icon, the right it needs.
ACTIONS = (
    ("My account", "my_account", "role", Right.LEARN),
    ("Change my password", "account_change_password", "lock", Right.LEARN),
    ("Second factor", "mfa_index", "lock", Right.LEARN),
    ("Where I am signed in", "usersessions_list", "eye", Right.LEARN),
    ("Sign out", "account_logout", "stop", Right.LEARN),
    ("Invite somebody", "invite", "mail", Right.ADMINISTER),
    ("Invitations", "invitations", "mail", Right.ADMINISTER),
    ("Teams", "teams", "team", Right.ADMINISTER),
    ("Add a team", "team_add", "plus", Right.ADMINISTER),
    ("Settings of the organisation", "organisation_settings", "pen", Right.ADMINISTER),
    ("Audit trail", "audit_trail", "eye", Right.ADMINISTER),
    ("Background jobs", "failed_work", "again", Right.ADMINISTER),
)


def _named(members: QuerySet[Member], words: str, limit: int) -> list[Member]:
    for word in words.split():
        members = members.filter(Q(user__name__icontains=word) | Q(user__email__icontains=word))
    return list(members.select_related("user", "team").order_by("user__name", "pk")[:limit])


def people(member: Member, words: str, limit: int) -> list[Hit]:
    """Everybody for an administrator; those they answer for, for a manager; else nobody.

    A manager is led to the page about the person, which the apps above bring.
    """
    if has_right(member, Right.ADMINISTER):
        found, page = _named(of_organisation(member), words, limit), "member_edit"
    elif is_manager(member):
        found, page = _named(in_reach_of(member), words, limit), "person"
    else:
        return []
    return [
        Hit(each.name, each.team.name if each.team else "", reverse(page, args=[each.pk]), "role")
        for each in found
    ]


def actions(member: Member, words: str, limit: int) -> list[Hit]:
    wanted = words.casefold().split()
    return [
        Hit(title, "", reverse(name), icon)
        for title, name, icon, right in ACTIONS
        if all(word in title.casefold() for word in wanted) and has_right(member, right)
    ][:limit]
