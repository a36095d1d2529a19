"""The one place that knows the package which evaluates hand-written CEL; loaded when first used.

The package is an extra (requirements/cel.in): rules built by the form never come here. All that it
may raise comes out as `CelTrouble` with a plain sentence, and whoever judges refuses then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.util import find_spec
from itertools import product
from typing import TYPE_CHECKING

from sandbox.engine.cel_limits import beyond_limits, names, tokens
from sandbox.engine.guard_facts import A_KIND, trouble

if TYPE_CHECKING:
    from cel import Program

MOST_ENTRIES = 200
_WIDEST = 2**63 - 1  # beyond it CEL has no whole numbers
MISSING = (
    "A rule written by hand needs the Python package common-expression-language, which is not"
    " installed here. The same rule can be built with the form."
)
_ERROR = re.compile(r"<input>:(\d+):(\d+): (?:Syntax error: )?(.*)")
_QUOTED = re.compile(r"'((?:[^'\\]|\\.|'(?=[^ ]))*)'")

Fits = Callable[[Mapping[str, object]], bool]


class CelTrouble(ValueError):
    """A hand-written rule does not compile, or could not be worked out; says why in plain words."""


def available() -> bool:
    """Whether hand-written rules can be evaluated here."""
    return find_spec("cel") is not None


def problems(source: str, types: Mapping[str, type]) -> list[str]:
    """What is wrong with a hand-written rule, in plain words; nothing when it may be used."""
    wrong = beyond_limits(source, types)
    if wrong:
        return wrong
    try:
        program = _program(source)
        _rehearse(program, source, types)
    except CelTrouble as why:
        return [str(why)]
    return []


def compiled(source: str, types: Mapping[str, type]) -> Fits:
    """The rule as a function of the facts; it raises `CelTrouble` where it cannot be worked out.

    Every fact that the rule names must be there and of its type, also one that the answer does not
    hang on: CEL itself calls `false && nonsense` false, and a guard may not.
    """
    wrong = beyond_limits(source, types)
    if wrong:
        raise CelTrouble(wrong[0])
    program = _program(source)
    needed = [(name, types[name]) for name in names(source, types)]

    def fits(facts: Mapping[str, object]) -> bool:
        context: dict[str, object] = {}
        for name, kind in needed:
            value = facts.get(name)
            if type(value) is not kind and (why := trouble(name, kind, facts)):
                raise CelTrouble(why)
            context[name] = value if kind is bool or kind is str else _within(name, value)
        answer = _worked_out(program, context)
        if not isinstance(answer, bool):
            raise CelTrouble(_no_answer(answer))
        return answer

    return fits


def _within(name: str, value: object) -> object:
    """The value as CEL takes it. What is too long or too large is refused rather than cut: a rule
    that looks for a label could not see the one cut off, and would let it pass."""
    if isinstance(value, list | tuple):
        if len(value) > MOST_ENTRIES:
            raise CelTrouble(f"The list “{name}” has more than {MOST_ENTRIES} entries.")
        return list(value)
    if isinstance(value, int) and abs(value) > _WIDEST:
        raise CelTrouble(f"The fact “{name}” is too large a number.")
    return value


@lru_cache(maxsize=512)
def _program(source: str) -> Program:
    try:
        from cel import compile as compile_cel
    except ImportError:
        raise CelTrouble(MISSING) from None
    try:
        return compile_cel(source)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the package is no Exception
        raise CelTrouble(_why_unreadable(str(error))) from None


def _why_unreadable(message: str) -> str:
    match = _ERROR.search(message)
    if match is None:
        return "The rule cannot be read."
    line, column, what = int(match[1]), int(match[2]), match[3]
    place = f"character {column}" if line == 1 else f"line {line}, character {column}"
    if "input '<EOF>'" in what or "at '<EOF>'" in what:
        return f"The rule cannot be read at {place}: it ends too early."
    found = _QUOTED.search(what)
    return f"The rule cannot be read at {place}" + (f": “{found[1]}”." if found else ".")


def _worked_out(program: Program, context: dict[str, object]) -> object:
    try:
        return program.execute(context)
    except (KeyboardInterrupt, SystemExit):
        raise
    except ZeroDivisionError:
        raise CelTrouble("It divides by nought.") from None
    except OverflowError:
        raise CelTrouble("A number grows too large in it.") from None
    except TypeError:
        raise CelTrouble("It compares or joins values of different kinds.") from None
    except BaseException as error:
        raise CelTrouble(f"It cannot be worked out: {str(error).split('. ')[0][:120]}.") from None


def _no_answer(answer: object) -> str:
    kind = A_KIND.get(type(answer), "something else")
    return f"It has to come out as a yes or no, and comes out as {kind}."


def _rehearse(program: Program, source: str, types: Mapping[str, type]) -> None:
    """Tries the rule with values of every kind: what can never be worked out shows before a run.

    The texts that the rule itself compares with are tried too, so that `tool == "…" && …` is read
    to its end. Only what is wrong with any value counts: a division by nought may be a rare case.
    """
    texts = [each.text[1:-1] for each in tokens(source)[0] if each.kind == "text"][:6]
    needed = names(source, types)
    for text, flag, number in product(["", *texts], (False, True), (0, 10**9)):
        samples: dict[type, object] = {str: text, bool: flag, int: number, list: [text, "other"]}
        context = {name: samples[types[name]] for name in needed}
        try:
            answer = program.execute(context)
        except (KeyboardInterrupt, SystemExit):
            raise
        except TypeError:
            raise CelTrouble("It compares or joins values of different kinds.") from None
        except BaseException:  # noqa: S112 (it hangs on the value; a run refuses then)
            continue
        if not isinstance(answer, bool):
            raise CelTrouble(_no_answer(answer))
