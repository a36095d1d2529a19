"""What if you had asked here? One thing of a finished run changed, played again on its seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.debriefing.branching import Branch, NoBranch, asked_here, decided_otherwise
from sandbox.debriefing.debrief import Debrief
from sandbox.engine.decisions import Decision
from sandbox.engine.events import Event, Kind
from sandbox.engine.outcome import Outcome
from sandbox.engine.prepared import Prepared, money
from sandbox.engine.sealed import Sealed
from sandbox.engine.vocabulary import Reason
from sandbox.running import Ended
from sandbox.timeline.wording import GUARDIAN, YOU, clock, phrase

VERBS = {"approve": "approved", "reject": "rejected", "send_back": "sent back"}
DECIDED = {**VERBS, "modify": "changed and approved", "stop": "stopped"}
JUDGED = ("rule", "tool", "conflict", "confidence")


@dataclass(frozen=True, slots=True)
class Choice:
    """An event at which the run could have gone another way; without `verbs` nobody was asked."""

    seq: int
    words: str
    verbs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    title: str
    yours: str
    branch: str
    better: bool
    same: bool


@dataclass(frozen=True, slots=True)
class Rewound:
    """The branch beside the run; `words` say what was changed."""

    seq: int
    words: str
    rows: list[Row]
    same: bool


def choices(over: Ended) -> list[Choice]:
    """Every decision, and every proposal that nobody was asked about and that does something."""
    found: list[Choice] = []
    if over.events is not over.rehearsal.events:
        return found  # an exhibit: nobody's run, nothing to rewind
    prepared = over.rehearsal.prepared
    tools = prepared.scenario.tools
    made = {e.data["id"]: e for e in over.events if e.kind == Kind.PROPOSAL_MADE}
    asked: dict[str, str] = {}  # proposal → letter of its checkpoint
    letters: dict[int, str] = {}
    for event in over.events:
        if event.kind == Kind.APPROVAL_ASKED:
            letters[event.seq] = over.told[event.seq].letter
            asked[event.data.get("proposal", "")] = letters[event.seq]
    for event in over.events:
        line = over.told[event.seq]
        if event.kind == Kind.APPROVAL_GIVEN:
            question = over.events[event.data["ask"] - 1].data
            proposal = made.get(question.get("proposal", ""))
            if proposal is not None and question["because"] in JUDGED:
                verbs = tuple((k, v) for k, v in VERBS.items() if k != event.data["decision"])
                will = _will(prepared, proposal)
                done = DECIDED[event.data["decision"]]
                words = f"{line.clock}, checkpoint {letters[event.data['ask']]}, {done}: {will}"
                found.append(Choice(event.seq, words, verbs))
        elif event.kind == Kind.PROPOSAL_MADE and event.data["id"] not in asked:
            tool = tools.get(event.data["tool"])
            if tool is not None and tool.effect != "read" and event.actor not in (YOU, GUARDIAN):
                words = f"{line.clock}, {line.who}: {_will(prepared, event)}"
                found.append(Choice(event.seq, words))
    return found


def _will(prepared: Prepared, event: Event) -> str:
    data = event.data
    return phrase(prepared, data["tool"], data["args"], data["case"], to=True)


def rewound(
    debrief: Debrief, asked: Sequence[Choice], wanted: Mapping[str, str]
) -> tuple[Rewound | None, str]:
    """The branch that the form asks for, or what is wrong with it; neither when it asks nothing."""
    text = wanted.get("at", "")
    if not text:
        return None, ""
    choice = next((each for each in asked if str(each.seq) == text), None)
    if choice is None:
        return None, "There is nothing at that event that could have gone another way."
    rehearsal = debrief.over.rehearsal
    try:
        if choice.verbs:
            verb = wanted.get("decision", "")
            reason = wanted.get("reason", "")
            if verb not in dict(choice.verbs):
                return None, "Choose how you would have decided instead."
            because = Reason(reason) if reason in set(Reason) else Reason.CHECKED
            decision = Decision(verb, because, "sure")  # type: ignore[arg-type]
            branch = decided_otherwise(rehearsal, choice.seq, decision)
            words = f"Had you {VERBS[verb]} it at {_at(debrief, choice.seq)}"
        else:
            whole = wanted.get("whole") == "yes"
            branch = asked_here(rehearsal, choice.seq, whole)
            tool = rehearsal.events[choice.seq - 1].data["tool"]
            title = rehearsal.prepared.scenario.tools[tool].title
            where = f"every time before “{title}”" if whole else f"at {_at(debrief, choice.seq)}"
            words = f"Had a person been asked {where}"
    except NoBranch:
        return None, "There is nothing at that event that could have gone another way."
    rows = _rows(debrief, branch)
    return Rewound(choice.seq, words, rows, all(row.same for row in rows)), ""


def _at(debrief: Debrief, seq: int) -> str:
    rehearsal = debrief.over.rehearsal
    return clock(rehearsal.prepared, rehearsal.events[seq - 1].at)


def _rows(debrief: Debrief, branch: Branch) -> list[Row]:
    rehearsal = debrief.over.rehearsal
    prepared, sealed = rehearsal.prepared, rehearsal.sealed
    mine, other = debrief.over.outcome, branch.outcome
    currency = prepared.scenario.world.currency
    brief = prepared.scenario.brief

    def row(title: str, a: float, b: float, shown: tuple[str, str], more: bool = False) -> Row:
        return Row(title, *shown, better=b > a if more else b < a, same=shown[0] == shown[1])

    def number(title: str, a: float, b: float, unit: str = "", more: bool = False) -> Row:
        shown = (f"{a:.0f}{unit}".replace("-", "−"), f"{b:.0f}{unit}".replace("-", "−"))
        return row(title, a, b, shown, more)

    done = (len(mine.good_done), len(other.good_done))
    return [
        number(f"Good work done, of {mine.good_all} {brief.nouns}", *done, more=True),
        number("Faults that went through", _reached(mine, sealed), _reached(other, sealed)),
        number("Harm of them, in points of value", mine.harm(sealed), other.harm(sealed)),
        number(
            "Good work refused",
            len(mine.refused_good - mine.good_done),
            len(other.refused_good - other.good_done),
        ),
        number("Your attention", mine.human_minutes, other.human_minutes, " min"),
        row(
            "Money for models and tools",
            mine.mils,
            other.mils,
            (money(round(mine.mils / 10), currency), money(round(other.mils / 10), currency)),
        ),
        row(
            "The run ended",
            mine.minutes,
            other.minutes,
            (
                clock(prepared, round(mine.minutes * 60)),
                clock(prepared, round(other.minutes * 60)),
            ),
        ),
        number(
            "Value of the run",
            mine.worth(sealed),
            other.worth(sealed),
            more=True,
        ),
    ]


def _reached(outcome: Outcome, sealed: Sealed) -> int:
    return sum(found.status == "reached" for _, found in outcome.faults(sealed))
