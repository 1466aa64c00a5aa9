"""Python `mcp` 1.x, asked in return: asked1.py stdio BINARY DATA_DIR | http URL | sse URL"""

import asyncio
import sys

from being_asked import Asked, play
from mcp import ClientSession, StdioServerParameters, types
from mcp.client.sse import sse_client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamablehttp_client


def transport(kind, *where):
    if kind == "stdio":
        binary, data_dir = where
        args = ["--data-dir", data_dir, "serve", "--stdio"]
        on = {"FIRSTMATE_CREW__SAMPLING": "true"}
        return stdio_client(StdioServerParameters(command=binary, args=args, env=on))
    return {"http": streamablehttp_client, "sse": sse_client}[kind](*where)


async def main(kind, *where):
    asked = Asked()

    async def sample(_, params):
        text = asked.model(params.messages[0].content.text)
        content = types.TextContent(type="text", text=text)
        return types.CreateMessageResult(role="assistant", content=content, model="mine", stopReason="endTurn")

    async def elicit(_, params):
        return types.ElicitResult(action="accept", content=asked.person(params.message))

    async with transport(kind, *where) as streams:
        session = ClientSession(streams[0], streams[1], sampling_callback=sample, elicitation_callback=elicit)
        async with session:
            started = await session.initialize()

            async def call(name, arguments):
                result = await session.call_tool(name, arguments)
                return result.isError, result.structuredContent, result.content[0].text

            await play(call, asked, in_rounds=False)
            print(f"ok: mcp 1.x is asked, {kind}, protocol {started.protocolVersion}")


asyncio.run(main(*sys.argv[1:]))
