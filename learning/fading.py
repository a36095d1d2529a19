"""The line of one competency over time, drawn anew from the evidence."""

from __future__ import annotations

from datetime import date, timedelta

from curriculum.models import Target
from learning import beliefs
from learning.claiming import dates
from learning.competence import CUTS, States, chance_of, step, view
from learning.judging import day_number
from learning.models import Evidence
from people import clock
from people.models import Member

_WEEK = timedelta(days=7)


def history(
    member: Member, competency_id: str, *, level: int | None = None
) -> list[tuple[date, float]]:
    """P(level >= target) after each day with evidence and weekly between, up to today.

    From the log alone. `level` defaults to the member's target, or 1. It draws a line and says
    nothing of whether the evidence was enough.
    """
    if level is None:
        targets = Target.objects.filter(job_role_id=member.job_role_id, competency_id=competency_id)
        level = targets.values_list("level", flat=True).first() or 1
    cut, today = CUTS[level - 1], clock.today()
    seen = beliefs.read(Evidence.objects.filter(member=member, competency_id=competency_id)).seen
    if not len(seen):
        return []
    line: dict[date, float] = {}

    def note(states: States, day: date) -> None:
        read = view(states, day_number(day))
        line[day] = float(chance_of(read.mean, read.variance, cut)[0])

    def fade(states: States, after: date, until: date) -> None:
        day = after + _WEEK
        while day < until:
            note(states, day)
            day += _WEEK

    states = States.prior(seen.day[:1])
    last: date | None = None
    for row in range(len(seen)):
        before = states
        states = step(states, seen.take(slice(row, row + 1)))
        day = dates(states)[0]
        if last is not None:
            fade(before, last, day)
        note(states, day)
        last = day
    assert last is not None
    fade(states, last, today)
    if today > last:
        note(states, today)
    return sorted(line.items())
