"""Other routers on the prompts that firstmate routes, one process each: quality of the choice, type, processor time.

Run where they are installed (from PyPI, in an environment of its own), after `cargo build --release`:

    python3 -m venv target/clients/routers
    target/clients/routers/bin/pip install litellm==1.110.2 semantic-router==1.1.1
    target/clients/routers/bin/python benches/peers/routers.py target/release/firstmate data/router DIR

DIR has `routellm_mmlu.jsonl` and `routellm_gsm8k.jsonl`: `prompt`, and whether the strong and the weak model were right.
Nothing here is trained on DIR but firstmate's shipped weights; `eval_routing` measures it with the rows left out.
The developers' prompts are in firstmate's training data: `eval_routing` has the held-out figure for them. What is to
be compared here is the time, and what the peers make of prompts that nobody trained them on.
"""

import json
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from unittest.mock import MagicMock

from stdio import Server

SEED = 7
ROWS = 1_000
# The peers' names for what a task is, and which of ours are right for them.
ADAPTIVE = {
    "code_generation": {"code_generation"},
    "code_understanding": {"code_debug_review"},
    "technical_design": {"planning_architecture"},
    "analytical_reasoning": {"reasoning_math", "planning_architecture"},
    "factual_lookup": {"knowledge_qa"},
    "writing": {"writing_editing", "summarization"},
}


def rows(path, count):
    """Lines of a file, the same few of them each time."""
    lines = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").split("\n") if line]
    random.Random(SEED).shuffle(lines)
    return lines[:count]


def apgr(scores, given):
    """Area under the recovered gap: the prompts with the highest scores go to the strong model first."""
    noise = random.Random(SEED)
    order = sorted(range(len(given)), key=lambda at: (-scores[at], noise.random()))
    weak = sum(row["weak"] for row in given)
    gap = sum(row["strong"] for row in given) - weak
    reached, area = 0.0, 0.0
    for at in order:
        before = reached
        reached += (given[at]["strong"] - given[at]["weak"]) / gap
        area += (before + reached) / 2
    return area / len(given)


def timed(decide, prompts):
    """What it says of each prompt, and the microseconds of processor time a prompt: median and 99th percentile."""
    for prompt in prompts[:50]:
        decide(prompt)
    answers, took = [], []
    for prompt in prompts:
        start = time.process_time_ns()
        answers.append(decide(prompt))
        took.append((time.process_time_ns() - start) / 1e3)
    took.sort()
    return answers, statistics.median(took), took[len(took) * 99 // 100]


def show(name, quality, p50, p99):
    print(f"{name:<44} {quality:<40} p50 {p50:8.0f} us   p99 {p99:8.0f} us", flush=True)


def right(answers, labelled, allowed):
    """Share of right types among all, and among those it did not leave open."""
    hits = [bool(allowed(answer) & {row["type"], row["also"]}) for answer, row in zip(answers, labelled)]
    said = [hit for answer, hit in zip(answers, hits) if allowed(answer)]
    accuracy = sum(hits) / len(hits)
    return f"type {accuracy:.3f}, of the {len(said) / len(hits):.0%} it names {sum(said) / max(len(said), 1):.3f}"


def litellm(labelled, pairs):
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    from litellm.router_strategy.adaptive_router.classifier import classify_prompt
    from litellm.router_strategy.complexity_router.complexity_router import ComplexityRouter

    router = ComplexityRouter("bench", MagicMock())
    for name, given in pairs.items():
        scores, p50, p99 = timed(lambda prompt: router.classify(prompt)[1], [row["prompt"] for row in given])
        show(f"litellm complexity, {name}", f"APGR {apgr(scores, given):.3f}", p50, p99)
    answers, p50, p99 = timed(classify_prompt, [row["prompt"] for row in labelled])
    show("litellm adaptive (rules), developers", right(answers, labelled, lambda said: ADAPTIVE.get(said.value, set())), p50, p99)


def semantic_router(labelled, taught):
    """Its encoders of meaning are models to download, so words counted by its own TF-IDF decide; taught with half of
    the families."""
    from semantic_router import IndexedRouter, Route
    from semantic_router.encoders import DenseEncoder, TfidfEncoder

    class Nothing(DenseEncoder):
        """The dense side, which a weight of 0 leaves out of the score."""

        def __call__(self, docs):
            return [[1.0] for _ in docs]

        async def acall(self, docs):
            return self(docs)

    by_type = {}
    for row in taught:
        by_type.setdefault(row["type"], []).append(row["prompt"])
    routes = [Route(name=name, utterances=prompts) for name, prompts in sorted(by_type.items())]
    router = IndexedRouter(Nothing(name="nothing"), routes, sparse_encoder=TfidfEncoder(), alpha=0.0)
    answers, p50, p99 = timed(lambda prompt: router(prompt).name, [row["prompt"] for row in labelled])
    show("semantic-router (TF-IDF), developers", right(answers, labelled, lambda said: {said} - {None}), p50, p99)


def firstmate(binary, labelled, pairs):
    with tempfile.TemporaryDirectory() as data:
        server = Server([binary, "--data-dir", data, "serve", "--stdio"])

        def ask(prompt):
            line, _ = server.call("route_task", {"task": prompt})
            return json.loads(line)["result"]["structuredContent"]

        def measure(given):
            answers, took = [], []
            for row in given:
                before = server.cpu()
                answers.append(ask(row["prompt"]))
                took.append((server.cpu() - before) * 1e6)
            took.sort()
            return answers, statistics.median(took), took[len(took) * 99 // 100]

        measure(labelled[:50])
        for name, given in pairs.items():
            answers, p50, p99 = measure(given)
            scores = [answer["difficulty"].get("score", 0.5) for answer in answers]
            show(f"firstmate over stdio, {name}", f"APGR {apgr(scores, given):.3f} (by difficulty)", p50, p99)
        answers, p50, p99 = measure(labelled)
        named = right([answer["task_type"] for answer in answers], labelled, lambda said: {said} - {"general"})
        show("firstmate over stdio, developers (seen)", named, p50, p99)
        server.stop()


def main(binary, prompts, folder):
    developers = [row for row in rows(Path(prompts) / "prompts.jsonl", 10_000) if row["type"] != "general"]
    families = sorted({row["family"] for row in developers})
    random.Random(SEED).shuffle(families)
    held = set(families[: len(families) // 2])
    labelled = [row for row in developers if row["family"] in held][:ROWS]
    taught = [row for row in developers if row["family"] not in held]
    pairs = {
        "MMLU": rows(Path(folder) / "routellm_mmlu.jsonl", ROWS),
        "GSM8K": rows(Path(folder) / "routellm_gsm8k.jsonl", ROWS),
    }
    firstmate(binary, labelled, pairs)
    litellm(labelled, pairs)
    semantic_router(labelled, taught)


if __name__ == "__main__":
    main(*sys.argv[1:])
