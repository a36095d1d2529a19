"""Rules are checked before they stand in a plan, read from the top, and refuse when in doubt."""

from __future__ import annotations

import pytest

from sandbox.engine import guards
from sandbox.engine.guard_facts import trouble
from sandbox.engine.guards import Verdict, compile_rules, each_verdict, fact_types, problems, to_cel
from sandbox.engine.plan import Condition, Rule
from sandbox.engine.vocabulary import Effect, Role
from tests.sandbox.guarded import about, facts, rule, scenario

PAYS = about("tool", "is", "bank.pay")
LARGE = about("amount", "above", 50_000)
STRANGE = about("iban_matches", "is", False)


def judged(*rules: Rule, **changes: object) -> Verdict:
    return compile_rules(rules, scenario())(facts(**changes))


def test_every_fact_of_the_engine_and_of_the_scenario_has_a_type() -> None:
    types = fact_types(scenario())
    assert set(types) == set(facts())
    assert {name: types[name] for name in scenario().facts} == {
        "iban_matches": bool,
        "paid_before": int,
        "called_back": bool,
        "open_sum": int,
        "country": str,
    }
    assert all(trouble(name, kind, facts()) == "" for name, kind in types.items())


def test_flags_have_words_for_both_answers_and_titles_fit_a_sentence() -> None:
    for fact in guards.BASE_FACTS.values():
        assert bool(fact.yes) is bool(fact.no)
        assert fact.yes or fact.type is not bool
        assert fact.title[0].islower()


# ---- Checking ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "condition",
    [
        PAYS,
        LARGE,
        STRANGE,
        about("labels", "has", "untrusted"),
        about("effect", "is not", Effect.DRAFT.value),
        about("agent", "is", Role.SPECIALIST.value),
        about("country", "is not", "GB"),
        about("paid_before", "below", 1),
        about("case", "is", "INV-103"),
        about("amount", "is", -(2**63) + 1),
    ],
)
def test_a_sound_condition_has_no_problems(condition: Condition) -> None:
    assert problems(rule("ask", condition), scenario()) == []


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        (about("amout", "above", 5), "There is no fact called “amout”. Is “amount” meant?"),
        (about("amount", "above", True), "amount is compared with a number, and yes is none."),
        (about("tainted", "is", 1), "tainted is compared with a yes or no, and “1” is none."),
        (about("amount", "above", "5"), "amount is compared with a number, and “5” is none."),
        (about("amount", "has", 5), "“has” does not fit amount, which is a number"),
        (about("tainted", "above", True), "“above” does not fit tainted, which is a yes or no"),
        (about("tool", "below", "x"), "“below” does not fit tool, which is a word"),
        (about("labels", "is", "personal"), "“is” does not fit labels, which is a list"),
        (about("amount", "more than", 5), "“more than” does not fit amount"),
        (about("labels", "has", 3), "labels is compared with a word, and “3” is none."),
        (about("labels", "has", "persnal"), "labels is never “persnal”: it is one of untrusted"),
        (about("tool", "is", "bank.send"), "tool is never “bank.send”: it is one of file.read,"),
        (about("agent", "is", "payer"), "agent is never “payer”: it is one of coordinator,"),
        (about("amount", "above", 2**63), "The number for amount is too large."),
        (about("country", "is", "\ud800"), "The text for country holds signs that nobody can"),
    ],
)
def test_a_wrong_condition_is_explained(condition: Condition, says: str) -> None:
    (found,) = problems(rule("ask", condition), scenario())
    assert found.startswith(says)


def test_a_rule_without_conditions_means_always() -> None:
    assert problems(rule("deny"), scenario()) == []
    assert judged(rule("deny", name="Nothing")) == Verdict("deny", 0, "Nothing", False)


