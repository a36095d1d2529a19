"""What a person sees when a run stops: the proposal, where it came from, what would change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.engine.events import Kind
from sandbox.engine.facts import facts
from sandbox.engine.guards import each_verdict
from sandbox.engine.plan import Value
from sandbox.engine.prepared import Prepared, money
from sandbox.engine.rehearsal import FREE, Rehearsal
from sandbox.engine.scenario import ArgSpec, Tool
from sandbox.engine.state import Open, Pending
from sandbox.engine.vocabulary import Effect
from sandbox.timeline.telling import Line, Said
from sandbox.timeline.wording import counted, phrase, tools_money

WORDS: Mapping[str, Sequence[tuple[str, str]]] = {
    "proposal": (
        ("reject", "Reject"),
        ("approve", "Approve"),
        ("modify", "Approve with a change"),
        ("send_back", "Send back"),
        ("stop", "Stop the run"),
    ),
    "stage": (
        ("approve", "Approve the stage"),
        ("send_back", "Send back what is ticked"),
        ("reject", "Reject what is ticked"),
        ("stop", "Stop the run"),
    ),
    "failure": (
        ("approve", "Try it again"),
        ("send_back", "Look first whether it was done"),
        ("reject", "Leave it"),
        ("stop", "Stop the run"),
    ),
    "budget": (("approve", "Go on, up to the limit of the brief"), ("reject", "End the run here")),
    "provider": (("approve", "Ask the model again"), ("reject", "End the run here")),
}
SAYS = {"allow": "allow", "ask": "ask a person", "deny": "deny", "modify": "change it"}
SIGNS = {"allow": "dot", "ask": "hold", "deny": "cross", "modify": "wedge"}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value came from, in words, and what of the brief holds it."""

    words: str
    trust: str
    untrusted: bool = False
    paper: str = ""
    row: str = ""


@dataclass(frozen=True, slots=True)
class Argument:
    name: str
    title: str
    value: str
    source: Source
    spec: ArgSpec | None
    typed: str


@dataclass(frozen=True, slots=True)
class RuleSays:
    """One rule of the plan on this proposal; `decides` if it is the one that the guardian took."""

    name: str
    sign: str
    verdict: str
    says: str
    fits: bool
    decides: bool


@dataclass(frozen=True, slots=True)
class Change:
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class CaseDone:
    """What a stage did with one case."""

    case: str
    what: str
    quote: str
    seq: int
    untrusted: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """The open question. `kind` is one of the keys of WORDS."""

    seq: int
    letter: str
    kind: str
    because: str
    title: str
    verbs: Sequence[tuple[str, str]]
    agent: str = ""
    case: str = ""
    quote: str = ""
    confidence: int = 0
    papers: tuple[str, ...] = ()
    arguments: Sequence[Argument] = ()
    rules: Sequence[RuleSays] = ()
    changes: Sequence[Change] = ()
    undo: str = ""
    irreversible: bool = False
    conflict: bool = False
    minutes: int = 0
    cases: Sequence[CaseDone] = ()
    looks: int = 0
    stale: bool = False

    @property
    def needs_reason(self) -> bool:
        return self.kind not in FREE

    @property
    def editable(self) -> list[Argument]:
        return [each for each in self.arguments if each.spec is not None and each.spec.editable]


@dataclass(frozen=True, slots=True)
class Left:
    """A budget: how much of it is used, in words and as a share of 200."""

    title: str
    words: str
    share: int
    more: str = ""
    yours: bool = False


def asked(rehearsal: Rehearsal, told: Sequence[Line], voices: Mapping[int, Said]) -> Asked | None:
    """The question that waits, with everything a person needs to answer it."""
    state = rehearsal.state
    open_ = state.open
    if open_ is None:
        return None
    line = told[open_.seq - 1]
    if open_.stage >= 0:
        return _stage(rehearsal, open_, line, told, voices)
    if open_.because in FREE or state.pending is None:
        return _free(rehearsal, open_, line)
    return _proposal(rehearsal, open_, state.pending, line, voices)


