"""A small Messages API on the loopback: plays along, or misbehaves as it is told to."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self

Behaviour = Literal[
    "play", "whole", "refusal", "too-many", "overloaded", "broken", "forbidden", "not-found",
    "hang", "drip", "flood", "cut", "cut-at-once", "error-mid-stream", "bad-json", "unknown-tool",
    "wrong-types", "html", "script", "redirect", "no-usage", "too-long",
]  # fmt: skip
Json = dict[str, Any]
Player = Callable[[Json], Json]

HTML = b"<!doctype html><title>Sign in</title><script>alert(document.cookie)</script>"
SCRIPT = "<script>fetch('/people/')</script><img src=x onerror=alert(1)>"
USAGE = {"input_tokens": 900, "output_tokens": 120}  # what every call is said to have used
ROW = re.compile(r'<row id="([^"]+)"[^>]*>(\{.*?\})</row>', re.S)


def play(request: Json) -> Json:
    """A sensible answer computed from the request: the first tool, filled in from what is shown."""
    tools = request.get("tools") or []
    if not tools:
        return {"says": "Nothing to do here.", "tool": None}
    tool = tools[0]
    properties = tool["input_schema"]["properties"]
    answer: Json = {"says": f"I use {tool['name']}.", "confidence": 88}
    if "arguments" in properties:
        answer["arguments"] = _arguments(request, properties["arguments"]["properties"])
    if "route" in properties:
        answer["route"] = properties["route"]["enum"][0]
    if "finds" in properties:
        answer["finds"] = "ok"
    return {"says": "I have read what is shown.", "tool": tool["name"], "input": answer}


def _arguments(request: Json, specs: Json) -> Json:
    rows = [
        (where, json.loads(row))
        for where, row in ROW.findall(
            json.dumps(request["messages"], ensure_ascii=False).replace('\\"', '"')
        )
    ]
    found: Json = {}
    for name, spec in specs.items():
        kind = spec["properties"]["value"]["type"]
        found[name] = _from_rows(rows, name, kind) or {
            "value": {"integer": 1, "boolean": False}.get(kind, "as written"),
            "source": "own" if kind == "string" else "",
        }
    return found


def _from_rows(rows: list[tuple[str, Json]], name: str, kind: str) -> Json | None:
    fits = {"integer": int, "boolean": bool}.get(kind, str)
    for where, row in rows:
        if name in row and type(row[name]) is fits:
            return {"value": row[name], "source": f"{where}.{name}"}
    for where, row in rows:
        for column, value in row.items():
            if type(value) is fits:
                return {"value": value, "source": f"{where}.{column}"}
    return None


class FakeModel:
    """The server. `script` is what it does for the next requests, in order; then it plays along.

    `requests` and `headers` keep what was asked; `answer` stands for the whole message, `spoilt`
    for the JSON of a bad tool call. Use it as a context manager.
    """

    def __init__(self, *script: Behaviour, player: Player = play, seconds: float = 0.0) -> None:
        self.script = list(script)
        self.player = player
        self.seconds = seconds  # how long an ordinary answer takes
        self.answer: Json | None = None
        self.spoilt = "{not json"
        self.retry_after = "7"
        self.requests: list[Json] = []
        self.headers: list[dict[str, str]] = []
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"fake": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def take(self, request: Json, headers: dict[str, str]) -> Behaviour:
        with self._lock:
            self.requests.append(request)
            self.headers.append(headers)
            return self.script.pop(0) if self.script else "play"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    fake: FakeModel
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a test's output is its own."""

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        request = json.loads(self.rfile.read(length))
        if self.path != "/v1/messages":
            self._error(404, "not_found_error")
            return
        behaviour = self.fake.take(request, {k.lower(): v for k, v in self.headers.items()})
        try:
            self._behave(behaviour, request)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _behave(self, behaviour: Behaviour, request: Json) -> None:
        match behaviour:
            case "too-many":
                self._error(429, "rate_limit_error", {"retry-after": self.fake.retry_after})
            case "overloaded":
                self._error(529, "overloaded_error")
            case "broken":
                self._error(500, "api_error")
            case "forbidden":
                self._error(401, "authentication_error")
            case "not-found":
                self._error(404, "not_found_error")
            case "html":
                self._send(200, HTML, "text/html")
            case "redirect":
                self._send(307, b"", "text/plain", {"location": f"{self.fake.url}/elsewhere"})
            case "hang":
                self.fake.stopping.wait(30)
                self.close_connection = True
            case _:
                self.fake.stopping.wait(self.fake.seconds)
                message = self._message(behaviour, request)
                if behaviour == "whole" or not request.get("stream"):
                    self._send(200, json.dumps(message).encode(), "application/json")
                else:
                    self._stream(behaviour, message)

    def _message(self, behaviour: Behaviour, request: Json) -> Json:
        if self.fake.answer is not None:
            return self.fake.answer
        played = self.fake.player(request)
        says, tool, given = played.get("says", ""), played.get("tool"), played.get("input", {})
        stop = "tool_use" if tool else "end_turn"
        match behaviour:
            case "refusal":
                says, tool, stop = "I cannot help with that.", None, "refusal"
            case "unknown-tool":
                tool = "shell__run"
            case "wrong-types":
                given = {**given, "arguments": ["all", "of", "it"], "finds": 3, "route": 4}
            case "script":
                says = SCRIPT
                given = {**given, "says": SCRIPT}
            case "too-long":
                stop = "max_tokens"
        content: list[Json] = [{"type": "text", "text": says}]
        if tool:
            content.append({"type": "tool_use", "id": "toolu_1", "name": tool, "input": given})
        message = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": request.get("model"),
            "content": content,
            "stop_reason": stop,
            "stop_sequence": None,
            "usage": dict(USAGE),
        }
        if behaviour == "no-usage":
            del message["usage"]
        return message

    def _stream(self, behaviour: Behaviour, message: Json) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        if behaviour == "cut-at-once":
            return
        events = list(_events(message, self.fake.spoilt if behaviour == "bad-json" else ""))
        half = len(events) // 2
        for place, event in enumerate(events):
            if place == half:
                if behaviour == "cut":
                    return
                if behaviour == "error-mid-stream":
                    self._event({"type": "error", "error": {"type": "overloaded_error"}})
                    return
                if behaviour in ("drip", "flood"):
                    self._for_ever(behaviour)
                    return
            self._event(event)

    def _for_ever(self, behaviour: Behaviour) -> None:
        """Never ends by itself: pings that keep the line alive, or text without end."""
        while not self.fake.stopping.is_set():
            if behaviour == "drip":
                self._event({"type": "ping"})
                time.sleep(0.02)
            else:
                delta = {"type": "text_delta", "text": "x" * 60_000}
                self._event({"type": "content_block_delta", "index": 0, "delta": delta})

    def _event(self, event: Json) -> None:
        self.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
        self.wfile.flush()

    def _error(self, status: int, kind: str, headers: dict[str, str] | None = None) -> None:
        body = {"type": "error", "error": {"type": kind, "message": "sk-secret <b>no</b>"}}
        self._send(status, json.dumps(body).encode(), "application/json", headers)

    def _send(
        self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {"content-type": kind, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _events(message: Json, spoilt: str) -> Iterator[Json]:
    """The message in pieces, as the API streams it; `spoilt` stands for the tool's JSON."""
    usage = message.get("usage")
    yield {"type": "message_start", "message": {**message, "content": [], "stop_reason": None}}
    for index, block in enumerate(message["content"]):
        if block["type"] == "text":
            yield {
                "type": "content_block_start",
                "index": index,
                "content_block": {"type": "text", "text": ""},
            }
            pieces = [("text_delta", "text", each) for each in _pieces(block["text"])]
        else:
            yield {
                "type": "content_block_start",
                "index": index,
                "content_block": {**block, "input": {}},
            }
            text = spoilt or json.dumps(block["input"])
            pieces = [("input_json_delta", "partial_json", each) for each in _pieces(text)]
        yield {"type": "ping"}
        for kind, name, piece in pieces:
            yield {
                "type": "content_block_delta",
                "index": index,
                "delta": {"type": kind, name: piece},
            }
        yield {"type": "content_block_stop", "index": index}
    delta: Json = {"type": "message_delta", "delta": {"stop_reason": message["stop_reason"]}}
    if usage:
        delta["usage"] = {"output_tokens": usage["output_tokens"]}
    yield delta
    yield {"type": "message_stop"}


def _pieces(text: str) -> list[str]:
    return [text[start : start + 17] for start in range(0, len(text), 17)] or [""]
