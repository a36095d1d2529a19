"""The guards of a plan: rules checked, compiled to plain functions, and judged, always fail-closed.

The rules are read from the top and the first whose conditions all hold decides; when none does, the
proposal is allowed. Whatever cannot be worked out (a missing fact, a fact of another type, a broken
rule) is an error, and an error in any rule that was read denies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Literal, NamedTuple

from sandbox.engine import cel
from sandbox.engine.cel_limits import unknown
from sandbox.engine.guard_facts import A_KIND, BASE_FACTS, fact_types, known_values, trouble
from sandbox.engine.plan import Condition, Rule, Value
from sandbox.engine.rule_words import clause
from sandbox.engine.scenario import Scenario, Tool

__all__ = [
    "BASE_FACTS",
    "Judge",
    "Verdict",
    "compile_rules",
    "each_verdict",
    "fact_types",
    "problems",
    "to_cel",
]

EFFECTS = ("allow", "ask", "deny", "modify")
REDACT = "redact"
_WIDEST = 2**63 - 1
_OPS: Mapping[type, tuple[str, ...]] = {
    str: ("is", "is not"),
    bool: ("is", "is not"),
    int: ("is", "is not", "above", "below"),
    list: ("has",),
}
_SIGNS = {"is": "==", "is not": "!=", "above": ">", "below": "<"}


class Verdict(NamedTuple):
    """What the rules say about one proposal; `rule` is the index that decided, -1 when none did."""

    effect: Literal["allow", "ask", "deny", "modify"]
    rule: int
    why: str
    error: bool


Facts = Mapping[str, object]
Judge = Callable[[Facts], Verdict]
_Test = Callable[[Facts], object]
_ALLOWED = Verdict("allow", -1, "no rule applies", False)


# ---- Checking ------------------------------------------------------------------------------


def problems(rule: Rule, scenario: Scenario) -> list[str]:
    """What is wrong with a rule, in plain words; an empty list when it may stand in a plan."""
    return _problems(rule, scenario, fact_types(scenario))


def _problems(rule: Rule, scenario: Scenario, types: Mapping[str, type]) -> list[str]:
    wrong = [] if rule.effect in EFFECTS else [f"A rule cannot “{rule.effect}”."]
    if rule.when and rule.cel:
        wrong.append("A rule is built with the form or written by hand, not both.")
    elif rule.cel:
        wrong += cel.problems(rule.cel, types)
    for condition in rule.when:
        wrong += _wrong_with(condition, types, scenario)
    return wrong + _wrong_with_change(rule, scenario)


def _wrong_with(condition: Condition, types: Mapping[str, type], scenario: Scenario) -> list[str]:
    name, value = condition.fact, condition.value
    if name not in types:
        text = unknown(name, types)
        return [text[0].upper() + text[1:]]
    kind = types[name]
    if condition.op not in _OPS[kind]:
        fitting = " or ".join(f"“{each}”" for each in _OPS[kind])
        return [f"“{condition.op}” does not fit {name}, which is {A_KIND[kind]}: use {fitting}."]
    wanted = str if kind is list else kind
    if type(value) is not wanted:
        return [f"{name} is compared with {A_KIND[wanted]}, and {_shown(value)} is none."]
    if isinstance(value, int) and abs(value) > _WIDEST:
        return [f"The number for {name} is too large."]
    if isinstance(value, str):
        if any("\ud800" <= each <= "\udfff" for each in value):  # half a sign; CEL takes none
            return [f"The text for {name} holds signs that nobody can read."]
        known = known_values(name, scenario) if name in BASE_FACTS else {}
        if known and value not in known:
            return [f"{name} is never “{value}”: it is one of {', '.join(known)}."]
    return []


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"“{value}”"


def _wrong_with_change(rule: Rule, scenario: Scenario) -> list[str]:
    if rule.effect != "modify":
        return (
            ["Only a rule that changes something says what becomes of it."] if rule.change else []
        )
    if not rule.change:
        return ["The rule does not say what it changes."]
    wrong = []
    for name, value in rule.change.items():
        kinds = {tool.args[name].kind for tool in _tools_of(rule, scenario) if name in tool.args}
        if not kinds:
            wrong.append(f"No tool that this rule is about has an argument “{name}”.")
        elif value != REDACT and not any(_fits(value, kind) for kind in kinds):
            wrong.append(f"{_shown(value)} cannot stand for “{name}” ({', '.join(sorted(kinds))}).")
    return wrong


def _tools_of(rule: Rule, scenario: Scenario) -> list[Tool]:
    for condition in rule.when:
        if condition.fact == "tool" and condition.op == "is":
            return [tool for name, tool in scenario.tools.items() if name == condition.value]
    return list(scenario.tools.values())


def _fits(value: Value, kind: str) -> bool:
    wanted = {"text": str, "flag": bool}.get(kind, int)
    return type(value) is wanted


# ---- Judging -------------------------------------------------------------------------------


class _Compiled(NamedTuple):
    """A rule ready to be read. A `broken` one is an error whenever it is read; `needs` are the
    facts of a form-built rule with their types."""

    test: _Test
    needs: tuple[tuple[str, type], ...]
    verdict: Verdict
    broken: str = ""

    def fits(self, facts: Facts) -> bool:
        """Raises `CelTrouble` when it cannot be worked out."""
        if self.broken:
            raise cel.CelTrouble(self.broken)
        for name, kind in self.needs:
            if why := trouble(name, kind, facts):
                raise cel.CelTrouble(why)
        return bool(self.test(facts))


def compile_rules(rules: Sequence[Rule], scenario: Scenario) -> Judge:
    """A function from the facts of a proposal to the verdict of these rules; it never raises.

    When all facts that the form-built rules ask for are there and of exactly their types, which is
    seen in one comparison, the rules run bare; otherwise each is checked as it is read.
    """
    types = fact_types(scenario)  # once: the same for every rule
    ready = [_compiled(index, rule, scenario, types) for index, rule in enumerate(rules)]
    needs = dict(need for each in ready for need in each.needs)
    # Twice, since itemgetter gives a tuple only for two names or more.
    names = [*needs, *needs] or ["tool", "tool"]
    get = itemgetter(*names)
    kinds = tuple(needs[name] if needs else str for name in names)
    sound = {kinds, tuple(tuple if kind is list else kind for kind in kinds)}
    bare = [(each.test, each.verdict) for each in ready]
    whole = not any(each.broken for each in ready)

    def judge(facts: Facts) -> Verdict:
        try:
            if whole and tuple(map(type, get(facts))) in sound:
                for test, verdict in bare:
                    if test(facts):
                        return verdict
                return _ALLOWED
        except Exception:  # noqa: S110 (read again below, rule by rule, to say which and why)
            pass
        return _careful(ready, facts)

    return judge


def _careful(ready: Sequence[_Compiled], facts: Facts) -> Verdict:
    for each in ready:
        try:
            if each.fits(facts):
                return each.verdict
        except Exception as error:
            return Verdict("deny", each.verdict.rule, _why(error), True)
    return _ALLOWED


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, cel.CelTrouble) else "The rule cannot be worked out."


def each_verdict(
    rules: Sequence[Rule], scenario: Scenario, facts: Facts
) -> list[tuple[bool | None, str]]:
    """What every single rule says, whoever decides: fits, does not fit, or None for an error."""
    said: list[tuple[bool | None, str]] = []
    types = fact_types(scenario)
    for index, rule in enumerate(rules):
        ready = _compiled(index, rule, scenario, types)
        try:
            fits = ready.fits(facts)
        except Exception as error:
            said.append((None, _why(error)))
        else:
            said.append((fits, _said(rule, scenario, facts, fits)))
    return said


def _said(rule: Rule, scenario: Scenario, facts: Facts, fits: bool) -> str:
    if rule.cel:
        return "What is written holds." if fits else "What is written does not hold."
    if fits:
        return "All of it holds." if rule.when else "It always holds."
    types = fact_types(scenario)
    failing = next(each for each in rule.when if not _test(each, types[each.fact])(facts))
    return f"Not so: {clause(failing, scenario)}."


def _compiled(index: int, rule: Rule, scenario: Scenario, types: Mapping[str, type]) -> _Compiled:
    verdict = Verdict(rule.effect, index, rule.name, False)
    if wrong := _problems(rule, scenario, types):
        return _Compiled(_never, (), verdict, wrong[0])
    if rule.cel:
        return _Compiled(cel.compiled(rule.cel, types), (), verdict)
    needs = tuple({each.fact: types[each.fact] for each in rule.when}.items())
    tests = [_test(each, types[each.fact]) for each in rule.when]
    return _Compiled(_all(tests), needs, verdict)


def _never(facts: Facts) -> bool:
    return False


def _all(tests: Sequence[_Test]) -> _Test:
    """One function for all; those of one, two and three conditions are spelt out, being the usual
    ones and read thousands of times in a grading."""
    if not tests:
        return lambda facts: True
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda facts: first(facts) and second(facts)
    if len(tests) == 3:
        first, second, third = tests
        return lambda facts: first(facts) and second(facts) and third(facts)
    return lambda facts: all(test(facts) for test in tests)


def _test(condition: Condition, kind: type) -> _Test:
    name, value = condition.fact, condition.value
    if kind is bool:
        wanted = value is (condition.op == "is")
        return itemgetter(name) if wanted else lambda facts: not facts[name]
    if condition.op == "is":
        return lambda facts: facts[name] == value
    if condition.op == "is not":
        return lambda facts: facts[name] != value
    if condition.op == "above":
        return lambda facts: facts[name] > value  # type: ignore[operator]
    if condition.op == "below":
        return lambda facts: facts[name] < value  # type: ignore[operator]
    return lambda facts: value in facts[name]  # type: ignore[operator]


# ---- CEL -----------------------------------------------------------------------------------


def to_cel(rule: Rule) -> str:
    """The CEL text of a rule: what was written by hand, or what the form stands for."""
    return rule.cel or " && ".join(_term(each) for each in rule.when) or "true"


def _term(condition: Condition) -> str:
    name, value = condition.fact, condition.value
    if isinstance(value, bool):
        return name if value is (condition.op == "is") else f"!{name}"
    text = json.dumps(value, ensure_ascii=False)  # its escapes are CEL's too
    if condition.op == "has":
        return f"{text} in {name}"
    return f"{name} {_SIGNS[condition.op]} {text}"
