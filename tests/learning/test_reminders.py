"""Mails by the calendar: each once, to those concerned, saying why they come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from learning import assigning, daily, evidence, reminders, standing
from learning.claims import ClaimState
from learning.models import Assignment
from learning.readiness import claims_for
from people import clock, jobs
from people.models import BackgroundJob, Member, Message
from tests.conftest import Cast
from tests.learning.competence_rows import graded, item, result, teach
from tests.learning.desk import furnish

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
Round = Callable[[int], None]


def faded(member: Member, grader: Member) -> None:
    """Met when it was shown, ten months ago, and just not any more."""
    answers = [item("G1", 1 if number % 5 else 0) for number in range(12)]
    evidence.record(result(member, *answers, days_ago=300))
    evidence.record(result(member, graded("G1", grader, 3), days_ago=300, kind="task"))
    claim = claims_for([member])[member.pk]["G1"]
    assert claim.state is ClaimState.LAPSED, (claim.state, claim.probability, claim.peak)
    standing.refresh([member])


@pytest.fixture
def day(cast: Cast) -> Round:
    """Plays the daily round so many days after the Monday, twice, as a worker that died would."""
    with clock.at(MONDAY - timedelta(days=3)):
        furnish(cast)

    def play(after: int) -> None:
        with clock.at(MONDAY + timedelta(days=after)):
            daily.queue_all()
            job = BackgroundJob.objects.filter(kind=daily.KIND).latest("pk")
            for _ in range(2):
                claimed = jobs.claim(job.pk)
                if claimed is not None:
                    daily.run(claimed)
                    daily.run(claimed)

    return play


def assign(cast: Cast, member: Member, *, due: int, on: int = -2) -> Assignment:
    with clock.at(MONDAY + timedelta(days=on)):
        assigning.assign(
            [member],
            teach("U1"),
            due_on=(MONDAY + timedelta(days=due)).date(),
            by=cast.helen,
        )
    return Assignment.objects.get(member=member)


def mails(kind: str, member: Member) -> list[str]:
    rows = Message.objects.filter(kind=f"learning/{kind}", member=member).order_by("pk")
    return [f"{row.subject}\n{row.text}" for row in rows]


def test_due_in_three_days_is_said_once(cast: Cast, day: Round) -> None:
    assign(cast, cast.amina, due=5)
    for after, expected in ((1, 0), (2, 1), (3, 1), (4, 1), (5, 1)):
        day(after)
        assert len(mails("due-soon", cast.amina)) == expected
    text = mails("due-soon", cast.amina)[0]
    assert "is due in 3 days" in text
    assert "You get this mail because" in text


def test_what_was_given_only_today_needs_no_reminder(cast: Cast, day: Round) -> None:
    assign(cast, cast.amina, due=2, on=0)
    day(0)
    assert mails("due-soon", cast.amina) == []


def test_overdue_is_said_the_day_after_and_then_weekly(cast: Cast, day: Round) -> None:
    assign(cast, cast.amina, due=1)
    for after, expected in ((1, 0), (2, 1), (3, 1), (8, 1), (9, 2), (16, 3)):
        day(after)
        assert len(mails("overdue", cast.amina)) == expected, after
    assigning.withdraw(Assignment.objects.get(), by=cast.helen)
    day(23)
    assert len(mails("overdue", cast.amina)) == 3


def test_managers_get_one_digest_on_mondays(cast: Cast, day: Round) -> None:
    assign(cast, cast.amina, due=-1)
    day(0)
    day(1)
    (text,) = mails("digest", cast.helen)
    assert text.startswith("Care desk: who needs you this week")
    assert text.index("Amina Osei: 1 overdue") < text.index("Daniel Wolfe: 1 critical below target")
    assert "Overdue: 1 person" in text
    assert "it comes on Mondays" in text
    assert mails("digest", cast.rosa)  # who leads a team with nobody in it gets a short one
    assert not mails("digest", cast.amina)
    day(7)
    assert len(mails("digest", cast.helen)) == 2


def test_learners_hear_of_what_is_due_or_fading_and_of_nothing_else(cast: Cast, day: Round) -> None:
    with clock.at(MONDAY - timedelta(days=3)):
        faded(cast.rosa, cast.joanna)
    assign(cast, cast.daniel, due=20)
    day(0)
    (due,) = mails("week", cast.daniel)
    assert "Due:" in due
    assert "13 December 2026" in due
    (fading,) = mails("week", cast.rosa)
    assert "Competency G1: " in fading
    assert mails("week", cast.victor) == []


def test_nobody_elsewhere_and_nobody_deactivated_gets_mail(
    cast: Cast, elsewhere: Cast, day: Round
) -> None:
    assign(cast, cast.amina, due=-3)
    Member.objects.filter(pk=cast.amina.pk).update(deactivated_at=MONDAY)
    day(0)
    assert mails("overdue", cast.amina) == []
    assert not Message.objects.filter(kind="learning/digest", member=elsewhere.amina).exists()


def test_every_kind_of_mail_says_why_it_comes() -> None:
    from learning.team_handlers import WHY
    from people import messages

    known = {kind.name: kind.why for kind in messages.kinds()}
    for name, why in WHY.items():
        assert known[f"learning/{name}"] == why


def test_the_digest_holds_what_the_page_holds(cast: Cast, day: Round) -> None:
    with clock.at(MONDAY):
        said = reminders.digest(cast.helen)
    assert [member.name for member, _, _ in said["people"]] == [
        "Daniel Wolfe",
        "Rosa Lind",
        "Amina Osei",
    ]
