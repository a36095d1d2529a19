"""What the linter reads: passages of Markdown, sentences, and how hard they are."""

from __future__ import annotations

import pytest

from curriculum.linting import texts
from curriculum.linting.passages import Passage, cited, passages
from curriculum.linting.readability import lix
from curriculum.linting.sentences import sentences
from curriculum.linting.texts import Said

TEXT = """\
A first **paragraph** with a [link](lesson:M1/x) (nist-rmf)
over two lines (in part).

## A heading

- One thing
- Another thing

| What | Cost |
|---|--:|
| refund | 80 |

!!! example "Worked example"
    1. Why?

    ```text
    # no heading
    ```

    > Quoted
    > twice.

    ??? note "One way"
        Folded.

Outside again.
"""


def test_markdown_comes_apart_into_passages_with_their_lines() -> None:
    found = list(passages(TEXT, {"nist-rmf"}))
    assert found == [
        Passage(0, "A first paragraph with a link\nover two lines (in part)."),
        Passage(3, "A heading", "heading"),
        Passage(5, "One thing"),
        Passage(6, "Another thing"),
        Passage(8, "What", "cell"),
        Passage(8, "Cost", "cell"),
        Passage(10, "refund", "cell"),
        Passage(10, "80", "cell"),
        Passage(12, "Worked example", "title", ("example",)),
        Passage(13, "Why?", "prose", ("example",)),
        Passage(19, "Quoted\ntwice.", "quote", ("example",)),
        Passage(22, "One way", "title", ("example", "note")),
        Passage(23, "Folded.", "prose", ("example", "note")),
        Passage(25, "Outside again."),
    ]
    for passage in found:
        assert passage.text.split()[0] in TEXT.split("\n")[passage.line].replace("*", "")


def test_only_sources_in_round_brackets_are_cited() -> None:
    assert cited("So (a-one, b-two) and (c-three; a-one), not (d-four).", {"a-one", "b-two"}) == {
        "a-one",
        "b-two",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("One. Two? Three!", ["One.", "Two?", "Three!"]),
        ("It takes 3.5 days, e.g. four. Then.", ["It takes 3.5 days, e.g. four.", "Then."]),
        ("He asks Mr. Brown. He waits.", ["He asks Mr. Brown.", "He waits."]),
        ("“No.” She goes. (Late.) End", ["“No.”", "She goes.", "(Late.)", "End"]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, said: list[str]) -> None:
    found = list(sentences(text))
    assert [each.text for each in found] == said
    assert all(text[each.start :].startswith(each.text) for each in found)


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("“One. Two.” Three.", [True, True, False]),
        ("He says: “One.” And goes.", [False, False]),
        ("“One,” he says.", [False]),
        ('"One. Two." Three.', [True, True, False]),
    ],
)
def test_a_sentence_knows_whether_it_is_quoted(text: str, quoted: list[bool]) -> None:
    assert [each.quoted for each in sentences(text)] == quoted


def said(text: str) -> list[Said]:
    return [
        Said("x.md", 1 + each.line, each, tuple(sentences(each.text)), True)
        for each in passages(text)
    ]


def test_lix_is_words_a_sentence_and_the_share_of_long_words() -> None:
    sentence = "The seventh letter makes these words long and others not."
    # Ten words a sentence, one of them (seventh) of seven letters.
    text = " ".join([sentence] * 10)
    assert lix(said(text)) == pytest.approx(10 + 10)
    table = "\n\n| Organisational |\n|---|\n" + "| Responsibilities everywhere |\n" * 30
    code = "\n```text\nincomprehensible instructions\n```\n"
    assert lix(said(text + table + code)) == pytest.approx(20)
    assert lix(said(sentence)) is None


def test_a_sentence_on_a_later_line_of_its_paragraph_has_that_line() -> None:
    (found,) = said("One\nand. Two\nand three.")
    assert [found.line_of(each.start) for each in found.sentences] == [1, 2]
    assert isinstance(found, texts.Said)


@pytest.mark.parametrize(
    "text",
    ["[a](" * 40_000, "(a-" * 60_000, "“" * 190_000, "." * 190_000, "| " * 90_000, "!!! x\n" * 30_000],
)  # fmt: skip
def test_strange_texts_are_read_in_one_go(text: str) -> None:
    """Each would take minutes if anything in here looked at all that follows for every letter."""
    assert sum(1 for each in passages(text, {"a"}) for _ in sentences(each.text)) >= 0
