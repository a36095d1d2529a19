"""How the access table is written: one row an address, its cells by object, method and identity.

A cell block reads

    mine       GET   200 200 200 200
    elsewhere  GET   404 404 404 404

Four columns are learner, manager, trainer and administrator: everybody else is asked to sign in
(anonymous) or told that they are in no organisation (site operator, a membership that has ended).
Seven columns say anonymous, the four, site operator and ended.

Objects: `mine` the very person's, `colleague` Daniel's (same team as the learner, in the
manager's reach), `other_team` Victor's (out of reach), `ours` the organisation's, `built_in` the
library's, `elsewhere` the other organisation's. What a cell may say: a status; `login` and `none`
(redirects to signing in and to "no organisation"); 302 any other redirect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from people.models import Member, User
from tests.world import Belongings, World

IDENTITIES = ("anonymous", "learner", "manager", "trainer", "administrator", "operator", "ended")
PERSON = {"learner": "amina", "manager": "helen", "trainer": "joanna", "administrator": "noor"}
OWNER = {"colleague": "daniel", "other_team": "victor", "elsewhere": "daniel", "ours": "daniel"}
NOBODYS = 987_654_321

Args = Callable[[Belongings], list[Any]]
Values = Callable[[Belongings], dict[str, Any]]


@dataclass(frozen=True)
class Cell:
    thing: str
    method: str
    expected: tuple[str, ...]  # in the order of IDENTITIES


@dataclass(frozen=True)
class Row:
    """`at` gives the arguments of the address from whose things they are, `query` and `data` the
    rest. `opens` names tables that a GET may write; `quiet` is a POST that may change nothing;
    `lenient` holds further statuses for methods without a cell, which still must write nothing.
    """

    name: str
    cells: tuple[Cell, ...]
    at: Args = field(default=lambda its: [])
    query: Values = field(default=lambda its: {})
    data: Values = field(default=lambda its: {})
    opens: frozenset[str] = frozenset()
    quiet: bool = False
    lenient: frozenset[int] = frozenset()
    of_nobody: Mapping[int, Any] = field(default_factory=dict)  # argument → what nobody has

    @property
    def methods(self) -> set[str]:
        return {cell.method for cell in self.cells}


_rows: dict[str, Row] = {}


def row(name: str, cells: str, **parts: Any) -> Row:
    """Enters a row into the table; a second one for the same address is a mistake."""
    assert name not in _rows, f"two rows for {name}"
    for name_of_set in ("opens", "lenient"):
        parts[name_of_set] = frozenset(parts.get(name_of_set, ()))
    made = Row(name, tuple(_cell(line) for line in cells.splitlines() if line.strip()), **parts)
    _rows[name] = made
    return made


def rows() -> dict[str, Row]:
    return dict(_rows)


def _cell(line: str) -> Cell:
    thing, method, *expected = line.split()
    assert thing in OWNER or thing in ("mine", "built_in"), line
    if len(expected) == 4:
        expected = ["login", *expected, "none", "none"]
    assert len(expected) == len(IDENTITIES), line
    return Cell(thing, method, tuple(expected))


def owner(world: World, thing: str, identity: str) -> Belongings:
    """Whose things a cell is about."""
    if thing == "elsewhere":
        return world.there.of[OWNER[thing]]
    if thing == "built_in":
        return _with_library(world, world.here.of["daniel"])
    return world.here.of[OWNER.get(thing) or PERSON.get(identity, "amina")]


def _with_library(world: World, its: Belongings) -> Belongings:
    """With the library's module, track, job role and scenario in the place of the organisation's."""
    version, job_role = world.built_in.published_version, world.here.cast.amina.job_role
    assert version is not None
    assert job_role is not None
    side = replace(
        its.side,
        module=world.built_in,
        track=world.foundation,
        steps=world.built_in_steps,
        draft=version,
        job_role=job_role,
        rehearsal=world.built_in_rehearsal,
    )
    return replace(its, side=side)


def user_of(world: World, identity: str) -> User | None:
    if identity == "anonymous":
        return None
    if identity == "operator":
        return world.operator
    if identity == "ended":
        return world.here.ended.user
    member: Member = getattr(world.here.cast, PERSON[identity])
    return member.user


def of_nobody(row: Row, args: list[Any]) -> list[Any]:
    """The same address with numbers that nobody has."""
    return [
        row.of_nobody.get(place, NOBODYS if isinstance(each, int) else each)
        for place, each in enumerate(args)
    ]
