"""Companies of any size, made fast: people and beliefs by bulk, the rest by the product itself."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from django.core.management import call_command
from django.db import connection, transaction

from bench.pouring import pour
from curriculum.models import (
    Aim,
    Competency,
    Domain,
    JobRoleTrack,
    Module,
    ModuleVersion,
    Target,
    Track,
)
from learning.competence import Observation, Observations, replay
from learning.models import Belief
from people import clock
from people.models import JobRole, Layer, Member, Organisation, Team, User

COMPETENCIES = 24
LOGS = 400  # different beliefs; every member gets 24 of them at random
TEAMS = 500
FIRST = ("Amina", "Daniel", "Rosa", "Victor", "Joanna", "Noor", "Helen", "Tomasz", "Priya", "Ewan")
LAST = ("Osei", "Wolfe", "Lind", "Hale", "Pike", "Haddad", "Marsh", "Kowal", "Nair", "Price")


@dataclass(slots=True)
class Company:
    """An organisation of `size` learners under one manager at the root."""

    organisation: Organisation
    root: Team
    manager: Member
    learners: list[Member] = field(repr=False)

    @property
    def learner(self) -> Member:
        return self.learners[0]


def load_content() -> None:
    """The built-in library, through the product's own loader."""
    call_command("load_library", verbosity=0, stdout=io.StringIO())
    assert Competency.objects.count() == COMPETENCIES


def plain_framework() -> None:
    """Competencies alone, for a smoke test that needs no library."""
    domain = Domain.objects.create(id="X", name="Everything", order=1)
    Competency.objects.bulk_create(
        Competency(id=f"X{n}", domain=domain, name=f"Competency {n}", short=f"X{n}", order=n)
        for n in range(1, COMPETENCIES + 1)
    )


def make_company(size: int, *, seed: int = 1) -> Company:
    """People in teams of about ten (500 teams at most), all of one job role with 24 targets.

    Beliefs are those of random logs; one in ten is missing. Standings and rollups are not made
    here: `refresh` asks the product for them.
    """
    rng = random.Random(seed * 1_000_003 + size)
    name = f"Company of {size}"
    organisation = Organisation.objects.create(
        name=name, slug=f"company-{size}-{seed}", managers_see=Organisation.ManagersSee.ANSWERS
    )
    role = _job_role(organisation)
    _teach_everything(organisation)
    root = Team.objects.create(organisation=organisation, name="Everybody")
    teams = _teams(organisation, root, min(TEAMS, max(1, size // 10)))
    users = User.objects.bulk_create(
        (
            User(
                email=f"{n}@company-{size}-{seed}.example",
                name=f"{rng.choice(FIRST)} {rng.choice(LAST)} {n}",
                password="!",
            )
            for n in range(size + 1)
        ),
        batch_size=2000,
    )
    joined = clock.now() - timedelta(days=210)
    members = Member.objects.bulk_create(
        (
            Member(
                organisation=organisation,
                user=user,
                team=teams[n % len(teams)] if n else root,
                job_role=role,
                joined_at=joined,
            )
            for n, user in enumerate(users)
        ),
        batch_size=2000,
    )
    manager, *learners = members
    root.managers.add(manager)
    _beliefs(learners, rng)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as autovacuum does soon after
    return Company(organisation, root, manager, learners)


def _job_role(organisation: Organisation) -> JobRole:
    role = JobRole.objects.create(
        organisation=organisation, key="everything", layer=Layer.OPERATIONS, name="Coordinator"
    )
    Target.objects.bulk_create(
        Target(job_role=role, competency=each, level=2 + n % 2, critical=n % 4 == 0)
        for n, each in enumerate(Competency.objects.all())
    )
    for order, key in enumerate(("foundation", "operations")):
        if track := Track.objects.filter(organisation=None, key=key).first():
            JobRoleTrack.objects.create(job_role=role, track=track, order=order)
    return role


def _teach_everything(organisation: Organisation) -> None:
    """A published module that aims at all competencies, so that none is "not taught yet"."""
    module = Module.objects.create(organisation=organisation, key="ALL-1", title="Everything")
    version = ModuleVersion.objects.create(
        module=module, number=1, title=module.title, minutes=30, digest="0" * 64
    )
    Aim.objects.bulk_create(
        Aim(version=version, competency=each, level=2) for each in Competency.objects.all()
    )
    ModuleVersion.objects.filter(pk=version.pk).update(
        state=ModuleVersion.State.PUBLISHED, published_at=clock.now()
    )
    module.published_version = version
    module.save()


def _teams(organisation: Organisation, root: Team, count: int) -> list[Team]:
    with transaction.atomic():
        return [
            Team.objects.create(organisation=organisation, parent=root, name=f"Team {n:03}")
            for n in range(1, count + 1)
        ]


@lru_cache(maxsize=1)
def _random_beliefs() -> list[tuple[Any, ...]]:
    """Values of BELIEF from random logs of 3 to 24 pieces over seven months."""
    rng = random.Random(5)
    today = clock.now().timestamp() / 86_400
    observations: list[Observation] = []
    starts: list[int] = []
    for _ in range(LOGS):
        starts.append(len(observations))
        observations += random_log(rng, today, rng.randint(3, 24))
    states = replay(Observations.of(observations), np.array(starts))
    lengths = np.diff([*starts, len(observations)])
    found: list[tuple[Any, ...]] = []
    for n in range(LOGS):
        one, pieces = states.one(n), int(lengths[n])
        exercises, graders = rng.choice([(0, 0), (1, 0), (2, 1), (3, 2)])
        found.append(
            (
                *(one.durable, one.practised, one.durable_variance, one.practised_variance),
                *(one.covariance, one.day, one.stability),
                *(float(pieces), pieces, max(0, pieces - exercises), exercises, 0, graders),
                *(one.day, pieces),
            )
        )
    return found


BELIEF = [
    *("durable", "practised", "durable_variance", "practised_variance", "covariance", "day"),
    *("stability", "observations", "pieces", "items", "exercises", "attestations", "graders"),
    *("shown_day", "last_evidence"),
]


def random_log(rng: random.Random, today: float, pieces: int) -> list[Observation]:
    """Dated answers and marks of somebody with some ability, oldest first."""
    ability = rng.gauss(0.6, 1.0)
    days = sorted(today - rng.uniform(0, 210) for _ in range(pieces))
    log = []
    for day in days:
        graded = rng.random() < 0.2
        reached = ability + rng.gauss(0, 0.8)
        log.append(
            Observation(
                day=day,
                outcome=min(4, max(0, round(reached + 2))) if graded else int(reached > 0),
                difficulty=rng.choice([-0.7, 0.3, 1.3]),
                difficulty_variance=0.1 if graded else 0.49,
                weight=0.5 if graded else 1.0,
                guess=0.0 if graded else 0.25,
                thresholds=(-1.5, -0.5, 0.5, 1.5) if graded else (),
            )
        )
    return log


def _beliefs(members: list[Member], rng: random.Random) -> None:
    ids = list(Competency.objects.values_list("pk", flat=True))
    known = _random_beliefs()

    def rows() -> Iterator[tuple[Any, ...]]:
        for member in members:
            for competency, values in zip(ids, rng.choices(known, k=len(ids)), strict=True):
                if values[-1] % 10:  # no row where the log has ten or twenty pieces
                    yield (member.pk, competency, *values)

    pour(Belief, ["member_id", "competency_id", *BELIEF], rows())
