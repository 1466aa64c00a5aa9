"""firstmate beside the official memory server, with one client in one run, as Markdown tables.

    npm install --prefix target/clients @modelcontextprotocol/server-memory
    cargo build --release
    python3 benches/peers/memory_server.py

For the peer an entry is an entity with one observation. `--alone 100000` measures firstmate only, among that
many lessons; `--sizes` without a number leaves the comparison out. Linux only: it reads /proc.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import tempfile
from pathlib import Path

import alone
import corpus
from stdio import Server

PEER = "target/clients/node_modules/@modelcontextprotocol/server-memory/dist/index.js"
# Notes that are written while the clock runs have numbers from here on: none was there before.
NEW = 50_000_000


class Firstmate:
    name = "firstmate"

    def __init__(self, binary, data):
        self.command = [binary, "--data-dir", str(data), "--project", "bench", "serve", "--stdio"]
        self.binary, self.data = binary, data

    def start(self):
        return Server(self.command)

    def fill(self, count):
        alone.fill(self.binary, self.data, count)

    def write(self, server, number):
        return server.call("record_lesson", {"lesson": corpus.note(number)})[1]

    def search(self, server, query):
        line, took = server.call("search_knowledge", {"query": query})
        return len(json.loads(line)["result"]["structuredContent"]["hits"]), took

    def disk(self):
        return alone.size(self.data)


class MemoryServer:
    name = "server-memory"

    def __init__(self, script, data):
        self.command, self.file = ["node", script], data / "memory.json"
        data.mkdir()
        version = json.loads(Path(script).parents[1].joinpath("package.json").read_text())["version"]
        self.name = f"server-memory {version}"

    def start(self):
        return Server(self.command, {"MEMORY_FILE_PATH": str(self.file.absolute())})

    def fill(self, count):
        server = self.start()
        for first in range(0, count, 1_000):
            server.call("create_entities", {"entities": [self.entity(n) for n in range(first, first + 1_000)]})
        server.stop()

    def write(self, server, number):
        return server.call("create_entities", {"entities": [self.entity(number)]})[1]

    def search(self, server, query):
        line, took = server.call("search_nodes", {"query": query})
        return len(json.loads(line)["result"]["structuredContent"]["entities"]), took

    def disk(self):
        return self.file.stat().st_size

    @staticmethod
    def entity(number):
        return {"name": f"note-{number}", "entityType": "note", "observations": [corpus.note(number)]}


def compare(server, size, calls):
    """One row for the start and one for each kind of call."""
    server.fill(size)
    starts = []
    for _ in range(7):
        running = server.start()
        starts.append(running.tools())
        running.stop()
    running = server.start()
    running.tools()
    rows = [[server.name, size, "start to first tools/list", *ms(starts), "", "", ""]]
    queries = {
        "search, a common word": corpus.SUBJECTS,
        "search, a rare word": list(corpus.rare_words(range(0, size, size // 50))),
        "search, a question in other words": corpus.QUESTIONS,
    }
    for name, asked in queries.items():
        took, hits, reply = [], [], []
        # The first search reads what is there, once a process.
        server.search(running, asked[0])
        before = running.cpu()
        for n in range(calls):
            found, seconds = server.search(running, asked[n % len(asked)])
            took.append(seconds)
            hits.append(found)
            reply.append(running.reply_bytes)
        cpu = (running.cpu() - before) / calls
        middle = [int(statistics.median(reply)), int(statistics.median(hits))]
        row = [server.name, size, name, *ms(took), cpu * 1e3, *middle]
        rows.append(row)
    before, took = running.cpu(), []
    for n in range(calls):
        took.append(server.write(running, NEW + n))
    cpu = (running.cpu() - before) / calls
    rows.append([server.name, size, "write one", *ms(took), cpu * 1e3, running.reply_bytes, ""])
    memory = running.memory()
    running.stop()
    return rows, [server.name, size, memory / 2**20, server.disk() / 2**20]


def ms(seconds):
    """Median and 95th percentile in milliseconds."""
    seconds = sorted(seconds)
    return [seconds[len(seconds) // 2] * 1e3, seconds[int(len(seconds) * 0.95)] * 1e3]


def table(head, rows):
    print("\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        cells = [f"{cell:,.1f}" if isinstance(cell, float) else f"{cell:,}" if isinstance(cell, int) else cell
                 for cell in row]
        print("| " + " | ".join(cells) + " |", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--binary", default="target/release/firstmate")
    options.add_argument("--peer", default=PEER, help="the server's index.js (default: %(default)s)")
    options.add_argument("--sizes", type=int, nargs="*", default=[1_000, 10_000])
    options.add_argument("--calls", type=int, default=200)
    options.add_argument("--alone", type=int, nargs="*", default=[], help="lessons for firstmate alone")
    options.add_argument("--churn", type=int, help="lessons that are replaced ten times, for the disk")
    options.add_argument("--dir", help="where the data directories go")
    options = options.parse_args()
    for path, cure in (
        (options.binary, "cargo build --release"),
        (options.peer, "npm install --prefix target/clients @modelcontextprotocol/server-memory"),
    ):
        if not Path(path).exists() and (path != options.peer or options.sizes):
            raise SystemExit(f"{path} is missing: {cure}")
    load = " ".join(f"{load:.1f}" for load in os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load}, {platform.machine()}; {options.calls} calls each")
    dir = Path(tempfile.mkdtemp(dir=options.dir))
    try:
        rows, sizes = [], []
        for size in options.sizes:
            for server in (
                Firstmate(options.binary, dir / f"firstmate-{size}"),
                MemoryServer(options.peer, dir / f"peer-{size}"),
            ):
                calls, memory = compare(server, size, options.calls)
                rows += calls
                sizes.append(memory)
        if rows:
            table(["server", "entries", "", "p50 ms", "p95 ms", "CPU ms a call", "reply bytes", "hits"], rows)
            table(["server", "entries", "memory after all of these, MiB", "disk, MiB"], sizes)
        for size in options.alone:
            rows = alone.measure(options.binary, dir / f"alone-{size}", size, options.calls)
            table([f"firstmate, {size:,} lessons", "p50", "p95", "max"], rows)
        if options.churn:
            table(["disk", "MiB"], alone.churn(options.binary, dir / "churn", options.churn))
        load = " ".join(f"{load:.1f}" for load in os.getloadavg())
        print(f"\nload at the end {load}")
    finally:
        shutil.rmtree(dir, ignore_errors=True)


if __name__ == "__main__":
    main()
