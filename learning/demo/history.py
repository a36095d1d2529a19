"""Plays seven months: every attempt, work and mark goes through the verbs the pages call."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial

from assessments import attempts, drawing, marking, workplace
from assessments.models import Attempt, Quiz, Submission, WorkplaceTask
from curriculum.models import Module, Step
from learning import assigning, enrolment, progress, standing
from learning.demo import answering, directing
from learning.demo.company import Company, script, works
from learning.demo.habits import HABITS, Habit
from learning.models import Target
from people import clock
from people.models import Member
from sandbox.models import Scenario

MONTHS = 7
JOINT = "joint"
SEED = 1
Act = Callable[[], object]
# Rehearsed by everybody who comes to its step; the others by those whom company.yaml names.
FOR_ALL = ("genius-small",)
# How many take what a module is complete without.
OPTIONAL: dict[str, float] = {Quiz.Purpose.PRE_TEST: 0.25, Quiz.Purpose.PRACTICE: 0.5}
COMMENTS = {
    0: "There is nothing here yet to look at.",
    1: "A beginning. The case is named; what you did with it is not.",
    2: "Sound as far as it goes. Say how somebody else could check it.",
    3: "Clear and checkable. One more case would show that it holds.",
    4: "This could be handed to a colleague as it stands.",
}


@dataclass
class Player:
    """One member at their pace; `chance` is theirs alone: nobody changes another's story."""

    member: Member
    habit: Habit
    ability: float
    chance: random.Random
    grader: Member
    today: datetime


def play(company: Company, *, say: Callable[[str], None]) -> None:
    """Plays everything in the order of time and ends with today's standings."""
    today = clock.now()
    events: list[tuple[datetime, int, Act]] = []
    players: dict[str, Player] = {}
    for number, (name, member) in enumerate(company.members.items()):
        habit = HABITS.get(company.habits[name])
        if habit is None or member.job_role is None:
            continue
        chance = random.Random(SEED * 1000 + number)  # noqa: S311 - a story, not a secret
        player = Player(
            member,
            habit,
            habit.ability + chance.gauss(0, 0.35),
            chance,
            _grader(company, name, chance),
            today,
        )
        players[name] = player
        events += [(at, len(events), act) for at, act in _story(player, today) if at < today]
    events += [(at, len(events), act) for at, act in _rehearsals(players, today) if at < today]
    events += [(at, len(events), act) for at, act in _assignments(company, today)]
    events.sort(key=lambda event: event[:2])
    for place, (at, _, act) in enumerate(events):
        with clock.at(at):
            act()
        if place % 500 == 499:
            say(f"  {place + 1} of {len(events)} events played")
    standing.rebuild(company.organisation)


def _grader(company: Company, name: str, chance: random.Random) -> Member:
    """A trainer for most, the manager for some; never oneself."""
    trainers = [each for each in script()["trainers"] if each != name]
    manager = company.manager_of[name]
    chosen = manager if manager != name and chance.random() < 0.3 else chance.choice(trainers)
    return company.members[chosen]


# ---- One member's months -------------------------------------------------------------------


def _story(player: Player, today: datetime) -> Iterator[tuple[datetime, Act]]:
    modules = _modules(player.member)
    count = max(1, round(len(modules) * player.habit.share))
    begin = today - timedelta(days=player.habit.begins - player.chance.randrange(6))
    for place, module in enumerate(modules[:count]):
        start = begin + timedelta(days=place * player.habit.every)
        last = place == count - 1
        yield from _module(player, module, start, open_at_the_end=last and player.habit.leaves_open)
    if player.habit.refreshes is None:
        return
    at = begin + timedelta(days=count * player.habit.every + player.habit.refreshes)
    turn = 0
    while at < today:
        module = modules[count - 1 - turn % count]
        yield _at(at, player, 10), partial(_refresh, player, module)
        at += timedelta(days=player.habit.refreshes)
        turn += 1


def _modules(member: Member) -> list[Module]:
    """The published modules on the member's tracks, in order, but for the joint one: that takes
    a team in one room, and these are the months of single people."""
    found: list[Module] = []
    assert member.job_role is not None
    own = member.job_role.track_places.exclude(track__key=JOINT).order_by("order")
    for place in own.select_related("track"):
        for stop in place.track.places.order_by("order").select_related("module"):
            if stop.module.published_version_id and stop.module not in found:
                found.append(stop.module)
    return found


def _at(moment: datetime, player: Player, hour: int) -> datetime:
    """A working hour on that day, or on the Monday after."""
    day = moment.date()
    day += timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
    minute = player.chance.randrange(60)
    return datetime.combine(day, time(hour, minute, player.chance.randrange(60)), tzinfo=UTC)


def _module(
    player: Player, module: Module, start: datetime, *, open_at_the_end: bool
) -> Iterator[tuple[datetime, Act]]:
    version = module.published_version
    assert version is not None
    day = 0
    for step in version.steps.order_by("order"):
        at = _at(start + timedelta(days=day), player, 9 + step.order % 7)
        match step.kind:
            case Step.Kind.LESSON:
                yield at, partial(_read, player, module, step)
                day += step.order % 2
            case Step.Kind.QUIZ if step.quiz.purpose == Quiz.Purpose.GATE:
                if open_at_the_end:
                    yield at, partial(_begin, player, step)
                    return
                for retry in range(3):
                    yield at + timedelta(days=3 * retry), partial(_pass_gate, player, step)
                day += 2
            case Step.Kind.QUIZ if player.chance.random() < OPTIONAL[step.quiz.purpose]:
                yield at, partial(_take, player, step)
            case Step.Kind.EXERCISE if step.exercise.scenario in FOR_ALL:
                yield at + timedelta(days=1), partial(_rehearse, player, step)
            case Step.Kind.TASK if player.chance.random() < player.habit.hands_in:
                yield at + timedelta(days=7), partial(_hand_in, player, step.task)
                yield at + timedelta(days=10, hours=2), partial(_mark, player, step.task)


