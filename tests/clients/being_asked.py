"""What a client is asked in return, as any client library sees it: its model does a step, and a person allows the next.

`play(call)` is given a coroutine as in `piece_of_work`, and `Asked` are the answers to what the server asks.
"""

PLAN = {
    "steps": [
        {
            "id": "write",
            "goal": "Write add(a, b) in Python.",
            "executor": "sampling",
            "output_kind": "code",
            "language": "python",
        },
        {"id": "release", "goal": "May it go out?", "executor": "approval"},
    ]
}
CODE = "def add(a, b):\n    return a + b\n"


class Asked:
    """The answers, and what was asked."""

    def __init__(self):
        self.prompts, self.questions = [], []

    def model(self, prompt):
        self.prompts.append(prompt)
        return CODE if len(self.prompts) > 1 else "def add(a, b:\n"

    def person(self, question):
        self.questions.append(question)
        return {"approve": True}


async def play(call, asked, in_rounds):
    """In rounds the steps of the host are put before the client's model; over a session those of `sampling`."""
    arguments = {"task": "write add(a, b)", "plan": PLAN}
    if in_rounds:
        arguments["executor"] = "sampling"
    error, run, text = await call("run_crew", arguments)
    assert not error, text
    for _ in range(20):
        if run["status"] != "working":
            break
        error, run, text = await call("run_crew", {"run_id": run["run_id"], "wait_s": 5})
        assert not error, text
    assert run["status"] == "completed", run
    assert len(asked.prompts) == 2 and "Write add(a, b) in Python." in asked.prompts[0], asked.prompts
    assert "sent back" in asked.prompts[1], asked.prompts
    assert len(asked.questions) == 1 and "May it go out?" in asked.questions[0], asked.questions
    assert CODE in asked.questions[0], "a person sees what it is about"
