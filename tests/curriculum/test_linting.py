"""The linter: for every rule a package that breaks it, found where it stands, and one that is near."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from curriculum.linting import lengths, lint, linter, repetition
from curriculum.packages.checking import check
from curriculum.packages.known import Known
from curriculum.packages.reading import Package, read_folder
from curriculum.packages.report import ADVICE, Finding, Report
from tests.curriculum.lint_package import (
    FIRST,
    GATE,
    MODULE,
    ROLE,
    SECOND,
    TASK,
    Content,
    changed,
    dump,
    findings,
    line_of,
    prose,
    sentence,
)

LIBRARY = Path(__file__).resolve().parents[2] / "curriculum" / "library"

Change = Callable[[Content], object]
# What is wrong → the change that makes it so, the rule, the file, words of the line told.
Broken = tuple[Change, str, str, str]


def having(**values: Any) -> Change:
    """Sets attributes of the content."""

    def change(content: Content) -> None:
        for name, value in values.items():
            setattr(content, name, value)

    return change


def putting(part: str, key: str, value: Any) -> Change:
    return lambda content: getattr(content, part).update({key: value})


def asking(number: int, **values: Any) -> Change:
    """Changes keys of one item of the gate."""
    return lambda content: content.items[number].update(values)


def option(number: int, place: int, text: str) -> Change:
    return lambda content: content.items[number]["options"][place].update(text=text)


def sized(key: int, others: int, *, count: int = 16) -> Change:
    """So many items whose key has `key` characters; in the rest all four options are alike."""

    def change(content: Content) -> None:
        for number, item in enumerate(content.items):
            for place, each in enumerate(item["options"]):
                size = key if each.get("right") and number < count else others
                each["text"] = f"Do {number} {place} ".ljust(size, "x")

    return change


def wrong(count: int, text: str, right: int = 0) -> Change:
    """One wrong option in each of so many items, and the right one in `right` of them."""

    def change(content: Content) -> None:
        for number, item in enumerate(content.items[:count]):
            is_key = number < right
            each = next(each for each in item["options"] if bool(each.get("right")) == is_key)
            each["text"] = f"{text} {each['text']}"

    return change


def both(*changes: Change) -> Change:
    def change(content: Content) -> None:
        for each in changes:
            each(content)

    return change


def every(**values: Any) -> Change:
    return lambda content: [item.update(values) for item in content.items]


def some(count: int, **values: Any) -> Change:
    return lambda content: [item.update(values) for item in content.items[:count]]


def cited(words: int) -> str:
    return f"{prose('first', words - 1)} Two (nist-rmf).\n"


def long_case(words: int) -> str:
    return prose("long case", words)


def second_competency(count: int) -> Change:
    """The module aims at U2 too, and so many items of the gate ask it."""
    return both(
        putting("module", "competencies", {"U1": 2, "U2": 2}),
        some(count, competency="U2"),
        putting("role", "targets", {"U2": {"level": 1}}),
    )


def numeric(count: int) -> Change:
    """Makes so many items ask for a number instead."""

    def change(content: Content) -> None:
        for item in content.items[:count]:
            del item["options"]
            says = {"right": sentence(f"right {item['id']}"), "wrong": sentence(item["id"])}
            reasons = {key: sentence(f"{key} {text}") for key, text in says.items()}
            item |= {"kind": "numeric", "answer": 4, "tolerance": 0, "unit": "days"}
            item |= {"follows": says, "because": reasons}

    return change


def a_source(**values: Any) -> Change:
    return lambda content: content.module["sources"][0].update(values)


LONG_WORDS = " ".join(["Considerable organisational responsibilities accumulate everywhere."] * 2)
HARD = " ".join(f"{prose(f'hard {n}', 27)[:-1]} notwithstanding" for n in range(14))
HARD = HARD.replace(".", "") + f". {sentence('after')}\n"
EASY = " ".join(f"Go to the {word}. It is on it." for word in ("bus", "car", "van", "cab")) + " "

BROKEN: dict[str, Broken] = {
    # Coverage
    "a point nobody teaches": (putting("module", "interaction_points", []), "point-not-taught", ROLE, "id: CA1"),
    "a point taught on another track": (putting("role", "tracks", []), "point-not-taught", ROLE, "id: CA1"),
    "a target above every aim": (putting("role", "targets", {"U1": {"level": 3}}), "target-not-aimed-at", ROLE, "U1:"),
    "a critical target at level 1": (putting("role", "targets", {"U2": {"level": 1, "critical": True}}), "target-not-aimed-at", ROLE, "U2:"),
    "11 items of a critical competency": (both(second_competency(5), putting("role", "targets", {"U1": {"level": 2, "critical": True}})), "too-few-items", ROLE, "U1:"),
    # Lengths
    "a lesson of 349 words": (having(body=cited(349)), "lesson-length", FIRST, "Two (nist"),
    "a lesson of 621 words": (having(body=cited(621)), "lesson-length", FIRST, "Two (nist"),
    "a folded part counts": (having(body=f'{cited(600)}\n??? note "One way"\n    {prose("folded", 30)}\n'), "lesson-length", FIRST, "Two (nist"),
    "a brief of 401 words": (putting("task", "brief", prose("brief", 401)), "brief-too-long", TASK, "brief:"),
    "a case of 126 words": (asking(3, case=long_case(126)), "case-too-long", GATE, long_case(126)[:40]),
    "minutes that do not add up": (putting("module", "minutes", 36), "module-minutes", MODULE, "minutes: 36"),
    "minutes that add up to more": (putting("first", "minutes", 18), "module-minutes", MODULE, "minutes: 32"),
    "a lesson of long sentences": (having(other=HARD), "hard-to-read", SECOND, HARD[:30]),
    # Items
    "all of the above": (option(2, 0, "All of the above."), "catch-all-option", GATE, "All of the above"),
    "none of these": (option(2, 0, "None of these"), "catch-all-option", GATE, "None of these"),
    "which is not": (asking(4, ask="Which of these steps is not needed here?"), "negative-question", GATE, "is not needed"),
    "all but one": (asking(4, ask="All but one of these help: which?"), "negative-question", GATE, "All but one"),
    "an option twice as long": (option(0, 0, "Sail " * 16 + "on"), "uneven-options", GATE, "options:"),
    "the same title twice": (both(asking(2, title="The late cot"), asking(9, title="The  late cot!")), "same-title", GATE, "The  late cot!"),
    "an item of another competency": (asking(6, competency="U2"), "competency-not-aimed-at", GATE, "competency: U2"),
    # Banks
    "the key is the longest in 8 of 16": (sized(41, 40, count=8), "key-longest", GATE, "items:"),
    "the key is the shortest in 8 of 16": (sized(39, 40, count=8), "key-shortest", GATE, "items:"),
    "keys are long on average": (sized(56, 50), "key-length", GATE, "items:"),
    "keys all in one place": (lambda content: [item["options"].sort(key=lambda each: not each.get("right")) for item in content.items], "key-position", GATE, "items:"),
    "no key in the last place": (lambda content: [item["options"].insert(0, item["options"].pop()) for item in content.items if item["options"][3].get("right")], "key-position", GATE, "items:"),
    "nine absolutes, all wrong": (wrong(9, "Never"), "absolutes-wrong", GATE, "items:"),
    "9 of 16 with a case": (some(7, case=""), "few-cases", GATE, "items:"),
    "nothing asked of a competency": (second_competency(0), "competency-not-asked", GATE, "items:"),
    "nothing asked at the level": (every(level=1), "level-not-asked", GATE, "items:"),
    "7 of 16 at the level": (some(9, level=1), "few-at-level", GATE, "items:"),
    # Repetition
    "a sentence in two lessons": (lambda content: having(other=content.other + sentence("first 3"))(content), "repeated-sentence", SECOND, sentence("first 3")),
    "a sentence of a lesson in an item": (lambda content: content.items[7]["options"][1].update(because=sentence("second 5")), "repeated-sentence", GATE, sentence("second 5")),
    "the same with other signs": (lambda content: content.items[7]["options"][1].update(because=sentence("second 5").upper().replace(" ", ", ", 1)), "repeated-sentence", GATE, sentence("second 5").upper().replace(" ", ", ", 1)),
    "a sentence in a task again": (lambda content: content.task.update(brief=f"First do this.\n\n{sentence('second 5')}\n"), "repeated-sentence", TASK, sentence("second 5")),
    "a sentence with a word more": (lambda content: content.items[7]["options"][1].update(because=sentence("second 5")[:-1] + " today."), "similar-sentence", GATE, sentence("second 5")[:-1] + " today."),
    # Sources
    "a share without a source": (having(other=f"{prose('second', 399)}\n\nIt fell by 12 per cent.\n"), "figures-without-source", SECOND, "12 per cent"),
    "a year without a source": (having(other=f"It began in 2019. {prose('second', 399)}\n"), "figures-without-source", SECOND, "2019"),
    "a court without a source": (having(other=f"{prose('second', 399)}\n\n> A court said so.\n"), "figures-without-source", SECOND, "A court"),
    "a source that no lesson names": (both(putting("first", "sources", []), having(body=f"{prose('first', 400)}\n")), "source-not-used", MODULE, "id: nist-rmf"),
    "a source that is not cited": (having(body=f"{prose('first', 400)}\n"), "source-not-cited", FIRST, "- nist-rmf"),
    "a source without a date": (lambda content: content.module["sources"][0].pop("date"), "source-without-date", MODULE, "id: nist-rmf"),
    "a source to be reviewed yesterday": (a_source(review_by="2026-11-20"), "out-of-date", MODULE, "review_by"),
    # Wording
    "organize": (having(other=f"{prose('second', 399)}\n\nDo organize it.\n"), "american-spelling", SECOND, "organize"),
    "Analyzing at a beginning": (having(other=f"{prose('second', 399)}\n\nAnalyzing it helps.\n"), "american-spelling", SECOND, "Analyzing"),
    "color in a case": (asking(3, case="The color is off."), "american-spelling", GATE, "color"),
    "hype": (having(other=f"{prose('second', 399)}\n\nThis tool is a game-changer.\n"), "hype", SECOND, "game-changer"),
    "hype in the summary": (putting("module", "summary", "Unlock the power of agents."), "hype", MODULE, "Unlock"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_not_well_made_is_found_where_it_stands(name: str) -> None:
    change, code, file, words = BROKEN[name]
    content = changed(change)
    said = findings(content)
    line = line_of(content, file, words)
    assert (file, line, code) in {(each.file, each.line, each.code) for each in said}, said


NEAR: dict[str, tuple[Change, str]] = {
    "a target of level 1 that nobody aims at": (putting("role", "targets", {"U2": {"level": 1}}), "target-not-aimed-at"),
    "an aim above the target": (putting("role", "targets", {"U1": {"level": 1, "critical": True}}), "target-not-aimed-at"),
    "12 items of a critical competency": (both(second_competency(4), putting("role", "targets", {"U1": {"level": 2, "critical": True}})), "too-few-items"),
    "few items of one that is not critical": (second_competency(1), "too-few-items"),
    "a lesson of 350 words": (having(body=cited(350)), "lesson-length"),
    "a lesson of 620 words": (having(body=cited(620)), "lesson-length"),
    "a brief of 400 words with material": (putting("task", "brief", f"{prose('brief', 400)}\n\n> {prose('letter', 200)}\n"), "brief-too-long"),
    "a case of 125 words": (asking(3, case=long_case(125)), "case-too-long"),
    "minutes a little apart": (putting("module", "minutes", 35), "module-minutes"),
    "long words in a table alone": (lambda content: having(other=content.other + "\n| " + LONG_WORDS + " | x |\n|---|---|\n" + f"| {LONG_WORDS} | y |\n" * 20)(content), "hard-to-read"),
    "short sentences in code alone": (lambda content: having(other=f"{content.other}\n```text\n{EASY * 40}\n```\n")(content), "choppy"),
    "an option about all of the team": (option(2, 0, "All of these letters go out at once"), "catch-all-option"),
    "a question about what not to do next": (asking(4, ask="Why does the customer not answer?"), "negative-question"),
    "an option somewhat longer": (option(0, 0, "Sail " * 8 + "on"), "uneven-options"),
    "two titles with one word in common": (both(asking(2, title="The late cot"), asking(9, title="The late desk")), "same-title"),
    "the key is the longest in 7 of 16": (sized(41, 40, count=7), "key-longest"),
    "the key is the shortest in 7 of 16": (sized(39, 40, count=7), "key-shortest"),
    "keys a little longer": (sized(54, 50), "key-length"),
    "a small bank with all keys longest": (both(sized(60, 40), numeric(9)), "key-longest"),
    "every place has a key": (lambda content: content.items[0]["options"].reverse(), "key-position"),
    "seven absolutes, all wrong": (wrong(7, "Never"), "absolutes-wrong"),
    "nine absolutes, one right": (wrong(9, "Never", right=1), "absolutes-wrong"),
    "10 of 16 with a case": (some(6, case=""), "few-cases"),
    "8 of 16 at the level": (some(8, level=1), "few-at-level"),
    "a level above the aim": (every(level=3), "few-at-level"),
    "a sentence of six words twice": (lambda content: having(other=content.other + "Read the trail to its end.", body=content.body + "Read the trail to its end.")(content), "repeated-sentence"),
    "one question in two items": (every(ask="What do you do first of all in this case?"), "repeated-sentence"),
    "a quotation in case and answer": (both(asking(3, case=f"He says: “{sentence('quoted')}”"), lambda content: content.items[3]["options"][0].update(because=f"“{sentence('quoted')}”")), "repeated-sentence"),
    "the sentence on appeals in two tasks": (lambda content: content.task.update(appeal=sentence("second 5")), "repeated-sentence"),
    "a label in a table and in a matching": (having(other=f"{prose('second', 380)}\n\n| What | Where |\n|---|---|\n| {sentence('label')} | x |\n\n| Why | When |\n|---|---|\n| {sentence('label')} | y |\n"), "repeated-sentence"),
    "two sentences with half in common": (lambda content: content.items[7]["options"][1].update(because=" ".join(sentence("second 5").split()[:5]) + " but nothing of the rest is the same."), "similar-sentence"),
    "a share in an example": (having(other=f'{prose("second", 390)}\n\n!!! example "Case"\n    It fell by 12 per cent in 2024.\n'), "figures-without-source"),
    "a share in a lesson that cites": (having(body=f"It fell by 12 per cent. {cited(399)}"), "figures-without-source"),
    "a figure that is no share": (having(other=f"{prose('second', 390)} It took 12 days and 1200 letters.\n"), "figures-without-source"),
    "a source cited with another": (having(body=f"{prose('first', 399)} Two (nist-rmf, nist-rmf).\n"), "source-not-cited"),
    "a source to be reviewed today": (a_source(review_by="2026-11-21"), "out-of-date"),
    "a source without a day of review": (a_source(), "out-of-date"),
    "sizes and prizes": (having(other=f"{prose('second', 390)} The size of the prize made her seize it. Resize it.\n"), "american-spelling"),
    "the name of an organisation": (having(other=f"{prose('second', 390)} The World Health Organization said so.\n"), "american-spelling"),
    "programs and licenses": (having(other=f"{prose('second', 390)} The program needs a license and practice.\n"), "american-spelling"),
    "what a seller is quoted with": (asking(3, case="The page says: “A seamless game-changer.”"), "hype"),
    "in the quotation of a lesson": (having(other=f"{prose('second', 390)}\n\n> A seamless assistant.\n"), "hype"),
}  # fmt: skip


@pytest.mark.parametrize("name", NEAR)
def test_what_is_near_the_edge_is_left_alone(name: str) -> None:
    change, code = NEAR[name]
    said = [each for each in findings(changed(change)) if each.code == code]
    assert not said


def said(content: Content, code: str, **how: Any) -> list[Finding]:
    return [each for each in findings(content, **how) if each.code == code]


def test_of_a_package_in_order_nothing_is_said() -> None:
    assert findings(Content()) == []


@pytest.mark.parametrize(
    ("change", "code", "severity"),
    [
        (sized(41, 40, count=10), "key-longest", "warning"),
        (sized(41, 40, count=11), "key-longest", "error"),
        (sized(39, 40, count=11), "key-shortest", "error"),
        (sized(62, 50), "key-length", "warning"),
        (sized(64, 50), "key-length", "error"),
        (some(7, case=""), "few-cases", "warning"),
        (every(level=1), "level-not-asked", "error"),
    ],
)
def test_only_what_no_fair_bank_has_is_an_error(change: Change, code: str, severity: str) -> None:
    assert [each.severity for each in said(changed(change), code)] == [severity]


def test_both_places_of_a_repeated_sentence_are_named() -> None:
    content = changed(lambda content: having(other=content.other + sentence("first 3"))(content))
    (found,) = said(content, repetition.SAME)
    assert (found.file, found.severity) == (SECOND, "error")
    assert f"{FIRST}:{line_of(content, FIRST, sentence('first 3'))}" in found.message


def test_a_sentence_in_three_places_is_told_twice_and_once_if_it_is_alike() -> None:
    content = Content()
    for number, place in ((3, 0), (8, 2)):
        content.items[number]["options"][place]["because"] = sentence("second 5")
    content.items[5]["options"][1]["because"] = sentence("second 5")[:-1] + " today."
    assert len(said(content, repetition.SAME)) == 2
    assert len(said(content, repetition.NEARLY)) == 1


def test_more_words_than_can_be_compared_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repetition, "MOST", 500)
    content = changed(lambda content: having(other=content.other + sentence("first 3"))(content))
    assert not said(content, repetition.SAME)
    assert len(said(content, repetition.TOO_MUCH)) == 1


def test_a_package_far_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    content = changed(putting("task", "brief", prose("brief", 401)))
    monkeypatch.setattr(linter, "MOST_LETTERS", 1000)
    assert [each.code for each in findings(content)] == [repetition.TOO_MUCH]


def test_no_more_is_told_than_anybody_wrote_in_earnest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linter, "MOST_FINDINGS", 3)
    content = changed(having(other="Unlock seamless synergy. " * 200))
    assert len(findings(content)) == 3


def test_a_package_of_an_organisation_is_advised_and_not_told() -> None:
    """What the library promises of itself is a warning elsewhere; what is wrong anywhere stays."""
    content = Content()
    content.module["interaction_points"] = []
    content.role["targets"] = {"U2": {"level": 2, "critical": True}}
    content.module["sources"][0]["review_by"] = "2026-01-01"
    content.other = f"{prose('second', 100)}\n"
    option(2, 0, "None of these")(content)
    promised = {"point-not-taught", "target-not-aimed-at", "too-few-items", "lesson-length", "out-of-date"}  # fmt: skip
    known = Known(built_in=False, competencies=frozenset({"U1", "U2"}))
    here = {each.code: each.severity for each in findings(content)}
    there = {each.code: each.severity for each in findings(content, built_in=False, known=known)}
    assert here.keys() == there.keys() >= promised | {"catch-all-option"}
    assert {here[code] for code in promised} == {"error"}
    assert {there[code] for code in promised} == {"warning"}
    assert there["catch-all-option"] == "error"


def test_the_law_is_out_of_date_after_its_day() -> None:
    source = {"title": "An act", "publisher": "A state", "date": "2024"}
    entry = {"id": "an-act", "title": "An act", "reference": "Art. 1", "says": "Something.",
             "applies": "Since 2025.", "source": source}  # fmt: skip
    record = {"as_of": "2026-01-01", "review_by": "2026-11-20", "note": "No advice.",
              "entries": [entry]}  # fmt: skip
    content = Content(more={"law.yaml": dump(record)})
    (found,) = said(content, "out-of-date")
    assert (found.file, found.line, found.severity) == ("law.yaml", 2, "error")
    assert not said(content, "out-of-date", today=date(2026, 11, 20))


def test_with_faults_nothing_is_said_of_what_may_be_missing() -> None:
    content = Content()
    content.role["targets"] = {"U2": {"level": 4, "critical": True}}
    content.module["requires"] = ["M9"]
    content.items[2]["options"][0]["text"] = "None of these"
    checked = check(Package(content.files()), Known(competencies=frozenset({"U1", "U2"})))
    assert checked.faults
    assert [each.code for each in lint(checked)] == ["catch-all-option"]


def test_a_short_lesson_is_not_said_to_be_hard_to_read() -> None:
    content = changed(having(other=f"{HARD[:300]}.\n"))
    assert not said(content, lengths.HARD_TO_READ)


def test_a_finding_is_printed_with_its_rule_and_an_upload_keeps_a_hundred() -> None:
    found = Finding("a/b.md", 3, "warning", "hype", "Less.")
    assert str(found) == "a/b.md:3: Less. [hype]"
    many = [Finding("a.md", line, "warning", "hype", "Less.") for line in range(1, 131)]
    report = Report(findings=[*many, Finding("z.md", 1, "error", "same-title", "x" * 900)])
    kept = report.as_json()
    assert len(kept["advice"]) == ADVICE == 100
    assert kept["advice_left_out"] == 31
    assert kept["advice"][0]["file"] == "z.md", "what is worst is not left out"
    assert len(kept["advice"][0]["message"]) == 500


@pytest.mark.once
def test_the_built_in_library_has_no_error() -> None:
    checked = check(read_folder(LIBRARY), Known())
    assert not checked.faults
    assert [str(each) for each in lint(checked) if each.severity == "error"] == []
