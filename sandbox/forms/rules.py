"""A rule as a form: conditions whose choices fit their facts, read back into a rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from django.http import QueryDict

from sandbox.engine import cel
from sandbox.engine.guard_facts import BASE_FACTS, LABELS, column_of, fact_types, known_values
from sandbox.engine.guards import REDACT, to_cel
from sandbox.engine.plan import Condition, Rule, Value
from sandbox.engine.rule_words import capital, clause, joined, looked_at, shown_as, words
from sandbox.engine.scenario import Scenario
from sandbox.planning.changes import CannotChange

MOST_CONDITIONS = 8
WHERE = frozenset({"tool", "effect", "agent", "job", "case"})
MOST_CHANGES = 4
NAME, CEL = 80, 1000
EFFECTS = (
    ("ask", "Ask me", "It waits until you decide."),
    ("deny", "Refuse it", "It does not happen, and nobody is asked."),
    ("allow", "Allow it", "It happens without a question, also where a checkpoint would ask."),
    ("modify", "Change it first", "A value is replaced, then the rules look again."),
)
_IS = (("is", "is"), ("is not", "is not"))
_NUMBERS = (("above", "is above"), ("below", "is below"), *_IS)
_OPS: Mapping[type, tuple[tuple[str, str], ...]] = {str: _IS, int: _NUMBERS, list: (), bool: ()}
_SUM = re.compile(r"-?\d{1,12}(\.\d{1,2})?")
_WHOLE = re.compile(r"-?\d{1,15}")


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """One condition: its fact is settled, operator and value are to be chosen."""

    place: int
    fact: str
    title: str
    ops: tuple[tuple[str, str], ...]
    op: str
    choices: tuple[tuple[str, str], ...]
    value: str
    unit: str
    suggestions: tuple[str, ...] = ()
    number: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ChangeRow:
    place: int
    arg: str
    value: str
    problem: str = ""


@dataclass(slots=True)
class RuleForm:
    """The form as it stands, be it of a rule that is kept or of what was typed so far."""

    place: int | None
    name: str = ""
    effect: str = "ask"
    rows: list[ConditionRow] = field(default_factory=list)
    changes: list[ChangeRow] = field(default_factory=list)
    cel: str = ""
    problems: list[str] = field(default_factory=list)
    says: str = ""
    as_cel: str = ""


@dataclass(slots=True)
class Posted:
    """What the form carried, as texts."""

    name: str
    effect: str
    rows: list[tuple[str, str, str]]  # fact, operator, value
    changes: list[tuple[str, str]]
    cel: str


# ---- What may be chosen --------------------------------------------------------------------


def facts(scenario: Scenario) -> list[tuple[str, list[tuple[str, str]]]]:
    """All facts in two groups, as a select shows them."""
    own = [(name, capital(looked_at(name, scenario))) for name in scenario.facts]
    base = [(name, capital(looked_at(name, scenario))) for name in BASE_FACTS]
    groups = [(f"About this {scenario.brief.noun}", own), ("About the proposal", base)]
    return [(title, found) for title, found in groups if found]


def arguments(scenario: Scenario) -> list[tuple[str, str]]:
    """The arguments that a rule may change, with the tools that have them."""
    found: dict[str, list[str]] = {}
    titles: dict[str, str] = {}
    for tool in scenario.tools.values():
        for name, spec in tool.args.items():
            titles.setdefault(name, spec.title)
            found.setdefault(name, []).append(tool.title)
    return [(name, f"{titles[name]} ({', '.join(tools)})") for name, tools in found.items()]


def _row(
    place: int, name: str, op: str, value: str, scenario: Scenario, problem: str
) -> ConditionRow:
    kind = fact_types(scenario)[name]
    shown = shown_as(name, scenario)
    unit = (
        {
            "money": scenario.world.currency,
            "percent": "%",
            "minutes": "minutes",
        }.get(shown, "")
        if kind is int
        else ""
    )
    choices: tuple[tuple[str, str], ...] = ()
    if kind is bool:
        choices = tuple(
            (text, capital(clause(Condition(fact=name, value=flag), scenario)))
            for text, flag in (("yes", True), ("no", False))
        )
    elif kind is list:
        choices = tuple((label, capital(said)) for label, said in LABELS.items())
    elif name in BASE_FACTS and (known := known_values(name, scenario)):
        choices = tuple(known.items())
    return ConditionRow(
        place=place,
        fact=name,
        title=capital(looked_at(name, scenario)),
        ops=_OPS[kind],
        op=op,
        choices=choices,
        value=value,
        unit=unit,
        suggestions=_suggestions(name, scenario) if kind is str and not choices else (),
        number=kind is int,
        problem=problem,
    )


def _suggestions(name: str, scenario: Scenario) -> tuple[str, ...]:
    """Values that a word of the scenario can have; of what a fault would state, nothing."""
    fact = scenario.facts[name]
    found: list[Value] = []
    if fact.stated is not None:
        found = [fact.stated]
        for job in scenario.jobs.values():
            for facts_of in (job.step.facts, *(each.facts for each in job.cases.values())):
                found += [facts_of[name]] if name in facts_of else []
    elif fact.cell:
        table, column = column_of(fact)
        rows = scenario.world.tables[table].rows.values() if table in scenario.world.tables else ()
        found = [row[column] for row in rows if column in row]
    texts = [each for each in found if isinstance(each, str) and "{" not in each]
    return tuple(dict.fromkeys(texts))[:30]


# ---- From a rule to its form ---------------------------------------------------------------


def empty_form() -> RuleForm:
    return RuleForm(place=None)


def form_of(rule: Rule, place: int, scenario: Scenario) -> RuleForm:
    """The form of a rule that is kept."""
    types = fact_types(scenario)
    form = RuleForm(place=place, name=rule.name, effect=rule.effect, cel=rule.cel)
    for each in rule.when:
        if each.fact in types:
            text = _text(each, scenario)
            form.rows.append(_row(len(form.rows), each.fact, each.op, text, scenario, ""))
    for arg, value in rule.change.items():
        form.changes.append(ChangeRow(len(form.changes), arg, _change_text(arg, value, scenario)))
    form.says, form.as_cel = words(rule, scenario), to_cel(rule)
    return form


def _text(condition: Condition, scenario: Scenario) -> str:
    value = condition.value
    if isinstance(value, bool):
        return "yes" if value is (condition.op == "is") else "no"
    if isinstance(value, int) and shown_as(condition.fact, scenario) == "money":
        return _sum(value)
    return str(value)


def _sum(minor: int) -> str:
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02d}"


def _change_text(arg: str, value: Value, scenario: Scenario) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and _kind_of(arg, scenario) == "money":
        return _sum(value)
    return str(value)


def _kind_of(arg: str, scenario: Scenario) -> str:
    kinds = [tool.args[arg].kind for tool in scenario.tools.values() if arg in tool.args]
    return kinds[0] if kinds else "text"


# ---- From what was posted to a rule --------------------------------------------------------


def posted(data: QueryDict) -> Posted:
    """Raises `CannotChange` for more conditions than a rule may have."""
    rows = []
    for fact, op, value in zip(
        data.getlist("fact"), data.getlist("op"), data.getlist("value"), strict=False
    ):
        rows.append((_plain(fact, 60), _plain(op, 10), _plain(value, 200)))
    if len(rows) > MOST_CONDITIONS:
        raise CannotChange(f"A rule has at most {MOST_CONDITIONS} conditions.", at="rule")
    pairs = zip(data.getlist("change-arg"), data.getlist("change-value"), strict=False)
    changes = [(_plain(arg, 60), _plain(value, 200)) for arg, value in pairs if arg]
    return Posted(
        _plain(" ".join(data.get("name", "").split()), NAME),
        _plain(data.get("effect", "ask"), 10),
        rows,
        changes[:MOST_CHANGES],
        _plain(data.get("cel", "").strip(), CEL),
    )


def _plain(text: str, most: int) -> str:
    return text.replace("\x00", "")[:most]  # no database takes that sign


def form_of_posted(
    found: Posted, place: int | None, scenario: Scenario, problems: Mapping[int, str] | None = None
) -> RuleForm:
    """What was typed, to be shown again; facts that the scenario does not have are left out."""
    types = fact_types(scenario)
    form = RuleForm(place=place, name=found.name, effect=found.effect, cel=found.cel)
    for number, (fact, op, value) in enumerate(found.rows):
        if fact in types:
            problem = (problems or {}).get(number, "")
            form.rows.append(_row(len(form.rows), fact, op, value, scenario, problem))
    for arg, value in found.changes:
        form.changes.append(ChangeRow(len(form.changes), arg, value))
    return form


def with_fact(found: Posted, fact: str, scenario: Scenario) -> Posted:
    """One more condition, with a value to begin with that fits its type."""
    types = fact_types(scenario)
    if fact not in types:
        raise CannotChange("Choose what the condition looks at.", at="rule")
    if len(found.rows) >= MOST_CONDITIONS:
        raise CannotChange(f"A rule has at most {MOST_CONDITIONS} conditions.", at="rule")
    kind = types[fact]
    op, value = {
        bool: ("is", "no"),
        int: ("above", "0"),
        list: ("has", next(iter(LABELS))),
        str: ("is", next(iter(known_values(fact, scenario)), "")),
    }[kind]
    found.rows.append((fact, op, value))
    return found


def rule_of(found: Posted, scenario: Scenario) -> Rule:
    """Raises `WrongRow` where a value does not fit its fact; the engine judges the rest."""
    types = fact_types(scenario)
    wrong: dict[int, str] = {}
    when = []
    for number, (fact, op, text) in enumerate(found.rows):
        if fact not in types:
            wrong[number] = f"There is no fact “{fact}” in this scenario."
            continue
        try:
            when.append(_condition(fact, op, text.strip(), types[fact], scenario))
        except ValueError as why:
            wrong[number] = str(why)
    change: dict[str, Value] = {}
    for arg, text in found.changes if found.effect == "modify" else []:
        try:
            change[arg] = _value(text.strip(), _kind_of(arg, scenario))
        except ValueError as why:
            raise WrongRow({}, str(why)) from None
    if wrong:
        raise WrongRow(wrong, *wrong.values())
    if found.effect not in {key for key, _, _ in EFFECTS}:
        raise CannotChange("Choose what the rule does.", at="rule")
    if found.cel and not cel.available():
        raise CannotChange(cel.MISSING, at="rule")
    rule = Rule(
        name=found.name,
        effect=cast(Any, found.effect),
        when=tuple(when),
        cel=found.cel,
        change=change,
    )
    return rule if found.name else _named(rule, scenario)


def read_aloud(form: RuleForm, found: Posted, scenario: Scenario) -> None:
    """Says in the form what the rule would be, as far as it can be read by now."""
    try:
        rule = rule_of(found, scenario)
    except CannotChange:
        return
    form.says, form.as_cel = words(rule, scenario), to_cel(rule)


class WrongRow(CannotChange):
    """Some conditions have values that do not fit; `rows` says which."""

    def __init__(self, rows: Mapping[int, str], *problems: str) -> None:
        super().__init__(*problems, at="rule")
        self.rows = rows


def _named(rule: Rule, scenario: Scenario) -> Rule:
    """A rule without a name is called by what it says."""
    if rule.cel:
        said = "My own rule"
    else:  # what it looks at, leaving out where; its words stand beside the name anyway
        telling = [each for each in rule.when if each.fact not in WHERE] or list(rule.when)
        said = capital(joined([clause(each, scenario) for each in telling])) or "Every time"
    name = said if len(said) <= NAME else f"{said[: NAME - 1].rsplit(' ', 1)[0]}…"
    return Rule(name=name, effect=rule.effect, when=rule.when, cel=rule.cel, change=rule.change)


def _condition(fact: str, op: str, text: str, kind: type, scenario: Scenario) -> Condition:
    title = capital(looked_at(fact, scenario))
    if kind is bool:
        if text not in ("yes", "no"):
            raise ValueError(f"{title}: choose one of the two.")
        return Condition(fact=fact, op="is", value=text == "yes")
    if kind is list:
        return Condition(fact=fact, op="has", value=text)
    if kind is int:
        money = shown_as(fact, scenario) == "money"
        try:
            return Condition(fact=fact, op=cast(Any, op), value=_int(text, money))
        except ValueError as why:
            raise ValueError(f"{title}: {why}") from None
    if not text:
        raise ValueError(f"{title}: this cannot be empty.")
    return Condition(fact=fact, op=cast(Any, op), value=text)


def _value(text: str, kind: str) -> Value:
    if text == REDACT:
        return REDACT
    if kind == "flag":
        if text not in ("yes", "no"):
            raise ValueError("Write yes or no for what it becomes.")
        return text == "yes"
    if kind in ("money", "count"):
        return _int(text, kind == "money")
    if not text:
        raise ValueError("Say what the value becomes.")
    return text


def _int(text: str, money: bool) -> int:
    plain = text.replace(",", "").replace(" ", "").lstrip("£€$")
    if not money:
        if not _WHOLE.fullmatch(plain):
            raise ValueError("write a whole number.")
        return int(plain)
    if not _SUM.fullmatch(plain):
        raise ValueError("write a sum such as 1240.00.")
    whole, _, rest = plain.lstrip("-").partition(".")
    minor = int(whole) * 100 + int(rest.ljust(2, "0") or 0)
    return -minor if plain.startswith("-") else minor
