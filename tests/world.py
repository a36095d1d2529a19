"""A world with one object of every kind that an address can name, in two organisations alike.

Made by the verbs that the pages call, from packages that go through the real loader. A module
takes it with `from tests.world import world_fixture`: `world` is then made once for the module.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from assessments import attempts, workplace
from assessments.models import Attempt, AttemptItem, ExerciseRun, Submission, WorkplaceTask
from assessments.workplace import Draft
from curriculum.models import Module, ModuleVersion, PackageUpload, Step, Track
from curriculum.packages.loading import load
from learning import assigning, enrolment, notes, progress
from learning.models import Assignment, Enrolment, Note
from people import audit, clock, inviting, membership
from people.models import (
    BackgroundJob,
    Invitation,
    JobRole,
    Layer,
    Member,
    Message,
    Organisation,
    User,
)
from sandbox.models import ModelAccount, ScenarioVersion
from tests.conftest import Cast, make_cast
from tests.factories import make_member, make_user
from tests.packages import load_library, load_own, own_package, zipped
from tests.sandbox.standing import Runs, runs_of, version_for

REHEARSED = "small-run"  # the scenario of each organisation, of one key in all
PEOPLE = ("amina", "daniel", "rosa", "helen", "joanna", "noor", "victor")


@dataclass
class Belongings:
    """What hangs on one member: each thing is theirs and nobody else's."""

    side: Side
    member: Member
    enrolment: Enrolment
    note: Note
    opened: Attempt
    submitted: Attempt
    work: Submission
    assignment: Assignment
    runs: Runs


@dataclass
class Side:
    """One organisation: its cast, what it teaches, and what waits in its administration."""

    cast: Cast
    ended: Member
    module: Module
    track: Track
    job_role: JobRole
    steps: dict[str, Step]
    draft: ModuleVersion
    refused: PackageUpload
    clean: PackageUpload
    invitation: Invitation
    token: str
    job: BackgroundJob
    rehearsal: ScenarioVersion
    of: dict[str, Belongings] = field(default_factory=dict)

    @property
    def organisation(self) -> Organisation:
        return self.cast.organisation


@dataclass
class World:
    """`here` is asked from, `there` must never be seen from it; `built_in` belongs to nobody."""

    here: Side
    there: Side
    built_in: Module
    foundation: Track
    built_in_steps: dict[str, Step]
    built_in_rehearsal: ScenarioVersion
    operator: User
    site_job: BackgroundJob


def build(word: str = "") -> World:
    """`word` stands in every text of the other organisation's package."""
    load_library()
    built_in = Module.objects.get(organisation=None, key="F1")
    return World(
        here=build_side("Calder & Wray", "OWN-1"),
        there=build_side("Bexley Freight", "OWN-2", word),
        built_in=built_in,
        foundation=Track.objects.get(organisation=None, key="foundation"),
        built_in_steps=_steps(built_in, ""),
        built_in_rehearsal=version_for(None),
        operator=make_user("Site Operator", is_superuser=True),
        site_job=_parked(None),
    )


def build_side(name: str, key: str, word: str = "") -> Side:
    cast = make_cast(name)
    organisation = cast.organisation
    organisation.managers_see = Organisation.ManagersSee.ANSWERS
    organisation.save()
    rehearsal = version_for(organisation, word)
    ModelAccount.objects.create(organisation=organisation, small="a-small-model")
    load_own(organisation, cast.joanna, key, word, REHEARSED)
    module = Module.objects.get(organisation=organisation)
    ended = make_member(
        organisation,
        "Una Cole",
        team=cast.care,
        manages=cast.care,
        is_trainer=True,
        is_administrator=True,
    )
    invitation, token = _invitation(cast)
    side = Side(
        cast=cast,
        ended=ended,
        module=module,
        track=Track.objects.get(organisation=organisation),
        job_role=make_own_job_role(organisation),
        steps=_steps(module, word),
        draft=make_draft(cast, module, word),
        refused=PackageUpload.objects.create(
            organisation=organisation,
            uploaded_by=cast.joanna,
            file_name="package.zip",
            content=b"",
            state=PackageUpload.State.REFUSED,
            report={"errors": [{"file": "package.yaml", "line": 1, "message": "Missing."}]},
        ),
        clean=PackageUpload.objects.create(
            organisation=organisation,
            uploaded_by=cast.joanna,
            file_name="next.zip",
            content=zipped(own_package(f"{key}-NEXT", f"{word}next" if word else "next")),
            state=PackageUpload.State.CLEAN,
            report={"changes": [{"what": "module", "id": f"{key}-NEXT", "state": "new"}]},
        ),
        invitation=invitation,
        token=token,
        job=_parked(organisation),
        rehearsal=rehearsal,
    )
    for who in PEOPLE:
        side.of[who] = _belongings(side, getattr(cast, who))
    membership.deactivate(ended, by=cast.noor)
    return side


