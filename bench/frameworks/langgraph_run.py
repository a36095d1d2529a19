"""The run in LangGraph as bare nodes in a line, without chat messages or models: its least."""

from __future__ import annotations

import asyncio
import itertools
import operator
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypedDict

sys.path.insert(0, str(Path(__file__).parent))
from measuring import CASES, World, asked, imported, rounds, tell


def load() -> None:
    global InMemorySaver, StateGraph, Command, interrupt
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import StateGraph
    from langgraph.types import Command, interrupt


class Told(TypedDict):
    """What the nodes hand on: a line for each step."""

    log: Annotated[list[str], operator.add]


world = World()


def reply(words: str) -> Callable[[Told], dict[str, list[str]]]:
    def node(told: Told) -> dict[str, list[str]]:
        world.replies += 1
        return {"log": [words]}

    return node


def judge(case: str) -> Callable[[Told], dict[str, list[str]]]:
    def node(told: Told) -> dict[str, list[str]]:
        assert world.judge(case)
        return {"log": [f"guardian: {case} allowed"]}

    return node


def pay(case: str, asks: bool) -> Callable[[Told], dict[str, list[str]]]:
    def node(told: Told) -> dict[str, list[str]]:
        if asks:
            assert interrupt({"case": case, "amount": CASES[case][1]}) == "approve"
        return {"log": [world.pay(case)]}

    return node


def built(saver: Any = None) -> Any:
    """Eleven nodes; with a saver the first tool asks a person."""
    asks = saver is not None
    nodes = {
        "coordinator": reply("coordinator: plain"),
        "planner": reply("planner: pay both"),
        "propose-1": reply("specialist: paying C-1"),
        "judge-1": judge("C-1"),
        "pay-1": pay("C-1", asks),
        "propose-2": reply("specialist: paying C-2"),
        "judge-2": judge("C-2"),
        "pay-2": pay("C-2", False),
        "specialist": reply("specialist: done"),
        "reviewer": reply("reviewer: ok"),
        "verifier": reply("verifier: ok"),
    }
    graph = StateGraph(Told)
    for name, node in nodes.items():
        graph.add_node(name, node)
    for before, after in itertools.pairwise(nodes):
        graph.add_edge(before, after)
    graph.set_entry_point("coordinator")
    graph.set_finish_point("verifier")
    return graph.compile(checkpointer=saver)


def stored(saver: Any) -> int:
    """Bytes of all that the saver holds."""
    parts = [
        kept
        for spaces in saver.storage.values()
        for each in spaces.values()
        for kept in each.values()
    ]
    size = sum(len(checkpoint[1]) + len(metadata[1]) for checkpoint, metadata, _ in parts)
    size += sum(len(data) for _, data in saver.blobs.values())
    return size + sum(
        len(value[1]) for writes in saver.writes.values() for _, _, value, _ in writes.values()
    )


async def main() -> None:
    global world
    times, count = asked()
    loading = imported(load)
    graph = built()

    async def once() -> None:
        global world
        world = World()
        graph.invoke({"log": []})
        world.check()

    run = await rounds(once, times=times, count=count)

    # Paused: one state at the end of what was played ("exit"), or one after every step ("sync").
    weights = {}
    for durability in ("exit", "sync"):
        saver = InMemorySaver()
        config = {"configurable": {"thread_id": "one"}}
        built(saver).invoke({"log": []}, config, durability=durability)
        weights[durability] = stored(saver)

    saver = InMemorySaver()
    pausing = built(saver)
    threads = (str(number) for number in itertools.count())
    waiting: list[dict[str, Any]] = []
    for _ in range(times * (count + 1)):
        world = World()
        config = {"configurable": {"thread_id": next(threads)}}
        pausing.invoke({"log": []}, config, durability="exit")
        waiting.append(config)

    async def resume() -> None:
        global world
        world = World()
        world.replies, world.judged = 3, 1  # as they were before the pause
        pausing.invoke(Command(resume="approve"), waiting.pop(), durability="exit")
        world.check()

    resumed = await rounds(resume, times=times, count=count)
    tell(
        "langgraph",
        run_us=run,
        resume_us=resumed,
        paused_bytes=weights["exit"],
        paused_note=f"last state alone; {weights['sync']:,} with every step kept",
        **loading,
    )


asyncio.run(main())
