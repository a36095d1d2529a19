"""A live model behind the Messages API, the provider's own or one that is hosted privately."""

from __future__ import annotations

import email.utils
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sandbox.engine.prepared import Prepared
from sandbox.engine.provider import Ask, Failure, ProviderError, Reply
from sandbox.engine.sealed import Sealed
from sandbox.engine.world import World
from sandbox.live_models.answering import understood
from sandbox.live_models.prompting import Prompt, compose
from sandbox.providers.wire import Message, Unreadable, streamed, whole

if TYPE_CHECKING:
    import anthropic
    import httpx2

OFFICIAL = "https://api.anthropic.com"
MOST_BYTES = 2_000_000
MOST_WAIT = 60.0
# Some models think before they answer, and that is counted too.
ANSWER_TOKENS = 4_000

# Seconds after which the same question may be worth asking again; 0: it is not.
AGAIN: Mapping[Failure, float] = {
    "overloaded": 5.0,
    "unavailable": 3.0,
    "timeout": 3.0,
    "cut": 1.0,
    "malformed": 1.0,
}
# The answer began, or may have: nobody knows what it cost, so the reservation is what it cost.
UNKNOWN_COST = frozenset({"timeout", "cut"})


@dataclass(frozen=True, slots=True)
class Price:
    """What a thousand tokens cost in mils, read and written."""

    read: int
    written: int

    def of(self, read: int, written: int) -> int:
        """Rounded up: a call is never free."""
        return math.ceil((read * self.read + written * self.written) / 1000)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where live runs go: the key (never shown, not even in a traceback), the models by tier."""

    key: str = field(repr=False)
    models: Mapping[str, str]
    prices: Mapping[str, Price]
    base_url: str = OFFICIAL
    seconds: float = 40.0


class Anthropic:
    """The provider of live runs. It asks once: trying again is the engine's business.

    `world` tells how the company's rows stand now; `alive` is called while an answer comes in.
    `counted` are the tokens of the newest answer, read and written, for whoever settles it.
    """

    name = "anthropic"
    remote = True

    def __init__(
        self,
        prepared: Prepared,
        sealed: Sealed,
        endpoint: Endpoint,
        *,
        world: Callable[[], World] = World,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self.prepared, self.sealed, self.endpoint = prepared, sealed, endpoint
        self.world, self.alive = world, alive
        self.counted = (0, 0)
        self._client: anthropic.Anthropic | None = None
        self._end = 0.0

    def reserve(self, run: str, ask: Ask) -> int:
        """The most that the answer may cost, in mils: no token is shorter than a byte."""
        return self._most(ask, self._prompt(ask))

    def reply(self, run: str, ask: Ask) -> Reply:
        """Asks the model once. Raises `ProviderError` with what it cost all the same."""
        self.counted = (0, 0)
        began = time.monotonic()
        prompt = self._prompt(ask)
        try:
            message = self._call(prompt, ask.tier)
        except Unreadable as error:
            raise self._failed(ask, prompt, error.kind, error.message) from None
        except ProviderError as error:
            if error.kind in UNKNOWN_COST:
                error.mils = self._most(ask, prompt)
            raise
        read, written = self.counted = _counted(prompt, message)
        mils = self._price(ask).of(read, written)
        try:
            reply = understood(self.prepared, prompt, ask, message)
        except Unreadable as error:
            raise failed(error.kind, error.message, mils=mils) from None
        seconds = max(1, round(time.monotonic() - began))
        return replace(reply, tokens=read + written, mils=mils, seconds=seconds)

    def _failed(self, ask: Ask, prompt: Prompt, kind: Failure, message: str) -> ProviderError:
        mils = self._most(ask, prompt) if kind in UNKNOWN_COST else 0
        return failed(kind, message, mils=mils)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    # ---- The call ----------------------------------------------------------------------------

    def _until(self) -> float:
        return self._end

    def _prompt(self, ask: Ask) -> Prompt:
        return compose(self.prepared, self.sealed, self.world(), ask)

    def _price(self, ask: Ask) -> Price:
        return self.endpoint.prices[ask.tier]

    def _most(self, ask: Ask, prompt: Prompt) -> int:
        return self._price(ask).of(prompt.size, ANSWER_TOKENS)

    def _call(self, prompt: Prompt, tier: str) -> Message:
        import anthropic
        import httpx2

        client = self._client = self._client or connect(self.endpoint, self._until, self.alive)
        self._end = time.monotonic() + self.endpoint.seconds
        request: Any = {
            "model": self.endpoint.models[tier],
            "max_tokens": ANSWER_TOKENS,
            "system": prompt.system,
            "messages": [{"role": "user", "content": prompt.user}],
            "tools": list(prompt.tools),
            "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
        }
        try:
            with client.messages.with_streaming_response.create(**request, stream=True) as answer:
                return _read(anthropic.Stream.raw_events, answer.http_response)
        except anthropic.APIStatusError as error:
            raise _refused(error) from None
        except (anthropic.APITimeoutError, httpx2.TimeoutException):
            raise failed("timeout", "The model did not answer in time.") from None
        except TooMuch:
            raise failed("cut", "The answer was longer than allowed.") from None
        except (anthropic.APIConnectionError, httpx2.ConnectError, httpx2.InvalidURL):
            raise failed("unavailable", "The endpoint cannot be reached.") from None
        except httpx2.HTTPError:
            raise failed("cut", "The connection ended before the answer did.") from None


class TooMuch(Exception):
    """More came than any answer needs."""


def connect(
    endpoint: Endpoint, until: Callable[[], float], alive: Callable[[], None]
) -> anthropic.Anthropic:
    """A client that sends the key nowhere else, and that never tries again by itself.

    It follows no redirect, which would carry the key along, and takes no address from the
    environment. Content encodings are refused, so that a small body cannot become a huge one, and
    every body has an end, those of errors too.
    """
    import anthropic
    import httpx2

    def bind(response: httpx2.Response) -> None:
        response.stream = bounded(response.stream, until(), alive)

    patience = httpx2.Timeout(endpoint.seconds, connect=min(5.0, endpoint.seconds))
    return anthropic.Anthropic(
        api_key=endpoint.key or "none",
        base_url=endpoint.base_url or OFFICIAL,
        max_retries=0,
        timeout=patience,
        default_headers={"accept-encoding": "identity"},
        http_client=anthropic.DefaultHttpxClient(
            follow_redirects=False, timeout=patience, event_hooks={"response": [bind]}
        ),
    )


def bounded(stream: Any, end: float, alive: Callable[[], None]) -> Any:
    """The body with an end: at that time or after so many bytes, however slowly it drips."""
    import httpx2

    class Bounded(httpx2.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            seen = 0
            for chunk in stream:
                seen += len(chunk)
                if seen > MOST_BYTES:
                    raise TooMuch
                if time.monotonic() > end:
                    raise httpx2.ReadTimeout("the answer took too long")
                alive()
                yield chunk

        def close(self) -> None:
            stream.close()

    return Bounded()


def _read(raw_events: Callable[[httpx2.Response], Any], response: httpx2.Response) -> Message:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Unreadable("not-json", "The endpoint answered in an encoding nobody asked for.")
    if kind == "text/event-stream":
        return streamed(raw_events(response))
    if kind == "application/json":
        return whole(response.read().decode("utf-8", "replace"))
    raise Unreadable("not-json", "The endpoint answered a page, not a message.")


def failed(kind: Failure, message: str, after: float = 0.0, mils: int = 0) -> ProviderError:
    """The failure with the time to wait: what the server asked for, within bounds."""
    usual = AGAIN.get(kind, 0.0)
    return ProviderError(kind, message, min(max(usual, after), MOST_WAIT) if usual else 0.0, mils)


def _counted(prompt: Prompt, message: Message) -> tuple[int, int]:
    """Tokens read and written; where the endpoint does not say, the most there can be."""
    read, written = message.tokens_in, message.tokens_out
    return (
        prompt.size if read is None else read,
        ANSWER_TOKENS if written is None else written,
    )


def _refused(error: anthropic.APIStatusError) -> ProviderError:
    """An HTTP status in our own words; what the body says stays where it is."""
    status = error.status_code
    if status in (429, 529):
        after = retry_after(error.response.headers)
        return failed("overloaded", "The model takes no more requests for now.", after)
    if status in (401, 402, 403):
        return failed("unauthorised", f"The endpoint does not accept the key (HTTP {status}).")
    if status in (408, 504):
        return failed("timeout", "The model did not answer in time.")
    if status >= 500 or status in (409, 425):
        return failed("unavailable", f"The endpoint failed (HTTP {status}).")
    # Asking the same again is no use.
    words = f"The endpoint refuses the request (HTTP {status}): check its address and the models."
    return ProviderError("unavailable", words, 0.0)


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that the server asks to wait for; 0 if it says nothing that can be understood."""
    asked = headers.get("retry-after", "").strip()
    try:
        seconds = float(asked)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(asked).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return 0.0
    return seconds if 0 < seconds < math.inf else 0.0
