"""Every kind of question: reading what is posted, credit, odd input, what its document refuses."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from pydantic import ValidationError

from assessments.questions import KINDS, BadAnswer
from assessments.questions.base import Question, is_right, plainly, shuffled
from assessments.questions.single import Single
from tests.assessments.builders import CANARY, item

SEED = 4711


def build(kind: str, **more: Any) -> Question:
    return KINDS[kind].model_validate(item(kind, **more))


def posted(**values: Any) -> QueryDict:
    query = QueryDict(mutable=True)
    for key, value in values.items():
        query.setlist(key.replace("_", "-"), value if isinstance(value, list) else [value])
    return query


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_form_is_no_answer_and_earns_nothing(kind: str) -> None:
    asked = build(kind)
    assert asked.parse(posted(), SEED) is None
    assert not asked.is_answered(None)
    assert asked.credit(None) == 0
    assert asked.in_words(None) == ""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "odd", [None, -1, 99, 1.5, True, "x", [], [99], [None], {}, [[0]], ["0"], "9" * 400, [0] * 50]
)
def test_a_stored_answer_that_makes_no_sense_never_raises(kind: str, odd: Any) -> None:
    asked = build(kind)
    assert 0 <= asked.credit(odd) <= 1
    asked.is_answered(odd)
    asked.form(odd, SEED)
    asked.review(odd, SEED)
    assert isinstance(asked.in_words(odd), str)


@pytest.mark.parametrize("kind", KINDS)
def test_the_right_answer_earns_everything(kind: str) -> None:
    asked = build(kind)
    assert is_right(asked.credit(asked.right_answer()))
    assert asked.is_answered(asked.right_answer())


@pytest.mark.parametrize("answer", [1e-7, -0.3, 0.0, 4.0, 1e20, 123456.789])
def test_the_right_number_is_written_so_that_it_is_read(answer: float) -> None:
    asked = build("numeric", answer=answer, tolerance=0.0)
    assert is_right(asked.credit(asked.right_answer()))


@pytest.mark.parametrize("kind", ["single", "multiple"])
@pytest.mark.parametrize("text", ["-1", "4x", "99", "٣", "1.0", " 1"])
def test_an_option_that_is_not_there_is_refused(kind: str, text: str) -> None:
    with pytest.raises(BadAnswer):
        build(kind).parse(posted(answer=text), SEED)


@pytest.mark.parametrize("kind", ["numeric", "short"])
@pytest.mark.parametrize("text", ["x" * 201, "nul\x00"])
def test_typed_text_is_bounded(kind: str, text: str) -> None:
    with pytest.raises(BadAnswer):
        build(kind).parse(posted(answer=text), SEED)


@pytest.mark.parametrize("kind", KINDS)
def test_the_form_holds_nothing_that_tells_right_from_wrong(kind: str) -> None:
    assert CANARY not in str(build(kind).form(None, SEED))


def test_single_choice_follows_the_shuffle() -> None:
    asked = build("single")
    assert isinstance(asked, Single)
    order = shuffled(4, SEED)
    shown = order.index(0)
    answer = asked.parse(posted(answer=str(shown)), SEED)
    assert answer == 0
    assert asked.credit(answer) == 1
    assert asked.credit(asked.parse(posted(answer=str(order.index(2))), SEED)) == 0
    assert [text for _, text, _ in asked.form(None, SEED)["options"]] == [
        asked.options[number].text for number in order
    ]
    assert asked.guess == 0.25


def test_shuffles_show_the_right_option_in_every_place() -> None:
    places = {shuffled(4, seed).index(0) for seed in range(50)}
    assert places == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("answer", "credit"),
    [([0, 1], 1), ([0], 0.5), ([0, 2], 0), ([0, 1, 2], 0.5), ([0, 1, 2, 3, 4], 0), ([2], 0)],
)
def test_multiple_choice_counts_right_less_wrong(answer: list[Any], credit: float) -> None:
    assert build("multiple").credit(answer) == pytest.approx(credit)


@pytest.mark.parametrize(
    ("answer", "credit"),
    [
        ([0, 1, 2, 3], 1),
        ([1, 0, 2, 3], 2 / 3),
        ([3, 2, 1, 0], 0),
        ([0, 1, None, None], 0),
        ([0, 0, 0, 0], 0),
    ],
)
def test_ordering_counts_pairs_in_order_less_pairs_out_of_order(
    answer: list[Any], credit: float
) -> None:
    assert build("ordering").credit(answer) == pytest.approx(credit)


def test_ordering_is_whole_only_with_every_place_given_once() -> None:
    asked = build("ordering")
    assert asked.is_answered([3, 1, 0, 2])
    assert not asked.is_answered([0, 1, 1, 2])
    assert not asked.is_answered([0, 1, None, 2])


def test_ordering_reads_places_by_the_shuffle() -> None:
    asked = build("ordering")
    values = {f"place_{shown}": str(n) for shown, n in enumerate(shuffled(4, SEED))}
    assert asked.parse(posted(**values), SEED) == [0, 1, 2, 3]


def test_matching_counts_pairs_and_spare_texts_fit_nothing() -> None:
    asked = build("matching")
    assert asked.credit([0, 1, 2]) == 1
    assert asked.credit([0, 2, 1]) == pytest.approx(1 / 3)
    assert asked.credit([3, 3, 3]) == 0
    rights = shuffled(4, SEED, salt=1)
    values = {
        f"pair_{shown}": str(rights.index(number)) for shown, number in enumerate(shuffled(3, SEED))
    }
    assert asked.parse(posted(**values), SEED) == [0, 1, 2]


@pytest.mark.parametrize(
    "text",
    [
        "1234.5",
        "1,234.5",
        "1 234.5",
        "1234,5",
        "1234.9",
        "1234",
        "1235 hours",
        "+1234.5",
        "£1,234.5",
    ],
)
def test_numbers_are_read_as_people_write_them(text: str) -> None:
    asked = build("numeric")
    assert asked.credit(text) == 1, text
    assert asked.is_answered(text)


@pytest.mark.parametrize("text", ["1233.9", "1235.1", "-1234.5", "12"])
def test_numbers_beyond_the_tolerance_are_wrong(text: str) -> None:
    assert build("numeric").credit(text) == 0


@pytest.mark.parametrize(
    "text", ["about 1200", "nan", "inf", "1e3", "1,23,4", "--1", ".", "½", "٣"]
)
def test_what_is_no_number_is_kept_but_not_answered(text: str) -> None:
    asked = build("numeric")
    assert not asked.is_answered(text)
    assert asked.credit(text) == 0


def test_the_edge_of_the_tolerance_counts() -> None:
    assert build("numeric", answer=0.2, tolerance=0.1).credit("0.3") == 1


@pytest.mark.parametrize("text", ["The owner", " the  OWNER. ", "“the owner”", "The Owner!"])
def test_short_answers_are_compared_plainly(text: str) -> None:
    assert build("short").credit(text) == 1


def test_short_answers_that_hold_nothing_are_not_answers() -> None:
    assert not build("short").is_answered("…")
    assert build("short", accept=["x"]).credit("") == 0
    assert plainly("Owner’s") == plainly("owner's") == "owners"


def test_only_the_whole_credit_counts_as_right() -> None:
    assert is_right(1.0)
    assert not is_right(0.99)


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_keys_and_other_types_are_refused(kind: str) -> None:
    for wrong in ({"points": 3}, {"level": 5}, {"level": "1"}, {"id": "Has Capitals"}, {"ask": ""}):
        with pytest.raises(ValidationError):
            KINDS[kind].model_validate(item(kind, **wrong))


def test_documents_that_contradict_themselves_are_found() -> None:
    options = item("single")["options"]
    none_right = [{**option, "right": False} for option in options]
    all_right = [{**option, "right": True} for option in options]
    same = [{**option, "text": "Same"} for option in options]
    assert [p.path for p in build("single", options=none_right).problems()] == [("options",)]
    assert [p.path for p in build("multiple", options=all_right).problems()] == [("options",)]
    assert [p.path for p in build("single", options=same).problems()] == [("options", 1, "text")]
    spare = build("matching", spare=["Fits a"])
    assert [p.path for p in spare.problems()] == [("spare", 0)]
    assert [p.path for p in build("short", accept=["!?"]).problems()] == [("accept", 0)]
    for kind in KINDS:
        assert not list(build(kind).problems())
