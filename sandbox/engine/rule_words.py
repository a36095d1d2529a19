"""A rule in plain words: "Ask me when the amount is above £500.00 and nobody rang back"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sandbox.engine.guard_facts import BASE_FACTS, LABELS, column_of, fact_types
from sandbox.engine.plan import Condition, Rule, Value
from sandbox.engine.prepared import money
from sandbox.engine.scenario import Scenario

_REACH = {
    "read": ("the tool only reads", "the tool does more than read"),
    "draft": ("the tool only drafts", "the tool does not only draft"),
    "reversible": ("what it does can be undone later", "what it does is not what can be undone"),
    "irreversible": ("it cannot be taken back", "it can be taken back"),
}
# fmt: off
_NUMBERS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    "twenty",
)
# fmt: on


class _Said(NamedTuple):
    """How a fact is spoken of, be it a base fact or the scenario's own."""

    title: str
    yes: str
    no: str
    shown: str


def words(rule: Rule, scenario: Scenario, currency: str = "") -> str:
    """The rule as one plain sentence without a full stop; the scenario's currency by default."""
    opening = opens(rule, scenario, currency)
    if rule.cel:
        return f"{opening} when this holds: {rule.cel}"
    if not rule.when:
        return f"{opening} every time"
    return f"{opening} when {' and '.join(clause(each, scenario, currency) for each in rule.when)}"


def opens(rule: Rule, scenario: Scenario, currency: str = "") -> str:
    """What the rule does, as its words begin."""
    if rule.effect == "ask":
        return "Ask me"
    if rule.effect == "allow":
        return "Allow it without asking me"
    if rule.effect == "deny":
        return "Refuse it without asking me"
    changes = [_change(name, value, scenario, currency) for name, value in rule.change.items()]
    return capital(joined(changes)) or "Change nothing"


def clause(condition: Condition, scenario: Scenario, currency: str = "") -> str:
    """One condition as a clause: "the amount is above £500.00"."""
    name, op, value = condition.fact, condition.op, condition.value
    fact = _said(name, scenario)
    if isinstance(value, bool):
        return fact.yes if value is (op == "is") else fact.no
    if op == "has":
        return LABELS.get(str(value), f"{fact.title} hold “{value}”")
    if isinstance(value, int):
        return _number(fact, op, value, currency or scenario.world.currency)
    return _text(fact, op, value, scenario)


def looked_at(name: str, scenario: Scenario) -> str:
    """What a rule on this fact looks at: "whether the account is the one on file", "the amount"."""
    fact = _said(name, scenario)
    return f"whether {fact.yes}" if fact_types(scenario).get(name) is bool else fact.title


def shown_as(name: str, scenario: Scenario) -> str:
    """How the values of a fact are written: "money", "percent", "minutes", "tool" and so on."""
    return _said(name, scenario).shown


def _said(name: str, scenario: Scenario) -> _Said:
    if base := BASE_FACTS.get(name):
        return _Said(base.title, base.yes, base.no, base.shown)
    own = scenario.facts.get(name)
    if own is None:
        return _Said(f"“{name}”", f"“{name}” holds", f"“{name}” does not hold", "text")
    plain = own.title.startswith("The ") or own.title[:1].islower()
    title = lower(own.title) if plain else f"“{own.title}”"
    yes, no = lower(own.yes), lower(own.no)
    if fact_types(scenario)[name] is bool:  # without words of its own the title is the statement
        yes, no = yes or lower(own.title), no or f"it is not so that {lower(own.title)}"
    sums = {
        n for tool in scenario.tools.values() for n, a in tool.args.items() if a.kind == "money"
    }
    is_sum = bool(own.cell) and not own.compare and column_of(own)[1] in sums
    return _Said(title, yes, no, "money" if is_sum else "text")


def _number(fact: _Said, op: str, value: int, currency: str) -> str:
    if fact.yes and fact.no:  # said as "one at least" and "none" where that is what is meant
        if (op, value) in {("above", 0), ("is not", 0)}:
            return fact.yes
        if (op, value) in {("is", 0), ("below", 1)}:
            return fact.no
    shown = {
        "money": money(value, currency),
        "percent": f"{value}%",
        "minutes": "1 minute" if value == 1 else f"{value} minutes",
    }.get(fact.shown, str(value))
    return f"{fact.title} {_op(op)} {shown}"


def _text(fact: _Said, op: str, value: str, scenario: Scenario) -> str:
    plain = op == "is"
    if fact.shown == "effect" and value in _REACH:
        return _REACH[value][0 if plain else 1]
    shown = f"“{value}”"
    if fact.shown == "tool" and value in scenario.tools:
        shown = scenario.tools[value].title
    elif fact.shown == "job" and value in scenario.jobs:
        shown = scenario.jobs[value].title
    elif fact.shown == "agent":
        shown = f"a {value}"
    elif fact.shown == "case":
        return f"the {scenario.brief.noun} {_op(op)} {value}"
    return f"{fact.title} {_op(op)} {shown}"


def _op(op: str) -> str:
    return {"above": "is above", "below": "is below", "has": "has"}.get(op, op)


def _change(name: str, value: Value, scenario: Scenario, currency: str) -> str:
    specs = [tool.args[name] for tool in scenario.tools.values() if name in tool.args]
    title = lower(specs[0].title) if specs else f"“{name}”"
    if value == "redact":
        return f"take personal data out of the {title}"
    if isinstance(value, bool):
        return f"set the {title} to {'yes' if value else 'no'}"
    if isinstance(value, int) and specs and specs[0].kind == "money":
        return f"set the {title} to {money(value, currency or scenario.world.currency)}"
    return f"set the {title} to {value}"


# ---- Parts of sentences --------------------------------------------------------------------


def lower(text: str) -> str:
    """Fit for the middle of a sentence; an abbreviation (IBAN, PO number) keeps its capitals."""
    return text if text[:2].isupper() or text[1:2].isdigit() else text[:1].lower() + text[1:]


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def joined(parts: Sequence[str], last: str = "and") -> str:
    """ "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def counted(number: int, one: str, many: str) -> str:
    """ "twelve invoices", "one invoice", "24 invoices"."""
    shown = _NUMBERS[number] if 0 <= number < len(_NUMBERS) else f"{number:,}"
    return f"{shown} {one if number == 1 else many}"