def test_a_rule_is_built_or_written_and_does_something_known() -> None:
    assert problems(rule("ask", LARGE, cel="amount > 5"), scenario()) == [
        "A rule is built with the form or written by hand, not both."
    ]
    assert problems(rule("shout"), scenario()) == ["A rule cannot “shout”."]
    assert len(problems(rule("shout", about("x"), about("y")), scenario())) == 3


@pytest.mark.parametrize(
    ("checked", "says"),
    [
        (rule("modify", PAYS), "The rule does not say what it changes."),
        (rule("ask", PAYS, amount=5), "Only a rule that changes something says what becomes of"),
        (rule("modify", PAYS, note="x"), "No tool that this rule is about has an argument “note”"),
        (rule("modify", sum=5), "No tool that this rule is about has an argument “sum”."),
        (rule("modify", amount="five"), "“five” cannot stand for “amount” (money)."),
        (rule("modify", amount=True), "yes cannot stand for “amount” (money)."),
        (rule("modify", urgent=1), "“1” cannot stand for “urgent” (flag)."),
    ],
)
def test_a_change_belongs_to_modify_and_fits_an_argument(checked: Rule, says: str) -> None:
    (found,) = problems(checked, scenario())
    assert found.startswith(says)


def test_a_fitting_change_is_no_problem() -> None:
    fitting = [
        rule("modify", PAYS, amount=5),
        rule("modify", PAYS, urgent=False, iban="redact"),
        rule("modify", note="redact"),
        rule("modify", amount="redact"),
    ]
    assert [problems(each, scenario()) for each in fitting] == [[], [], [], []]


# ---- Judging -------------------------------------------------------------------------------


def test_the_first_rule_that_fits_decides() -> None:
    rules = (rule("deny", STRANGE), rule("allow", PAYS), rule("ask", LARGE))
    assert judged(*rules, amount=60_000) == Verdict("allow", 1, "allow", False)
    assert judged(*rules, iban_matches=False).effect == "deny"
    assert judged(*rules, tool="file.read", amount=60_000).effect == "ask"


def test_no_rule_that_fits_allows() -> None:
    assert judged() == Verdict("allow", -1, "no rule applies", False)
    assert judged(rule("deny", PAYS, LARGE)) == Verdict("allow", -1, "no rule applies", False)


@pytest.mark.parametrize(
    ("condition", "right", "wrong"),
    [
        (about("amount", "above", 10), 11, 10),
        (about("amount", "below", 10), 9, 10),
        (about("amount", "is", 10), 10, 11),
        (about("amount", "is not", 10), 11, 10),
        (about("tool", "is", "bank.pay"), "bank.pay", "file.read"),
        (about("tool", "is not", "bank.pay"), "file.read", "bank.pay"),
        (about("tainted", "is", True), True, False),
        (about("tainted", "is", False), False, True),
        (about("tainted", "is not", True), False, True),
        (about("tainted", "is not", False), True, False),
        (about("labels", "has", "personal"), ["untrusted", "personal"], ["untrusted"]),
        (about("labels", "has", "personal"), ("personal",), ()),
    ],
)
def test_each_comparison(condition: Condition, right: object, wrong: object) -> None:
    assert judged(rule("ask", condition), **{condition.fact: right}).effect == "ask"
    assert judged(rule("ask", condition), **{condition.fact: wrong}).effect == "allow"


def test_all_conditions_must_hold_however_many() -> None:
    sound = [PAYS, LARGE, about("tainted", "is", False), about("again", "is", 0), STRANGE]
    held = {"amount": 60_000, "iban_matches": False}
    for many in range(1, 6):
        assert judged(rule("ask", *sound[:many]), **held).effect == "ask"
        assert judged(rule("ask", *sound[:many], about("personal")), **held).effect == "allow"
        assert judged(rule("ask", about("personal"), *sound[:many]), **held).effect == "allow"


