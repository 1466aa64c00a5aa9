"""FastMCP with one tool that does nothing, beside which `cargo bench --bench wire` measures: trivial.py stdio | http"""

import asyncio
import socket
import sys

from fastmcp import FastMCP

server = FastMCP("peer")


@server.tool
def route_task(task: str) -> dict:
    return {"model": "small" if len(task) < 80 else "large"}


async def listen():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serving = asyncio.create_task(
        server.run_async(transport="http", host="127.0.0.1", port=port, path="/mcp", show_banner=False, log_level="error")
    )
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            break
        except OSError:
            await asyncio.sleep(0.005)
    print(f"http://127.0.0.1:{port}/mcp", file=sys.stderr, flush=True)
    await serving


if sys.argv[1] == "stdio":
    server.run("stdio", show_banner=False)
else:
    asyncio.run(listen())
