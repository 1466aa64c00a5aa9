"""Python `mcp` 2.x listens over HTTP until the server says that it ends: listening2.py URL"""

import asyncio
import sys

from mcp import Client
from mcp.client.streamable_http import streamable_http_client


async def main(url):
    async with Client(streamable_http_client(url), mode="auto") as client:
        async with client.listen(prompts_list_changed=True) as news:
            print("listening", flush=True)
            async for event in news:
                print(f"told {event}", flush=True)
        # An end without the final result would have been raised as a lost subscription.
        print("ended", flush=True)


asyncio.run(main(*sys.argv[1:]))
