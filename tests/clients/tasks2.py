"""Python `mcp` 2.x with the tasks extension: tasks2.py stdio BINARY DATA_DIR CONFIG | http URL

The library knows extensions, but not this one, so it is written down here as its interface for them wants it.
"""

import asyncio
import sys
from typing import Any, Literal

import mcp_types as types
from mcp import Client
from mcp.client.extension import ClientExtension, ResultClaim
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client


class TaskParams(types.RequestParams):
    task_id: str


class GetTask(types.Request[TaskParams, Literal["tasks/get"]]):
    method: Literal["tasks/get"] = "tasks/get"
    params: TaskParams
    name_param = "taskId"


class Task(types.Result):
    task_id: str
    status: str
    result: dict[str, Any] | None = None


class Created(Task):
    result_type: Literal["task"] = "task"


class Tasks(ClientExtension):
    identifier = "io.modelcontextprotocol/tasks"

    def __init__(self):
        self.seen = []

    async def resolve(self, created, context):
        self.seen.append(created.status)
        for _ in range(200):
            request = GetTask(params=TaskParams(task_id=created.task_id))
            task = await context.session.send_request(request, Task)
            self.seen.append(task.status)
            if task.status != "working":
                return types.CallToolResult.model_validate(task.result)
            await asyncio.sleep(0.05)
        raise AssertionError("the task does not end")

    def claims(self):
        return [ResultClaim(result_type="task", model=Created, resolve=self.resolve)]


def transport(kind, *where):
    if kind == "stdio":
        binary, data_dir, config = where
        args = ["--data-dir", data_dir, "--config", config, "serve", "--stdio"]
        return stdio_client(StdioServerParameters(command=binary, args=args))
    return streamable_http_client(*where)


async def main(kind, *where):
    tasks = Tasks()
    async with Client(transport(kind, *where), mode="auto", extensions=[tasks]) as client:
        plan = [{"id": step, "goal": "Say it.", "executor": "p/m", "output_kind": "text"} for step in ("one", "two")]
        result = await client.call_tool("run_crew", {"task": "Say it twice.", "plan": {"steps": plan}})
        assert not result.is_error and result.structured_content["status"] == "completed", result
        assert tasks.seen[0] == "working" and tasks.seen[-1] == "completed", tasks.seen
        print(f"ok: mcp 2.x with tasks, {kind}, protocol {client.protocol_version}, {len(tasks.seen)} looks")


asyncio.run(main(*sys.argv[1:]))
