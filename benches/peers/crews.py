"""Other engines on the shapes of `cargo bench --bench crew`: a chain of 50 steps and 100 at once, models that answer 1 KB at once.

Run where they are installed (from PyPI, in an environment of its own):

    python3 -m venv target/clients/crews
    target/clients/crews/bin/pip install langgraph==1.2.22 langgraph-checkpoint-sqlite openai-agents pydantic-ai-slim crewai
    target/clients/crews/bin/python benches/peers/crews.py

One process each, so that none pays for what another imported. Processor time of all threads per step, wall time of one run,
what is kept on disk per 100 steps, memory at the end. Nothing leaves the machine. Who keeps nothing says so: only
langgraph (its SQLite checkpointer) and crewai (its checkpoints as JSON) are durable by themselves.
"""

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHAIN, WIDE, TIMES = 50, 100, 5
TEXT = "the part is done; " * 56
QUIET = {"CREWAI_DISABLE_TELEMETRY": "true", "OTEL_SDK_DISABLED": "true", "OPENAI_API_KEY": "none", "CREWAI_TRACING_ENABLED": "false"}


def kept(folder):
    """KiB below a folder."""
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) / 1024


async def langgraph(shape, folder):
    import operator
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
    from langgraph.graph import END, START, StateGraph
    from langgraph.types import Send

    class State(TypedDict):
        outputs: Annotated[list, operator.add]

    async def work(state):
        return {"outputs": [TEXT]}

    graph = StateGraph(State)
    if shape == "chain":
        for n in range(CHAIN):
            graph.add_node(f"s{n}", work)
            graph.add_edge(START if n == 0 else f"s{n - 1}", f"s{n}")
        graph.add_edge(f"s{CHAIN - 1}", END)
    else:
        graph.add_node("part", work)
        graph.add_conditional_edges(START, lambda state: [Send("part", {"outputs": []})] * WIDE)
        graph.add_edge("part", END)
    async with AsyncSqliteSaver.from_conn_string(os.path.join(folder, "runs.db")) as saver:
        built = graph.compile(checkpointer=saver)
        for n in range(TIMES + 1):
            config = {"configurable": {"thread_id": str(n)}, "recursion_limit": 500}
            yield len((await built.ainvoke({"outputs": []}, config))["outputs"])


async def openai_agents(shape, folder):
    from agents import Agent, ModelResponse, Runner, set_tracing_disabled
    from agents.models.interface import Model
    from agents.usage import Usage
    from openai.types.responses import ResponseOutputMessage, ResponseOutputText

    set_tracing_disabled(True)

    class Instant(Model):
        async def get_response(self, *_, **__):
            text = ResponseOutputText(text=TEXT, type="output_text", annotations=[])
            message = ResponseOutputMessage(id="m", content=[text], role="assistant", status="completed", type="message")
            return ModelResponse(output=[message], usage=Usage(), response_id=None)

        def stream_response(self, *_, **__):
            raise NotImplementedError

    agent = Agent(name="worker", instructions="Do your part.", model=Instant())
    for _ in range(TIMES + 1):
        if shape == "chain":
            done, text = 0, "begin"
            for _ in range(CHAIN):
                text = (await Runner.run(agent, text)).final_output
                done += text == TEXT
        else:
            results = await asyncio.gather(*(Runner.run(agent, "begin") for _ in range(WIDE)))
            done = sum(result.final_output == TEXT for result in results)
        yield done


async def pydantic_ai(shape, folder):
    from pydantic_ai import Agent
    from pydantic_ai.models.test import TestModel

    agent = Agent(TestModel(custom_output_text=TEXT), instructions="Do your part.")
    for _ in range(TIMES + 1):
        if shape == "chain":
            done, text = 0, "begin"
            for _ in range(CHAIN):
                text = (await agent.run(text)).output
                done += text == TEXT
        else:
            results = await asyncio.gather(*(agent.run("begin") for _ in range(WIDE)))
            done = sum(result.output == TEXT for result in results)
        yield done


async def crewai(shape, folder):
    from crewai import Agent, BaseLLM, Crew, Process, Task

    class Instant(BaseLLM):
        def call(self, *_, **__):
            return f"Thought: I know it.\nFinal Answer: {TEXT}"

        async def acall(self, *_, **__):
            return self.call()

        def supports_function_calling(self):
            return False

    agent = Agent(role="worker", goal="Do your part.", backstory="A worker.", llm=Instant(model="instant"))
    count = CHAIN if shape == "chain" else WIDE
    for _ in range(2):
        wide = shape != "chain"
        tasks = [
            Task(description=f"Part {n}.", expected_output="text", agent=agent, async_execution=wide and n < count - 1)
            for n in range(count)
        ]
        if wide:
            # Its tasks that run at once may not follow each other's context.
            for task in tasks:
                task.context = []
        crew = Crew(agents=[agent], tasks=tasks, process=Process.sequential, verbose=False)
        result = await asyncio.to_thread(crew.kickoff)
        yield sum(TEXT.strip() in output.raw for output in result.tasks_output)


PEERS = {
    "langgraph": (langgraph, "SQLite"),
    "openai-agents": (openai_agents, "nothing"),
    "pydantic-ai": (pydantic_ai, "nothing"),
    "crewai": (crewai, "nothing"),
}


async def one(name, shape):
    play, durable = PEERS[name]
    steps = CHAIN if shape == "chain" else WIDE
    with tempfile.TemporaryDirectory() as folder:
        runs, begun = 0, None
        async for done in play(shape, folder):
            if done != steps:
                raise SystemExit(f"{name} did {done} of {steps} steps")
            if begun is None:
                # The first is not measured: what is made at first use.
                begun = (time.process_time(), time.perf_counter(), kept(folder))
            else:
                runs += 1
        cpu, wall, before = (now - then for now, then in zip((time.process_time(), time.perf_counter(), kept(folder)), begun))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        disk = f"{before / runs / steps * 100:.0f}" if durable != "nothing" else ""
        print(f"| {name} | {shape} | {durable} | {cpu / runs / steps * 1e6:.0f} | {wall / runs * 1e3:.0f} | {disk} | {memory:.0f} |", flush=True)


def main():
    if len(sys.argv) == 3:
        asyncio.run(one(sys.argv[1], sys.argv[2]))
        return
    print("| engine | shape | durable in | CPU us/step | wall ms | KiB/100 steps | MiB |\n|---|---|---|---|---|---|---|", flush=True)
    for name in PEERS:
        for shape in ("chain", "wide"):
            told = subprocess.run([sys.executable, __file__, name, shape], env={**os.environ, **QUIET}, capture_output=True, text=True, timeout=600)
            if told.returncode == 0:
                print(next(line for line in told.stdout.splitlines() if line.startswith("| ")), flush=True)
            else:
                print(f"| {name} | {shape} | failed: {told.stderr.strip().splitlines()[-1:]} | | | | |", flush=True)


if __name__ == "__main__":
    main()
