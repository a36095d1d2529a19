"""How rehearsals are spoken of: money, times, letters of checkpoints, and what tools do."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sandbox.engine.plan import Value
from sandbox.engine.prepared import Prepared
from sandbox.engine.prepared import money as in_words

YOU, GUARDIAN, RUN, WORLD = "you", "guardian", "run", "world"
NAMES = {YOU: "You", GUARDIAN: "Guardian", RUN: "Run", WORLD: "Company"}

_FIELD = re.compile(r"\{(\w+)\}")
# The first word, and a verb after "and"; placeholders stand in braces.
_VERB = re.compile(r"^\w+|(?<=\band )[a-z]+s\b(?!\})")
_ODD = {"does": "do", "goes": "go", "has": "have", "is": "be", "ties": "tie", "lies": "lie"}


def clock(prepared: Prepared, seconds: int) -> str:
    """The simulated time of day: "13:42"."""
    hours, _, minutes = prepared.scenario.world.start.partition(":")
    total = int(hours) * 60 + int(minutes) + seconds // 60
    return f"{total // 60 % 24:02d}:{total % 60:02d}"


def letter(count: int) -> str:
    """The rehearsal letter of the nth checkpoint: A to Z, then AA, BB."""
    return chr(ord("A") + (count - 1) % 26) * (1 + (count - 1) // 26)


def infinitive(template: str) -> str:
    """A phrase in the third person, made to follow "to": "pays {amount}" gives "pay {amount}"."""
    return _VERB.sub(lambda match: _bare(match[0]), template)


def _bare(verb: str) -> str:
    if verb in _ODD:
        return _ODD[verb]
    if verb.endswith("ies"):
        return f"{verb[:-3]}y"
    if verb.endswith(("sses", "shes", "ches", "xes", "zzes", "oes")):
        return verb[:-2]
    return verb[:-1] if verb.endswith("s") and not verb.endswith("ss") else verb


def phrase(
    prepared: Prepared, tool: str, args: Mapping[str, Value], case: str, *, to: bool = False
) -> str:
    """What a tool would do with these arguments; with `to`, as it follows that word."""
    spec = prepared.scenario.tools.get(tool)
    if spec is None:
        return f"{'use' if to else 'uses'} “{tool}”, which is not there"
    row = {**prepared.case(case), **{name: prepared.show(spec, name, args[name]) for name in args}}
    template = infinitive(spec.phrase) if to else spec.phrase
    return _FIELD.sub(lambda match: str(row.get(match[1], "…")), template)


def tools_money(prepared: Prepared, mils: int) -> str:
    """Money for models, kept in thousandths, as people write it: 1,240 is £1.24."""
    currency = prepared.scenario.world.currency
    if 0 < mils < 10:
        return f"under {in_words(1, currency)}"
    return in_words(round(mils / 10), currency)


def amount_of(prepared: Prepared, tool: str, args: Mapping[str, Value]) -> str:
    """The largest sum among the arguments, as short as can be: "£186", "£42.50"; or nothing."""
    spec = prepared.scenario.tools.get(tool)
    if spec is None:
        return ""
    sums = [
        value
        for name, value in args.items()
        if name in spec.args
        and spec.args[name].kind == "money"
        and isinstance(value, int)
        and not isinstance(value, bool)
    ]
    if not sums:
        return ""
    return in_words(max(sums), prepared.scenario.world.currency).removesuffix(".00")


def counted(number: int, noun: str, nouns: str = "") -> str:
    """ "1 stage", "2 stages", "no stages"."""
    return f"{number or 'no'} {noun if number == 1 else nouns or noun + 's'}"
