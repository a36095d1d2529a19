"""Questions about a trail that has ended, answered before the seals are opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.engine.chance import Chance
from sandbox.engine.events import Event, Kind
from sandbox.engine.outcome import Found, Outcome
from sandbox.engine.prepared import Prepared
from sandbox.engine.reading import choices, explanation, share
from sandbox.engine.scenario import Fault, Scenario
from sandbox.engine.sealed import Sealed, is_decoy
from sandbox.timeline.telling import Line

MOST = 6  # options of a question about events
CONTROLS = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: options as (key, words), and which keys are right; that stays on the server
    until the answers are in. `many` allows several."""

    key: str
    ask: str
    options: tuple[tuple[str, str], ...]
    right: tuple[str, ...]
    many: bool = False
    because: str = ""


def questions_of_run(
    prepared: Prepared,
    sealed: Sealed,
    outcome: Outcome,
    events: Sequence[Event],
    told: Mapping[int, Line],
    chance: Chance,
) -> list[Asked]:
    """What went wrong first, what would have stopped the gravest, what only looked wrong.

    `told` are the events in words. A run in which nothing came up asks less. No question names a
    fault: the seals are still closed.
    """
    struck = [pair for pair in outcome.faults(sealed) if pair[1].first]
    decoys = [
        found
        for found in outcome.found.values()
        if is_decoy(sealed.fault(found.strike)) and found.first
    ]
    honest = _honest(sealed, events, chance)
    asked: list[Asked] = []
    if struck and len(honest) >= 3:
        asked.append(_first(struck, honest, told, chance))
        asked.append(_control(prepared.scenario, struck, chance))
    if decoys and struck:
        asked.append(_looked_wrong(decoys, struck, honest, told, chance))
    return asked


def _honest(sealed: Sealed, events: Sequence[Event], chance: Chance) -> list[int]:
    """Proposals about cases that nothing struck, in a mixed order."""
    clean = [
        str(each.seq)
        for each in events
        if each.kind == Kind.PROPOSAL_MADE and each.data["case"] not in sealed.by_case
    ]
    return [int(seq) for seq in chance.order("questions", clean)]


def _options(numbers: Sequence[int], told: Mapping[int, Line]) -> tuple[tuple[str, str], ...]:
    return tuple((str(seq), f"{told[seq].clock}: {told[seq].sentence}") for seq in sorted(numbers))


def _first(
    struck: list[tuple[Fault, Found]], honest: list[int], told: Mapping[int, Line], chance: Chance
) -> Asked:
    right = min(found.first for _, found in struck)
    return Asked(
        "first",
        "Which of these is the first event in which something was wrong?",
        _options([right, *honest[: MOST - 1]], told),
        (str(right),),
        because="What was wrong stands among the sealed faults.",
    )


def _control(scenario: Scenario, struck: list[tuple[Fault, Found]], chance: Chance) -> Asked:
    gravest, _ = max(struck, key=lambda pair: pair[0].severity)
    others = [
        each.control
        for each in scenario.faults.values()
        if each is not gravest and each.control != gravest.control
    ]
    shown = chance.order("controls", others)[: CONTROLS - 1]
    ordered = chance.order("control options", [gravest.control, *shown])
    options = tuple((str(place), words) for place, words in enumerate(ordered))
    right = next(key for key, words in options if words == gravest.control)
    return Asked(
        "control",
        "What would have stopped the gravest thing that came up in this run?",
        options,
        (right,),
        because=gravest.story,
    )


def _looked_wrong(
    decoys: list[Found],
    struck: list[tuple[Fault, Found]],
    honest: list[int],
    told: Mapping[int, Line],
    chance: Chance,
) -> Asked:
    right = [found.first for found in decoys]
    wrong = [found.first for _, found in struck][:2]
    fill = honest[-(MOST - len(right) - len(wrong)) :] if len(right) + len(wrong) < MOST else []
    return Asked(
        "looked-wrong",
        "Which of these looked doubtful and was good work all the same?",
        _options([*right, *wrong, *fill], told),
        tuple(str(seq) for seq in right),
        many=True,
        because="What told it apart stands among the sealed faults.",
    )


def questions_of_reading(
    scenario: Scenario, events: Sequence[Event], told: Mapping[int, Line]
) -> list[Asked]:
    """Those that the scenario asks about its exhibited trail."""
    asked = []
    reading = scenario.reading
    for number, question in enumerate(reading.questions if reading else (), 1):
        options, right = choices(events, question)
        if question.words:
            words = tuple((key, question.words[key]) for key in options)
        else:
            words = _options([int(key) for key in options], told)
        asked.append(
            Asked(str(number), question.ask, words, tuple(right), len(right) > 1, question.because)
        )
    return asked


def marked(asked: Sequence[Asked], answers: Mapping[str, Sequence[str]]) -> list[float]:
    """How much of each question was answered, corrected for chance; see `reading.share`."""
    return [
        share(each.right, [key for key, _ in each.options], answers.get(each.key, ()))
        for each in asked
    ]


def explained(asked: Sequence[Asked], answers: Mapping[str, Sequence[str]]) -> float:
    """Expl: 0 to 1."""
    return explanation(marked(asked, answers))
