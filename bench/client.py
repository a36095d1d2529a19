"""A browser without a window: one connection that is kept, a session, and what came back."""

from __future__ import annotations

import http.client
import secrets
import time
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from bench.middleware import HEADER
from people.models import Member


@dataclass(frozen=True, slots=True)
class Answer:
    """One response as it came over the wire: `body` is still compressed."""

    status: int
    seconds: float
    statements: int
    wire: int
    body: bytes
    headers: dict[str, str]


def session_of(member: Member) -> str:
    """A session in which the member is signed in, made as the sign-in makes it."""
    store = SessionStore()
    store[SESSION_KEY] = str(member.user_id)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = member.user.get_session_auth_hash()
    store.create()
    assert store.session_key is not None
    return store.session_key


class Client:
    """Signed in as a member; one keep-alive connection."""

    def __init__(self, port: int, session: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.token = secrets.token_hex(16)
        self.session = session

    def sign_in(self, session: str) -> None:
        """Goes on as somebody else on the same connection."""
        self.session = session

    def get(self, path: str, *, compressed: bool = False) -> Answer:
        return self._ask("GET", path, None, {"Accept-Encoding": "gzip, br"} if compressed else {})

    def post(self, path: str, data: dict[str, str]) -> Answer:
        headers = {
            "X-CSRFToken": self.token,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return self._ask("POST", path, urlencode(data).encode(), headers)

    def post_json(self, path: str, body: bytes) -> Answer:
        headers = {"X-CSRFToken": self.token, "Content-Type": "application/json"}
        return self._ask("POST", path, body, headers)

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        cookies = (
            f"{settings.SESSION_COOKIE_NAME}={self.session}; "
            f"{settings.CSRF_COOKIE_NAME}={self.token}"
        )
        begin = time.perf_counter()
        self.connection.request(method, path, body, {"Cookie": cookies, **headers})
        response = self.connection.getresponse()
        content = response.read()
        seconds = time.perf_counter() - begin
        kept = {name.lower(): value for name, value in response.getheaders()}
        return Answer(
            response.status, seconds, int(kept.get(HEADER.lower(), 0)), len(content), content, kept
        )
