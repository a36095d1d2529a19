"""Reading what a Messages API sends back, streamed or whole, as data that nobody vouches for."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox.engine.provider import Failure

LONGEST = 4_000  # characters of a model's text that are kept
MOST_CALLS = 8
MOST_TOKENS = 10_000_000
# Marks that reorder the text around them: a value could read otherwise than it is.
REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


class Unreadable(Exception):
    """The answer is not one; `kind` says in what way."""

    def __init__(self, kind: Failure, message: str) -> None:
        super().__init__(message)
        self.kind: Failure = kind
        self.message = message


class ServerEvent(Protocol):
    """One server-sent event, as the SDK decodes it."""

    @property
    def event(self) -> str | None: ...

    @property
    def data(self) -> str: ...


@dataclass(slots=True)
class Call:
    """A tool call: its arguments as JSON text until they are asked for."""

    name: str
    json: str = ""


@dataclass(slots=True)
class Message:
    """A whole answer. `tokens_in` and `tokens_out` are None when the server did not say."""

    says: str = ""
    calls: list[Call] = field(default_factory=list)
    stop: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None


def plain(text: object, longest: int = LONGEST) -> str:
    """Text as it may be kept: no control, no half character, nothing that reorders, not endless."""
    if not isinstance(text, str):
        return ""
    kept = (
        each
        for each in text[: longest * 2]
        if each in "\n\t"
        or (unicodedata.category(each) not in ("Cc", "Cs") and each not in REORDERING)
    )
    short = "".join(kept)
    return short if len(short) <= longest else short[: longest - 1] + "…"


def decoded(text: str) -> Any:
    """The value of JSON text. Raises `ValueError`, for nesting without end too."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def whole(body: str) -> Message:
    """An answer that came in one piece."""
    try:
        answer = decoded(body)
    except ValueError:
        raise Unreadable("not-json", "The endpoint answered something that is no JSON.") from None
    if not isinstance(answer, dict) or not isinstance(answer.get("content"), list):
        raise Unreadable("not-json", "The endpoint answered JSON that is no message.")
    message = Message(stop=plain(answer.get("stop_reason"), 40))
    _count(message, answer.get("usage"))
    for block in answer["content"]:
        _begin(message, block)
    return message


def streamed(events: Iterable[ServerEvent]) -> Message:
    """An answer that came in pieces. Raises `Unreadable` if it ended before its end."""
    message = Message()
    open_call: Call | None = None
    for each in events:
        if each.event == "error":
            raise _told(each.data)
        if not each.data:
            continue
        try:
            event = decoded(each.data)
        except ValueError:
            raise Unreadable("cut", "A piece of the answer was broken.") from None
        if not isinstance(event, dict):
            continue
        match event.get("type"):
            case "error":
                raise _told(each.data)
            case "message_start":
                _count(message, _part(event, "message").get("usage"))
            case "content_block_start":
                open_call = _begin(message, event.get("content_block"), streaming=True)
            case "content_block_delta":
                _add(message, open_call, _part(event, "delta"))
            case "content_block_stop":
                open_call = None
            case "message_delta":
                message.stop = plain(_part(event, "delta").get("stop_reason"), 40)
                _count(message, event.get("usage"))
            case "message_stop":
                if not message.stop:
                    raise Unreadable("cut", "The answer ended without saying why.")
                return message
    raise Unreadable("cut", "The connection ended before the answer did.")


def _part(event: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = event.get(name)
    return part if isinstance(part, dict) else {}


def _begin(message: Message, block: object, *, streaming: bool = False) -> Call | None:
    """Takes up a block of content; thinking and kinds not known here are passed over."""
    if not isinstance(block, dict):
        return None
    if block.get("type") == "text":
        message.says = plain(message.says + plain(block.get("text")))
    elif block.get("type") == "tool_use":
        if len(message.calls) >= MOST_CALLS:
            raise Unreadable("malformed", "The model called too many tools at once.")
        call = Call(plain(block.get("name"), 200))
        if not streaming or block.get("input"):
            call.json = json.dumps(block.get("input"))
        message.calls.append(call)
        return call
    return None


def _add(message: Message, call: Call | None, delta: Mapping[str, Any]) -> None:
    if delta.get("type") == "text_delta":
        message.says = plain(message.says + str(delta.get("text") or ""))
    elif delta.get("type") == "input_json_delta" and call is not None:
        call.json += str(delta.get("partial_json") or "")


def _count(message: Message, usage: object) -> None:
    """Later counts stand for earlier ones; cached tokens were read too."""
    if not isinstance(usage, dict):
        return
    read = [
        _tokens(usage.get(name))
        for name in ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    ]
    known = [each for each in read if each is not None]
    if known:
        message.tokens_in = max(message.tokens_in or 0, min(sum(known), MOST_TOKENS))
    written = _tokens(usage.get("output_tokens"))
    if written is not None:
        message.tokens_out = written


def _tokens(count: object) -> int | None:
    """A count as it may be true; an endpoint that counts below nothing has not said."""
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        return None
    return min(count, MOST_TOKENS)


TOLD: Mapping[str, tuple[Failure, str]] = {
    "overloaded_error": ("overloaded", "The model is overloaded."),
    "rate_limit_error": ("overloaded", "The model takes no more requests for now."),
    "timeout_error": ("timeout", "The model took too long."),
    "authentication_error": ("unauthorised", "The endpoint does not know the key."),
    "permission_error": ("unauthorised", "The key may not use this model."),
    "billing_error": ("unauthorised", "The account behind the key cannot pay."),
}


def _told(data: str) -> Unreadable:
    """An error that the server told in the middle of its answer, in our own words."""
    try:
        said = decoded(data)
    except ValueError:
        said = {}
    kind = ""
    if isinstance(said, dict):
        kind = plain(_part(said, "error").get("type"), 60)
    return Unreadable(*TOLD.get(kind, ("unavailable", "The endpoint failed during its answer.")))
