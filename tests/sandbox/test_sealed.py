"""Whole runs as a learner plays them, every response searched for what is sealed until the end."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sandbox import running, scenarios
from sandbox.engine.sealed import Sealed
from sandbox.models import Run
from sandbox.scenarios import Loaded
from tests.conftest import Cast, SignIn
from tests.sandbox.standing import library_version

NAMES = ("payment-run", "refund-desk")
SEEDS = (7_300_000_000_000_019, 4_100_000_000_000_007)  # long enough to be known anywhere
DECISIONS = (
    {"decision": "approve"},
    {"decision": "reject", "reason": "source"},
    {"decision": "send_back", "reason": "check"},
    {"decision": "approve", "reason": "rule"},
    {"decision": "reject", "reason": "done"},
)


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    scenarios.forget()


@dataclass
class Learner:
    """Opens pages, and looks for `forbidden` in everything that comes back."""

    client: Client
    forbidden: dict[str, str] = field(default_factory=dict)
    seen: int = 0

    def get(self, name: str, *args: Any, **query: Any) -> Any:
        return self._searched(name, self.client.get(reverse(name, args=args), query))

    def post(self, name: str, *args: Any, **data: Any) -> Any:
        return self._searched(name, self.client.post(reverse(name, args=args), data))

    def _searched(self, name: str, response: Any) -> Any:
        assert response.status_code in (200, 302), (name, response.status_code)
        whole = searchable(response)
        found = [what for what, words in self.forbidden.items() if words in whole]
        assert not found, f"{name} shows {found}"
        self.seen += 1
        return response


def flat(text: str) -> str:
    """Without markup of Markdown or HTML and in one line, so that layout hides nothing."""
    return " ".join(re.sub(r"[*_`#|>\\]+", " ", text).split())


def searchable(response: Any) -> str:
    """The body as it came and as it reads, with headers and cookies."""
    body = response.content.decode()
    read = html.unescape(re.sub(r"<[^>]+>", " ", body))
    # JSON writes what is not ASCII in escapes.
    plain = re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), body)
    heads = f"{dict(response.headers)} {response.cookies.output()}"
    return "\n".join((html.unescape(plain), flat(read), flat(html.unescape(plain)), heads))


def secrets(run: Run) -> dict[str, str]:
    """What nobody may read before the seals are open, by what it is."""
    found = scenarios.loaded(run.version_id)
    sealed = sealed_of(run)
    named = {"the seed": str(run.seed), "the salt": sealed.salt}
    for name, fault in found.scenario.faults.items():
        assert "-" in name, f"{name} could be any word; give the fault an id that is none"
        named[f"the id {name}"] = name
        named[f"the title of {name}"] = flat(fault.title)
        named[f"the story of {name}"] = flat(fault.story)
    return named


def sealed_of(run: Run) -> Sealed:
    return running.rehearsal_of(run, events=[]).sealed


def planted(found: Loaded, struck: dict[str, str]) -> dict[str, str]:
    """The sentences that only a planted paper has, of faults that did not strike its case.

    `struck` are the faults by the case that they struck; empty before anything may show.
    """
    papers = found.scenario.papers
    open_texts = [paper.text for paper in papers.values()]
    open_texts += [
        paper.planted[struck[paper.case]]
        for paper in papers.values()
        if struck.get(paper.case) in paper.planted
    ]
    rows = found.scenario.world.tables.values()
    open_texts += [str(row) for table in rows for row in table.rows.values()]
    known = flat(" ".join(open_texts))
    return {
        f"{name} of {fault}": sentence
        for name, paper in papers.items()
        for fault, text in paper.planted.items()
        if struck.get(paper.case) != fault
        for sentence in _sentences(text)
        if sentence not in known
    }


def _sentences(text: str) -> Iterator[str]:
    for line in text.splitlines():
        for sentence in re.split(r"(?<=[.!?]) ", flat(line)):
            if len(sentence) > 24:
                yield sentence


def begun(cast: Cast, as_member: SignIn, name: str, rung: str, seed: int) -> tuple[Learner, Run]:
    """From the list of rehearsals to a run, with a seed of the test's own."""
    version = library_version(name)
    learner = Learner(as_member(cast.amina))
    learner.get("rehearsals")
    learner.get("rehearsal_brief", name)
    learner.post("rehearsal_begin", name, rung=rung)
    Run.objects.update(seed=seed)
    run = Run.objects.get()
    assert (run.version_id, run.rung) == (version.pk, rung)
    return learner, run


def prepared(learner: Learner, run: Run) -> None:
    """Brief with every paper, prediction, plan, start. No planted word may show here."""
    found = scenarios.loaded(run.version_id)
    learner.get("rehearsal_before", run.pk)
    for paper in found.scenario.papers:
        learner.get("rehearsal_before", run.pk, paper=paper)
    learner.get("rehearsal_predict", run.pk)
    learner.post("rehearsal_predict", run.pk, choice="1", words="The papers from outside.")
    run.refresh_from_db()
    careful = found.scenario.references["careful"]
    assert running.save_plan(run, careful, run.plan_sequence + 1)
    learner.get("rehearsal_plan", run.pk)
    learner.get("rehearsal_plan", run.pk, stage=0)
    learner.post("rehearsal_start", run.pk, sequence=run.plan_sequence)
    run.refresh_from_db()
    assert run.state == Run.State.WAITING


