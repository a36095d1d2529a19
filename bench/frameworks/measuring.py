"""What the three scripts share: the words and rules of the run, the rounds, the JSON at the end."""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path

STEPS = 11  # seven replies, two judgements of the guard, two tools
AGENTS = ("coordinator", "planner", "specialist", "reviewer", "verifier")
CASES = {"C-1": ("GB11", 12_400), "C-2": ("GB12", 3_150)}
DENIED: tuple[Callable[[int, int], bool], ...] = (
    lambda amount, done: amount > 900_000,
    lambda amount, done: amount < 0,
    lambda amount, done: done > 0,
    lambda amount, done: amount % 10 == 7,
    lambda amount, done: amount > 899_999 and done > 1,
    lambda amount, done: amount == 1,
    lambda amount, done: amount > 800_000 and done > 2,
    lambda amount, done: amount == 2,
    lambda amount, done: amount == 3,
)  # as many as the plan of the rehearsal has


class World:
    """What the tools did in one run, and how often each step was taken."""

    def __init__(self) -> None:
        self.paid: dict[str, int] = {}
        self.replies = self.judged = self.applied = 0

    def judge(self, case: str) -> bool:
        """The guard: whether no rule denies it."""
        self.judged += 1
        amount = CASES[case][1]
        return not any(rule(amount, 0) for rule in DENIED)

    def pay(self, case: str) -> str:
        self.applied += 1
        self.paid[case] = CASES[case][1]
        return f"paid {case}"

    def check(self) -> None:
        """Eleven steps were taken and both cases are paid; otherwise there is nothing to time."""
        taken = (self.replies, self.judged, self.applied)
        assert taken == (7, 2, 2), taken
        assert self.paid == {case: amount for case, (_, amount) in CASES.items()}, self.paid


def imported(load: Callable[[], object]) -> dict[str, float]:
    """What loading the framework costs: ms of CPU and MB of memory."""
    before, memory = time.process_time(), _memory()
    load()
    spent = time.process_time() - before
    return {"import_ms": spent * 1000, "import_mb": (_memory() - memory) / 1e6}


def _memory() -> float:
    """Bytes of this process in memory now; where that is not told, the most there ever were."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most * (1 if sys.platform == "darwin" else 1024)


async def rounds(
    act: Callable[[], Awaitable[object]], *, times: int, count: int
) -> dict[str, float]:
    """µs of CPU of one `act`: the median and the fifth percentile of the rounds."""
    spent = []
    for number in range(count + 1):
        before = time.process_time()
        for _ in range(times):
            await act()
        if number:  # the first one warms up
            spent.append((time.process_time() - before) / times * 1e6)
    return {"median": statistics.median(spent), "p05": sorted(spent)[len(spent) // 20]}


def tell(package: str, **found: object) -> None:
    """Prints what was found, as one line of JSON."""
    words = {"package": package, "version": version(package), "steps": STEPS}
    print(json.dumps({**words, "memory_mb": _memory() / 1e6, **found}))


def asked() -> tuple[int, int]:
    """How many runs in a round, and how many rounds: the script's two arguments."""
    return int(sys.argv[1]), int(sys.argv[2])
