//! Hosts that ask for what cannot be done.

use serde_json::{Value, json};

use super::Host;

/// Plans that are refused: nothing is started, and the place of the fault is named.
#[test]
fn one_whose_plan_cannot_be_run_learns_where_and_nothing_was_started() {
    let step = |id: &str, more: Value| {
        let mut step = json!({"id": id, "goal": "Do it."});
        step.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        step
    };
    let many: Vec<_> = (0..1_000).map(|n| step(&format!("s{n}"), json!({}))).collect();
    let circle = [("a", "c"), ("b", "a"), ("c", "b")].map(|(id, need)| step(id, json!({"needs": [need]})));
    let mut host = Host::new();
    for (steps, says) in [
        (json!(many), "/steps: it has 1000 steps, at most 50 are run"),
        (json!(circle), "in a circle: a -> c -> b -> a"),
        (
            json!([step("a", json!({"needs": ["a"]}))]),
            "step `a` needs itself",
        ),
        (
            json!([step("a", json!({})), step("a", json!({}))]),
            "`a` is already the id of step 0",
        ),
        (
            json!([step("a", json!({"needs": ["z"]}))]),
            "there is no step `z`",
        ),
        (
            json!([step("a", json!({"executor": "root"}))]),
            "`root` is not available",
        ),
        (
            json!([step("a", json!({"output_schema": {"type": "wrong"}}))]),
            "bad JSON Schema",
        ),
        (
            json!([step("a", json!({"when": {"step": "z", "op": "exists"}}))]),
            "z",
        ),
        (
            json!([step("a", json!({"max_attempts": 1_000_000}))]),
            "it has to be 1 to 10",
        ),
        (json!([{"id": "a"}]), "goal"),
        (json!([]), "it has no step"),
        (json!([[[[]]]]), "a step has to be an object"),
        (json!("{\"steps\": 7}"), "it has to be a list of steps"),
    ] {
        let plan = if steps.is_string() {
            steps
        } else {
            json!({"steps": steps})
        };
        let error = host.refused(json!({"task": "Anything.", "plan": plan}));
        assert_eq!(error["code"], "crew.bad_plan", "{error}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(says), "{says:?} is not in {message:?}");
        assert!(message.len() < 2_500, "{message}");
    }
    assert_eq!(host.call(json!({}))["open_runs"], json!([]));
}

#[test]
fn one_whose_arguments_are_of_another_kind_learns_which() {
    let mut host = Host::new();
    let started = host.start();
    for wrong in [
        json!({"submissions": [{"step_token": 5, "output": "x"}]}),
        json!({"submissions": "all of it"}),
        json!({"submissions": [["x"]]}),
        json!({"submissions": [null]}),
        json!({"action": "approve_everything"}),
        json!({"task": "x", "budget": {"max_dollars": 5}}),
        json!({"task": "x", "budget": {"max_usd": -1}}),
        json!({"task": "x", "budget": {"max_steps": -1}}),
        json!({"run_id": started["run_id"], "offset": "far", "step_id": "spec"}),
    ] {
        let answer = host
            .server
            .request("tools/call", json!({"name": "run_crew", "arguments": wrong}));
        let text = answer["result"]["content"][0]["text"].as_str().unwrap();
        let problem: Value = serde_json::from_str(text).unwrap_or_default();
        let code = problem["code"].as_str().unwrap_or_default();
        assert!(
            ["bad_arguments", "crew.token_invalid"].contains(&code),
            "{wrong}: {answer}"
        );
        assert!(!problem["hint"].as_str().unwrap().is_empty(), "{answer}");
    }
    host.told(&started, "input_required", "awaiting_host:spec");
}

#[test]
fn one_that_takes_a_name_for_another_piece_of_work_is_told_whose_it_is() {
    let mut host = Host::new();
    let start = |plan: Value| json!({"task": "Build it.", "plan": plan, "idempotency_key": "issue-17"});
    let first = host.call(start(json!(["Build it."])));
    let error = host.refused(start(json!(["Tear it down."])));
    assert_eq!(error["code"], "crew.idempotency_conflict", "{error}");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains(first["run_id"].as_str().unwrap()),
        "{error}"
    );
    let mut host = host.crash();
    let again = host.call(start(json!(["Build it."])));
    assert_eq!(
        (&again["run_id"], &again["pending"]),
        (&first["run_id"], &first["pending"])
    );
    assert_eq!(
        host.call(json!({}))["open_runs"].as_array().map(Vec::len),
        Some(1)
    );
    host.told(&again, "input_required", "awaiting_host:step_1");
}