def make_draft(cast: Cast, module: Module, word: str) -> ModuleVersion:
    """The module's next version, not published."""
    package = own_package(module.key, word, REHEARSED)
    path = f"modules/{module.key}/module.yaml"
    package.files[path] = package.files[path].replace("What it is about.", "What it is now about.")
    load(package, organisation=cast.organisation, by=cast.joanna)
    return ModuleVersion.objects.get(module=module, state=ModuleVersion.State.DRAFT)


def make_own_job_role(organisation: Organisation) -> JobRole:
    return JobRole.objects.create(
        organisation=organisation,
        key="own-role",
        layer=Layer.CUSTOMER,
        name="Our own role",
        summary="What it is.",
    )


def _steps(module: Module, word: str) -> dict[str, Step]:
    """By the name without the word: reading, doing, pre-test, practice, gate, first, second,
    rehearse."""
    version = module.published_version
    assert version is not None
    suffix = f"-{word}" if word else ""
    return {step.key.removesuffix(suffix): step for step in version.steps.all()}


def _invitation(cast: Cast) -> tuple[Invitation, str]:
    """An open invitation and the secret of its link, which stands in the mail alone."""
    (invitation,) = inviting.invite(
        [(f"nadia@{cast.organisation.slug}.test", "Nadia Roe")],
        organisation=cast.organisation,
        access=inviting.Access(team=cast.care),
        by=cast.noor,
    )
    mail = Message.objects.get(key=f"invitation:{invitation.token_digest}")
    link = reverse("accept_invitation", args=["TOKEN"]).partition("TOKEN")[0]
    return invitation, mail.text.partition(link)[2].partition("/")[0]


def _parked(organisation: Organisation | None) -> BackgroundJob:
    return BackgroundJob.objects.create(
        organisation=organisation,
        kind=audit.VERIFY,
        state=BackgroundJob.State.PARKED,
        attempts=5,
        error="Traceback\nValueError: it did not work",
    )


def _belongings(side: Side, member: Member) -> Belongings:
    steps = side.steps
    enrolled = enrolment.enrol(member, side.module)
    progress.open_step(enrolled, steps["reading"])
    note = notes.add(member, steps["reading"], block=0, quote="A situation", text="Ask about this")
    submitted = attempts.start(member, steps["practice"].quiz)
    answer_all(submitted)
    submitted = attempts.submit(submitted, f"key-of-{submitted.pk}", {}, confirmed=True)
    runs = runs_of(member, side.rehearsal)
    ExerciseRun.objects.create(run=runs.over, step=steps["rehearse"])
    return Belongings(
        side=side,
        member=member,
        enrolment=enrolled,
        note=note,
        opened=attempts.start(member, steps["gate"].quiz),
        submitted=submitted,
        work=hand_in(member, steps["first"]),
        assignment=_assign(side, member),
        runs=runs,
    )


def answer_all(attempt: Attempt) -> None:
    """The first option everywhere."""
    for place in AttemptItem.objects.filter(attempt=attempt).select_related("attempt", "item"):
        attempts.save(place, 0, 2 if place.asks_confidence else None, 1)


def hand_in(member: Member, step: Step) -> Submission:
    task = WorkplaceTask.objects.select_related("step__version__module").get(step=step)
    workplace.save(member, task, Draft("What I did at my desk.", None, None), 1)
    workplace.hand_in(member, task)
    return Submission.objects.get(member=member, task=task)


def _assign(side: Side, member: Member) -> Assignment:
    """By Helen, even to those out of her reach: a manager before her may have done so."""
    assigning.assign(
        [member], side.module, due_on=clock.today() + timedelta(days=14), by=side.cast.helen
    )
    return Assignment.objects.get(member=member)


@pytest.fixture(scope="module", name="world")
def world_fixture(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Made once a module, inside a transaction that is rolled back after the module's last test."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)
