"""Every event of a trail as one sentence in plain words, with whose it is and when."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sandbox.engine.decisions import VERBS
from sandbox.engine.events import Event, Kind
from sandbox.engine.plan import Plan, Value
from sandbox.engine.prepared import Prepared
from sandbox.engine.vocabulary import REASON_WORDS, Effect, Reason
from sandbox.timeline.wording import (
    GUARDIAN,
    NAMES,
    RUN,
    WORLD,
    YOU,
    clock,
    counted,
    letter,
    phrase,
    tools_money,
)

DECIDED = {
    "approve": "approved it",
    "modify": "approved it with a change",
    "send_back": "sent it back",
    "reject": "rejected it",
    "stop": "stopped the run",
}
AFTER_FAILURE = {
    "approve": "had it tried again",
    "send_back": "had it looked up first",
    "reject": "left it",
    "stop": "stopped the run",
}
SURE = {"unsure": "unsure", "fairly": "fairly sure", "sure": "sure"}
CLOSED = {
    "rejected": "goes no further: you rejected it.",
    "expired": "goes no further: nobody answered, and that means no.",
    "denied": "goes no further: the guardian denied it.",
    "conflict": "goes no further: a reader objected, and nobody was to be asked.",
    "failed": "goes no further: the tool failed.",
    "tries": "goes no further: it was tried as often as is allowed.",
    "found done": "had been done already, so nothing is sent again.",
}
HALTED = {
    "steps": "The run has used up its steps.",
    "tokens": "The run has used up its tokens.",
    "time": "The run has taken twice its time.",
    "money": "The run has used up its money.",
    "provider": "The model gives no answer.",
    "stopped": "You stopped the run.",
}
FINISHED = {
    "done": "The run is over: every stage is done.",
    "halted": "The run is over before its plan was.",
    "stopped": "The run is over: you stopped it.",
}
FAILURES = {
    "overloaded": "is overloaded",
    "unavailable": "cannot be reached",
    "timeout": "takes too long",
    "cut": "broke off in the middle of its answer",
    "refused": "refuses to answer",
    "malformed": "gave an answer that cannot be read",
    "unauthorised": "does not accept the key",
    "not-json": "gave an answer that cannot be read",
    "switched-off": "is switched off",
    "budget": "has no money left this month",
    "crash": "was called when the machine stopped; the call is charged",
}


class Said(NamedTuple):
    """What an agent said in its turn and which papers it says it read."""

    says: str
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One event in words: `who` and `words` together are a sentence, `quote` what was said."""

    seq: int
    kind: str
    at: int
    clock: str
    lane: str
    who: str
    words: str
    quote: str = ""
    letter: str = ""
    joins: bool = False  # it tells the end of what the line before began

    @property
    def sentence(self) -> str:
        if self.letter:
            return f"Checkpoint {self.letter}: {self.words[:1].lower()}{self.words[1:]}"
        return f"{self.who} {self.words}" if self.who else self.words


@dataclass(slots=True)
class Entry:
    """Lines that belong together: what an agent said, proposed, was allowed and did."""

    lines: list[Line]
    notes: list[str] = field(default_factory=list)  # what the debrief adds

    @property
    def first(self) -> Line:
        return self.lines[0]

    @property
    def rest(self) -> list[Line]:
        return self.lines[1:]

    @property
    def is_bar(self) -> bool:
        return any(line.letter for line in self.lines)


@dataclass(slots=True)
class _Proposal:
    agent: str
    case: str
    tool: str
    args: Mapping[str, Value]
    confidence: int


def lines(
    prepared: Prepared,
    plan: Plan,
    events: Iterable[Event],
    said: Mapping[int, Said] | None = None,
    person: str = "",
) -> list[Line]:
    """The whole trail in words. `said` holds what agents said, by the seq of their reply.

    `person` is who decided, if that is not the reader.
    """
    if prepared.scenario.reading is not None:
        person = person or "The person"
    teller = _Teller(prepared, plan, said or {}, person)
    return [teller.line(event) for event in events]


def entries(told: Iterable[Line]) -> list[Entry]:
    """Lines put together as people read them; every line stays, in order."""
    found: list[Entry] = []
    for line in told:
        if line.joins and found:
            found[-1].lines.append(line)
        else:
            found.append(Entry([line]))
    return found


