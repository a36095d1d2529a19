"""Queries that are compiled once a process: on a small page the compiling costs most of the time.

    @prepared
    def _memberships(user_id: int) -> QuerySet[Member]:
        return Member.objects.active().filter(user_id=user_id).select_related("team")

    members = _memberships(request.user.pk)  # a list

The function is called once for every shape of its arguments, with markers in their place; the
statement is kept, and later calls only put their values where the markers stood. So the function
may hand its arguments to the query and must do nothing else with them but ask whether one is None.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import wraps
from itertools import count
from types import SimpleNamespace
from typing import Any, ParamSpec, TypeVar

from django.db import connections
from django.db.models import Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row", bound=Model)
P = ParamSpec("P")

MOST_SHAPES = 64  # of one query; more would be a mistake, but no leak

# Markers fit into the smallest column of numbers: a larger one PostgreSQL's compiler knows to be
# nowhere. Each query is compiled with both sets, which tells markers from what it holds of itself.
_FIRST_NUMBERS = (31_000, 32_000)
_TEXT = "\N{OBJECT REPLACEMENT CHARACTER}argument "


class _Query:
    """The query as the iterables of QuerySet see it, with a compiler that has compiled already."""

    def __init__(self, query: Any, compiler: SQLCompiler) -> None:
        self._query = query
        self._compiler = compiler

    def get_compiler(self, *_: object, **__: object) -> SQLCompiler:
        return self._compiler

    def __getattr__(self, name: str) -> Any:
        return getattr(self._query, name)


class Statement:
    """A compiled query with the places of its arguments."""

    def __init__(self, rows: Any, markers: Sequence[Any]) -> None:
        assert not rows._prefetch_related_lookups, "prefetching is not prepared"
        self.using = rows.db
        self.query = rows.query
        self.fields = rows._fields
        self.iterable: Any = rows._iterable_class
        self.compiler = self.query.get_compiler(using=self.using)
        sql, params = self.compiler.as_sql()
        self.sql, self.params = sql, list(params)
        numbers = {marker: number for number, marker in enumerate(markers)}
        self.places = [
            (place, numbers[value])
            for place, value in enumerate(self.params)
            if isinstance(value, int | str) and value in numbers
        ]
        lost = set(range(len(markers))) - {number for _, number in self.places}
        assert not lost, f"arguments {lost} do not stand in the statement as they are: {sql}"

    def run(self, values: Sequence[Any]) -> list[Any]:
        params = list(self.params)
        for place, number in self.places:
            params[place] = values[number]
        compiler = copy.copy(self.compiler)
        compiler.connection = connections[self.using]  # that of this thread
        compiler.as_sql = lambda *_, **__: (self.sql, tuple(params))
        rows = SimpleNamespace(
            db=self.using,
            query=_Query(self.query, compiler),
            _fields=self.fields,
            _known_related_objects={},
            _hints={},
        )
        found: list[Any] = list(self.iterable(rows))
        return found


def prepared(build: Callable[P, QuerySet[Row, Any]]) -> Callable[P, list[Any]]:
    """Makes a function that gives a queryset into one that gives its rows, compiled once.

    Arguments are positional and are whole numbers, texts, None, or tuples of numbers or texts.
    A tuple is for `IN`: it is filled up with its last value, so that few lengths are compiled.
    """
    known: dict[tuple[Any, ...], Statement] = {}

    @wraps(build)
    def run(*arguments: P.args, **named: P.kwargs) -> list[Any]:
        assert not named, "arguments of a prepared query are positional"
        shape: list[Any] = []
        values: list[Any] = []
        for each in arguments:
            if isinstance(each, tuple):
                each = _padded(each)
                shape.append((len(each), type(each[0]) if each else None))
                values += each
            else:
                shape.append(type(each))
                if each is not None:
                    values.append(each)
        key = tuple(shape)
        statement = known.get(key)
        if statement is None:
            if len(known) >= MOST_SHAPES:
                known.clear()
            statement, other = (
                Statement(build(*marked), markers)  # type: ignore[call-arg]
                for marked, markers in (_marked(arguments, first) for first in _FIRST_NUMBERS)
            )
            assert statement.places == other.places, f"a marker by chance in: {statement.sql}"
            known[key] = statement
        return statement.run(values)

    return run


def _padded(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Filled up to a power of two with the last value, which changes nothing for `IN`."""
    if not values:
        return values
    return values + values[-1:] * ((1 << (len(values) - 1).bit_length()) - len(values))


def _marked(arguments: Sequence[Any], first: int) -> tuple[list[Any], list[Any]]:
    """The arguments with a marker for every value, and the markers in order."""
    numbers = count(1)
    markers: list[Any] = []

    def marker(value: Any) -> Any:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        assert is_number or isinstance(value, str), f"{value!r} cannot stand in a prepared query"
        number = next(numbers)
        markers.append(first + number if is_number else f"{_TEXT}{first + number}")
        return markers[-1]

    marked = [
        tuple(marker(value) for value in _padded(each))
        if isinstance(each, tuple)
        else None
        if each is None
        else marker(each)
        for each in arguments
    ]
    return marked, markers
