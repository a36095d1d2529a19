"""A care desk with targets and evidence, for the tests of a manager's pages."""

from __future__ import annotations

from learning import evidence, standing
from people.models import Member, Organisation, Team, User
from tests.conftest import Cast
from tests.factories import make_job_role
from tests.learning.competence_rows import graded, item, make_target, result


def give_targets() -> None:
    """Customer-facing: U1 (level 2) and D1 (level 1) critical, G1 (level 2) and O1 (level 2) not."""
    role = make_job_role("customer")
    make_target(role, "U1", 2, critical=True)
    make_target(role, "D1", 1, critical=True)
    make_target(role, "G1", 2)
    make_target(role, "O1", 2)


def right(
    member: Member, code: str, grader: Member, *, days_ago: float = 5, number: int = 12
) -> None:
    """Enough right answers and a marked work: the target is met."""
    level = 1 if code == "D1" else 2
    answers = [item(code, 1, level=level) for _ in range(number)]
    evidence.record(result(member, *answers, days_ago=days_ago))
    works = [graded(code, grader, 4) for _ in range(3)]
    evidence.record(result(member, *works, days_ago=days_ago, kind="task"))


def wrong(member: Member, code: str, *, days_ago: float = 9, number: int = 12) -> None:
    answers = [item(code, 0, difficulty=-1.7) for _ in range(number)]
    evidence.record(result(member, *answers, days_ago=days_ago))


def furnish(cast: Cast) -> None:
    """Amina is ready but for O1; Daniel misses a critical target; Rosa has no evidence at all."""
    give_targets()
    for code in ("U1", "D1", "G1"):
        right(cast.amina, code, cast.joanna)
    evidence.record(result(cast.amina, *[item("O1") for _ in range(4)], days_ago=3))
    wrong(cast.daniel, "U1")
    right(cast.daniel, "D1", cast.joanna)
    standing.refresh(list(Member.objects.filter(organisation=cast.organisation)))


def crowd(organisation: Organisation, team: Team, number: int, *, prefix: str = "Person") -> None:
    """Many members in one team, with standings, made by bulk."""
    users = User.objects.bulk_create(
        User(email=f"{prefix}{i}.{team.pk}@example.test".lower(), name=f"{prefix} {i:04}")
        for i in range(number)
    )
    role = make_job_role("customer")
    members = Member.objects.bulk_create(
        Member(organisation=organisation, user=user, team=team, job_role=role) for user in users
    )
    standing.refresh(members)
