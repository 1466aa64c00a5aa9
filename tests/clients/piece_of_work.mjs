// The same piece of work as in piece_of_work.py, for the clients in TypeScript.
//
// `play(call, listTools)` is given two async functions and throws where the server is not as promised.
// `call(name, arguments)` answers `{ error, structured, text }`.
import assert from "node:assert/strict";

const TOOLS = ["enforce_policy", "record_lesson", "route_task", "run_crew", "search_knowledge", "validate_output"];

const PLAN = {
  steps: [
    { id: "write", role: "developer", goal: "Write add(a, b) in Python.", output_kind: "code", language: "python" },
    { id: "review", role: "reviewer", goal: "Say in one sentence whether add is right.", needs: ["write"] },
  ],
};

export async function play(call, listTools) {
  assert.deepEqual((await listTools()).toSorted(), TOOLS);
  const done = async (name, args) => {
    const { error, structured, text } = await call(name, args);
    assert.ok(!error && structured, `${name}: ${text}`);
    return structured;
  };

  const route = await done("route_task", { task: "rename a variable in this function" });
  assert.ok(route.model.id && route.reasons.length, JSON.stringify(route));

  let run = await done("run_crew", { task: "write add(a, b)", plan: PLAN });
  assert.equal(run.status, "input_required");
  assert.deepEqual(run.pending.map((step) => step.step_id), ["write"]);
  const submit = async (output) => {
    const submissions = [{ step_token: run.pending[0].step_token, output }];
    run = await done("run_crew", { run_id: run.run_id, submissions });
    return run.receipts[0].outcome;
  };
  assert.equal(await submit("def add(a, b:\n    return a + b\n"), "invalid");
  assert.equal(run.pending[0].attempt, 2);
  assert.equal(await submit("def add(a, b):\n    return a + b\n"), "recorded");
  assert.equal(await submit("It is right: it returns the sum of both."), "recorded");
  assert.equal(run.status, "completed");

  const verdict = await done("validate_output", { output: '{"a": 1,}', kind: "json" });
  assert.equal(verdict.verdict, "fail");
  assert.equal(verdict.findings[0].line, 1);

  const decision = await done("enforce_policy", { action: { kind: "shell", content: "git push --force origin main" } });
  assert.equal(decision.decision, "deny");
  assert.ok(decision.rules[0].fix);

  const lesson = await done("record_lesson", { lesson: "The staging database needs parseHTTPHeader switched off.", tags: ["staging"] });
  assert.ok(["created", "duplicate"].includes(lesson.status), JSON.stringify(lesson));
  const found = await done("search_knowledge", { query: "http headers on staging databases" });
  assert.equal(found.hits[0].id, lesson.id);

  const { error, structured, text } = await call("run_crew", { run_id: "no-such-run" });
  const problem = JSON.parse(text);
  assert.ok(error && !structured && problem.code === "crew.unknown_run" && problem.hint, text);
}
