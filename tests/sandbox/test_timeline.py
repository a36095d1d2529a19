"""The drawing of a run: each mark where it belongs, and a way from it to the words."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from sandbox.engine.decisions import Decision
from sandbox.engine.events import Kind
from sandbox.engine.plan import Checkpoint, Plan
from sandbox.engine.rehearsal import Rehearsal
from sandbox.engine.vocabulary import Reason
from sandbox.playing import rehearse
from sandbox.timeline.drawing import timeline
from sandbox.timeline.engraving import draw
from sandbox.timeline.staves import Opened, Timeline, lanes_of
from sandbox.timeline.telling import lines
from tests.sandbox.played import NAMES, library, play, seed_with

PREPARED = library("payment-run")
REFERENCES = PREPARED.scenario.references


def laid_out(rehearsal: Rehearsal, *opened: Opened) -> Timeline:
    told = lines(rehearsal.prepared, rehearsal.plan, rehearsal.events)
    return timeline(rehearsal.prepared, rehearsal.plan, rehearsal.events, told, opened)


def waiting(plan: Plan, seed: int = 7) -> Rehearsal:
    rehearsal = rehearse(PREPARED, plan, seed)
    rehearsal.advance()
    assert rehearsal.waits
    return rehearsal


def verdicts(rehearsal: Rehearsal) -> set[str]:
    return {e.data["verdict"] for e in rehearsal.events if e.kind == Kind.GUARD_JUDGED}


def test_lanes_are_you_the_agents_in_use_and_a_thin_guardian() -> None:
    lanes = lanes_of(PREPARED, REFERENCES["careful"])
    assert [lane.name for lane in lanes] == ["You", "Matcher", "Payer", "Guardian", "Recomputer"]
    assert [lane.thin for lane in lanes] == [True, False, False, True, False]
    assert [lane.small for lane in lanes][1:3] == ["medium, may change", "medium, irrevocable"]
    matcher = lanes[1]
    assert matcher.line(4) < matcher.line(1), "the higher it stands, the further it reaches"


def test_pitch_is_the_reach_and_filled_is_done() -> None:
    runs = (
        play(PREPARED, REFERENCES["lean"], seed, lambda _: Decision("reject", Reason.IDENTITY))
        for seed in range(1, 99)
    )
    rehearsal = next(each for each in runs if verdicts(each) == {"allow", "deny", "ask"})
    score = laid_out(rehearsal)
    done = {each.data["proposal"] for each in rehearsal.events if each.kind == Kind.TOOL_APPLIED}
    for event in rehearsal.events:
        if event.kind != Kind.PROPOSAL_MADE:
            continue
        note = next(each for each in score.notes if event.seq in each.seqs)
        assert note.filled == (event.data["id"] in done)
        assert note.pitch == {"match.record": 3, "pay.send": 4}[event.data["tool"]]
        assert bool(note.amount) == (note.pitch == 4), "money stands where it cannot be undone"
    assert {each.verdict for each in score.notes if each.verdict} == {"allow", "deny", "ask"}


def test_a_reader_looks_and_the_proposal_is_handed_over() -> None:
    rehearsal = play(PREPARED, REFERENCES["careful"], 7)
    score = laid_out(rehearsal)
    looks = [each for each in score.notes if each.lane == "recomputer"]
    assert looks
    assert not any(each.filled or each.pitch > 1 for each in looks)
    assert sum(slur.end.lane == "recomputer" for slur in score.slurs) == len(looks)
    objected = [each for each in rehearsal.events if each.kind == Kind.CONFLICT_RAISED]
    assert sum(each.objects for each in looks) == len(objected)


def test_a_checkpoint_is_a_bar_line_with_its_letter() -> None:
    plan = PREPARED.scenario.starter
    rehearsal = waiting(plan)
    score = laid_out(rehearsal)
    assert [(bar.letter, bar.state) for bar in score.bars] == [("A", "now")]
    assert any(note.waiting for note in score.notes)
    assert score.waiting is not None
    assert 'id="now"' in draw(score)
    finished = laid_out(play(PREPARED, plan, 7))
    states = [bar.state for bar in finished.bars]
    assert states.count("passed") == 8, "the attention is enough for eight looks"
    assert set(states[8:]) == {"expired"}
    assert finished.waiting is None
    assert 'id="now"' not in draw(finished)


def test_what_is_done_after_an_answer_has_a_note_of_its_own() -> None:
    plan = PREPARED.scenario.starter
    honest = (seed for seed in range(1, 99) if "INV-101" not in waiting(plan, seed).sealed.by_case)
    rehearsal = waiting(plan, next(honest))
    assert rehearsal.state.open is not None
    rehearsal.decide(Decision("approve"), rehearsal.state.open.seq)
    rehearsal.advance(actions=1)
    pays = [each for each in laid_out(rehearsal).notes if each.lane == "payer"]
    assert [each.filled for each in pays] == [False, True]


def test_marks_stand_in_order_and_apart() -> None:
    score = laid_out(play(PREPARED, REFERENCES["careful"], 7))
    places = [score.x(each) for each in range(len(score.columns))]
    assert places == sorted(places)
    assert min(b - a for a, b in itertools.pairwise(places)) >= 16
    amounts = [(score.x(n.column), len(n.amount)) for n in score.notes if n.amount]
    for (x1, wide1), (x2, wide2) in itertools.pairwise(amounts):
        assert x2 - x1 > 6.6 * (wide1 + wide2) / 2, "two sums would be printed over each other"
    assert score.width > places[-1]
    ticks = [x for x, _ in score.ticks]
    assert min(b - a for a, b in itertools.pairwise(ticks)) >= 44
    assert score.ticks[0][1] == "13:30"


def test_what_is_to_come_are_rests() -> None:
    plan = replace(REFERENCES["careful"], checkpoints=(Checkpoint(kind="stage", of="match"),))
    score = laid_out(waiting(plan))
    assert [(each.text, each.lanes, each.checkpoint) for each in score.to_come] == [
        ("", ("matcher",), True),
        ("Pay", ("payer", "recomputer"), False),
    ]
    assert not laid_out(play(PREPARED, plan, 7)).to_come


def test_a_broken_tool_is_struck_through_and_tried_again() -> None:
    seed = seed_with(PREPARED, "lost-reply")
    nobody = replace(PREPARED.scenario.starter, checkpoints=())  # so that everything is paid
    rehearsal = play(PREPARED, nobody, seed)
    assert any(each.kind == Kind.TOOL_FAILED for each in rehearsal.events), "the tool never failed"
    score = laid_out(rehearsal)
    assert any(each.broken for each in score.notes)


def test_faults_are_marked_only_once_they_are_opened() -> None:
    rehearsal = play(PREPARED, REFERENCES["lean"], 7)
    paid = [e.seq for e in rehearsal.events if e.kind == Kind.TOOL_APPLIED and e.actor == "payer"]
    plain = laid_out(rehearsal)
    assert not plain.opened
    marked = laid_out(
        rehearsal,
        Opened(paid[0], "reached", "One"),
        Opened(paid[1], "caught", "Two"),
        Opened(paid[2], "decoy", "Three <b>"),
    )
    assert [each.fault for each in marked.notes if each.fault] == ["reached", "caught", "decoy"]
    drawing = draw(marked)
    assert "Three &lt;b&gt;" in drawing
    assert "One" not in draw(plain)


@pytest.mark.parametrize("name", NAMES)
def test_every_scenario_can_be_drawn_and_every_mark_leads_to_an_event(name: str) -> None:
    prepared = library(name)
    for plan in (prepared.scenario.starter, *prepared.scenario.references.values()):
        rehearsal = play(prepared, plan, 3)
        drawing = draw(laid_out(rehearsal))
        root = ElementTree.fromstring(f"<div>{drawing}</div>")  # noqa: S314 (our own)
        marks = list(root.iter("a"))
        assert marks
        seqs = {each.seq for each in rehearsal.events}
        for each in marks:
            found = re.fullmatch(r"#e(\d+)", each.get("href", ""))
            assert found
            assert int(found[1]) in seqs
            assert each.get("tabindex") == "-1", "the list is what a keyboard uses"
            title = each.findtext("title")
            assert title
        assert all(each.get("aria-hidden") == "true" for each in root)
        assert "style=" not in drawing
