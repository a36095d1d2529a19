"""What a run showed: its outcome in words, the seals opened, the points, the other ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.debriefing.questions import marked
from sandbox.engine.outcome import Found, Outcome
from sandbox.engine.prepared import Prepared, money
from sandbox.engine.scenario import Fault
from sandbox.engine.sealed import Sealed, is_decoy
from sandbox.engine.strategies import NAMES
from sandbox.models import Run
from sandbox.running import Ended, ended
from sandbox.scenarios import loaded
from sandbox.timeline.wording import clock


@dataclass(frozen=True, slots=True)
class Opened:
    """One sealed fault, opened: what it was, what became of it, and why it counts as it does."""

    title: str
    story: str
    decoy: bool
    status: str  # caught, reached, prevented, open
    verdict: str
    note: str
    seq: int
    first: int
    clock: str
    severity: int
    case: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A question with what was answered and what is right, in words."""

    ask: str
    chosen: tuple[str, ...]
    right: tuple[str, ...]
    share: float
    because: str


@dataclass(frozen=True, slots=True)
class Way:
    """One way of working and its value per run on the hidden situations."""

    title: str
    value: float
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Debrief:
    """Everything the page shows besides the timeline."""

    over: Ended
    headline: str
    lede: str
    done: int
    all: int
    caught: int
    faults: int
    false_alarms: int
    minutes: int
    minutes_allowed: int
    money: str
    money_allowed: str
    closed_at: str
    opened: list[Opened]
    answers: list[Answer]
    costs: list[tuple[str, int]]
    ways: list[Way]
    score: dict[str, Any] | None
    seal: str
    salt: str
    teaches: str
    single_genius: str
    next_lesson: str


