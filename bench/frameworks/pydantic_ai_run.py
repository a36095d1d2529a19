"""The run in Pydantic AI: five agent runs one after the other, with a model that is a function."""

from __future__ import annotations

import asyncio
import itertools
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from measuring import World, asked, imported, rounds, tell


def load() -> None:
    global ai, messages, FunctionModel
    import pydantic_ai as ai
    from pydantic_ai import messages
    from pydantic_ai.models.function import FunctionModel


world = World()
calls = itertools.count()


def team(asks: bool) -> dict[str, Any]:
    """Five agents; with `asks` a person approves the first payment."""

    def reply(_: Any, __: Any) -> Any:
        world.replies += 1
        cases = {3: "C-1", 4: "C-2"}
        if world.replies in cases:
            part: Any = messages.ToolCallPart(
                "pay", {"case": cases[world.replies]}, tool_call_id=f"call_{next(calls)}"
            )
        else:
            part = messages.TextPart("ok")
        return messages.ModelResponse(parts=[part])

    model = FunctionModel(reply)

    def pay(context: Any, case: str) -> str:
        """Pays a case."""
        if not context.tool_call_approved:
            assert world.judge(case)
        if asks and case == "C-1" and not context.tool_call_approved:
            raise ai.ApprovalRequired
        return world.pay(case)

    pay.__annotations__["context"] = ai.RunContext[None]
    names = ("coordinator", "planner", "reviewer", "verifier")
    agents = {name: ai.Agent(model, instructions=f"You are the {name}.") for name in names}
    agents["specialist"] = ai.Agent(
        model,
        instructions="You are the specialist.",
        tools=[ai.Tool(pay, takes_ctx=True)],
        output_type=[str, ai.DeferredToolRequests] if asks else str,
    )
    return agents


async def up_to_specialist(agents: dict[str, Any]) -> Any:
    for name in ("coordinator", "planner"):
        await agents[name].run("Pay what is due.")
    return await agents["specialist"].run("Pay C-1 and C-2.")


async def from_reviewer(agents: dict[str, Any]) -> None:
    for name in ("reviewer", "verifier"):
        await agents[name].run("C-1 and C-2 were paid.")
    world.check()


async def main() -> None:
    global world
    times, count = asked()
    loading = imported(load)
    straight, pausing = team(asks=False), team(asks=True)

    async def once() -> None:
        global world
        world = World()
        await up_to_specialist(straight)
        await from_reviewer(straight)

    run = await rounds(once, times=times, count=count)

    waiting, before = [], []
    for _ in range(times * (count + 1)):
        world = World()
        result = await up_to_specialist(pausing)
        assert isinstance(result.output, ai.DeferredToolRequests)
        waiting.append((result.output.approvals[0].tool_call_id, result.all_messages_json()))
        before.append(world)
    size = len(waiting[0][1])

    async def resume() -> None:
        global world
        world = before.pop()
        name, history = waiting.pop()
        await pausing["specialist"].run(
            message_history=messages.ModelMessagesTypeAdapter.validate_json(history),
            deferred_tool_results=ai.DeferredToolResults(approvals={name: True}),
        )
        await from_reviewer(pausing)

    resumed = await rounds(resume, times=times, count=count)
    tell(
        "pydantic-ai-slim",
        run_us=run,
        resume_us=resumed,
        paused_bytes=size,
        paused_note="messages of the waiting agent alone",
        **loading,
    )


asyncio.run(main())