@dataclass(slots=True)
class _Teller:
    """Remembers what a sentence needs of the events before it."""

    prepared: Prepared
    plan: Plan
    said: Mapping[int, Said]
    person: str = ""
    proposals: dict[str, _Proposal] = field(default_factory=dict)
    asked: dict[int, Event] = field(default_factory=dict)
    asks: int = 0
    before: str = ""
    actor: str = ""

    def line(self, event: Event) -> Line:
        lane, words, quote = _TELL[event.kind](self, event)
        if self.person and event.kind in _ABOUT_YOU:
            words = _YOU.sub(lambda match: self._third(match[0]), words)
        bar = ""
        if event.kind == Kind.APPROVAL_ASKED:
            bar = letter(self.asks)
        made = Line(
            seq=event.seq,
            kind=event.kind,
            at=event.at,
            clock=clock(self.prepared, event.at),
            lane=lane,
            who=self.name(lane) if not words[:1].isupper() else "",
            words=words,
            quote=quote,
            letter=bar,
            joins=self._joins(event),
        )
        self.before, self.actor = event.kind, event.actor
        return made

    def _third(self, word: str) -> str:
        """What "you" and "your" become when somebody else decided."""
        if word.lower() == "your":
            return "The" if word[0].isupper() else "the"
        if self.person == "The person" and not word[0].isupper():
            return "the person"
        return self.person

    def _joins(self, event: Event) -> bool:
        if event.kind == Kind.TOOL_APPLIED:
            return self.before in (Kind.GUARD_JUDGED, Kind.PROPOSAL_MADE)
        if event.kind == Kind.MODEL_REPLIED:
            return self.before in (Kind.MODEL_ASKED, Kind.MODEL_FAILED) and (
                event.actor == self.actor
            )
        if event.kind == Kind.PROPOSAL_MADE:
            return self.before in (Kind.MODEL_REPLIED, Kind.GUARD_JUDGED, Kind.APPROVAL_GIVEN)
        return event.kind in _JOINING

    def name(self, lane: str) -> str:
        agent = self.prepared.scenario.agents.get(lane)
        if agent is not None:
            return agent.name
        return self.person if self.person and lane == YOU else NAMES.get(lane, lane)

    # ---- One method for each kind: lane, words, quotation ------------------------------------

    def _run_started(self, event: Event) -> tuple[str, str, str]:
        scenario = self.prepared.scenario
        seal = event.data["seal"]
        nouns = scenario.brief.nouns
        return (
            RUN,
            f"{len(self.prepared.cases)} {nouns} wait. What may go wrong today is sealed: "
            f"{seal[:4]}…{seal[-4:]}.",
            "",
        )

    def _plan_frozen(self, event: Event) -> tuple[str, str, str]:
        plan = self.plan
        parts = [
            counted(len(plan.stages), "stage"),
            counted(len(plan.rules), "rule"),
            counted(len(plan.checkpoints), "checkpoint"),
        ]
        return YOU, f"froze your plan: {', '.join(parts)}.", ""

    def _stage_entered(self, event: Event) -> tuple[str, str, str]:
        job = self.prepared.scenario.jobs[event.data["job"]]
        tier = self.plan.stages[event.data["stage"]].tier
        return event.actor, f"begins with “{job.title}” on a {tier} model.", ""

    def _model_asked(self, event: Event) -> tuple[str, str, str]:
        money = tools_money(self.prepared, event.data["reserve"])
        return event.actor, f"is asked about {event.data['case']}; {money} is set aside for it.", ""

    def _model_failed(self, event: Event) -> tuple[str, str, str]:
        why = FAILURES.get(event.data["kind"], "gave no answer")
        wait = event.data.get("wait", 0)
        again = f"; it is asked again after {wait} s" if wait else ""
        return event.actor, f"has no answer: its model {why}{again}.", ""

    def _model_replied(self, event: Event) -> tuple[str, str, str]:
        data = event.data
        said = self.said.get(event.seq, Said(str(data.get("says", ""))))
        case = data["case"]
        if "about" in data:
            finds = "objects to it" if data["finds"] == "concern" else "has no objection"
            return event.actor, f"looks at the proposal for {case} and {finds}.", said.says
        again = " once more" if data.get("try") else ""
        if "route" in data:
            return event.actor, f"sorts {case} under “{data['route']}”.", said.says
        if data.get("idle"):
            return event.actor, f"looks at {case}{again} and proposes nothing.", said.says
        reads = self._titles(said.reads)
        words = f"reads {reads} for {case}{again}." if reads else f"works on {case}{again}."
        return event.actor, words, said.says

    def _titles(self, reads: tuple[str, ...]) -> str:
        papers = self.prepared.scenario.papers
        named = [each.removeprefix("paper:") for each in reads]
        titles = [f"“{papers[each].title}”" for each in named if each in papers]
        return " and ".join(filter(None, [", ".join(titles[:-1]), *titles[-1:]]))

    def _proposal_made(self, event: Event) -> tuple[str, str, str]:
        data = event.data
        agent = event.actor
        made = _Proposal(agent, data["case"], data["tool"], data["args"], data["confidence"])
        self.proposals[data["id"]] = made
        will = phrase(self.prepared, made.tool, made.args, made.case, to=True)
        if agent == GUARDIAN:
            return GUARDIAN, f"makes it: {will}.", ""
        if agent == YOU:
            return YOU, f"made it: {will}.", ""
        return agent, f"proposes to {will}, {_sure(made.confidence)}.", ""

    def _guard_judged(self, event: Event) -> tuple[str, str, str]:
        index, why = event.data["rule"], event.data.get("why", "")
        rules = self.plan.rules
        rule = f"“{rules[index].name}”" if 0 <= index < len(rules) else ""
        match event.data["verdict"]:
            case "allow":
                words = f"allows it: {rule}." if rule else "lets it pass: no rule applies."
            case "ask":
                words = f"asks a person: {rule}."
            case "modify":
                words = f"changes it: {rule}."
            case _ if why and rule:
                words = f"denies it, because {rule} cannot be worked out: {why}"
            case _:
                words = f"denies it: {rule or why}."
        return GUARDIAN, words, ""

    def _conflict_raised(self, event: Event) -> tuple[str, str, str]:
        found = self.proposals.get(event.data["proposal"])
        against = self.name(found.agent) if found else "another agent"
        return event.actor, f"contradicts {against}: a conflict.", ""

    def _approval_asked(self, event: Event) -> tuple[str, str, str]:
        self.asks += 1
        self.asked[event.seq] = event
        why = self.why(event)
        return GUARDIAN, f"{why[:1].upper()}{why[1:]}", ""

    def why(self, event: Event) -> str:
        """Why a person is asked, as a sentence."""
        data = event.data
        found = self.proposals.get(data.get("proposal", ""))
        match data["because"]:
            case "rule":
                return "a rule of your plan wants a person to decide."
            case "conflict":
                return "two agents disagree, and a person decides."
            case "tool" if found is not None:
                tool = self.prepared.scenario.tools[found.tool].title
                return f"a person decides before “{tool}”."
            case "confidence" if found is not None:
                return f"{self.name(found.agent)} is only {_sure(found.confidence)}."
            case "stage":
                job = self.prepared.scenario.jobs[self.plan.stages[data["stage"]].job]
                return f"a person looks after “{job.title}”."
            case "failure":
                return "the tool failed, and a person says what to do."
            case "budget":
                return "the money that the plan allows is spent."
            case "provider":
                return "the model does not answer."
        return "a person decides."

    def _approval_given(self, event: Event) -> tuple[str, str, str]:
        data = event.data
        verb = data["decision"]
        asked = self.asked.get(data["ask"])
        because = asked.data["because"] if asked else ""
        if because in ("budget", "provider"):
            return YOU, "let the run go on." if verb == "approve" else "ended the run there.", ""
        done = (AFTER_FAILURE if because == "failure" else DECIDED).get(verb, VERBS[verb])
        if because == "stage":
            done = self._after_stage(verb, data.get("cases", ()))
        if verb == "stop":
            return YOU, f"{done}.", ""
        words = f"{done}{self._change(asked, data)}, {SURE[data['confidence']]}"
        reason = REASON_WORDS[Reason(data["reason"])]
        return YOU, f"{words}: {reason[0].lower()}{reason[1:]}.", ""

    def _after_stage(self, verb: str, cases: tuple[str, ...]) -> str:
        which = ", ".join(cases) if cases else "all of it"
        match verb:
            case "send_back":
                return f"sent back {which}"
            case "reject":
                return f"rejected {which}"
            case "stop":
                return "stopped the run"
        return "approved the stage"

    def _change(self, asked: Event | None, data: Mapping[str, object]) -> str:
        change = data.get("change")
        found = self.proposals.get(asked.data.get("proposal", "")) if asked else None
        if found is None or not isinstance(change, Mapping):
            return ""
        tool = self.prepared.scenario.tools[found.tool]
        parts = [
            f"{tool.args[name].title.lower()} {self.prepared.show(tool, name, value)}"
            for name, value in change.items()
        ]
        return f" ({', '.join(parts)})" if parts else ""

    def _approval_expired(self, event: Event) -> tuple[str, str, str]:
        if event.data.get("why") == "stale":
            return RUN, "The world changed meanwhile: your answer does not hold, ask anew.", ""
        return YOU, "gave no answer: your attention was used up, so it counts as no.", ""

    def _tool_applied(self, event: Event) -> tuple[str, str, str]:
        found = self.proposals.get(event.data["proposal"])
        if found is None:
            return event.actor, "does something that nobody is seen to have proposed.", ""
        tool = self.prepared.scenario.tools[found.tool]
        final = " It cannot be undone." if tool.effect is Effect.IRREVERSIBLE else ""
        done = phrase(self.prepared, found.tool, found.args, found.case)
        return event.actor, f"{done}.{final}", ""

    def _tool_failed(self, event: Event) -> tuple[str, str, str]:
        found = self.proposals.get(event.data["proposal"])
        if found is None:
            return event.actor, "fails at something that nobody is seen to have proposed.", ""
        tool = self.prepared.scenario.tools[found.tool].title
        if event.data["error"] == "lost":
            words = "no answer comes, and nobody knows whether it was done."
        else:
            words = "the tool reports an error and did nothing."
        return event.actor, f"uses “{tool}” for {found.case}: {words}", ""

    def _case_closed(self, event: Event) -> tuple[str, str, str]:
        case, why = event.data["case"], event.data["why"]
        if why == "found done":
            return event.actor, f"looks first: {case} {CLOSED[why]}", ""
        noun = self.prepared.scenario.brief.noun
        words = f"{noun[:1].upper()}{noun[1:]} {case} {CLOSED.get(why, 'goes no further.')}"
        return RUN, words, ""

    def _world_changed(self, event: Event) -> tuple[str, str, str]:
        says = self.prepared.scenario.world.changes[event.data["change"]].says
        return WORLD, says[:1].upper() + says[1:], ""

    def _budget_warned(self, event: Event) -> tuple[str, str, str]:
        return RUN, "Four fifths of the money for models are spent.", ""

    def _run_halted(self, event: Event) -> tuple[str, str, str]:
        return RUN, HALTED.get(event.data["why"], "The run was halted."), ""

    def _run_finished(self, event: Event) -> tuple[str, str, str]:
        return RUN, FINISHED.get(event.data["outcome"], "The run is over."), ""

    def _note_added(self, event: Event) -> tuple[str, str, str]:
        return event.actor, "adds a note.", str(event.data["text"])


