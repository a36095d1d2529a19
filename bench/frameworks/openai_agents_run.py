"""The run in the OpenAI Agents SDK: five agents that hand over, tracing off, no delay."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from measuring import AGENTS, World, asked, imported, rounds, tell


def load() -> None:
    global sdk, FunctionCall, Message, Text
    import agents as sdk
    from openai.types.responses import ResponseFunctionToolCall as FunctionCall
    from openai.types.responses import ResponseOutputMessage as Message
    from openai.types.responses import ResponseOutputText as Text


world = World()
calls = itertools.count()


def call(name: str, **arguments: str) -> Any:
    """A tool call as the model writes it."""
    return FunctionCall(
        type="function_call",
        call_id=f"call_{next(calls)}",
        name=name,
        arguments=json.dumps(arguments),
    )


def said(words: str) -> Any:
    return Message(
        id="msg_1",
        type="message",
        role="assistant",
        status="completed",
        content=[Text(type="output_text", text=words, annotations=[])],
    )


def script() -> list[Any]:
    """The seven replies, in order."""
    return [
        call("transfer_to_planner"),
        call("transfer_to_specialist"),
        call("pay", case="C-1"),
        call("pay", case="C-2"),
        call("transfer_to_reviewer"),
        call("transfer_to_verifier"),
        said("ok"),
    ]


def team(asks: bool) -> Any:
    """The first of five agents in a row; with `asks` a person approves the first payment."""

    class Played(sdk.Model):
        async def get_response(self, *_: Any, **__: Any) -> Any:
            world.replies += 1
            reply = script()[world.replies - 1]
            return sdk.ModelResponse(output=[reply], usage=sdk.Usage(), response_id=None)

        def stream_response(self, *_: Any, **__: Any) -> Any:
            raise NotImplementedError

    @sdk.tool_input_guardrail
    def guardian(data: Any) -> Any:
        case = json.loads(data.context.tool_arguments)["case"]
        allow = sdk.ToolGuardrailFunctionOutput.allow
        return allow() if world.judge(case) else sdk.ToolGuardrailFunctionOutput.reject_content("")

    async def first(_: Any, arguments: dict[str, Any], __: str) -> bool:
        return bool(arguments["case"] == "C-1")

    @sdk.function_tool(tool_input_guardrails=[guardian], needs_approval=first if asks else False)
    async def pay(case: str) -> str:
        """Pays a case."""
        return world.pay(case)

    following: list[Any] = []
    for name in reversed(AGENTS):
        agent = sdk.Agent(
            name=name,
            instructions=f"You are the {name}.",
            model=Played(),
            handoffs=following,
            tools=[pay] if name == "specialist" else [],
        )
        following = [agent]
    return following[0]


async def main() -> None:
    times, count = asked()
    loading = imported(load)
    sdk.set_tracing_disabled(True)
    config = sdk.RunConfig(tracing_disabled=True)
    straight, pausing = team(asks=False), team(asks=True)

    async def once() -> None:
        global world
        world = World()
        result = await sdk.Runner.run(straight, "Pay what is due.", run_config=config)
        assert result.final_output == "ok"
        world.check()

    run = await rounds(once, times=times, count=count)

    waiting = []
    before: list[World] = []
    for _ in range(times * (count + 1)):
        global world
        world = World()
        result = await sdk.Runner.run(pausing, "Pay what is due.", run_config=config)
        assert len(result.interruptions) == 1
        waiting.append(result.to_state().to_string())
        before.append(world)
    size = len(waiting[0].encode())

    async def resume() -> None:
        global world
        world = before.pop()
        state = await sdk.RunState.from_string(pausing, waiting.pop())
        for each in state.get_interruptions():
            state.approve(each)
        result = await sdk.Runner.run(pausing, state, run_config=config)
        assert result.final_output == "ok"
        world.check()

    resumed = await rounds(resume, times=times, count=count)
    tell(
        "openai-agents",
        run_us=run,
        resume_us=resumed,
        paused_bytes=size,
        paused_note="the run state as text",
        **loading,
    )


asyncio.run(main())
