"""Search over everything a member may see: each app registers its sources, one page asks them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from people.models import Member


@dataclass(frozen=True)
class Hit:
    """One thing found: what it is called, one fact beside it, where it is, and its icon's name."""

    title: str
    detail: str
    url: str
    kind: str = "doc"


# A source is given the member, the words and how many hits are wanted; it returns only what the
# member may see.
Source = Callable[[Member, str, int], list[Hit]]
_sources: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """`name` is the heading above the hits; a second source of that name is a bug."""
    assert _sources.get(name, source) is source, f"two search sources called {name}"
    _sources[name] = source


def find(member: Member, query: str, limit: int = 8) -> list[tuple[str, list[Hit]]]:
    """Hits of every source that has some, in the order of registration; no words, no hits."""
    words = " ".join(query.split())[:100]
    if not words:
        return []
    found = [(name, source(member, words, limit)) for name, source in _sources.items()]
    return [(name, hits[:limit]) for name, hits in found if hits]
