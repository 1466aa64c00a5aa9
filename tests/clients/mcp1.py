"""Python `mcp` 1.x against the real binary: mcp1.py stdio BINARY DATA_DIR | http URL | sse URL"""

import asyncio
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.sse import sse_client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamablehttp_client
from piece_of_work import play


def transport(kind, *where):
    if kind == "stdio":
        binary, data_dir = where
        return stdio_client(
            StdioServerParameters(command=binary, args=["--data-dir", data_dir, "serve", "--stdio"])
        )
    return {"http": streamablehttp_client, "sse": sse_client}[kind](*where)


async def main(kind, *where):
    async with transport(kind, *where) as streams:
        async with ClientSession(streams[0], streams[1]) as session:
            started = await session.initialize()

            async def call(name, arguments):
                result = await session.call_tool(name, arguments)
                return result.isError, result.structuredContent, result.content[0].text

            async def list_tools():
                return [tool.name for tool in (await session.list_tools()).tools]

            await play(call, list_tools)
            print(f"ok: mcp 1.x, {kind}, protocol {started.protocolVersion}")


asyncio.run(main(*sys.argv[1:]))
