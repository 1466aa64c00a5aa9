"""A crew of ten steps by the host, two providers and the server's own checks: mixed_crew.py BINARY CONFIG DATA_DIR

The server is killed twice while models are at their steps. What is asserted: the run completes, no step with a result is
done again, and `firstmate run show` tells it.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

OLLAMA, CLAUDE = "scripted/llama", "claude/upstream"
STEPS = [
    {"id": "spec", "role": "architect", "goal": "Say what the server has to do.", "executor": "host"},
    {"id": "recall", "role": "librarian", "goal": "What is known about ports?", "executor": "search", "needs": ["spec"]},
    {"id": "route", "role": "dispatcher", "goal": "Write a small HTTP server.", "executor": "route", "needs": ["spec"]},
    {"id": "draft", "role": "developer", "goal": "Draft it.", "executor": OLLAMA, "needs": ["spec", "recall"]},
    {"id": "other", "role": "developer", "goal": "Draft it another way.", "executor": CLAUDE, "needs": ["spec", "route"]},
    {"id": "valid", "role": "checker", "goal": "Is it whole?", "executor": "validate", "needs": ["draft"]},
    {"id": "allowed", "role": "guard", "goal": "May it be used?", "executor": "policy", "needs": ["other"]},
    {"id": "review", "role": "reviewer", "goal": "Compare both.", "executor": "host", "needs": ["draft", "other", "valid", "allowed"]},
    {"id": "mend", "role": "developer", "goal": "Mend what the review found.", "executor": CLAUDE, "needs": ["review", "draft"]},
    {"id": "notes", "role": "writer", "goal": "Write the release notes.", "executor": OLLAMA, "needs": ["mend"]},
]
HOST = {"spec": "It answers on one port. Constraint: no new dependency.", "review": "The first is better. Open question: who owns the port?"}


class Life:
    """One process of the server, as a host starts it."""

    def __init__(self, binary, config, data_dir):
        self.pid_file = Path(tempfile.mkdtemp()) / "pid"
        command = 'echo $$ > "$0"; exec "$@"'
        arguments = [binary, "--config", config, "--data-dir", data_dir, "--project", "mixed", "serve", "--stdio"]
        self.start = StdioServerParameters(
            command="sh", args=["-c", command, str(self.pid_file), *arguments], env={"PROXY_KEY": os.environ["PROXY_KEY"]}
        )

    def kill(self):
        os.kill(int(self.pid_file.read_text()), signal.SIGKILL)


async def live(life, run, kill_at):
    """Does the host's part until the run ends, or kills the server while a step of `kill_at` is being done."""
    async with Client(stdio_client(life.start)) as client:

        async def call(arguments):
            result = await client.call_tool("run_crew", arguments)
            assert not result.is_error, result.content[0].text
            return result.structured_content

        if run is None:
            plan = {"strategy": "graph", "steps": STEPS}
            reply = await call({"task": "Write a small HTTP server.", "plan": plan, "budget": {"max_tokens": 200_000}})
        else:
            reply = await call({"run_id": run})
        for _ in range(200):
            assert reply["status"] not in ("failed", "cancelled"), reply
            doing = {step["step_id"] for step in reply.get("working", [])}
            if doing & kill_at:
                # Long enough that it was begun, and shorter than the models think.
                await asyncio.sleep(0.5)
                life.kill()
                return reply
            if reply["status"] == "completed":
                return reply
            if reply["pending"]:
                submissions = [{"step_token": step["step_token"], "output": HOST[step["step_id"]]} for step in reply["pending"]]
                reply = await call({"run_id": reply["run_id"], "submissions": submissions})
            else:
                await asyncio.sleep(0.05)
                reply = await call({"run_id": reply["run_id"]})
        raise AssertionError(f"it does not end: {reply}")


async def killed(life, run, kill_at):
    """As `live`; that the client finds its server gone is what was wanted."""
    reply = None

    async def noted():
        nonlocal reply
        reply = await live(life, run, kill_at)

    try:
        await asyncio.wait_for(noted(), 120)
    except* Exception as gone:
        if reply is None:
            raise gone
    return reply


async def main(binary, config, data_dir):
    first = await killed(Life(binary, config, data_dir), None, {"draft", "other"})
    run = first["run_id"]
    second = await killed(Life(binary, config, data_dir), run, {"mend"})
    assert second["run_id"] == run and second["status"] != "completed", second
    last = await live(Life(binary, config, data_dir), run, set())
    assert last["status"] == "completed" and last["progress"] == {"done": 10, "total": 10, "skipped": 0}, last

    def firstmate(*arguments):
        command = [binary, "--config", config, "--data-dir", data_dir, "--project", "mixed", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    shown = firstmate("run", "show", run)
    print(shown)
    for step in STEPS:
        assert step["id"] in shown, step
    assert "completed" in shown and "crash" in shown, shown
    exported = firstmate("run", "export", run)
    for step in STEPS:
        results = [line for line in exported.splitlines() if '"step_result"' in line and f'"step":"{step["id"]}"' in line]
        assert len(results) == 1, (step, results)
    print("ok: ten steps, two kills")


asyncio.run(main(*sys.argv[1:]))
