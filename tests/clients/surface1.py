"""Python `mcp` 1.x and what is beside the tools: surface1.py stdio BINARY DATA_DIR | http URL | sse URL"""

import asyncio
import sys

import mcp.types as types
from mcp import ClientSession, StdioServerParameters
from mcp.client.sse import sse_client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamablehttp_client
from mcp.shared.exceptions import McpError

PLAN = {"steps": [{"id": "one", "role": "r", "goal": "Say one."}, {"id": "two", "role": "r", "goal": "Say two.", "needs": ["one"]}]}


def transport(kind, *where):
    if kind == "stdio":
        binary, data_dir = where
        return stdio_client(
            StdioServerParameters(command=binary, args=["--data-dir", data_dir, "serve", "--stdio"])
        )
    return {"http": streamablehttp_client, "sse": sse_client}[kind](*where)


async def main(kind, *where):
    heard, remarks = asyncio.Queue(), []

    async def on_message(message):
        if isinstance(message, types.ServerNotification):
            await heard.put(message.root)

    async def on_remark(params):
        remarks.append((params.level, params.data))

    async def updated(uri):
        while True:
            message = await asyncio.wait_for(heard.get(), 20)
            if isinstance(message, types.ResourceUpdatedNotification) and str(message.params.uri) == uri:
                return

    async with transport(kind, *where) as streams:
        async with ClientSession(
            streams[0], streams[1], message_handler=on_message, logging_callback=on_remark
        ) as session:
            hello = await session.initialize()
            assert hello.capabilities.resources.subscribe and hello.capabilities.prompts.listChanged, hello
            assert hello.capabilities.completions is not None and hello.capabilities.logging is not None, hello
            assert len(hello.instructions.splitlines()) <= 10, hello.instructions

            prompts = (await session.list_prompts()).prompts
            assert "bug_fix" in [prompt.name for prompt in prompts], prompts
            prompt = types.PromptReference(type="ref/prompt", name="bug_fix")
            default = await session.complete(prompt, {"name": "verify_with", "value": "the pro"})
            assert default.completion.values == ["the project's own tests"], default

            begun = (await session.call_tool("run_crew", {"task": "count", "plan": PLAN})).structuredContent
            run, token = begun["run_id"], begun["pending"][0]["step_token"]
            uri = f"firstmate://run/{run}"
            template = types.ResourceTemplateReference(type="ref/resource", uri="firstmate://run/{run_id}")
            runs = await session.complete(template, {"name": "run_id", "value": run[:8]})
            assert run in runs.completion.values, runs
            template = types.ResourceTemplateReference(type="ref/resource", uri="firstmate://run/{run_id}/step/{step_id}")
            steps = await session.complete(template, {"name": "step_id", "value": "t"}, {"run_id": run})
            assert steps.completion.values == ["two"], steps

            resources = (await session.list_resources()).resources
            assert uri in [str(resource.uri) for resource in resources], resources
            assert all(resource.annotations.audience for resource in resources), resources
            assert len((await session.list_resource_templates()).resourceTemplates) == 12
            graph = (await session.read_resource(f"{uri}/graph")).contents[0]
            assert graph.mimeType == "text/vnd.mermaid" and "flowchart TD" in graph.text, graph

            await session.subscribe_resource(uri)
            await session.set_logging_level("info")
            await session.call_tool("run_crew", {"submissions": [{"step_token": token, "output": "one"}]})
            await updated(uri)
            try:
                await session.subscribe_resource("firstmate://run/none")
                raise AssertionError("a run that there is not")
            except McpError as error:
                assert error.error.code == -32002, error.error
            await session.unsubscribe_resource(uri)
            assert [level for level, _ in remarks] == ["info"] and remarks[0][1]["tool"] == "run_crew", remarks

            seen = []

            async def progress(done, total, message):
                seen.append((done, total, message))

            await session.call_tool("run_crew", {"run_id": run}, progress_callback=progress)
            assert seen and seen[-1][0] == 1 and seen[-1][1] == 2, seen
            print(f"ok: mcp 1.x, {kind}, protocol {hello.protocolVersion}")


asyncio.run(main(*sys.argv[1:]))