def _proposal(
    rehearsal: Rehearsal, open_: Open, pending: Pending, line: Line, voices: Mapping[int, Said]
) -> Asked:
    prepared, state = rehearsal.prepared, rehearsal.state
    proposal = pending.proposal
    agent = prepared.scenario.agents[proposal.agent]
    tool = prepared.scenario.tools[proposal.tool]
    kind = "failure" if open_.because == "failure" else "proposal"
    will = phrase(prepared, proposal.tool, proposal.args, proposal.case, to=True)
    verbs = WORDS[kind]
    arguments = [
        Argument(
            name=name,
            title=tool.args[name].title if name in tool.args else name,
            value=prepared.show(tool, name, value),
            source=source(prepared, proposal.sources.get(name, "")),
            spec=tool.args.get(name),
            typed=_typed(tool.args.get(name), value),
        )
        for name, value in _in_order(tool, proposal.args)
    ]
    if not any(each.spec and each.spec.editable for each in arguments):
        verbs = [each for each in verbs if each[0] != "modify"]
    said = _last_said(rehearsal, proposal.agent, proposal.case, voices)
    before = rehearsal.events[: open_.seq - 1]
    stale = any(
        each.kind == Kind.APPROVAL_EXPIRED and each.data.get("why") == "stale"
        for each in before[-3:]
    )
    begins = "A tool failed while" if kind == "failure" else ""
    title = f"{begins} {agent.name} was to {will}" if begins else f"{agent.name} proposes to {will}"
    return Asked(
        seq=open_.seq,
        letter=line.letter,
        kind=kind,
        because=line.sentence,
        title=title,
        verbs=verbs,
        agent=agent.name,
        case=proposal.case,
        quote=said.says,
        confidence=proposal.confidence,
        papers=said.reads,
        arguments=arguments,
        # After a failure both would tell whether the tool did its work, which nobody knows yet.
        rules=() if kind == "failure" else _rules(rehearsal, pending),
        changes=() if kind == "failure" else _changes(rehearsal),
        undo=tool.undo,
        irreversible=tool.effect is Effect.IRREVERSIBLE,
        conflict=pending.conflict,
        minutes=prepared.scenario.limits.ask_minutes,
        looks=state.human_left // max(1, prepared.scenario.limits.ask_minutes * 60),
        stale=stale,
    )


def _in_order(tool: Tool, args: Mapping[str, Value]) -> list[tuple[str, Value]]:
    """As the tool names them, not as the trail sorts them; what it does not know comes last."""
    known = [(name, args[name]) for name in tool.args if name in args]
    return [*known, *((name, value) for name, value in args.items() if name not in tool.args)]


def _typed(spec: ArgSpec | None, value: Value) -> str:
    """As it stands in a field: sums in whole units and hundredths, without a currency."""
    if spec is not None and spec.kind == "money" and isinstance(value, int):
        sign = "-" if value < 0 else ""
        return f"{sign}{abs(value) // 100}.{abs(value) % 100:02d}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _last_said(rehearsal: Rehearsal, agent: str, case: str, voices: Mapping[int, Said]) -> Said:
    for event in reversed(rehearsal.events):
        if (
            event.kind == Kind.MODEL_REPLIED
            and event.actor == agent
            and event.data["case"] == case
            and "about" not in event.data
        ):
            return voices.get(event.seq, Said(""))
    return Said("")


def source(prepared: Prepared, where: str) -> Source:
    """ "paper:ID", "TABLE.ROW.COLUMN", "own" or nothing, in words."""
    if where == "":
        return Source("no source", "unsourced", untrusted=True)
    if where == "own":
        return Source("the agent’s own words", "needs no source")
    labels = prepared.label(where)
    trust = [
        word
        for label, word in (
            ("unsourced", "no such source"),
            ("untrusted", "untrusted, from outside"),
            ("personal", "personal data"),
        )
        if label in labels
    ]
    words = "; ".join(trust) or "ours"
    untrusted = bool(labels & {"untrusted", "unsourced"})
    if where.startswith("paper:"):
        paper = prepared.scenario.papers.get(where[6:])
        title = paper.title if paper else where[6:]
        return Source(title, words, untrusted, paper=where[6:] if paper else "")
    name, _, rest = where.partition(".")
    row, _, column = rest.rpartition(".")
    table = prepared.scenario.world.tables.get(name)
    if table is None:
        return Source(where, words, untrusted)
    title = table.title.partition(",")[0]
    return Source(
        f"{title}: {row}, {column.replace('_', ' ')}", words, untrusted, row=f"{name}-{row}"
    )


def _rules(rehearsal: Rehearsal, pending: Pending) -> list[RuleSays]:
    rules, scenario = rehearsal.plan.rules, rehearsal.prepared.scenario
    verdicts = each_verdict(rules, scenario, facts(rehearsal.state, pending))
    return [
        RuleSays(
            name=rule.name,
            sign=SIGNS[rule.effect] if fits else "info" if fits is None else "ring",
            verdict=SAYS[rule.effect] if fits else "error, so deny" if fits is None else "",
            says=says,
            fits=bool(fits),
            decides=index == pending.rule,
        )
        for index, (rule, (fits, says)) in enumerate(zip(rules, verdicts, strict=True))
    ]


def _changes(rehearsal: Rehearsal) -> list[Change]:
    """Each cell that would change, before and after; a new row is told as one."""
    prepared, state = rehearsal.prepared, rehearsal.state
    assert state.pending is not None
    sums = {
        name
        for tool in prepared.scenario.tools.values()
        for name, spec in tool.args.items()
        if spec.kind == "money"
    }

    def show(column: str, value: Value | None) -> str:
        if column in sums and isinstance(value, int) and not isinstance(value, bool):
            return money(value, prepared.scenario.world.currency)
        return "nothing" if value is None else str(value)

    given = set(state.pending.proposal.args.values())
    found = []
    for table, row, values in state.patch():
        title = prepared.scenario.world.tables[table].title.partition(",")[0]
        before = {name: state.world.cell(prepared, table, row, name) for name in values}
        if all(value is None for value in before.values()):
            own = {name: v for name, v in values.items() if v not in given}
            parts = [f"{name.replace('_', ' ')} {show(name, v)}" for name, v in own.items()]
            more = f", and {', '.join(parts)}" if parts else ""
            found.append(Change(f"{title}: no {row}", f"added with these values{more}"))
            continue
        for name, value in values.items():
            if before[name] != value:
                label = f"{row}, {name.replace('_', ' ')}"
                found.append(Change(f"{label}: {show(name, before[name])}", show(name, value)))
    return found


