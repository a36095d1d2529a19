"""Several people's runs of one scenario version beside each other, opened: for a team debrief.

Everybody met a situation of their own: the same work, other faults. So a decision is shown with
what was there, and two that differ are held against that before they are called a split.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sandbox.debriefing.questions import marked
from sandbox.engine.events import Event, Kind
from sandbox.engine.outcome import Found
from sandbox.engine.person import carried_by, stage_strike
from sandbox.engine.prepared import Prepared
from sandbox.engine.rehearsal import Rehearsal
from sandbox.engine.scenario import Fault
from sandbox.engine.sealed import Strike, is_decoy
from sandbox.engine.vocabulary import REASON_WORDS, Reason
from sandbox.models import Run
from sandbox.playing import rehearse
from sandbox.running import Ended, ended
from sandbox.timeline.wording import phrase

DECIDED = {
    "approve": "approved",
    "modify": "approved with a change",
    "send_back": "sent back",
    "reject": "rejected",
    "stop": "stopped the run",
}
AFTER_FAILURE = {"approve": "tried again", "send_back": "looked it up first", "reject": "left it"}
REFUSES = ("send_back", "reject", "stop")
UNANSWERED = "expired"  # the attention was spent, and that means no
JUDGED = ("proposal", "stage", "failure")


class Key(NamedTuple):
    """What a question is about, in whichever run it was asked."""

    kind: str  # of JUDGED
    job: str
    case: str


@dataclass(frozen=True, slots=True)
class Decided:
    """One answer: the verb with its reason, what was there, and whether it fitted.

    `fits` is None where the situation alone does not tell: after a tool had failed.
    """

    verb: str
    words: str
    reason: str
    there: str
    fits: bool | None


@dataclass(slots=True)
class Stopped:
    """What became of one fault in one run: where, whether it was stopped, and by whom."""

    case: str
    reached: bool
    by: str


@dataclass(slots=True)
class Column:
    """One person's run."""

    run: Run
    done: int
    all: int
    faults: int
    caught: int
    false_alarms: int
    minutes: int
    seen_by: dict[str, int] = field(default_factory=dict)
    decided: dict[Key, list[Decided]] = field(default_factory=dict)
    stopped: dict[str, list[Stopped]] = field(default_factory=dict)
    answers: list[tuple[str, float]] = field(default_factory=list)

    @property
    def points(self) -> int | None:
        return self.run.score["total"] if self.run.score else None

    @property
    def went_through(self) -> int:
        return self.faults - self.caught


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question that was asked in at least one run; each cell with the name of whose it is."""

    title: str
    about: str
    cells: list[tuple[list[Decided], str]]
    verdict: str  # agreed, split, situations, alone

    @property
    def said(self) -> str:
        return VERDICTS[self.verdict]


VERDICTS = {
    "agreed": "Agreed",
    "split": "Split",
    "situations": "Differed, as the situations did",
    "alone": "Asked of one only",
}


@dataclass(frozen=True, slots=True)
class FaultRow:
    """A fault that came up in at least one run, with what became of it in each."""

    title: str
    severity: int
    cells: list[tuple[list[Stopped], str]]


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A question about the exhibited trail: what each answered, and how much of it was right."""

    ask: str
    right: str
    cells: list[tuple[tuple[str, float], str]]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """All of it; for a scenario that only reads a trail there are `readings` alone."""

    columns: list[Column]
    questions: list[QuestionRow]
    faults: list[FaultRow]
    readings: list[AnswerRow]

    def count(self, verdict: str) -> int:
        return sum(row.verdict == verdict for row in self.questions)


def side_by_side(runs: Sequence[Run]) -> SideBySide:
    """The finished runs, all of one version, in the order given."""
    assert all(run.state == Run.State.FINISHED for run in runs), "seals of open runs stay closed"
    assert len({run.version_id for run in runs}) <= 1, "another version asks other things"
    opened = [ended(run) for run in runs]
    columns = [_column(run, over) for run, over in zip(runs, opened, strict=True)]
    if not opened:
        return SideBySide([], [], [], [])
    prepared = opened[0].rehearsal.prepared
    if prepared.scenario.reading is not None:
        return SideBySide(columns, [], [], _readings(columns, opened[0]))
    return SideBySide(columns, _questions(prepared, columns), _faults(prepared, columns), [])


# ---- One run -------------------------------------------------------------------------------


def _column(run: Run, over: Ended) -> Column:
    rehearsal, outcome = over.rehearsal, over.outcome
    prepared = rehearsal.prepared
    if prepared.scenario.reading is not None:
        answers = _answered(run, over)
        right = sum(share >= 1 for _, share in answers)
        return Column(run, right, len(answers), 0, 0, 0, 0, answers=answers)
    faults = outcome.faults(rehearsal.sealed)
    column = Column(
        run=run,
        done=len(outcome.good_done),
        all=outcome.good_all,
        faults=len(faults),
        caught=sum(found.status != "reached" for _, found in faults),
        false_alarms=len(outcome.refused_good - outcome.good_done),
        minutes=round(outcome.human_minutes),
    )
    for _, found in faults:
        by = _by(prepared, found)
        column.seen_by[by] = column.seen_by.get(by, 0) + 1
        stopped = Stopped(found.strike.case, found.status == "reached", by)
        column.stopped.setdefault(found.strike.fault, []).append(stopped)
    decided: dict[Key, list[Decided]] = defaultdict(list)
    for key, given in _decisions(run, rehearsal):
        decided[key].append(given)
    column.decided = dict(decided)
    return column


