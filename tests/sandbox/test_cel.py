"""Hand-written rules: bounded before they run, evaluated like the form's, refused when in doubt."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.engine import cel
from sandbox.engine.cel_limits import LONGEST, beyond_limits, names
from sandbox.engine.guards import compile_rules, fact_types, problems, to_cel
from sandbox.engine.plan import Condition, Rule
from tests.sandbox.guarded import CASES, TOOLS, facts, rule, scenario

TYPES = fact_types(scenario())


def wrong(source: str) -> list[str]:
    return cel.problems(source, TYPES)


# ---- What may be written -------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        'tool == "bank.pay" && amount > 50000 && !iban_matches',
        "tool == 'bank.pay' || (tainted && amount * 2 >= 100000)",
        'tool in ["bank.pay", "note.write"] && !(confidence < 70)',
        'labels.exists(x, x == "personal") && labels.all(y, y != "unsourced")',
        'size(labels) > 0 && labels.size() < 3 && size(labels.filter(x, x != "personal")) == 1',
        '["GB", "IE"].exists_one(land, land == country)',
        'country.startsWith("G") && country.endsWith("B") && tool.contains("pay")',
        "external ? amount > 10000 : amount > 90000",
        'string(amount) == "5" || int("3") < again || "personal" in labels',
        'amount > 5 &&\n  country != "it // is \\"not\\" a note"',
        "true",
    ],
)
def test_what_a_guard_needs_may_be_written(source: str) -> None:
    assert wrong(source) == []
    assert isinstance(cel.compiled(source, TYPES)(facts()), bool)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("amount > 5" + " " * LONGEST, "The rule has 310 characters; 300 are the limit."),
        (
            "labels.exists(x, labels.all(y, x == y))",
            "At character 25: “all” stands inside another loop; one deep is the limit.",
        ),
        (
            "labels.map(x, x).exists(y, y == tool)",
            "At character 18: “exists” may follow a list only, not what was worked out.",
        ),
        ("[[tool].map(s, s)][0].all(x, true)", "At character 23: “all” may follow a list only,"),
        ("[labels, labels].all(x, true)", "At character 18: “all” may follow a list only,"),
        ("(labels).all(x, true)", "At character 10: “all” may follow a list only,"),
        ("tool.all(x, true)", "At character 6: “all” may follow a list only,"),
        ("labels.all(x, x in labels)", "At character 20: the list “labels” may not be looked"),
        ("labels.all(tool, true)", "At character 12: “tool” means something else already."),
        ("labels.all(true, true)", "At character 12: “true” means something else already."),
        ("labels.all(2, true)", "At character 8: “all” needs a name for each entry, as in all(x,"),
        ("labels.all()", "At character 8: “all” needs a name for each entry"),
        ("labels.all(x, true) && x", "At character 24: there is no fact called “x”."),
        ("amout > 5", "At character 1: there is no fact called “amout”. Is “amount” meant?"),
        ("true && nope", "At character 9: there is no fact called “nope”."),
        ("false && tool.matches('a')", "At character 14: after a dot only these may stand: all,"),
        ("case.id == tool", "At character 5: after a dot only these may stand"),
        (".tool == country", "At character 1: after a dot only these may stand"),
        ("has(tool)", "At character 1: there is no “has(…)”; there are double, int, size, string."),
        ("exists(labels, x, true)", "At character 1: there is no “exists(…)”;"),
        ("amount > 5 // a note", "At character 12 stands a note (//), which a rule cannot hold."),
        ('tool == r"a"', "At character 10: write a text in plain quotes, nothing before."),
        ('tool == r"\\" + tool', "At character 10 stands a text that never ends"),
        ('tool == """a"""', "At character 11: write a text in plain quotes"),
        ('tool == "bank', "At character 9 stands a text that never ends, which a rule cannot"),
        ('{"a": 1} == tool', "At character 1 stands “{”, which a rule cannot hold."),
        ("amоunt > 5", "At character 3 stands “о”, which a rule cannot hold."),
        ("amount >", "The rule cannot be read at character 9: it ends too early."),
        ("amount == == 2", "The rule cannot be read at character 11: “==”."),
        ("tainted &&\n&& external", "The rule cannot be read at line 2, character 1: “&&”."),
        ("(tainted", "The rule cannot be read at character 9: it ends too early."),
        ("tainted)", "The rule cannot be read at character 8: “)”."),
        ("amount > 99999999999999999999", "The rule cannot be read at character 10"),
        ("", "The rule cannot be read at character 1: it ends too early."),
        ("amount + 1", "It has to come out as a yes or no, and comes out as a number."),
        ("tool", "It has to come out as a yes or no, and comes out as a word."),
        ("amount > 'x'", "It compares or joins values of different kinds."),
        ('tool == "bank.pay" && amount > true', "It compares or joins values of different kinds."),
    ],
)
def test_what_may_not_be_written_is_explained_with_its_place(source: str, says: str) -> None:
    found = wrong(source)
    assert found, source
    assert found[0].startswith(says)
    with pytest.raises(cel.CelTrouble):
        cel.compiled(source, TYPES)(facts(tool="bank.pay"))


def test_problems_of_a_rule_are_those_of_its_text() -> None:
    assert problems(rule("ask", cel="amout > 5"), scenario()) == wrong("amout > 5")


def test_names_are_the_facts_that_a_text_asks_for() -> None:
    assert names('tool == "amount" && labels.exists(x, x == country)', TYPES) == (
        "country",
        "labels",
        "tool",
    )


# A loop over 200 entries in which every entry costs most, and other ways to spend without end.
DEAR = [
    "labels.all(x, size(" + "+".join(["labels"] * 38) + ") > 0)",
    "labels.all(a, labels.all(b, labels.all(c, a != b || b != c || a == c)))",
    "size([tool]" + ".map(s, s+s+s+s+s)" * 14 + ") > 0",
    "[[tool].map(s, s+s+s)].map(s, s+s+s).size() > 0",
    r'tool.matches("(\\w{60}){60}")',
    "(" * 140 + "true" + ")" * 140,
    "[" * 140 + "]" * 140 + " == labels",
]


@pytest.mark.parametrize("source", DEAR)
def test_what_costs_without_bound_is_refused_before_it_runs(source: str) -> None:
    assert wrong(source)


@pytest.mark.parametrize(
    "source",
    [
        "size(" + "+".join(["labels"] * 40) + ") > 0",
        "labels.all(x, size(" + "+".join(["x"] * 130) + ") > 0)",
        " || ".join(['"no" in labels'] * 16),
        "labels.map(x, [x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x]).size() > 0",
        "-" * 280 + "amount > 5",
        "tainted" + " || tainted" * 25,
    ],
)
def test_the_dearest_that_is_allowed_gives_an_answer(source: str) -> None:
    fits = cel.compiled(source, TYPES)
    dear = facts(labels=[f"label number {n}" for n in range(cel.MOST_ENTRIES)])
    assert fits(dear) in (True, False)


PIECES = st.sampled_from(
    [
        "amount",
        "tool",
        "labels",
        "tainted",
        "x",
        '"a"',
        "'b'",
        "5",
        "0",
        "1.5",
        "true",
        "null",
        "in",
        "(",
        ")",
        "[",
        "]",
        ".",
        ",",
        "?",
        ":",
        "&&",
        "||",
        "!",
        "==",
        ">",
        "+",
        "-",
        "/",
        "%",
        "exists",
        "all",
        "map",
        "filter",
        "size",
        "contains",
        "startsWith",
        "string",
        "int",
        "matches",
        "has",
        "{",
        "}",
        "//",
        'r"',
        "\\",
        "`",
        "é",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=25), st.sampled_from(["", " "]))
def test_nothing_that_is_written_breaks_the_guard(pieces: list[str], between: str) -> None:
    source = between.join(pieces)
    found = wrong(source)
    verdict = compile_rules([rule("allow", cel=source)], scenario())(facts())
    if found:
        assert verdict[:3] == ("deny", 0, found[0])
    assert verdict.error is (verdict.effect == "deny")


# ---- How it is judged ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "changes", "says"),
    [
        ("100 / again > 3", {}, "It divides by nought."),
        ("amount * 9000000000000000000 > 5", {}, "A number grows too large in it."),
        ("int(tool) > 3", {}, "It cannot be worked out: Function 'int' error"),
        ("amount > 5", {"amount": True}, "The fact “amount” is not a number."),
        ("amount > 5", {"amount": 2**70}, "The fact “amount” is too large a number."),
        ("false && tainted", {"tainted": "no"}, "The fact “tainted” is not a yes or no."),
        ('"a" in labels', {"labels": ["b"] * 201}, "The list “labels” has more than 200 entries."),
        ('tool == "a"', {"tool": "\ud800"}, "It cannot be worked out"),
    ],
)
def test_what_cannot_be_worked_out_denies(
    source: str, changes: dict[str, object], says: str
) -> None:
    assert wrong(source) == []
    verdict = compile_rules([rule("allow", cel=source)], scenario())(facts(**changes))
    assert verdict[:2] == ("deny", 0)
    assert verdict.error
    assert verdict.why.startswith(says)


def test_a_missing_fact_denies_also_where_the_answer_does_not_hang_on_it() -> None:
    without = {name: value for name, value in facts().items() if name != "tainted"}
    verdict = compile_rules([rule("allow", cel="true || tainted")], scenario())(without)
    assert verdict == ("deny", 0, "The fact “tainted” is missing.", True)


def test_written_and_built_rules_are_read_in_one_order() -> None:
    rules = (
        rule("deny", cel="amount < 0"),
        rule("ask", Condition(fact="amount", op="above", value=50_000)),
        rule("allow", cel='labels.exists(x, x == "untrusted")'),
        rule("deny", Condition(fact="tainted")),
    )
    judge = compile_rules(rules, scenario())
    assert judge(facts()).rule == -1
    assert judge(facts(amount=60_000, tainted=True)).rule == 1
    assert judge(facts(labels=["untrusted"], tainted=True)).rule == 2
    assert judge(facts(tainted=True)).rule == 3


# ---- The form and its CEL say the same -----------------------------------------------------

WORDS = {
    "tool": st.sampled_from([*TOOLS]),
    "case": st.sampled_from([*CASES]),
    "country": st.text(max_size=4).filter(lambda text: text.isprintable()),
    "effect": st.sampled_from(["read", "draft", "reversible", "irreversible"]),
    "agent": st.sampled_from(["specialist", "planner"]),
    "job": st.sampled_from(["match", "pay"]),
}
NUMBERS = st.integers(-3, 3) | st.integers(-(2**63) + 1, 2**63 - 1)
LABELS = st.sampled_from(["untrusted", "personal", "unsourced"])
OF_ALL: st.SearchStrategy[Literal["is", "is not"]] = st.sampled_from(["is", "is not"])
OF_NUMBERS: st.SearchStrategy[Literal["is", "is not", "above", "below"]] = st.sampled_from(
    ["is", "is not", "above", "below"]
)


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    fact = draw(st.sampled_from(sorted(TYPES)))
    kind = TYPES[fact]
    if kind is list:
        return Condition(fact=fact, op="has", value=draw(LABELS))
    if kind is int:
        return Condition(fact=fact, op=draw(OF_NUMBERS), value=draw(NUMBERS))
    value = draw(st.booleans()) if kind is bool else draw(WORDS[fact])
    return Condition(fact=fact, op=draw(OF_ALL), value=value)


@st.composite
def situations(draw: st.DrawFn) -> dict[str, object]:
    by_kind = {bool: st.booleans(), int: NUMBERS, list: st.lists(LABELS, max_size=3)}
    found: dict[str, object] = {
        name: draw(by_kind[kind] if kind in by_kind else WORDS[name])
        for name, kind in TYPES.items()
    }
    if draw(st.integers(0, 5)) == 0:  # now and then something is missing or not what it should be
        name = draw(st.sampled_from(sorted(found)))
        found[name] = draw(st.sampled_from([None, "x", 1, True, ["x"], 1.5]))
        if found[name] is None:
            del found[name]
    return found


FORM_RULES = st.builds(
    Rule,
    name=st.just("rule"),
    effect=st.sampled_from(["allow", "ask", "deny"]),
    when=st.lists(conditions(), max_size=4).map(tuple),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(FORM_RULES, max_size=4), situations())
def test_built_rules_and_their_cel_give_one_verdict(
    rules: list[Rule], situation: dict[str, object]
) -> None:
    written = [replace(each, when=(), cel=to_cel(each)) for each in rules]
    if any(len(each.cel) > LONGEST for each in written):
        return
    assert [problems(each, scenario()) for each in [*rules, *written]] == [[]] * 2 * len(rules)
    native = compile_rules(rules, scenario())(situation)
    by_cel = compile_rules(written, scenario())(situation)
    assert (native.effect, native.rule, native.error) == (by_cel.effect, by_cel.rule, by_cel.error)


# ---- Without the package -------------------------------------------------------------------


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    cel._program.cache_clear()
    monkeypatch.setitem(sys.modules, "cel", None)
    yield
    cel._program.cache_clear()


@pytest.mark.usefixtures("missing")
def test_without_the_package_a_written_rule_says_so_and_denies() -> None:
    assert not cel.available()
    assert wrong("amount > 5") == [cel.MISSING]
    assert beyond_limits("amout > 5", TYPES) == wrong("amout > 5")
    judge = compile_rules([rule("allow", cel="amount > 5")], scenario())
    assert judge(facts()) == ("deny", 0, cel.MISSING, True)


@pytest.mark.usefixtures("missing")
def test_without_the_package_built_rules_work() -> None:
    ask = rule("ask", Condition(fact="amount", op="above", value=5))
    assert compile_rules([ask], scenario())(facts()).effect == "ask"


def test_the_engine_loads_neither_the_package_nor_anything_of_its_kind() -> None:
    program = (
        "import sys; from sandbox.engine import guards, guard_words\n"
        "from tests.sandbox.guarded import about, facts, rule, scenario\n"
        "judge = guards.compile_rules([rule('ask', about('amount', 'above', 5))], scenario())\n"
        "assert judge(facts()).effect == 'ask'\n"
        "print(sorted({'cel', 'typer', 'pydantic', 'django'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