def _stage(
    rehearsal: Rehearsal,
    open_: Open,
    line: Line,
    told: Sequence[Line],
    voices: Mapping[int, Said],
) -> Asked:
    prepared, state = rehearsal.prepared, rehearsal.state
    job = prepared.scenario.jobs[rehearsal.plan.stages[open_.stage].job]
    nouns = prepared.scenario.brief
    done = _done_in_stage(rehearsal, told, voices)
    cases = [
        done.get(case) or CaseDone(case, "nothing was done", "", 0, False) for case in open_.cases
    ]
    count = counted(len(cases), nouns.noun, nouns.nouns)
    minutes = prepared.scenario.limits.ask_minutes + len(cases) // 2
    return Asked(
        seq=open_.seq,
        letter=line.letter,
        kind="stage",
        because=line.sentence,
        title=f"“{job.title}” is done for {count}",
        verbs=WORDS["stage"],
        agent=prepared.scenario.agents[rehearsal.plan.stages[open_.stage].agent].name,
        minutes=minutes,
        cases=cases,
        looks=state.human_left // max(1, prepared.scenario.limits.ask_minutes * 60),
    )


def _done_in_stage(
    rehearsal: Rehearsal, told: Sequence[Line], voices: Mapping[int, Said]
) -> dict[str, CaseDone]:
    """The newest thing done, or not done, with each case since the stage was entered."""
    found: dict[str, CaseDone] = {}
    quotes: dict[str, str] = {}
    proposals: dict[str, tuple[str, bool]] = {}
    for event in rehearsal.events:
        data = event.data
        if event.kind == Kind.STAGE_ENTERED:
            found, quotes = {}, {}
        elif event.kind == Kind.MODEL_REPLIED and "about" not in data:
            case = data["case"]
            quotes[case] = voices.get(event.seq, Said("")).says
            if "route" in data or data.get("idle"):
                words = told[event.seq - 1].words
                found[case] = CaseDone(case, words, quotes[case], event.seq, False)
        elif event.kind == Kind.CASE_CLOSED and data["case"] not in found:
            words = told[event.seq - 1].words
            found[data["case"]] = CaseDone(data["case"], words, "", event.seq, False)
        elif event.kind == Kind.PROPOSAL_MADE:
            outside = "untrusted" in data.get("labels", ()) or "unsourced" in data.get("labels", ())
            proposals[data["id"]] = (data["case"], outside)
        elif event.kind in (Kind.TOOL_APPLIED, Kind.TOOL_FAILED):
            case, outside = proposals[data["proposal"]]
            words = told[event.seq - 1].words
            found[case] = CaseDone(case, words, quotes.get(case, ""), event.seq, outside)
    return found


def _free(rehearsal: Rehearsal, open_: Open, line: Line) -> Asked:
    prepared, state = rehearsal.prepared, rehearsal.state
    limits = prepared.scenario.limits
    if open_.because == "budget":
        title = (
            f"The {tools_money(prepared, state.mils_limit)} that your plan allows for models is "
            f"spent; the brief allows {tools_money(prepared, limits.mils)}"
        )
    else:
        title = "The model does not answer; nothing was done meanwhile, and nothing is lost"
    return Asked(
        seq=open_.seq,
        letter=line.letter,
        kind=open_.because if open_.because in WORDS else "provider",
        because=line.sentence,
        title=title,
        verbs=WORDS.get(open_.because, WORDS["provider"]),
    )


def left(rehearsal: Rehearsal) -> list[Left]:
    """Attention, money and time, as bars."""
    prepared, state = rehearsal.prepared, rehearsal.state
    limits = prepared.scenario.limits
    human, limit = state.human_left // 60, state.human_limit // 60
    looks = human // max(1, limits.ask_minutes)
    minutes = max(0, limits.minutes - state.at // 60)
    late = state.at > limits.minutes * 60
    return [
        Left(
            "Your attention",
            f"{human} of {limit} min left",
            _share(human, limit),
            f"enough for {counted(looks, 'look', 'looks')} of {limits.ask_minutes} minutes",
            yours=True,
        ),
        Left(
            "Money for models",
            f"{tools_money(prepared, max(0, state.mils_limit - state.used.mils))} of "
            f"{tools_money(prepared, state.mils_limit)} left",
            _share(max(0, state.mils_limit - state.used.mils), state.mils_limit),
        ),
        Left(
            "Time until it is late",
            "over" if late else f"{minutes} min left",
            _share(minutes, limits.minutes),
        ),
    ]


def _share(part: int, whole: int) -> int:
    return round(200 * min(part, whole) / whole) if whole else 0


__all__ = ["Argument", "Asked", "Change", "Left", "RuleSays", "Source", "asked", "left", "source"]