#[test]
fn one_with_a_role_that_nobody_knows_gets_it() {
    let mut host = Host::new();
    let plan = json!({"steps": [{"id": "a", "role": "Grand \u{7}Vizier\nof everything", "goal": "Rule."}]});
    let started = host.call(json!({"task": "Rule.", "plan": plan}));
    let role = started["pending"][0]["role"].as_str().unwrap();
    assert!(
        role.starts_with("Grand Vizier") && !role.contains('\u{7}'),
        "{role:?}"
    );
    let done = host.finish(started);
    host.told(&done, "completed", "awaiting_host:a result:a completed");
}

#[test]
fn a_condition_on_what_is_not_there_leaves_the_step_out_and_says_why() {
    let mut host = Host::new();
    let plan = json!({"steps": [
        {"id": "look", "goal": "Look.", "output_schema": {"type": "object"}},
        {"id": "mend", "goal": "Mend.", "when": {"step": "look", "path": "/nowhere/0/at", "op": "gt", "value": 3}},
        {"id": "tell", "goal": "Tell.", "when": {"not": {"step": "mend", "op": "exists"}}},
    ]});
    let started = host.call(json!({"task": "Look and mend.", "plan": plan}));
    let tell = host.hand_in(&started, json!({"found": 0}));
    assert_eq!(
        tell["progress"],
        json!({"done": 1, "total": 3, "skipped": 1}),
        "{tell}"
    );
    let done = host.hand_in(&tell, "Nothing to mend.");
    host.told(
        &done,
        "completed",
        "awaiting_host:look result:look decision:mend skipped:mend decision:tell awaiting_host:tell result:tell completed",
    );
    let why = host
        .journal(&done)
        .iter()
        .map(|event| json!(event))
        .find(|event| event["event"] == "decision")
        .unwrap();
    assert!(why["why"].as_str().unwrap().contains("/nowhere/0/at"), "{why}");
}

#[test]
fn one_whose_budget_allows_nothing_is_told_what_it_allows() {
    let mut host = Host::new();
    let plan = json!([{"id": "a", "goal": "Do it.", "estimate_usd": 0.5}]);
    for (budget, says, story) in [
        (json!({"max_steps": 0}), "0 submissions", "failed"),
        (json!({"max_wall_s": 0}), "0 s", "failed"),
        (
            json!({"max_usd": 0.1, "max_steps": 1_000_000}),
            "max_usd is 0.1",
            "failed",
        ),
        (
            json!({"max_usd": 0.0, "max_tokens": 0}),
            "max_tokens is 0",
            "failed",
        ),
    ] {
        let ended = host.call(json!({"task": "Do it.", "plan": plan, "budget": budget}));
        assert_eq!(ended["ended"]["class"], "over_budget", "{ended}");
        let reason = ended["ended"]["reason"].as_str().unwrap();
        assert!(reason.contains(says), "{budget}: {reason}");
        host.told(&ended, "failed", story);
        // A larger one is for a person to give, and then it goes on.
        let resume = json!({"action": "resume", "run_id": ended["run_id"],
            "budget": {"max_usd": 5, "max_steps": 5, "max_tokens": 100_000, "max_wall_s": 3_600}});
        let resumed = host.call(resume);
        let done = host.finish(resumed);
        host.told(
            &done,
            "completed",
            &format!("{story} resumed awaiting_host:a result:a completed"),
        );
    }
}
