"""Rendering authors' Markdown: in a process apart, with a deadline for every document.

Rendering happens when content is brought in, never while somebody reads a page.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from django.conf import settings

# The child is killed after 2 s of processor time; the wall clock only catches a child that hangs.
WALL_SECONDS = 20.0
KILLS = 3
TOO_LONG = "The text takes too long to lay out; shorten or simplify it."


@dataclass(frozen=True, slots=True)
class Source:
    """Markdown to render; `sources` are the ids that `[id]` may cite, numbered in this order."""

    text: str
    sources: tuple[str, ...] = ()
    lesson: bool = False


@dataclass(frozen=True, slots=True)
class Rendered:
    html: str
    text: str
    error: str = ""


class RenderingProcess:
    """A renderer for a batch of documents; replaced when a document had to be killed."""

    def __init__(self) -> None:
        self.child: subprocess.Popen[bytes] | None = None
        self.kills = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def render(self, source: Source) -> Rendered:
        if self.kills >= KILLS:
            return Rendered("", "", "Not laid out, because several texts before it took too long.")
        asked = {"text": source.text, "sources": source.sources, "lesson": source.lesson}
        answer = self._ask(json.dumps(asked).encode() + b"\n")
        if answer is None:
            self.stop()
            self.kills += 1
            return Rendered("", "", TOO_LONG)
        return Rendered(answer.get("html", ""), answer.get("text", ""), answer.get("error", ""))

    def stop(self) -> None:
        if self.child is not None:
            self.child.kill()
            self.child.communicate()
            self.child = None

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {
            "PYTHONPATH": os.pathsep.join([str(settings.BASE_DIR), *filter(None, sys.path)]),
            "PYTHONHASHSEED": "0",
            "PATH": os.environ.get("PATH", ""),
        }
        return subprocess.Popen(
            [sys.executable, "-m", "curriculum.markdown_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=settings.BASE_DIR,
            env=environment,
        )

    def _ask(self, line: bytes) -> dict[str, str] | None:
        """The child's answer, or None if it died or hung."""
        if self.child is None:
            self.child = self._start()
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        try:
            self.child.stdin.write(line)
            self.child.stdin.flush()
        except OSError:
            return None
        received = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(self.child.stdout, selectors.EVENT_READ)
            while not received.endswith(b"\n"):
                if not selector.select(WALL_SECONDS):
                    return None
                part = os.read(self.child.stdout.fileno(), 1 << 16)
                if not part:
                    return None
                received += part
        answer: dict[str, str] = json.loads(received)
        return answer


def render_all(sources: Iterable[Source]) -> list[Rendered]:
    """Renders in one process after another; an error stands with the document that caused it."""
    with RenderingProcess() as process:
        return [process.render(source) for source in sources]


def render(text: str) -> Rendered:
    """Renders one short text, as a preview does."""
    return render_all([Source(text)])[0]