def _read(player: Player, module: Module, step: Step) -> None:
    progress.open_step(enrolment.enrol(player.member, module), step)


def _take(player: Player, step: Step) -> Attempt:
    """A whole quiz: each item answered, saved and, in practice, committed."""
    quiz = step.quiz
    progress.open_step(enrolment.enrol(player.member, step.version.module), step)
    attempt = attempts.start(player.member, quiz, chance=player.chance)
    _answer_all(player, attempt, quiz)
    if quiz.purpose == Quiz.Purpose.PRACTICE:
        attempt.refresh_from_db()
        return attempt
    return attempts.submit(attempt, f"story-{attempt.pk}", {}, confirmed=True)


def _answer_all(player: Player, attempt: Attempt, quiz: Quiz) -> None:
    before = -0.8 if quiz.purpose == Quiz.Purpose.PRE_TEST else 0.0
    for place in attempt.places.select_related("item", "attempt"):
        ability = player.ability + before
        given = answering.answer(place.item, ability, player.chance)
        sure = (
            answering.confidence(ability, place.item, player.chance)
            if place.asks_confidence
            else None
        )
        attempts.save(place, given, sure, 1)
        if quiz.purpose == Quiz.Purpose.PRACTICE:
            attempts.commit(place)


def _begin(player: Player, step: Step) -> None:
    """Two answers, and then the telephone rang."""
    progress.open_step(enrolment.enrol(player.member, step.version.module), step)
    attempt = attempts.start(player.member, step.quiz, chance=player.chance)
    for place in attempt.places.select_related("item", "attempt")[:2]:
        attempts.save(place, answering.answer(place.item, player.ability, player.chance), None, 1)


def _pass_gate(player: Player, step: Step) -> None:
    """Another try, unless it is passed or the three tries are up."""
    if Attempt.objects.filter(member=player.member, quiz=step.quiz, passed=True).exists():
        return
    try:
        _take(player, step)
    except drawing.MustWait:
        return


def _rehearse(player: Player, step: Step) -> None:
    """The rehearsal, once the gate is behind them."""
    progress.open_step(enrolment.enrol(player.member, step.version.module), step)
    directing.rehearse(player.member, step, player.ability, player.chance)


def _refresh(player: Player, module: Module) -> None:
    """An old module again: the gate draws cases not seen before."""
    assert module.published_version is not None
    step = module.published_version.steps.filter(quiz__purpose=Quiz.Purpose.GATE).first()
    if step is not None:
        with contextlib.suppress(drawing.MustWait):
            _take(player, step)


def _hand_in(player: Player, task: WorkplaceTask) -> None:
    texts = works().get(task.step.key, [])
    if not texts:
        return
    work = texts[player.chance.randrange(len(texts))]
    draft = workplace.Draft(
        work["text"].strip(), Decimal(str(work["before"])), Decimal(str(work["after"]))
    )
    workplace.save(player.member, task, draft, 1)
    workplace.hand_in(player.member, task)


def _mark(player: Player, task: WorkplaceTask) -> None:
    """Works are marked after three days; of the last three weeks' some still wait."""
    work = workplace.work_of(player.member, task)
    if work is None or work.state != Submission.State.HANDED_IN:
        return
    is_recent = clock.now() > player.today - timedelta(days=21)
    if player.chance.random() < 0.5 and is_recent:
        return
    centre = 2.2 + 0.7 * player.ability
    given = {}
    for criterion in marking.criteria(work):
        band = min(
            4, max(0, round(player.chance.gauss(centre - 0.5 * (criterion["level"] - 1), 0.6)))
        )
        given[criterion["id"]] = marking.Given(band, COMMENTS[band])
    marking.mark(work, player.grader, given)


def _rehearsals(players: dict[str, Player], today: datetime) -> Iterator[tuple[datetime, Act]]:
    """Those of company.yaml; the other stories do not change with them."""
    for place, text in enumerate(script()["rehearsals"]):
        line = directing.Line.read(text)
        player = players[line.who]
        chance = random.Random(f"{SEED}|{place}|{text}")  # noqa: S311 - a story, not a secret
        at = today - timedelta(days=line.days, hours=2, minutes=chance.randrange(60))
        yield at, partial(directing.rehearse_line, player.member, line, player.ability, chance)


# ---- What managers asked for ---------------------------------------------------------------


def _assignments(company: Company, today: datetime) -> Iterator[tuple[datetime, Act]]:
    for line in script()["assignments"]:
        by, who, key, days = line.split(" | ")
        due = today.date() + timedelta(days=int(days))
        at = today - timedelta(days=9 + max(0, -int(days)), hours=int(days) % 5)
        yield at, partial(_assign, company.members[by], company.members[who], _target(key), due)


def _target(key: str) -> Target:
    """The built-in module of that key, or the scenario."""
    module = Module.objects.filter(key=key, organisation=None).first()
    return module or Scenario.objects.get(key=key, organisation=None)


def _assign(by: Member, member: Member, target: Target, due: date) -> None:
    assigning.assign([member], target, due_on=due, by=by)
