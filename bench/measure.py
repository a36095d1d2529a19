"""What something costs beside its floor: both asked in turn, so that a busy machine hits both."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass

from bench.client import Answer, Client
from bench.server import Server

ROUNDS = 7

Ask = Callable[[], Answer]


class Unexpected(Exception):
    """An answer that is not what the case is about; measuring it would say nothing."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one request: CPU milliseconds (median of rounds), wall milliseconds, statements, bytes."""

    cpu: float
    wall: float
    p95: float
    statements: int
    size: int

    def words(self) -> str:
        return (
            f"wall {self.wall:.1f} ms, p95 {self.p95:.1f} ms, {self.statements} statements, "
            f"{self.size / 1000:.1f} kB"
        )


def checked(answer: Answer, *statuses: int) -> Answer:
    """The answer, if it has one of the statuses (200 unless told)."""
    if answer.status not in (statuses or (200,)):
        where = answer.headers.get("location", "")
        beginning = answer.body[:300].decode(errors="replace")
        raise Unexpected(f"status {answer.status} {where} {beginning!r}")
    return answer


def in_turn(server: Server, asks: list[Ask], *, requests: int, rounds: int = ROUNDS) -> list[Cost]:
    """The cost of each of `asks`; `requests` of each in every round, after a warm-up of two."""
    for ask in asks:
        for _ in range(2):
            ask()
    cpu: list[list[float]] = [[] for _ in asks]
    answers: list[list[Answer]] = [[] for _ in asks]
    for _ in range(rounds):
        for number, ask in enumerate(asks):
            before = server.cpu()
            answers[number] += [ask() for _ in range(requests)]
            cpu[number].append((server.cpu() - before) / requests)
    return [_cost(cpu[number], answers[number]) for number in range(len(asks))]


def _cost(cpu: list[float], answers: list[Answer]) -> Cost:
    walls = sorted(answer.seconds * 1000 for answer in answers)
    return Cost(
        cpu=statistics.median(cpu) * 1000,
        wall=statistics.median(walls),
        p95=walls[min(len(walls) - 1, int(len(walls) * 0.95))],
        statements=max(answer.statements for answer in answers),
        size=answers[-1].wire,
    )


def beside_page(server: Server, client: Client, path: str, *, requests: int) -> tuple[Cost, Cost]:
    """A page, and the floor of the same size."""
    size = checked(client.get(path)).wire
    floor = f"/floor/page/{fitting(client, size)}/"
    page, base = in_turn(
        server,
        [lambda: checked(client.get(path)), lambda: checked(client.get(floor))],
        requests=requests,
    )
    return page, base


def fitting(client: Client, size: int) -> int:
    """What to ask the floor for, so that the page has `size` bytes with its rows and frame."""
    frame = checked(client.get("/floor/page/0/")).wire
    return max(0, size - frame)


def floor_post(client: Client) -> Ask:
    return lambda: checked(client.post("/floor/post/", {"text": "an answer of about this length"}))
