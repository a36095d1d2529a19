"""The cast: two organisations alike, so that every test can ask from the outside too."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.test import Client

from people.models import Member, Organisation, Team, User
from sandbox import scenarios
from tests.factories import make_job_role, make_member, make_organisation, make_team, make_user

SignIn = Callable[[Member], Client]


def pytest_configure() -> None:
    """Each process of the tests counts sign-ins in a Redis database of its own, as it clears it."""
    if settings.REDIS_URL:
        base, _, number = settings.REDIS_URL.rpartition("/")
        process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        settings.CACHES["default"]["LOCATION"] = f"{base}/{int(number) + process}"


@pytest.fixture(autouse=True)
def forgotten_scenarios() -> None:
    """Numbers of versions come again after a test; what this process knows of them must not."""
    scenarios.forget()


@dataclass(frozen=True)
class Cast:
    """Amina learns on the care desk; Daniel is her colleague; Helen manages the desk and the
    teams below; Rosa leads the night desk below; Joanna trains; Noor administers; Victor works
    in a team Helen does not manage. Everybody of `other` stands in `elsewhere`."""

    organisation: Organisation
    headquarters: Team
    care: Team
    night: Team
    warehouse: Team
    amina: Member
    daniel: Member
    helen: Member
    rosa: Member
    joanna: Member
    noor: Member
    victor: Member


def make_cast(name: str) -> Cast:
    organisation = make_organisation(name)
    headquarters = make_team(organisation, "Headquarters")
    care = make_team(organisation, "Care desk", parent=headquarters)
    night = make_team(organisation, "Night desk", parent=care)
    warehouse = make_team(organisation, "Warehouse", parent=headquarters)
    role = make_job_role("customer")
    return Cast(
        organisation,
        headquarters,
        care,
        night,
        warehouse,
        amina=make_member(organisation, "Amina Osei", team=care, job_role=role),
        daniel=make_member(organisation, "Daniel Wolfe", team=care, job_role=role),
        helen=make_member(organisation, "Helen Marsh", team=headquarters, manages=care),
        rosa=make_member(organisation, "Rosa Lind", team=night, manages=night, job_role=role),
        joanna=make_member(organisation, "Joanna Pike", is_trainer=True),
        noor=make_member(organisation, "Noor Haddad", is_administrator=True),
        victor=make_member(organisation, "Victor Hale", team=warehouse),
    )


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast("Calder & Wray")


@pytest.fixture
def elsewhere(db: None) -> Cast:
    """The same cast in another organisation."""
    return make_cast("Bexley Freight")


@pytest.fixture
def operator(db: None) -> User:
    """A site operator: no member anywhere."""
    return make_user("Site Operator", is_superuser=True)


@pytest.fixture
def as_member() -> SignIn:
    """A client signed in as the member: `as_member(cast.amina).get(...)`."""

    def sign_in(member: Member) -> Client:
        client = Client()
        client.force_login(member.user)
        return client

    return sign_in
