"""The verbs of a rehearsal: begin, predict, plan, start, decide, answer; each is safe to repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import transaction

from people import clock
from people.models import Member
from sandbox import grading, live, scenarios
from sandbox.checks.plans import plan_problems
from sandbox.debriefing.questions import Asked, explained, questions_of_reading, questions_of_run
from sandbox.engine.chance import Chance
from sandbox.engine.decisions import Decision, NotNow
from sandbox.engine.events import Event
from sandbox.engine.outcome import Outcome, outcome_of
from sandbox.engine.person import PRACTISED
from sandbox.engine.plan import Plan
from sandbox.engine.reading import edited
from sandbox.engine.rehearsal import Rehearsal
from sandbox.engine.scoring import NO_PERSON
from sandbox.models import Run, RunEvent, ScenarioVersion
from sandbox.models.runs import TrailMovedOn
from sandbox.playing import rehearse, undisturbed
from sandbox.providers.replay import Replay
from sandbox.signals import run_graded
from sandbox.timeline.telling import Line, lines

PREDICTION = 2000


class IllegalPlan(ValueError):
    """The plan cannot be played; `problems` says why, in words."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


# ---- Before the run ------------------------------------------------------------------------


def begin(member: Member, version: ScenarioVersion, rung: str) -> Run:
    """The member's unfinished run of this version and rung, or a new one with the first plan."""
    runs = Run.objects.filter(member=member, version=version, rung=rung)
    return runs.going_on().first() or fresh(member, version, rung)


def fresh(member: Member, version: ScenarioVersion, rung: str) -> Run:
    """A new run with the member's last own plan of this version, or else the starter's.

    A scenario that only reads a trail has no plan to make: it begins with the questions.
    """
    scenario = scenarios.loaded(version).scenario
    earlier = Run.objects.filter(member=member, version=version, plan_digest__isnull=False).first()
    plan = earlier.plan if earlier else scenarios.plan_document(scenario.starter)
    state = Run.State.ANSWERING if scenario.reading is not None else Run.State.PLANNING
    return Run.objects.create(member=member, version=version, rung=rung, plan=plan, state=state)


def predict(run: Run, choice: int | None, words: str) -> None:
    """Keeps what the learner expects: nothing of it counts, and after the start it stands."""
    Run.objects.filter(pk=run.pk, state=Run.State.PLANNING).update(
        prediction_choice=choice, prediction=words[:PREDICTION]
    )
    run.prediction_choice, run.prediction = choice, words[:PREDICTION]


def save_plan(run: Run, plan: Plan, sequence: int) -> bool:
    """Keeps the plan unless a newer one from another window is held, or the run has started."""
    document = scenarios.plan_document(plan)
    kept = Run.objects.filter(
        pk=run.pk, state=Run.State.PLANNING, plan_sequence__lt=sequence
    ).update(plan=document, plan_sequence=sequence)
    if kept:
        run.plan, run.plan_sequence = document, sequence
    return bool(kept)


def problems(run: Run) -> list[str]:
    """What keeps the plan from being played."""
    scenario = scenarios.loaded(run.version_id).scenario
    return [each.message for each in plan_problems(scenario, scenarios.read_plan(run.plan))]


def start(run: Run) -> None:
    """Freezes the plan and plays up to the first question, or grades it (design only).

    A live run is put into the queue. Raises `IllegalPlan`, also when another window has changed
    the plan since it was read; does nothing when the run has started.
    """
    found = problems(run)
    if found:
        raise IllegalPlan(found)
    plan = scenarios.read_plan(run.plan)
    digest = scenarios.plan_digest(plan)
    with transaction.atomic():
        started = Run.objects.filter(
            pk=run.pk, state=Run.State.PLANNING, plan_sequence=run.plan_sequence
        ).update(state=Run.State.RUNNING, plan_digest=digest, started_at=clock.now())
        if not started:
            run.refresh_from_db(fields=["state"])
            if run.state == Run.State.PLANNING:
                raise IllegalPlan(["The plan has just been changed in another window."])
            return
        run.state, run.plan_digest = Run.State.RUNNING, digest
        if run.rung == Run.Rung.LIVE:
            live.queue(run)
            return
    if run.rung == Run.Rung.DESIGN:
        finish(run, {})
    else:
        _go_on(run, rehearsal_of(run))


# ---- The run -------------------------------------------------------------------------------


def trail_of(run: Run) -> list[Event]:
    """The events as stored."""
    return RunEvent.objects.trail(run)


def rehearsal_of(run: Run, events: Sequence[Event] | None = None) -> Rehearsal:
    """The run in memory, as its trail left it. A live run's replies come from its own trail."""
    found = scenarios.loaded(run.version_id)
    trail = trail_of(run) if events is None else events
    provider = Replay(()) if run.rung == Run.Rung.LIVE else None
    plan = scenarios.read_plan(run.plan)
    return rehearse(found.prepared, plan, run.seed, trail, provider, run.plan_digest or "")


def _go_on(run: Run, rehearsal: Rehearsal) -> None:
    """Plays to the next question or the end and stores it; a twin that was faster has done so."""
    before = rehearsal.state.seq
    rehearsal.advance()
    try:
        RunEvent.objects.append(run, _since(rehearsal, before), state=_state_of(rehearsal))
    except TrailMovedOn:
        run.refresh_from_db(fields=["state", "head"])