def _sure(confidence: int) -> str:
    return f"{confidence}\N{NO-BREAK SPACE}% sure"


_YOU = re.compile(r"\b[Yy]our?\b")
_ABOUT_YOU = frozenset(
    {
        Kind.PLAN_FROZEN,
        Kind.APPROVAL_ASKED,
        Kind.APPROVAL_EXPIRED,
        Kind.CASE_CLOSED,
        Kind.RUN_HALTED,
        Kind.RUN_FINISHED,
    }
)
_JOINING = frozenset(
    {
        Kind.GUARD_JUDGED,
        Kind.CONFLICT_RAISED,
        Kind.APPROVAL_GIVEN,
        Kind.APPROVAL_EXPIRED,
        Kind.CASE_CLOSED,
        Kind.MODEL_FAILED,
        Kind.PLAN_FROZEN,
    }
)

_TELL: Mapping[str, Callable[[_Teller, Event], tuple[str, str, str]]] = {
    Kind.RUN_STARTED: _Teller._run_started,
    Kind.PLAN_FROZEN: _Teller._plan_frozen,
    Kind.STAGE_ENTERED: _Teller._stage_entered,
    Kind.MODEL_ASKED: _Teller._model_asked,
    Kind.MODEL_FAILED: _Teller._model_failed,
    Kind.MODEL_REPLIED: _Teller._model_replied,
    Kind.PROPOSAL_MADE: _Teller._proposal_made,
    Kind.GUARD_JUDGED: _Teller._guard_judged,
    Kind.CONFLICT_RAISED: _Teller._conflict_raised,
    Kind.APPROVAL_ASKED: _Teller._approval_asked,
    Kind.APPROVAL_GIVEN: _Teller._approval_given,
    Kind.APPROVAL_EXPIRED: _Teller._approval_expired,
    Kind.TOOL_APPLIED: _Teller._tool_applied,
    Kind.TOOL_FAILED: _Teller._tool_failed,
    Kind.CASE_CLOSED: _Teller._case_closed,
    Kind.WORLD_CHANGED: _Teller._world_changed,
    Kind.BUDGET_WARNED: _Teller._budget_warned,
    Kind.RUN_HALTED: _Teller._run_halted,
    Kind.RUN_FINISHED: _Teller._run_finished,
    Kind.NOTE_ADDED: _Teller._note_added,
}
