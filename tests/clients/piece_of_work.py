"""One piece of work through the six tools, as any client library sees it.

`play(call, list_tools)` is given two coroutines and raises AssertionError where the server is not as promised.
`call(name, arguments)` answers `(is_error, structured, text)`.
"""

import json

TOOLS = {
    "route_task",
    "run_crew",
    "validate_output",
    "enforce_policy",
    "search_knowledge",
    "record_lesson",
}

PLAN = {
    "steps": [
        {"id": "write", "role": "developer", "goal": "Write add(a, b) in Python.", "output_kind": "code", "language": "python"},
        {"id": "review", "role": "reviewer", "goal": "Say in one sentence whether add is right.", "needs": ["write"]},
    ]
}


async def play(call, list_tools):
    tools = await list_tools()
    assert set(tools) == TOOLS, tools

    error, route, _ = await call("route_task", {"task": "rename a variable in this function"})
    assert not error and route["model"]["id"] and route["reasons"], route

    error, run, _ = await call("run_crew", {"task": "write add(a, b)", "plan": PLAN})
    assert not error and run["status"] == "input_required", run
    assert [step["step_id"] for step in run["pending"]] == ["write"], run
    token = run["pending"][0]["step_token"]

    wrong = [{"step_token": token, "output": "def add(a, b:\n    return a + b\n"}]
    error, run, _ = await call("run_crew", {"run_id": run["run_id"], "submissions": wrong})
    assert not error and run["receipts"][0]["outcome"] == "invalid", run
    assert run["pending"][0]["attempt"] == 2, run

    for output in ("def add(a, b):\n    return a + b\n", "It is right: it returns the sum of both."):
        token = run["pending"][0]["step_token"]
        submissions = [{"step_token": token, "output": output}]
        error, run, _ = await call("run_crew", {"run_id": run["run_id"], "submissions": submissions})
        assert not error and run["receipts"][0]["outcome"] == "recorded", run
    assert run["status"] == "completed", run

    error, verdict, _ = await call("validate_output", {"output": '{"a": 1,}', "kind": "json"})
    assert not error and verdict["verdict"] == "fail" and verdict["findings"][0]["line"] == 1, verdict

    error, decision, _ = await call(
        "enforce_policy", {"action": {"kind": "shell", "content": "git push --force origin main"}}
    )
    assert not error and decision["decision"] == "deny" and decision["rules"][0]["fix"], decision

    error, lesson, _ = await call(
        "record_lesson", {"lesson": "The staging database needs parseHTTPHeader switched off.", "tags": ["staging"]}
    )
    assert not error and lesson["status"] in ("created", "duplicate"), lesson
    error, found, _ = await call("search_knowledge", {"query": "http headers on staging databases"})
    assert not error and found["hits"][0]["id"] == lesson["id"], found

    error, structured, text = await call("run_crew", {"run_id": "no-such-run"})
    problem = json.loads(text)
    assert error and structured is None and problem["code"] == "crew.unknown_run" and problem["hint"], text