def test_a_missing_fact_denies_and_names_rule_and_fact() -> None:
    judge = compile_rules([rule("allow", about("tainted")), rule("allow", LARGE)], scenario())
    without = {name: value for name, value in facts().items() if name != "amount"}
    assert judge(without) == Verdict("deny", 1, "The fact “amount” is missing.", True)
    assert judge({}) == Verdict("deny", 0, "The fact “tainted” is missing.", True)


def test_an_error_below_the_rule_that_decides_is_not_read() -> None:
    rules = (rule("allow", PAYS), rule("deny", LARGE), rule("deny", about("nonsense")))
    judge = compile_rules(rules, scenario())
    assert judge({"tool": "bank.pay"}) == Verdict("allow", 0, "allow", False)
    assert judge({"tool": "file.read"}).rule == 1
    assert judge({"tool": "file.read", "amount": 5}).rule == 2


def test_a_condition_that_is_not_true_does_not_hide_an_error_beside_it() -> None:
    verdict = compile_rules([rule("deny", about("tainted"), LARGE)], scenario())({"tainted": False})
    assert verdict == Verdict("deny", 0, "The fact “amount” is missing.", True)


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        (LARGE, "60000"),
        (LARGE, True),
        (LARGE, None),
        (LARGE, 6e4),
        (PAYS, 3),
        (STRANGE, 0),
        (STRANGE, "no"),
        (about("labels", "has", "personal"), "personal"),
        (about("labels", "has", "personal"), None),
    ],
)
def test_a_fact_of_another_type_denies(condition: Condition, value: object) -> None:
    verdict = judged(rule("allow", condition), **{condition.fact: value})
    assert verdict[:2] == ("deny", 0)
    assert verdict.error
    assert verdict.why.startswith(f"The fact “{condition.fact}” is not a")


def test_words_of_an_enumeration_are_words() -> None:
    assert judged(rule("ask", about("effect", "is", "irreversible")), effect=Effect.IRREVERSIBLE)[
        :2
    ] == ("ask", 0)


@pytest.mark.parametrize(
    "broken",
    [
        rule("allow", about("nonsense")),
        rule("allow", about("amount", "above", True)),
        rule("allow", PAYS, cel="true"),
        rule("allow", cel="amount >"),
        rule("modify", PAYS),
    ],
)
def test_a_broken_rule_denies_and_never_raises(broken: Rule) -> None:
    verdict = judged(broken)
    assert verdict[:2] == ("deny", 0)
    assert verdict.error
    assert verdict.why == problems(broken, scenario())[0]


def test_each_rule_is_heard_alone() -> None:
    rules = [
        rule("allow", PAYS),
        rule("ask", PAYS, LARGE, STRANGE),
        rule("deny", about("nonsense")),
        rule("deny"),
        rule("deny", cel="amount > 5"),
        rule("deny", cel="amount > 50000"),
    ]
    assert each_verdict(rules, scenario(), facts()) == [
        (True, "All of it holds."),
        (False, "Not so: the amount is above £500.00."),
        (None, "There is no fact called “nonsense”."),
        (True, "It always holds."),
        (True, "What is written holds."),
        (False, "What is written does not hold."),
    ]
    assert each_verdict(rules[:1], scenario(), {}) == [(None, "The fact “tool” is missing.")]


def test_cel_text_of_form_built_rules() -> None:
    assert to_cel(rule("ask", PAYS, LARGE, STRANGE)) == (
        'tool == "bank.pay" && amount > 50000 && !iban_matches'
    )
    assert to_cel(rule("ask", about("labels", "has", 'a "b"\\\n'), about("tainted"))) == (
        '"a \\"b\\"\\\\\\n" in labels && tainted'
    )
    assert to_cel(rule("ask", about("amount", "is not", -5), about("again", "below", 2))) == (
        "amount != -5 && again < 2"
    )
    assert to_cel(rule("deny")) == "true"
    assert to_cel(rule("deny", cel="amount > 5 || tainted")) == "amount > 5 || tainted"
