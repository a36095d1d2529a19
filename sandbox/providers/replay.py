"""The trail as cassette: a live run played again offline, reply by reply, without a model."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.engine.events import Event, Kind
from sandbox.engine.provider import Ask, Reply


class NotRecorded(LookupError):
    """The trail holds no reply to this ask: the replay has left the path of the recording."""


class Replay:
    """Replies recorded in a trail, in the order in which they were given; a miss fails loudly."""

    name = "replay"
    remote = False

    def __init__(self, events: Iterable[Event]) -> None:
        self._replies: dict[tuple[str, str, bool], list[Reply]] = {}
        for event in events:
            if event.kind == Kind.MODEL_REPLIED:
                key = (event.actor, event.data["case"], "about" in event.data)
                self._replies.setdefault(key, []).append(recorded(event))

    def reserve(self, run: str, ask: Ask) -> int:
        return 0

    def reply(self, run: str, ask: Ask) -> Reply:
        """Raises `NotRecorded`."""
        key = (ask.agent, ask.case, ask.about is not None)
        waiting = self._replies.get(key)
        if not waiting:
            raise NotRecorded(f"No reply of {ask.agent} on {ask.case} is left in the trail.")
        return waiting.pop(0)

    @property
    def left(self) -> int:
        """Replies that nobody has asked for; more than none at the end is a different run."""
        return sum(map(len, self._replies.values()))


def recorded(event: Event) -> Reply:
    """The reply that a `model.replied` of a remote provider holds."""
    data = event.data
    return Reply(
        says=data.get("says", ""),
        tool=data.get("tool", ""),
        args=data.get("args", {}),
        sources=data.get("sources", {}),
        confidence=data.get("confidence", 0),
        tokens=data["tokens"],
        mils=data["mils"],
        seconds=data.get("took", 0),
        route=data.get("route", ""),
        finds=data.get("finds", ""),
        stop=data.get("stop", ""),
        times=2 if data.get("again") else 1,
    )
