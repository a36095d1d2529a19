"""Founds the fictional company of company.yaml: teams, members, access."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from people import audit
from people.models import JobRole, Member, Organisation, Team, User

FOLDER = Path(__file__).parent
PASSWORD = "everyone plays a part"  # noqa: S105 - printed at every start, for the demo only
NOBODY = "—"


@cache
def script() -> dict[str, Any]:
    """company.yaml."""
    parsed: dict[str, Any] = yaml.safe_load((FOLDER / "company.yaml").read_text("utf-8"))
    return parsed


@cache
def works() -> dict[str, list[dict[str, Any]]]:
    """works/: what members handed in, by the key of the workplace task; a file per track."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted((FOLDER / "works").glob("*.yaml")):
        parsed: dict[str, list[dict[str, Any]]] = yaml.safe_load(path.read_text("utf-8"))
        if twice := found.keys() & parsed.keys():
            raise ValueError(f"{path.name}: in another file already: {', '.join(sorted(twice))}")
        found |= parsed
    return found


def address(name: str) -> str:
    """Where mail to the member would go: a reserved domain, so that none ever arrives."""
    return f"{name.lower().replace(' ', '.')}@calderwray.example"


@dataclass
class Company:
    """The organisation as founded; `habits` says how each member's months will go."""

    organisation: Organisation
    members: dict[str, Member] = field(default_factory=dict)
    habits: dict[str, str] = field(default_factory=dict)
    manager_of: dict[str, str] = field(default_factory=dict)


def found() -> Company:
    """Writes organisation, teams and members. All share one password, hashed once."""
    data = script()
    organisation = Organisation.objects.create(
        name=data["organisation"], slug=data["slug"], managers_see=data["managers_see"]
    )
    company = Company(organisation)
    hashed = make_password(PASSWORD)
    roles = {role.key: role for role in JobRole.objects.filter(organisation=None)}
    teams: dict[str, Team] = {}
    for each in data["teams"]:
        parent = teams[each["below"]] if "below" in each else None
        team = Team.objects.create(organisation=organisation, name=each["name"], parent=parent)
        teams[each["name"]] = team
        for line in each["members"]:
            name, title, role, habit = line.split(" | ")
            user = User.objects.create(email=address(name), name=name, password=hashed)
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
            company.members[name] = Member.objects.create(
                organisation=organisation,
                user=user,
                team=team,
                job_title=title,
                job_role=None if role == NOBODY else roles[role],
                is_trainer=name in data["trainers"],
                is_administrator=name in data["administrators"],
            )
            company.habits[name] = habit
            # Whoever leads a team answers to the team above.
            lead = each["managers"][0]
            company.manager_of[name] = (
                lead if lead != name else _lead_above(data["teams"], each.get("below"), lead)
            )
        for name in each["managers"]:
            team.managers.add(company.members[name])
    audit.record("organisation.added", organisation=organisation, about=organisation)
    return company


def _lead_above(teams: list[dict[str, Any]], above: str | None, own: str) -> str:
    return next((str(team["managers"][0]) for team in teams if team["name"] == above), own)
