"""firstmate among more lessons than the peer can hold: starts, crashes, memory, disk."""

import json
import os
import shutil
import subprocess
import time

import corpus
from stdio import Server

# Notes that are written while the clock runs have numbers from here on: none was there before.
NEW = 60_000_000


def fill(binary, data, count):
    """Imports `count` notes, which takes seconds where recording each would take minutes."""
    file = data.with_suffix(".jsonl")
    corpus.export(file, count, "bench")
    run(binary, data, "import", file)
    file.unlink()


def run(binary, data, *command):
    done = subprocess.run([binary, "--data-dir", data, "--project", "bench", *command], capture_output=True)
    if done.returncode != 0:
        raise SystemExit(f"{command}: {done.stderr.decode()}")
    return done.stdout.decode()


def size(path):
    """Bytes on the disk below a directory."""
    files = (os.path.join(dir, file) for dir, _, files in os.walk(path) for file in files)
    return sum(os.stat(file).st_blocks * 512 for file in files)


def measure(binary, data, count, calls):
    begin = time.perf_counter()
    fill(binary, data, count)
    rows = [["import, which leaves an index, s", time.perf_counter() - begin, "", ""]]
    command = [binary, "--data-dir", data, "--project", "bench", "serve", "--stdio"]
    text = sum(len(corpus.note(n)) for n in range(min(count, 10_000))) // min(count, 10_000)
    common, rare = corpus.SUBJECTS, list(corpus.rare_words(range(0, count, count // 50)))

    def first_search(server):
        return server.call("search_knowledge", {"query": "why does the build cache fail"})[1] * 1e3

    # The import has left an index; without one the first search reads all lessons.
    shutil.rmtree(data / "index")
    server = Server(command)
    rows.append(["initialize, no index kept, ms", server.initialized * 1e3, "", ""])
    rows.append(["first search, no index kept, ms", first_search(server), "", ""])
    rows.append(["clean stop, which keeps the index, ms", server.stop() * 1e3, "", ""])

    starts, searches, memory = [], [], 0
    for _ in range(5):
        server = Server(command)
        starts.append(server.initialized * 1e3)
        at_rest = server.memory()
        searches.append(first_search(server))
        memory = server.memory()
        peak = server.memory("VmHWM")
        server.stop()
    rows.append(["initialize, index kept, ms", *spread(starts)])
    rows.append(["first search, index kept, ms", *spread(searches)])
    rows.append(["memory before a search, MiB", at_rest / 2**20, "", ""])
    rows.append(["memory after it; max: at its peak, MiB", memory / 2**20, "", peak / 2**20])
    rows.append([f"memory that search adds, bytes a lesson; the text of one is {text} on disk",
                 (memory - at_rest) / count, "", (peak - at_rest) / count])

    server = Server(command)
    first_search(server)
    for name, asked in (
        ("search, a common word", common),
        ("search, a rare word", rare),
        ("search, a question in other words", corpus.QUESTIONS),
        ("search, five words of a lesson", list(five_words(count))),
    ):
        before = server.cpu()
        took = [server.call("search_knowledge", {"query": asked[n % len(asked)]})[1] * 1e3 for n in range(calls)]
        cpu = (server.cpu() - before) / calls * 1e3
        rows.append([f"{name}, ms ({cpu:.2f} CPU)", *spread(took)])
    before = server.cpu()
    took = [server.call("record_lesson", {"lesson": corpus.note(NEW + n)})[1] * 1e3 for n in range(calls)]
    cpu = (server.cpu() - before) / calls * 1e3
    rows.append([f"record, durable, ms ({cpu:.2f} CPU)", *spread(took)])
    rows.append(["memory after all of these, MiB", server.memory() / 2**20, "", ""])
    server.kill()
    server = Server(command)
    rows.append(["initialize after kill -9, ms", server.initialized * 1e3, "", ""])
    rows.append([f"first search after it, {calls} lessons behind, ms", first_search(server), "", ""])
    server.stop()
    if count <= 100_000:
        # A process that runs keeps the index anew when a sixteenth has come, so this is the most a crash costs.
        shutil.copytree(data / "index", data / "index-before")
        fill(binary, data, count * 17 // 16)
        shutil.rmtree(data / "index")
        (data / "index-before").rename(data / "index")
        server = Server(command)
        rows.append(["first search, a sixteenth behind, as after the worst kill -9, ms", first_search(server), "", ""])
        server.stop()
    rows.append(["disk: db / index, MiB", size(data / "db") / 2**20, size(data / "index") / 2**20, ""])
    return rows


def five_words(count):
    """Words that stand in one lesson, as somebody asks who half remembers it."""
    for number in range(0, count, count // 50):
        words = sorted(set(corpus.note(number).strip(".").split()), key=len)
        yield " ".join(words[-15::3])


def spread(took):
    took = sorted(took)
    return [took[len(took) // 2], took[int(len(took) * 0.95)], took[-1]]


def churn(binary, data, count):
    """Every lesson replaced ten times: what the disk holds before and after `compact`."""
    fill(binary, data, count)
    export = data.with_suffix(".live.jsonl")
    server = Server([binary, "--data-dir", data, "--project", "bench", "serve", "--stdio"])
    for round in range(10):
        for number in range(count):
            lesson = {"lesson": corpus.note(number), "tags": [f"round-{round}"]}
            server.call("record_lesson", lesson)
    server.stop()
    rows = [["after ten revisions of each lesson", size(data) / 2**20]]
    run(binary, data, "compact")
    run(binary, data, "export", export)
    records = [json.loads(line) for line in open(export, encoding="utf-8")]
    newest = {record["lesson"]["id"]: record for record in records if record["record"] == "lesson"}
    rows += [
        ["after `compact`, the database", size(data / "db") / 2**20],
        ["after `compact`, with the index", size(data) / 2**20],
        ["all records as an export, audit and every revision", export.stat().st_size / 2**20],
        ["of these the newest revisions", sum(len(json.dumps(record)) for record in newest.values()) / 2**20],
    ]
    return rows
