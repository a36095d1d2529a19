"""Rules and plans in plain words: what a person reads is what the guardian will do."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.engine.guard_words import gaps, says, words
from sandbox.engine.plan import Budget, Checkpoint, Condition, Plan, Rule
from sandbox.engine.plan_gaps import likely_asks
from sandbox.engine.plan_parts import works
from sandbox.engine.scenario import Limits, Paper
from tests.sandbox.guarded import PAPERS, about, rule, scenario, stage

PAYS = about("tool", "is", "bank.pay")
LARGE = about("amount", "above", 50_000)
STRANGE = about("iban_matches", "is", False)
MATCH, PAY = stage("match", "matcher"), stage("pay", "payer")
BEFORE_PAYING = Checkpoint(kind="tool", of="bank.pay")


def plan(*stages: Any, rules: tuple[Rule, ...] = (), **others: Any) -> Plan:
    return Plan(stages=stages or (MATCH, PAY), rules=rules, **others)


def said(*stages: Any, **others: Any) -> list[str]:
    return says(plan(*stages, **others), scenario())


# ---- A rule --------------------------------------------------------------------------------


def test_a_rule_reads_as_a_sentence() -> None:
    assert words(rule("ask", PAYS, LARGE, STRANGE), scenario(), "£") == (
        "Ask me when the tool is Pay the invoice and the amount is above £500.00"
        " and the account is not the one on file"
    )


@pytest.mark.parametrize(
    ("said_of", "reads"),
    [
        (rule("deny"), "Refuse it without asking me every time"),
        (
            rule("allow", about("called_back")),
            "Allow it without asking me when a call-back is noted",
        ),
        (
            rule("deny", cel="amount > 5 || tainted"),
            "Refuse it without asking me when this holds: amount > 5 || tainted",
        ),
        (
            rule("modify", about("personal"), note="redact", amount=50_000, urgent=False),
            "Take personal data out of the note, set the amount to £500.00 and set the urgent to no"
            " when it carries personal data",
        ),
    ],
)
def test_every_effect_has_its_words(said_of: Rule, reads: str) -> None:
    assert words(said_of, scenario()) == reads


@pytest.mark.parametrize(
    ("condition", "reads"),
    [
        (about("tool", "is not", "bank.pay"), "the tool is not Pay the invoice"),
        (about("effect", "is", "irreversible"), "it cannot be taken back"),
        (about("effect", "is not", "read"), "the tool does more than read"),
        (about("agent", "is", "specialist"), "the agent is a specialist"),
        (about("job", "is", "pay"), "the job is Pay"),
        (about("case", "is not", "INV-101"), "the invoice is not INV-101"),
        (about("confidence", "below", 70), "the agent’s confidence is below 70%"),
        (about("minutes_left", "below", 20), "the time left is below 20 minutes"),
        (about("attention_left", "below", 1), "your attention left is below 1 minute"),
        (about("cost_pct", "above", 80), "the share of the money spent is above 80%"),
        (about("unsourced", "above", 0), "a value has no source"),
        (about("unsourced", "is", 0), "every value has a source"),
        (about("unsourced", "above", 2), "the number of values without a source is above 2"),
        (about("again", "below", 1), "this tool was not used on this case before"),
        (about("repeats", "is not", 0), "exactly the same was done before"),
        (about("tainted", "is not", True), "no value comes from an untrusted source"),
        (about("labels", "has", "personal"), "it is labelled as personal data"),
        (about("paid_before", "above", 0), "“Payments made for it” is above 0"),
        (about("called_back", "is", False), "it is not so that a call-back is noted"),
        (about("open_sum", "above", 90_000), "the sum still open is above £900.00"),
        (about("country", "is not", "GB"), "“Country of the supplier” is not “GB”"),
        (about("nonsense", "above", 3), "“nonsense” is above 3"),
    ],
)
def test_every_kind_of_fact_has_its_words(condition: Condition, reads: str) -> None:
    assert words(rule("ask", condition), scenario()) == f"Ask me when {reads}"


def test_the_currency_is_the_one_asked_for() -> None:
    assert words(rule("ask", LARGE), scenario(), "€").endswith("above €500.00")


# ---- What a plan says ----------------------------------------------------------------------


def test_a_plan_without_stages_does_nothing() -> None:
    assert says(Plan(), scenario()) == ["The plan has no stages yet, so nothing happens."]


def test_a_stage_says_who_does_what_and_what_happens_without_asking() -> None:
    assert said(stage("match", "matcher", tier="small"), PAY) == [
        "Matcher, on a small model, does “Match” for each of the three invoices. “Record the match”"
        " happens without asking and can be taken back. If a tool fails, it stops and asks you.",
        "Payer, on a medium model, does “Pay” for each of the three invoices. “Pay the invoice”"
        " happens without asking and cannot be taken back. If a tool fails, it stops and asks you.",
        "You allow £3.00 for models and tools, 120 minutes and 30 minutes of your attention, which"
        " is enough for ten questions; what is asked beyond that counts as refused.",
    ]


def test_rules_are_said_where_they_bear_and_in_their_order() -> None:
    rules = (
        rule("deny", PAYS, about("again", "above", 0), name="Never twice"),
        rule("ask", PAYS, LARGE, name="Large sums"),
        rule("ask", about("irreversible"), STRANGE, name="Strange accounts"),
        rule("deny", about("tool", "is", "match.record"), about("tainted"), name="Ours alone"),
    )
    match, pay, _ = said(rules=rules)
    assert (
        "“Record the match” is refused without asking when a value comes from an untrusted source"
        " (“Ours alone”). Everything else happens without asking and can be taken back." in match
    )
    assert (
        "“Pay the invoice” is refused without asking when this tool was used on this case before"
        " (“Never twice”). Otherwise it waits for you when the amount is above £500.00 (“Large"
        " sums”) or when the account is not the one on file (“Strange accounts”). Everything else"
        " happens without asking and cannot be taken back." in pay
    )
    assert "Ours alone" not in pay
    assert "Large sums" not in match


def test_a_rule_that_always_decides_ends_the_reading() -> None:
    rules = (rule("allow", LARGE, name="L"), rule("deny", PAYS, name="No"), rule("ask", STRANGE))
    _, pay, _ = said(rules=rules)
    assert "goes ahead without asking when the amount is above £500.00 (“L”)." in pay
    assert "Everything else is refused without asking (“No”). If a tool fails" in pay
    assert "on file" not in pay
    _, pay, _ = said(rules=(rule("allow", PAYS, name="Standing"),), checkpoints=(BEFORE_PAYING,))
    assert "“Pay the invoice” goes ahead without asking (“Standing”). It cannot be taken" in pay


def test_checkpoints_are_said_where_they_stand() -> None:
    checkpoints = (BEFORE_PAYING, Checkpoint(kind="stage", of="match"))
    match, pay, _ = said(checkpoints=checkpoints)
    assert match.endswith("You see what came of it before the next stage begins.")
    assert "“Pay the invoice” waits for you every time. If" in pay
    _, pay, _ = said(rules=(rule("deny", STRANGE, name="S"),), checkpoints=checkpoints)
    assert "Everything else waits for you. If" in pay
    _, pay, _ = said(checkpoints=(Checkpoint(kind="confidence", below=75),))
    assert "“Pay the invoice” waits for you when the agent is less than 75% sure. Everything" in pay


def test_a_written_and_a_changing_rule_are_named() -> None:
    rules = (
        rule("ask", cel='tool == "bank.pay" && amount > 5', name="Mine"),
        rule("modify", PAYS, LARGE, name="Cap", amount=50_000),
    )
    match, pay, _ = said(rules=rules)
    assert "waits for you when your own rule “Mine” holds." in pay
    assert "Otherwise it is changed first (set the amount to £500.00) when the amount" in pay
    assert "Mine" not in match


@pytest.mark.parametrize(
    ("on_fail", "reads"),
    [
        ("ask", "it stops and asks you."),
        ("retry", "it tries again without looking whether it was done."),
        ("reconcile", "it looks first whether it was done, then tries again."),
        ("skip", "it leaves that invoice and goes on."),
    ],
)
def test_it_says_what_a_failed_tool_leads_to(on_fail: str, reads: str) -> None:
    pay, _ = said(stage("pay", "payer", on_fail=on_fail))
    assert pay.endswith(f"If a tool fails, {reads}")


def test_sorting_and_watching_are_said() -> None:
    sort, large, watch, _ = said(
        stage("sort", "sorter"), stage("pay-large", "payer"), stage("read", "reader", share=5)
    )
    assert sort == "Sorter, on a medium model, sorts the three invoices into large."
    assert large.startswith("Payer, on a medium model, does “Pay large sums” for the invoice.")
    assert watch == (
        "Second reader, on a medium model, reads one in five of the proposals of “Pay large sums”"
        " before it happens. If it objects, that proposal does not happen."
    )
    *_, watch, _ = said(PAY, stage("read", "reader"), checkpoints=(Checkpoint(kind="conflict"),))
    assert watch.endswith(
        "reads every proposal of “Pay” before it happens. If it objects, you decide."
    )
    assert said(stage("read", "reader"))[0].endswith("no stage before it proposes anything.")


def test_tools_that_a_job_does_not_need_and_stages_that_are_nowhere_are_said() -> None:
    match, nowhere, _ = said(stage("match", "genius"), stage("match", "nobody"))
    assert "It may also touch “Pay the invoice”, which the job does not need." in match
    assert nowhere == "This stage names a job or an agent that the scenario does not have."
    match, _ = said(stage("match", "genius", tools=("match.record",)))
    assert "may also touch" not in match
    match, _ = said(stage("match", "matcher", tools=()))
    assert match.endswith("It proposes nothing that a tool would do.")


def test_the_allowance_is_the_plans_own() -> None:
    *_, allowed = said(PAY, budget=Budget(mils=1250, minutes=45, human_minutes=3))
    assert allowed == (
        "You allow £1.25 for models and tools, 45 minutes and three minutes of your attention,"
        " which is enough for one question; what is asked beyond that counts as refused."
    )


# ---- What a plan leaves open ---------------------------------------------------------------

NO_RULE = (
    "“Pay the invoice” in “Pay” cannot be taken back. Nothing stands before it: no rule and no"
    " checkpoint. That may be what you want."
)
ONE_BREATH = (
    "Payer reads what comes from outside and can use “Pay the invoice” in the same breath, in"
    " “Pay”. What it reads may try to tell it what to do."
)
TWICE = "No rule notices when “Pay the invoice” is done twice. That may be what you want."
UNSEEN = (
    "No rule in this plan looks at whether the account is the one on file, whether a call-back is"
    " noted, the sum still open or “Country of the supplier”. That may be what you want."
)


def found(*stages: Any, **others: Any) -> list[str]:
    return gaps(plan(*stages, **others), scenario())


def test_a_bare_plan_leaves_much_open() -> None:
    assert found() == [NO_RULE, ONE_BREATH, TWICE, UNSEEN]


def test_a_checkpoint_before_the_tool_closes_all_of_it() -> None:
    assert found(PAY, checkpoints=(BEFORE_PAYING,)) == []
    assert found(checkpoints=(BEFORE_PAYING,)) == [
        UNSEEN.replace("whether the account is the one on file, ", "")
    ]


@pytest.mark.parametrize(
    ("closing", "closed"),
    [
        (rule("ask", LARGE), NO_RULE),
        (rule("ask", cel="amount > 50000"), NO_RULE),
        (rule("ask", about("tainted")), ONE_BREATH),
        (rule("ask", cel='"untrusted" in labels'), ONE_BREATH),
        (rule("deny", about("repeats", "above", 0)), TWICE),
        (rule("deny", PAYS, about("paid_before", "above", 0)), TWICE),
        (rule("deny", cel="again > 0"), TWICE),
    ],
)
def test_a_rule_closes_what_it_looks_at(closing: Rule, closed: str) -> None:
    assert closed in found()
    assert closed not in found(rules=(closing,))


def test_a_rule_that_allows_or_is_about_another_tool_closes_nothing() -> None:
    for idle in (rule("allow", PAYS), rule("ask", about("tool", "is", "note.write"))):
        assert NO_RULE in found(rules=(idle,))


def test_a_fact_that_a_rule_asks_about_is_no_gap() -> None:
    rules = (rule("ask", STRANGE), rule("ask", cel='called_back && country == "GB"'))
    (unseen,) = [each for each in found(rules=rules) if each.startswith("No rule in this plan")]
    assert unseen == "No rule in this plan looks at the sum still open. That may be what you want."


def test_watchers_at_one_in_some_and_of_their_own_work_are_named() -> None:
    watched = found(PAY, stage("read", "reader", share=5))
    assert (
        NO_RULE.replace("Nothing stands", "A watcher reads it, and nothing else stands") in watched
    )
    assert (
        "Second reader reads one proposal in five of “Pay”; the others pass unread."
        " That may be what you want." in watched
    )
    own = "Genius reads its own work in “Pay”, and seldom objects."
    assert own in found(stage("pay", "genius"), stage("read", "genius"))
    assert own not in found(stage("pay", "genius"), stage("read", "reader"))


def test_tools_too_many_and_blind_second_tries_are_named() -> None:
    wide = "Genius may touch “Pay the invoice” in “Match”, where the job does not need it."
    assert wide in found(stage("match", "genius"))
    assert wide not in found(stage("match", "genius", tools=("match.record",)))
    blind = "If “Pay the invoice” fails and was done all the same, trying again does it twice."
    for on_fail in ("ask", "retry", "reconcile", "skip"):
        named = found(stage("pay", "payer", on_fail=on_fail))
        assert any(each.startswith(blind) for each in named) is (on_fail == "retry")


def test_rules_below_one_that_always_decides_are_named() -> None:
    rules = (rule("ask", LARGE), rule("deny", name="All"), rule("ask", STRANGE, name="Accounts"))
    never = "The rule “Accounts” is never read: “All” above it always decides."
    assert never in found(rules=rules)
    assert never not in found(rules=(rules[0], rules[2], rules[1]))


def test_personal_data_going_outside_is_named() -> None:
    papers = {**PAPERS, "letter": Paper(title="Letter", source="HR", personal=True)}
    outside = (
        "No rule in this plan keeps personal data from going outside. That may be what you want."
    )
    holds = scenario(papers=papers)
    assert outside in gaps(plan(), holds)
    assert outside not in gaps(plan(rules=(rule("ask", about("personal")),)), holds)
    assert outside not in gaps(plan(checkpoints=(BEFORE_PAYING,)), holds)
    assert outside not in found()


@pytest.mark.parametrize(
    ("rules", "checkpoints", "asks"),
    [
        ((), (), 0),
        ((), (BEFORE_PAYING,), 3),
        ((), (BEFORE_PAYING, Checkpoint(kind="stage", of="match")), 4),
        ((rule("ask", LARGE),), (), 2),
        ((rule("allow", LARGE),), (BEFORE_PAYING,), 1),
        ((rule("deny", PAYS, LARGE), rule("ask", PAYS)), (), 1),
        ((rule("modify", LARGE, amount=5),), (BEFORE_PAYING,), 3),
        ((rule("ask", PAYS, about("amount", "below", 60_000)),), (), 1),
        ((rule("ask", about("amount", "below", 60_000)),), (), 4),  # no sum counts as nought
        ((rule("ask", about("amount", "is", 60_000)),), (), 1),
        ((rule("ask", STRANGE),), (), 0),
        ((), (Checkpoint(kind="confidence", below=70),), 1),
        ((rule("ask"),), (), 6),
    ],
)
def test_questions_are_counted_from_the_cases(
    rules: tuple[Rule, ...], checkpoints: tuple[Checkpoint, ...], asks: int
) -> None:
    made = plan(rules=rules, checkpoints=checkpoints)
    assert likely_asks(made, works(made, scenario()), scenario()) == asks


def test_a_budget_below_the_likely_questions_is_named() -> None:
    tight = scenario(limits=Limits(human_minutes=8, ask_minutes=3))
    (named,) = gaps(plan(PAY, checkpoints=(BEFORE_PAYING,)), tight)
    assert named == (
        "This plan is likely to ask you three times or more, which takes 9 minutes; you allow 8."
        " What is asked beyond that counts as refused."
    )
    enough = plan(PAY, checkpoints=(BEFORE_PAYING,), budget=Budget(human_minutes=9))
    assert gaps(enough, tight) == []


def test_only_sorted_cases_count() -> None:
    sorted_first = plan(stage("sort", "sorter"), stage("pay-large", "payer"))
    unsorted = plan(stage("pay-large", "payer"))
    assert [each.cases for each in works(sorted_first, scenario())] == [("INV-103",)]
    assert [len(each.cases) for each in works(unsorted, scenario())] == [3]
