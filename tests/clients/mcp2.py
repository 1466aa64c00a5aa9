"""Python `mcp` 2.x against the real binary: mcp2.py auto|legacy stdio BINARY DATA_DIR | http URL | sse URL"""

import asyncio
import sys

from mcp import Client
from mcp.client.sse import sse_client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from piece_of_work import play


def transport(kind, *where):
    if kind == "stdio":
        binary, data_dir = where
        return stdio_client(
            StdioServerParameters(command=binary, args=["--data-dir", data_dir, "serve", "--stdio"])
        )
    return {"http": streamable_http_client, "sse": sse_client}[kind](*where)


async def main(mode, kind, *where):
    async with Client(transport(kind, *where), mode=mode) as client:

        async def call(name, arguments):
            result = await client.call_tool(name, arguments)
            return result.is_error, result.structured_content, result.content[0].text

        async def list_tools():
            return [tool.name for tool in (await client.list_tools()).tools]

        await play(call, list_tools)
        print(f"ok: mcp 2.x {mode}, {kind}, protocol {client.protocol_version}")


asyncio.run(main(*sys.argv[1:]))
