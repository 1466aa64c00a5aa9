"""The baseline of `cargo bench --bench serve`: one trivial tool on the official Python SDK, over stdio."""

from mcp.server.fastmcp import FastMCP

server = FastMCP("peer")


@server.tool()
def route_task(task: str) -> dict:
    return {"model": "small" if len(task) < 80 else "large"}


server.run("stdio")
