"""Every address, every identity, every method: what it answers and what it must not write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access import (  # noqa: F401  (each enters its rows)
    accounts_rows,
    assessments_rows,
    curriculum_rows,
    learning_rows,
    live_models_rows,
    people_rows,
    rehearsal_rows,
    scenario_rows,
    table,
)
from tests.access.table import IDENTITIES, Row
from tests.access.watching import FREE, watched
from tests.world import Belongings, World, world_fixture  # noqa: F401

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
DENIED = {302, 401, 403, 404, 405}
TOKEN = re.compile(
    rb'(name="csrfmiddlewaretoken" value="|"X-CSRFToken": ?"|csrf-token" content=")\w+'
)
REQUEST_ID = re.compile(rb"\b[0-9a-f]{16}\b")


def names(patterns: list[Any]) -> Iterator[str | None]:
    """The name of every address, however deep it is included."""
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from names(each.url_patterns)
        elif isinstance(each, URLPattern):
            yield each.name


def test_every_address_has_a_name_and_a_row_and_every_row_an_address() -> None:
    every = list(names(get_resolver().url_patterns))
    found = [name for name in every if name]
    assert len(every) == len(found), "an address without a name cannot be asked about"
    assert sorted(set(found) - set(table.rows())) == [], "addresses without a row"
    assert sorted(set(table.rows()) - set(found)) == [], "rows without an address"
    assert len(found) == len(set(found)), "two addresses of one name"


@dataclass
class Answer:
    status: int
    word: str
    body: bytes
    written: set[str] = field(default_factory=set)


class Asker:
    """Signs each identity in once, and asks as it."""

    def __init__(self, world: World) -> None:
        self.clients = {identity: Client(raise_request_exception=False) for identity in IDENTITIES}
        self.sessions: dict[str, str] = {}
        for identity, client in self.clients.items():
            if user := table.user_of(world, identity):
                client.force_login(user)
                self.sessions[identity] = client.cookies[settings.SESSION_COOKIE_NAME].value

    def client(self, identity: str) -> Client:
        """With the session alone, so that no cookie goes from cell to cell."""
        client = self.clients[identity]
        client.cookies = SimpleCookie()
        if identity in self.sessions:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[identity]
        return client

    def ask(
        self, identity: str, method: str, path: str, query: dict[str, Any], data: dict[str, Any]
    ) -> Answer:
        client = self.client(identity)
        address = f"{path}?{urlencode(query)}" if query and method != "POST" else path
        with watched() as written:
            if method == "POST":
                response = client.post(address, {**query, **data})
            else:
                response = client.generic(method, address)
            body = _body(response)
        return Answer(response.status_code, _word(response), body, written)


def _body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def _word(response: Any) -> str:
    """The status, or where a redirect of everybody's leads."""
    to = response.get("Location", "")
    if response.status_code == 302 and to.startswith(reverse("account_login")):
        return "login"
    if response.status_code == 302 and to == reverse("no_organisation"):
        return "none"
    return str(response.status_code)


@pytest.fixture(scope="module")
def asker(world: World) -> Asker:
    return Asker(world)


@pytest.mark.parametrize("name", sorted(table.rows()))
def test_the_row_holds(world: World, asker: Asker, db: None, name: str) -> None:
    row = table.rows()[name]
    cache.clear()  # how often somebody tried
    said: list[str] = []
    for cell in row.cells:
        for identity, expected in zip(IDENTITIES, cell.expected, strict=True):
            its = table.owner(world, cell.thing, identity)
            said += [
                f"{cell.method} {name} of {cell.thing} as {identity}: {problem}"
                for problem in _problems(
                    asker, row, cell.method, identity, its, cell.thing, expected
                )
            ]
    said += _other_methods(world, asker, row)
    assert not said, "\n" + "\n".join(said)


def _problems(
    asker: Asker, row: Row, method: str, identity: str, its: Belongings, thing: str, expected: str
) -> Iterator[str]:
    path = reverse(row.name, args=row.at(its))
    query, data = row.query(its), row.data(its)
    answer = asker.ask(identity, method, path, query, data)
    if answer.status >= 500:
        yield f"expected {expected}, got {answer.status}"
        return
    if answer.word != expected:
        yield f"expected {expected}, got {answer.word}"
    allowed = answer.status < 300 or answer.word == "302"
    touched = answer.written - FREE
    if not allowed and touched:
        yield f"was refused and wrote to {sorted(touched)}"
    if method == "GET":
        if extra := answer.written - FREE - row.opens:
            yield f"reading wrote to {sorted(extra)}"
        head = asker.ask(identity, "HEAD", path, query, data)
        if head.word != answer.word:
            yield f"HEAD answers {head.word}, GET {answer.word}"
        if head.body:
            yield "HEAD has a body"
    elif allowed and not row.quiet and not answer.written - {"django_session"}:
        yield "changed nothing: the table's data may be wrong"
    if thing == "elsewhere" and not allowed:
        missing = _of_nobody(row, its, query, data)
        nobody = asker.ask(identity, method, *missing)
        if answer.status != nobody.status:
            yield f"nobody's answers {nobody.status}, the other organisation's {answer.status}"
        elif _masked(answer.body, path, query, data) != _masked(nobody.body, *missing):
            yield "the page tells the other organisation's from nobody's"


def _of_nobody(
    row: Row, its: Belongings, query: dict[str, Any], data: dict[str, Any]
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The same request with numbers that nobody has."""
    path = reverse(row.name, args=table.of_nobody(row, row.at(its)))

    def without(values: dict[str, Any]) -> dict[str, Any]:
        return {k: table.NOBODYS if isinstance(v, int) else v for k, v in values.items()}

    return path, without(query), without(data)


def _masked(body: bytes, path: str, query: dict[str, Any], data: dict[str, Any]) -> bytes:
    """The page without what differs by request: its address, numbers, token and request id."""
    body = body.replace(path.encode(), b"PATH")
    for name, value in {**query, **data}.items():
        if isinstance(value, int):  # with its name: the number alone may stand for anything
            for form in (f"{name}={value}", f"{name}%3D{value}", f'name="{name}" value="{value}"'):
                body = body.replace(form.encode(), name.encode())
    return REQUEST_ID.sub(b"ID", TOKEN.sub(b"TOKEN", body))


def _other_methods(world: World, asker: Asker, row: Row) -> Iterator[str]:
    """What a row does not list is refused, changes nothing and never breaks."""
    thing = row.cells[0].thing
    taken = {cell.method for cell in row.cells}
    for method in ("GET", *UNSAFE, "OPTIONS"):
        if method in taken:
            continue
        for identity in ("anonymous", "learner", "administrator"):
            its = table.owner(world, thing, identity)
            path = reverse(row.name, args=row.at(its))
            answer = asker.ask(identity, method, path, row.query(its), row.data(its))
            told = f"{method} {row.name} as {identity}: "
            if answer.written - FREE:
                yield told + f"wrote to {sorted(answer.written - FREE)}"
            if method == "OPTIONS" and answer.status == 200 and not answer.body:
                continue
            if answer.status not in DENIED | {429} | row.lenient:  # asked too often is a refusal
                yield told + f"expected 405 or a refusal, got {answer.word}"