def decided(learner: Learner, run: Run) -> int:
    """Plays to the end, and looks at everything there is after every decision."""
    names = list(scenarios.loaded(run.version_id).scenario.papers)
    answers, asked = cycle(DECISIONS), 0
    while run.state == Run.State.WAITING:
        for name in ("run", "events", "trail", "trail_download", "plan"):
            learner.get(f"rehearsal_{name}", run.pk)
        learner.get("rehearsal_brief_again", run.pk, paper=names[asked % len(names)])
        for name in ("questions", "debrief", "what_if"):
            assert learner.get(f"rehearsal_{name}", run.pk).status_code == 302, name
        _answer(learner, run, next(answers))
        asked += 1
        run.refresh_from_db()
    return asked


def _answer(learner: Learner, run: Run, decision: dict[str, str]) -> None:
    open_ask = running.rehearsal_of(run).state.open
    assert open_ask is not None
    address = reverse("rehearsal_decide", args=[run.pk])
    cases = list(scenarios.loaded(run.version_id).prepared.cases)
    data = {"ask": open_ask.seq, "reason": "checked", "sure": "fairly", "case": cases, **decision}
    answer = learner.client.post(address, data)
    if answer.status_code == 400:  # what is asked knows no such answer
        assert not [w for w, words in learner.forbidden.items() if words in searchable(answer)]
        answer = learner.client.post(address, {**data, "decision": "approve", "reason": "checked"})
    assert answer.status_code == 302


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", NAMES)
def test_nothing_sealed_is_read_before_the_end(
    cast: Cast, as_member: SignIn, name: str, seed: int
) -> None:
    learner, run = begun(cast, as_member, name, Run.Rung.SUPERVISED, seed)
    found, sealed = scenarios.loaded(run.version_id), sealed_of(run)
    struck = {each.case: each.fault for each in sealed.strikes}
    assert len(struck) >= 3, "a situation in which something is to be hidden"
    unplanted = planted(found, {})
    assert len(unplanted) > len(planted(found, struck)) > 0
    learner.forbidden = {**secrets(run), **unplanted}
    learner.get("rehearsals")
    learner.get("rehearsal_brief", name)
    prepared(learner, run)
    learner.forbidden = {**secrets(run), **planted(found, struck)}
    assert decided(learner, run) >= 3
    assert run.state == Run.State.ANSWERING
    questions = learner.get("rehearsal_questions", run.pk)
    for page in ("trail", "trail_download", "events", "brief_again"):
        assert learner.get(f"rehearsal_{page}", run.pk).status_code == 200, page
    learner.get("rehearsals")
    learner.get("rehearsal_brief", name)
    assert learner.get("rehearsal_debrief", run.pk).status_code == 302
    assert learner.seen > 50

    # The answers are in: now it is told.
    chosen = re.findall(r'name="([\w-]+)" value="([\w-]+)"', questions.content.decode())
    learner.forbidden = {"the seed": str(run.seed)}
    learner.post("rehearsal_questions", run.pk, **{**dict(chosen), "skip": "yes"})
    debrief = searchable(learner.get("rehearsal_debrief", run.pk))
    assert sealed.salt in debrief
    assert sealed.seal in debrief
    for strike in sealed.strikes:
        fault = found.scenario.faults[strike.fault]
        assert flat(fault.title) in debrief
        assert flat(fault.story) in debrief


@pytest.mark.parametrize("name", NAMES)
def test_guided_the_brief_alone_says_what_may_go_wrong(
    cast: Cast, as_member: SignIn, name: str
) -> None:
    learner, run = begun(cast, as_member, name, Run.Rung.GUIDED, SEEDS[0])
    found = scenarios.loaded(run.version_id)
    faults, hidden = found.scenario.faults, secrets(run)
    brief = searchable(learner.get("rehearsal_before", run.pk))
    for key, fault in faults.items():
        assert (flat(fault.title) in brief) is not fault.is_decoy, key
        assert flat(fault.story) not in brief
        assert not re.search(rf"\b{key}\b", brief)
    titles = {what for what in hidden if what.startswith("the title")}
    rest = {what: words for what, words in hidden.items() if what not in titles}
    for what, words in (rest | planted(found, {})).items():
        assert words not in brief, what
    learner.forbidden = hidden
    learner.post("rehearsal_predict", run.pk, choice="1", words="The papers from outside.")
    learner.get("rehearsal_predict", run.pk)
    learner.get("rehearsal_plan", run.pk)
    careful = found.scenario.references["careful"]
    run.refresh_from_db()
    assert running.save_plan(run, careful, run.plan_sequence + 1)
    learner.post("rehearsal_start", run.pk, sequence=run.plan_sequence)
    for page in ("run", "events", "trail"):
        learner.get(f"rehearsal_{page}", run.pk)


def test_the_search_finds_what_is_there(cast: Cast, as_member: SignIn) -> None:
    """So that a search that finds nothing means something."""
    learner, run = begun(cast, as_member, "payment-run", Run.Rung.SUPERVISED, SEEDS[0])
    found = scenarios.loaded(run.version_id)
    for sentence in list(_sentences(next(iter(found.scenario.papers.values())).text))[:3]:
        learner.forbidden = {"a sentence of the brief": sentence}
        with pytest.raises(AssertionError, match="a sentence of the brief"):
            learner.get("rehearsal_before", run.pk)
    prepared(Learner(learner.client), run)
    learner.forbidden = {"an agent": "Payer"}
    for page in ("run", "events", "trail"):
        with pytest.raises(AssertionError, match="an agent"):
            learner.get(f"rehearsal_{page}", run.pk)