def _since(rehearsal: Rehearsal, seq: int) -> list[tuple[int, str, str]]:
    """The events after that one, as they are stored."""
    return [(each.seq, each.body(), each.hash) for each in rehearsal.events[seq:]]


def _state_of(rehearsal: Rehearsal) -> Run.State:
    return Run.State.WAITING if rehearsal.waits else Run.State.ANSWERING


def resume(run: Run) -> Rehearsal:
    """The rehearsal; a scripted run that a killed server left in the middle plays on first."""
    if run.state == Run.State.RUNNING and run.rung == Run.Rung.DESIGN:
        finish(run, {})
    rehearsal = rehearsal_of(run)
    if run.state == Run.State.RUNNING and run.rung != Run.Rung.LIVE:
        _go_on(run, rehearsal)
        rehearsal = rehearsal_of(run)
    return rehearsal


def decide(run: Run, ask: int, decision: Decision) -> Rehearsal:
    """Takes the decision and plays on.

    Raises `NotNow` when the question has been answered already: in another window, by pressing
    twice, or because the world moved on.
    """
    rehearsal = rehearsal_of(run)
    before = rehearsal.state.seq
    rehearsal.decide(decision, ask)
    is_live = run.rung == Run.Rung.LIVE
    if not is_live:
        rehearsal.advance()
    state = Run.State.RUNNING if is_live else _state_of(rehearsal)
    try:
        with transaction.atomic():
            RunEvent.objects.append(run, _since(rehearsal, before), state=state)
            if is_live:
                live.queue(run)
    except TrailMovedOn:
        raise NotNow("This question is not open any more.") from None
    return rehearsal


# ---- After the run -------------------------------------------------------------------------


class Ended(NamedTuple):
    """A run that is over, with what its seals hide."""

    rehearsal: Rehearsal
    outcome: Outcome
    events: list[Event]
    told: dict[int, Line]
    asked: list[Asked]


def ended(run: Run) -> Ended:
    """What became of it. For a scenario that only reads a trail: of the exhibit."""
    found = scenarios.loaded(run.version_id)
    prepared, scenario = found.prepared, found.scenario
    if scenario.reading is not None:
        rehearsal = undisturbed(prepared)
        events = edited(rehearsal.events, scenario.reading.edits)
    else:
        rehearsal = rehearsal_of(run)
        events = rehearsal.events
    plan = rehearsal.plan
    outcome = outcome_of(prepared, plan, rehearsal.sealed, rehearsal.events)
    told = {line.seq: line for line in lines(prepared, plan, events)}
    if scenario.reading is not None:
        asked = questions_of_reading(scenario, events, told)
    elif run.rung in (Run.Rung.LIVE, Run.Rung.DESIGN):
        asked = []
    else:
        chance = Chance(scenario.digest, run.seed)
        asked = questions_of_run(prepared, rehearsal.sealed, outcome, events, told, chance)
    return Ended(rehearsal, outcome, events, told, asked)


def finish(run: Run, answers: Mapping[str, Sequence[str]], over: Ended | None = None) -> None:
    """Takes the answers about the trail, grades the run and announces it, once.

    `over` is what became of the run, from who has worked it out already.

    The first supervised run of a version counts as evidence; later ones, and those on the other
    rungs, are practice (rulings.md 23).
    """
    document = score_of(run, answers, over)
    with transaction.atomic():
        mine = Run.objects.filter(member=run.member_id, version=run.version_id)
        # Locked in one order, so that two windows that finish two runs cannot both count.
        list(mine.select_for_update().order_by("pk").values_list("pk", flat=True))
        counts = (
            run.rung == Run.Rung.SUPERVISED
            and document is not None
            and not mine.filter(counts=True).exists()
        )
        values: dict[str, Any] = {
            "state": Run.State.FINISHED,
            "answers": {key: list(chosen) for key, chosen in answers.items()},
            "score": document,
            "counts": counts,
            "finished_at": clock.now(),
        }
        open_states = [Run.State.ANSWERING, Run.State.RUNNING]
        if not Run.objects.filter(pk=run.pk, state__in=open_states).update(**values):
            run.refresh_from_db()
            return
        for name, value in values.items():
            setattr(run, name, value)
        run_graded.send(sender=Run, run=run)


def score_of(
    run: Run, answers: Mapping[str, Sequence[str]], over: Ended | None = None
) -> dict[str, Any] | None:
    """The score document, or None for a live run, which is practice without one."""
    found = scenarios.loaded(run.version_id)
    scenario = found.scenario
    if run.rung == Run.Rung.LIVE:
        return None
    if run.rung == Run.Rung.DESIGN:
        accuracy, expl, answered = PRACTISED, NO_PERSON, "Nobody was asked: half of the points."
    else:
        over = over or ended(run)
        expl = explained(over.asked, answers)
        answered = f"{expl:.0%} of {len(over.asked)} questions about the trail, chance taken off."
        if scenario.reading is not None:
            return grading.reading_document(scenario, expl, answered)
        if not over.asked:
            expl, answered = NO_PERSON, "There was nothing to ask about this run: half the points."
        accuracy = grading.accuracy_in(over.outcome, over.rehearsal.sealed)
    plan = scenarios.read_plan(run.plan)
    reached, others = grading.grade(run.version, plan, accuracy, expl)
    return grading.document(scenario, reached, others, accuracy, answered)
