"""Lays a trail out as a timeline: what is drawn, and where.

Time runs from left to right, but not evenly: like an engraver, the layout gives every note the
room it needs, so that a busy minute can be read and an idle hour takes little space.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from sandbox.engine.events import Event, Kind
from sandbox.engine.plan import Plan
from sandbox.engine.prepared import Prepared
from sandbox.timeline.staves import (
    PITCH,
    Aside,
    Bar,
    Column,
    Note,
    Opened,
    Slur,
    StageName,
    Timeline,
    ToCome,
    lanes_of,
)
from sandbox.timeline.telling import Line
from sandbox.timeline.wording import GUARDIAN, YOU, amount_of, clock, letter

LEFT = 36
PACE = 0.28  # pixels for a second of work, up to LONGEST seconds
LONGEST = 150
WIDE = 6.6  # of a figure at 12 px
EXPRESSIVE = 7.2  # of a letter of a stage's name
REST = 62
FRAME = 980  # a run that has just begun still fills the frame of a desktop


def timeline(
    prepared: Prepared,
    plan: Plan,
    events: Sequence[Event],
    told: Iterable[Line] = (),
    opened: Iterable[Opened] = (),
    person: str = "",
) -> Timeline:
    """Lays out a trail; `told` gives the marks their titles, `opened` the faults of a debrief.

    `person` is who decided, if that is not the reader.
    """
    if prepared.scenario.reading is not None:
        person = person or "Person"
    score = Timeline(lanes_of(prepared, plan, person))
    score.titles = {line.seq: f"{line.clock} {line.sentence}" for line in told}
    engraver = _Engraver(prepared, plan, score)
    for event in events:
        engraver.take(event)
    for each in opened:
        note = engraver.nearest(each.seq)
        if note is not None:
            note.fault, note.fault_says = each.status, each.title
    engraver.place()
    return score


class _Engraver:
    """Reads the events once, opens a column for everything that needs room, then places them."""

    def __init__(self, prepared: Prepared, plan: Plan, score: Timeline) -> None:
        self.prepared = prepared
        self.plan = plan
        self.score = score
        self.at = 0
        self.stage = -1
        self.by_seq: dict[int, Note] = {}
        self.by_proposal: dict[str, Note] = {}
        self.turn: Event | None = None
        self.turn_began = 0
        self.handed: Note | None = None  # the last note of the stage before
        self.last: Note | None = None
        self.asks = 0
        self.open: Bar | None = None
        self.answered: set[str] = set()

    def take(self, event: Event) -> None:
        if (draw := _DRAW.get(event.kind)) is not None:
            draw(self, event)
        self.at = event.at

    def nearest(self, seq: int) -> Note | None:
        """The note of this event, or the last one before it."""
        before = [each for each in self.by_seq if each <= seq]
        return self.by_seq[max(before)] if before else None

    def column(self, at: int, left: float = 14, right: float = 14) -> int:
        self.score.columns.append(Column(at, left, right))
        return len(self.score.columns) - 1

    def note(self, event: Event, lane: str, pitch: int, *seqs: int) -> Note:
        note = Note(lane, pitch, self.column(self.at), [*seqs, event.seq])
        note.seconds = max(0, event.at - self.at)
        self.score.notes.append(note)
        for seq in note.seqs:
            self.by_seq[seq] = note
        return note

    def join(self, note: Note, event: Event) -> None:
        note.seqs.append(event.seq)
        self.by_seq[event.seq] = note

    def pass_on(self, note: Note) -> None:
        """A slur into the first note of a stage from the last of the one before."""
        if self.handed is not None and self.handed.lane != note.lane:
            self.score.slurs.append(Slur(self.handed, note))
        self.handed = None
        self.last = note

    # ---- What each kind draws ----------------------------------------------------------------

    def _stage_entered(self, event: Event) -> None:
        self.stage = event.data["stage"]
        self.handed = self.last
        title = self.prepared.scenario.jobs[event.data["job"]].title
        self.score.stages.append(StageName(len(self.score.columns), title))

    def _model_replied(self, event: Event) -> None:
        data = event.data
        if "about" in data:
            proposed = self.by_proposal.get(data["about"])
            note = self.note(event, event.actor, 1)
            if proposed is not None and proposed.lane != note.lane:
                self.score.slurs.append(Slur(proposed, note))
            self.by_seq[event.seq] = note
        elif "route" in data or data.get("idle"):
            self.pass_on(self.note(event, event.actor, 1))
        else:
            self.turn, self.turn_began = event, self.at

    def _proposal_made(self, event: Event) -> None:
        data = event.data
        tool = self.prepared.scenario.tools.get(data["tool"])
        pitch = PITCH[tool.effect] if tool else 1
        amount = amount_of(self.prepared, data["tool"], data["args"]) if pitch == 4 else ""
        if event.actor in (GUARDIAN, YOU) and self.last is not None:
            self.join(self.last, event)
            self.last.amount = amount
            self.by_proposal[data["id"]] = self.last
            if event.actor == YOU:
                self.answered.add(data["id"])
            return
        seqs = []
        if self.turn is not None:
            seqs, self.at = [self.turn.seq], self.turn_began
            self.turn = None
        note = self.note(event, event.actor, pitch, *seqs)
        note.amount = amount
        self.by_proposal[data["id"]] = note
        self.pass_on(note)

    def _guard_judged(self, event: Event) -> None:
        note = self.by_proposal.get(event.data["proposal"])
        if note is None:
            return
        self.join(note, event)
        if note.verdict != "modify":
            note.verdict, note.judged = event.data["verdict"], event.seq

    def _conflict_raised(self, event: Event) -> None:
        note = self.score.notes[-1]
        note.objects = True
        self.join(note, event)

    def _approval_asked(self, event: Event) -> None:
        self._nobody_answered()
        self.asks += 1
        bar = Bar(self.column(event.at, 22, 24), letter(self.asks), event.seq)
        self.score.bars.append(bar)
        self.open = bar
        proposal = event.data.get("proposal", "")
        if proposal in self.by_proposal:
            note = self.by_proposal[proposal]
            note.waiting = True
            self.by_seq[event.seq] = note

    def _approval_given(self, event: Event) -> None:
        if self.open is not None:
            self.open.state, self.open.decided = "passed", event.seq
        self._no_longer_waiting(event, mark=True)

    def _approval_expired(self, event: Event) -> None:
        if self.open is not None:
            self.open.state, self.open.decided = "expired", event.seq
        self._no_longer_waiting(event, mark=False)

    def _nobody_answered(self) -> None:
        """A trail that goes on without an answer: only one that was tampered with does."""
        if self.open is not None:
            self.open.state, self.open = "unanswered", None
        for note in self.by_proposal.values():
            note.waiting = False

    def _no_longer_waiting(self, event: Event, *, mark: bool) -> None:
        self.open = None
        for proposal, note in self.by_proposal.items():
            if note.waiting:
                note.waiting = False
                self.by_seq[event.seq] = note
                if mark:
                    self.answered.add(proposal)

    def _tool_applied(self, event: Event) -> None:
        self._nobody_answered()
        note = self.by_proposal.get(event.data["proposal"])
        if note is None:
            return
        if event.data["proposal"] in self.answered or note.broken:
            note = self._second(note, event)
        else:
            note.seconds += max(0, event.at - self.at)
            self.join(note, event)
        note.filled = True

    def _tool_failed(self, event: Event) -> None:
        note = self.by_proposal.get(event.data["proposal"])
        if note is None:
            return
        if event.data["proposal"] in self.answered or note.broken:
            note = self._second(note, event)
        else:
            self.join(note, event)
        note.broken = True
        self.by_proposal[event.data["proposal"]] = note

    def _second(self, note: Note, event: Event) -> Note:
        """What happens after an answer, or once more, has a note of its own."""
        again = self.note(event, note.lane, note.pitch)
        again.amount = note.amount
        self.last = again
        return again

    def _aside(self, event: Event) -> None:
        self.score.asides.append(Aside(self.column(event.at, 8, 8), event.seq))

    def _finished(self, event: Event) -> None:
        self._nobody_answered()
        self.score.finished = event.seq

    # ---- Places ------------------------------------------------------------------------------

    def place(self) -> None:
        score = self.score
        for note in score.notes:
            column = score.columns[note.column]
            column.seconds = min(LONGEST, note.seconds)
            room = WIDE * len(note.amount) / 2 + 5 if note.amount else 0
            # A fault's triangle stands over the note, the amount then at its left.
            column.left = max(column.left, 2 * room + 6 if note.fault else room)
            column.right = max(column.right, room, 14)
        named: dict[int, float] = {}
        for stage in score.stages:
            named[stage.column] = EXPRESSIVE * len(stage.text) + 20
        x, right, free = float(LEFT) - 14, 0.0, 0.0
        for index, column in enumerate(score.columns):
            x = max(x + right + column.left, free + 14 if index in named else 0)
            column.x = x
            right = column.right + PACE * column.seconds
            if index in named:
                free = x - 14 + named[index]
        x = max(x + right, free if named else 0)
        if self.open is not None:
            x = max(x, score.x(self.open.column) + 24)
        score.played = x + (0 if score.finished else 4)
        if score.finished:
            score.width = x + 24
        else:
            self._to_come(x + (96 if self.open is not None else 20))
        self._clock()

    def _to_come(self, x: float) -> None:
        """The rest of this stage, and the stages that nobody has entered, as rests."""
        jobs = self.prepared.scenario.jobs
        checked = {each.of for each in self.plan.checkpoints if each.kind == "stage"}
        coming: list[tuple[str, list[str], bool]] = []
        for index in range(max(0, self.stage), len(self.plan.stages)):
            stage = self.plan.stages[index]
            if jobs[stage.job].kind == "watch" and coming:
                coming[-1][1].append(stage.agent)
            elif jobs[stage.job].kind != "watch":
                title = "" if index == self.stage else jobs[stage.job].title
                coming.append((title, [stage.agent], stage.job in checked))
        for title, agents, checkpoint in coming:
            room = max(REST, EXPRESSIVE * len(title) + 16)
            self.score.to_come.append(ToCome(x, title, tuple(dict.fromkeys(agents)), checkpoint))
            x += room + (22 if checkpoint else 0)
        self.score.width = max(FRAME, x + 12)

    def _clock(self) -> None:
        """Whole minutes where they fall between the columns, no closer than they can be read."""
        points = [(0, float(16))]
        for column in self.score.columns:
            if column.at > points[-1][0]:
                points.append((column.at, column.x))
        if len(points) < 2:
            self.score.ticks = [(16.0, clock(self.prepared, 0))]
            return
        minutes = points[-1][0] / 60
        wanted = max(1.0, self.score.played / 110)
        step = next(
            (each for each in (1, 2, 5, 10, 15, 30, 60, 120) if minutes / each <= wanted), 240
        )
        ticks: list[tuple[float, str]] = []
        last, place = -100.0, 0
        for second in range(0, points[-1][0] + 1, step * 60):
            while place + 2 < len(points) and points[place + 1][0] < second:
                place += 1
            (t0, x0), (t1, x1) = points[place], points[place + 1]
            x = x0 + (x1 - x0) * (second - t0) / (t1 - t0)
            if x - last >= 44:
                ticks.append((round(x, 1), clock(self.prepared, second)))
                last = x
        self.score.ticks = ticks


_DRAW: Mapping[str, Callable[[_Engraver, Event], None]] = {
    Kind.STAGE_ENTERED: _Engraver._stage_entered,
    Kind.MODEL_REPLIED: _Engraver._model_replied,
    Kind.PROPOSAL_MADE: _Engraver._proposal_made,
    Kind.GUARD_JUDGED: _Engraver._guard_judged,
    Kind.CONFLICT_RAISED: _Engraver._conflict_raised,
    Kind.APPROVAL_ASKED: _Engraver._approval_asked,
    Kind.APPROVAL_GIVEN: _Engraver._approval_given,
    Kind.APPROVAL_EXPIRED: _Engraver._approval_expired,
    Kind.TOOL_APPLIED: _Engraver._tool_applied,
    Kind.TOOL_FAILED: _Engraver._tool_failed,
    Kind.WORLD_CHANGED: _Engraver._aside,
    Kind.BUDGET_WARNED: _Engraver._aside,
    Kind.RUN_HALTED: _Engraver._aside,
    Kind.RUN_FINISHED: _Engraver._finished,
}