def _by(prepared: Prepared, found: Found) -> str:
    """Who stopped it, in words that follow "by"; empty when it went through."""
    if found.status == "reached":
        return ""
    named = {
        "you": "the person asked",
        "rule": "a rule",
        "plan": "the plan",
        "engine": "the guardian",
        "attention": "nobody answering",
    }
    agent = prepared.scenario.agents.get(found.by)
    return named.get(found.by) or (f"the {agent.name}" if agent else "the plan")


def _decisions(run: Run, rehearsal: Rehearsal) -> Iterator[tuple[Key, Decided]]:
    """Every answer of the run with what it was about; the trail is folded once more for it."""
    at = rehearse(rehearsal.prepared, rehearsal.plan, run.seed)
    for event in rehearsal.events:
        if event.kind in (Kind.APPROVAL_GIVEN, Kind.APPROVAL_EXPIRED):
            found = _decision(at, event)
            if found is not None:
                yield found
        at.state.apply(event)


def _decision(at: Rehearsal, event: Event) -> tuple[Key, Decided] | None:
    asked, pending = at.state.open, at.state.pending
    expired = event.kind == Kind.APPROVAL_EXPIRED
    if asked is None or (expired and event.data.get("why") == "stale"):
        return None
    verb = UNANSWERED if expired else event.data["decision"]
    reason = "" if expired else event.data["reason"]
    if asked.because == "stage":
        cases = [case for case in at.state.cases if case not in at.state.closed]
        strikes = [each for each in (stage_strike(at, case) for case in cases) if each is not None]
        there = [(each, at.sealed.fault(each)) for each in strikes]
        return Key("stage", at.state.current.job, ""), _judged(verb, reason, there)
    if pending is None or asked.because in ("budget", "provider"):
        return None
    proposal = pending.proposal
    if asked.because == "failure":
        words = AFTER_FAILURE.get(verb, DECIDED.get(verb, "nobody answered"))
        given = Decided(verb, words, "", "the tool had failed", None)
        return Key("failure", proposal.job, proposal.case), given
    strike = carried_by(at, proposal)
    found = [(strike, at.sealed.fault(strike))] if strike is not None else []
    return Key("proposal", proposal.job, proposal.case), _judged(verb, reason, found)


def _judged(verb: str, reason: str, there: list[tuple[Strike, Fault]]) -> Decided:
    faults = [fault for _, fault in there if not is_decoy(fault)]
    decoys = [fault for _, fault in there if is_decoy(fault)]
    refuses = verb in REFUSES or verb == UNANSWERED
    titles = dict.fromkeys(fault.title for fault in faults or decoys)
    return Decided(
        verb=verb,
        words=DECIDED.get(verb, "nobody answered"),
        # That good work was looked at and is right says nothing more beside "approved".
        reason=REASON_WORDS[Reason(reason)] if reason and reason != Reason.CHECKED else "",
        there=("only looked wrong: " if decoys and not faults else "") + "; ".join(titles),
        fits=refuses == bool(faults),
    )


def _answered(run: Run, over: Ended) -> list[tuple[str, float]]:
    given: dict[str, Any] = run.answers if isinstance(run.answers, dict) else {}
    found = []
    for asked, share in zip(over.asked, marked(over.asked, given), strict=True):
        words = dict(asked.options)
        chosen = [words[key] for key in given.get(asked.key, ()) if key in words]
        found.append(("; ".join(chosen), share))
    return found


# ---- All of them ---------------------------------------------------------------------------


def _questions(prepared: Prepared, columns: list[Column]) -> list[QuestionRow]:
    """In the order of the scenario's jobs and cases."""
    jobs, cases = list(prepared.scenario.jobs), prepared.cases
    keys = {key for column in columns for key in column.decided}
    ordered = sorted(
        keys,
        key=lambda key: (
            jobs.index(key.job),
            cases.index(key.case) if key.case in cases else len(cases),
            JUDGED.index(key.kind),
        ),
    )
    rows = []
    for key in ordered:
        cells = [column.decided.get(key, []) for column in columns]
        named = [(column.decided.get(key, []), column.run.member.name) for column in columns]
        rows.append(QuestionRow(*_about(prepared, key), named, _verdict(cells)))
    return rows


def _about(prepared: Prepared, key: Key) -> tuple[str, str]:
    """What the question is about, and in small what the agents propose when nothing is wrong."""
    job = prepared.scenario.jobs[key.job]
    if key.kind == "stage":
        return f"After “{job.title}”", ""
    title = f"{job.title}, {key.case}"
    if key.kind == "failure":
        return title, "after the tool had failed"
    step = prepared.step(key.job, key.case)
    return title, phrase(prepared, step.tool, step.args, key.case) if step.tool else ""


def _verdict(cells: list[list[Decided]]) -> str:
    """By the first answers: a second one, after sending back, meets another piece of work."""
    first = [cell[0] for cell in cells if cell]
    if len(first) < 2:
        return "alone"
    if len({each.verb in REFUSES or each.verb == UNANSWERED for each in first}) == 1:
        return "agreed"
    return "situations" if all(each.fits for each in first) else "split"


def _faults(prepared: Prepared, columns: list[Column]) -> list[FaultRow]:
    """The gravest first."""
    rows = [
        FaultRow(
            fault.title,
            fault.severity,
            [(column.stopped.get(name, []), column.run.member.name) for column in columns],
        )
        for name, fault in prepared.scenario.faults.items()
        if any(name in column.stopped for column in columns)
    ]
    return sorted(rows, key=lambda row: (-row.severity, row.title))


def _readings(columns: list[Column], over: Ended) -> list[AnswerRow]:
    rows = []
    for place, asked in enumerate(over.asked):
        words = dict(asked.options)
        right = "; ".join(words[key] for key in asked.right)
        given = [(column.answers[place], column.run.member.name) for column in columns]
        rows.append(AnswerRow(asked.ask, right, given))
    return rows
