"""Python `mcp` 2.x, asked in return: asked2.py auto|legacy stdio BINARY DATA_DIR | http URL | sse URL"""

import asyncio
import sys

import mcp_types as types
from being_asked import Asked, play
from mcp import Client
from mcp.client.sse import sse_client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client


def transport(kind, *where):
    if kind == "stdio":
        binary, data_dir = where
        args = ["--data-dir", data_dir, "serve", "--stdio"]
        on = {"FIRSTMATE_CREW__SAMPLING": "true"}
        return stdio_client(StdioServerParameters(command=binary, args=args, env=on))
    return {"http": streamable_http_client, "sse": sse_client}[kind](*where)


async def main(mode, kind, *where):
    asked = Asked()

    async def sample(_, params):
        content = params.messages[0].content
        block = content[0] if isinstance(content, list) else content
        text = types.TextContent(type="text", text=asked.model(block.text))
        return types.CreateMessageResult(role="assistant", content=text, model="mine", stop_reason="endTurn")

    async def elicit(_, params):
        return types.ElicitResult(action="accept", content=asked.person(params.message))

    client = Client(transport(kind, *where), mode=mode, sampling_callback=sample, elicitation_callback=elicit)
    async with client:

        async def call(name, arguments):
            result = await client.call_tool(name, arguments)
            return result.is_error, result.structured_content, result.content[0].text

        await play(call, asked, in_rounds=client.protocol_version >= "2026-07-28")
        print(f"ok: mcp 2.x {mode} is asked, {kind}, protocol {client.protocol_version}")


asyncio.run(main(*sys.argv[1:]))
