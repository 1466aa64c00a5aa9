"""FastMCP's client against the real binary: with_fastmcp.py auto|legacy stdio BINARY DATA_DIR | http URL | sse URL

3.x knows the legacy era alone.
"""

import asyncio
import sys

from fastmcp import Client, __version__
from fastmcp.client.transports import SSETransport, StdioTransport, StreamableHttpTransport
from piece_of_work import play


def transport(kind, *where):
    if kind == "stdio":
        binary, data_dir = where
        return StdioTransport(command=binary, args=["--data-dir", data_dir, "serve", "--stdio"])
    return {"http": StreamableHttpTransport, "sse": SSETransport}[kind](*where)


async def main(mode, kind, *where):
    options = {} if __version__.startswith("3.") else {"mode": mode}
    async with Client(transport(kind, *where), **options) as client:

        async def call(name, arguments):
            result = await client.call_tool(name, arguments, raise_on_error=False)
            return result.is_error, result.structured_content, result.content[0].text

        async def list_tools():
            return [tool.name for tool in await client.list_tools()]

        await play(call, list_tools)
        protocol = getattr(client, "protocol_version", None)
        if protocol is None:
            protocol = client.initialize_result.protocolVersion
        print(f"ok: fastmcp {__version__} {mode}, {kind}, protocol {protocol}")


asyncio.run(main(*sys.argv[1:]))
