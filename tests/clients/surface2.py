"""Python `mcp` 2.x and what is beside the tools: surface2.py auto stdio BINARY DATA_DIR | http URL | sse URL"""

import asyncio
import sys

from mcp import Client
from mcp.client.sse import sse_client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.subscriptions import ResourcesListChanged, ResourceUpdated
from mcp_types import PromptReference, ResourceTemplateReference

PLAN = {"steps": [{"id": "one", "role": "r", "goal": "Say one."}, {"id": "two", "role": "r", "goal": "Say two.", "needs": ["one"]}]}


def transport(kind, *where):
    if kind == "stdio":
        binary, data_dir = where
        return stdio_client(
            StdioServerParameters(command=binary, args=["--data-dir", data_dir, "serve", "--stdio"])
        )
    return {"http": streamable_http_client, "sse": sse_client}[kind](*where)


async def main(mode, kind, *where):
    remarks = []

    async def on_remark(params):
        remarks.append((params.level, params.data))

    async with Client(
        transport(kind, *where), mode=mode, logging_callback=on_remark, log_level="info"
    ) as client:
        assert client.protocol_version == "2026-07-28", client.protocol_version
        prompt = PromptReference(type="ref/prompt", name="bug_fix")
        default = await client.complete(prompt, {"name": "verify_with", "value": "the pro"})
        assert default.completion.values == ["the project's own tests"], default
        template = ResourceTemplateReference(type="ref/resource", uri="firstmate://task_type/{task_type}")
        kinds = await client.complete(template, {"name": "task_type", "value": "code"})
        assert kinds.completion.values == ["code_generation", "code_debug_review"], kinds

        listed = await client.list_prompts()
        assert listed.ttl_ms == 5000 and listed.cache_scope == "private", listed
        tools = await client.list_tools()
        assert tools.ttl_ms == 300000 and tools.cache_scope == "public", tools
        assert tools.meta["io.modelcontextprotocol/serverInfo"]["name"] == "firstmate", tools.meta

        begun = (await client.call_tool("run_crew", {"task": "count", "plan": PLAN})).structured_content
        run, token = begun["run_id"], begun["pending"][0]["step_token"]
        uri = f"firstmate://run/{run}"
        wanted = [uri, "firstmate://models", "firstmate://run/none", "file:///etc/passwd"]
        async with client.listen(resources_list_changed=True, resource_subscriptions=wanted) as news:
            honored = set(news.honored.resource_subscriptions)
            assert honored == {uri, "firstmate://run/none"}, honored
            await client.call_tool("run_crew", {"submissions": [{"step_token": token, "output": "one"}]})
            event = await asyncio.wait_for(anext(news), 20)
            assert event == ResourceUpdated(uri), event
            await client.call_tool("run_crew", {"run_id": run, "action": "cancel"})
            events = {await asyncio.wait_for(anext(news), 20) for _ in range(2)}
            assert events == {ResourceUpdated(uri), ResourcesListChanged()}, events
        # The stream is closed, and the connection goes on.
        read = await client.read_resource(f"{uri}/graph")
        assert "flowchart TD" in read.contents[0].text and read.ttl_ms == 60000, read
        assert ("info", "run_crew") in [(level, data["tool"]) for level, data in remarks], remarks
        print(f"ok: mcp 2.x {mode}, {kind}, protocol {client.protocol_version}")


asyncio.run(main(*sys.argv[1:]))