def debrief_of(run: Run, person: str = "") -> Debrief:
    """The debrief of a finished run; opens the seals, so never call it for one that goes on.

    `person` names whose run it was, for somebody else who reads it.
    """
    assert run.state == Run.State.FINISHED, "the seals of an unfinished run stay closed"
    over = ended(run)
    found = loaded(run.version_id)
    prepared, scenario = found.prepared, found.scenario
    outcome, sealed = over.outcome, over.rehearsal.sealed
    faults = outcome.faults(sealed)
    stopped = [pair for pair in faults if pair[1].status != "reached"]
    alarms = len(outcome.refused_good - outcome.good_done)
    reading = scenario.reading is not None
    if reading:
        right = sum(each >= 1 for each in marked(over.asked, run.answers))
        done, everything = right, len(over.asked)
    else:
        done, everything = len(outcome.good_done), outcome.good_all
    headline = scenario.brief.outcome.format(done=done, all=everything)
    return Debrief(
        over=over,
        headline=headline,
        lede="" if reading else _lede(prepared, sealed, outcome, person),
        done=done,
        all=everything,
        caught=len(stopped),
        faults=len(faults),
        false_alarms=alarms,
        minutes=round(outcome.human_minutes),
        minutes_allowed=scenario.limits.human_minutes,
        money=money(round(outcome.mils / 10), scenario.world.currency),
        money_allowed=money(scenario.limits.mils // 10, scenario.world.currency),
        closed_at=clock(prepared, round(outcome.minutes * 60)),
        opened=_opened(prepared, over, person),
        answers=_answers(run, over),
        costs=_costs(prepared, outcome),
        ways=_ways(run, person),
        score=run.score,
        seal=sealed.seal,
        salt=sealed.salt,
        teaches=scenario.debrief.teaches,
        single_genius=scenario.debrief.single_genius,
        next_lesson=scenario.debrief.next_lesson,
    )


def _lede(prepared: Prepared, sealed: Sealed, outcome: Outcome, person: str) -> str:
    """The gravest thing that went through, and the gravest that did not."""
    faults = sorted(outcome.faults(sealed), key=lambda pair: -pair[0].severity)
    said = []
    for fault, found in faults:
        if found.status != "reached":
            who = _who(prepared, found, person)
            said.append(f"{fault.title}: {who} stopped it.")
            break
    for fault, found in faults:
        if found.status == "reached":
            said.append(f"{fault.title}: that went through.")
            break
    if outcome.ended == "stopped":
        said.append(f"{person or 'You'} stopped the run before its end.")
    elif outcome.ended == "halted":
        said.append("The run stopped before its end because a budget was used up.")
    return " ".join(said) or "Nothing went wrong in this situation, and nothing was there to."


def _who(prepared: Prepared, found: Found, person: str) -> str:
    named = {
        "you": person or "you",
        "rule": "a rule of the plan" if person else "your rule",
        "plan": "the plan" if person else "your plan",
        "engine": "the guardian",
        "attention": "nobody answered, which",
    }
    if found.by in named:
        return named[found.by]
    agent = prepared.scenario.agents.get(found.by)
    return f"the {agent.name}" if agent else "the plan"


def _opened(prepared: Prepared, over: Ended, person: str) -> list[Opened]:
    sealed = over.rehearsal.sealed
    rows = [(sealed.fault(each.strike), each) for each in over.outcome.found.values()]
    rows.sort(key=lambda pair: (is_decoy(pair[0]), pair[1].seq or 10**9))
    at = {event.seq: event.at for event in over.rehearsal.events}
    return [
        Opened(
            title=fault.title,
            story=fault.story,
            decoy=is_decoy(fault),
            status=found.status,
            verdict=_verdict(prepared, fault, found, person),
            note=_note(fault, found),
            seq=found.seq,
            first=found.first,
            clock=clock(prepared, at[found.seq]) if found.seq in at else "",
            severity=fault.severity,
            case=found.strike.case,
        )
        for fault, found in rows
    ]


def _verdict(prepared: Prepared, fault: Fault, found: Found, person: str) -> str:
    if is_decoy(fault):
        return {"caught": "false alarm", "reached": "let through, rightly"}.get(
            found.status, "did not come up"
        )
    if found.status == "caught":
        if found.by == "attention":
            return "stopped because nobody answered"
        return f"{_who(prepared, found, person)} caught it"
    return {
        "reached": "went through",
        "prevented": f"{'the' if person else 'your'} plan kept it from arising",
        "open": "did not come up with this plan",
    }[found.status]


def _note(fault: Fault, found: Found) -> str:
    """Why a catch counts in full or by half."""
    if found.status != "caught" or found.by != "you" or is_decoy(fault):
        return ""
    if found.credit == 1.0:
        return "The reason given names the fault: full credit."
    return "It was stopped for another reason than what it was: half the credit."


def _answers(run: Run, over: Ended) -> list[Answer]:
    shares = marked(over.asked, run.answers)
    answers = []
    for asked, reached in zip(over.asked, shares, strict=True):
        words = dict(asked.options)
        chosen = run.answers.get(asked.key, ()) if isinstance(run.answers, dict) else ()
        answers.append(
            Answer(
                ask=asked.ask,
                chosen=tuple(words[key] for key in chosen if key in words),
                right=tuple(words[key] for key in asked.right),
                share=reached,
                because=asked.because,
            )
        )
    return answers


def _costs(prepared: Prepared, outcome: Outcome) -> list[tuple[str, int]]:
    """(who, mils), in the order of the scenario's agents, tools last."""
    agents = prepared.scenario.agents
    rows = [(agents[key].name, outcome.cost[key]) for key in agents if outcome.cost[key]]
    return [*rows, ("Tools", outcome.cost["tools"])] if outcome.cost["tools"] else rows


def _ways(run: Run, person: str) -> list[Way]:
    if not run.score or "others" not in run.score:
        return []
    others = run.score["others"]
    ways = [Way(f"Reference plan, {name}", value) for name, value in others["references"].items()]
    ways += [Way(NAMES[name], value) for name, value in others["naive"].items()]
    if others["genius"] is not None:
        ways.append(Way("Single genius", others["genius"]))
    own = "This plan" if person else "Your plan"
    ways.append(Way(own, run.score["worth"], mine=True))
    return sorted(ways, key=lambda way: -way.value)


def standing(version_id: int, member_id: int) -> list[Run]:
    """The member's own finished runs of this version, newest first."""
    return list(
        Run.objects.filter(
            version_id=version_id, member_id=member_id, state=Run.State.FINISHED
        ).order_by("-finished_at")[:20]
    )
