use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::json;

use super::*;

/// The plan in one line a step, or the fault.
fn check_plan(given: &Value) -> String {
    match parse(given) {
        Ok(plan) => plan
            .steps
            .iter()
            .map(|step| {
                let needs: Vec<_> = step.needs.iter().map(StepId::as_str).collect();
                format!("{} {}({}): {}", step.id, step.role, needs.join(","), step.goal)
            })
            .chain(plan.notes)
            .collect::<Vec<_>>()
            .join("\n"),
        Err(fault) => format!("{}: {}", fault.path, fault.problem),
    }
}

#[test]
fn aliases_and_shorthand_are_taken() {
    assert_snapshot!(check_plan(&json!({"steps": [
        {"name": "Write spec", "role": "analyst", "task": "write it down", "colour": "blue"},
        {"id": "build", "agent": "dev", "description": "build it", "depends_on": "Write spec"},
        "tell what was done",
    ]})), @r"
    Write_spec analyst(): write it down
    build dev(Write_spec): build it
    step_3 worker(build): tell what was done
    plan field /steps/0/colour is unknown and was not used
    ");
    assert_snapshot!(check_plan(&json!(r#"[{"goal": "one"}]"#)), @"step_1 worker(): one");
}

#[test]
fn steps_come_after_what_they_need_and_otherwise_in_the_given_order() {
    assert_snapshot!(check_plan(&json!([
        {"id": "report", "goal": "r", "needs": ["b", "a"]},
        {"id": "a", "goal": "a", "needs": []},
        {"id": "b", "goal": "b", "needs": ["a"]},
    ])), @r"
    a worker(): a
    b worker(a): b
    report worker(b,a): r
    ");
}

#[test]
fn every_fault_names_its_place() {
    let cases = [
        (
            json!(7),
            ": it has to be an object with `steps`, or a list of steps",
        ),
        (json!({"step": []}), "/steps: it has to be a list of steps"),
        (json!({"steps": []}), "/steps: it has no step"),
        (
            json!({"steps": [{"goal": "a"}], "strategy": "swarm"}),
            "/strategy: \"swarm\" is not available; available: sequential, parallel, collaborative, graph, auto",
        ),
        (
            json!([{"id": "a"}]),
            "/0/goal: it is empty: say what the step has to reach",
        ),
        (
            json!([{"goal": " \u{1} "}]),
            "/0/goal: it is empty: say what the step has to reach",
        ),
        (json!([{"goal": 5}]), "/0/goal: it has to be a text"),
        (
            json!({"steps": ["a", 7]}),
            "/steps/1: a step has to be an object, or its goal as a text",
        ),
        (
            json!([{"id": "a", "goal": "x"}, {"id": "a", "goal": "y"}]),
            "/1/id: `a` is already the id of step 0",
        ),
        (
            json!([{"id": "a", "goal": "x", "needs": ["a"]}]),
            "/0/needs/0: step `a` needs itself",
        ),
        (
            json!([{"id": "a", "goal": "x", "needs": ["b"]}]),
            "/0/needs/0: there is no step `b`",
        ),
        (
            json!([{"goal": "x", "needs": [1]}]),
            "/0/needs/0: it has to be a text",
        ),
        (
            json!({"steps": [{"id": "z", "goal": "x"}, {"id": "a", "goal": "x", "needs": ["b"]}, {"id": "b", "goal": "y", "needs": ["a"]}]}),
            "/steps/1/needs: the steps need each other in a circle: a -> b -> a",
        ),
        (
            json!([{"id": "a", "goal": "x"}, {"goal": "y", "needs": ["a"], "when": {"step": "b", "op": "exists"}}]),
            "/1/when: it looks at `b`, which is not among what the step works with",
        ),
        (
            json!([{"id": "a", "goal": "x"}, {"id": "b", "goal": "y", "foreach": {"step": "a"}}, {"id": "b.1", "goal": "z"}]),
            "/2/id: `b.1` is what a step for an item of `b` is called",
        ),
        (
            json!([{"goal": "x", "fallbacks": ["host", "crew:research"]}]),
            "/0/fallbacks/1: only the host, a person, a model or a receiver can do what another could not",
        ),
        (
            json!([{"goal": "x", "executor": "magic"}]),
            "/0/executor: `magic` is not available; available: host, auto, sampling, approval, join, validate, policy, search, route, provider/model, webhook:NAME, crew:TEMPLATE",
        ),
        (
            json!([{"id": "a", "goal": "x"}, {"goal": "y", "needs": [], "foreach": {"step": "a"}}]),
            "/1/foreach: it takes its items from `a`, which is not among its needs",
        ),
        (
            json!([{"id": "a", "goal": "x"}, {"goal": "y", "foreach": {"step": "a", "max_items": 1000}}]),
            "/1/foreach: max_items has to be 1 to 100",
        ),
        (
            json!([{"goal": "x", "executor": "validate"}]),
            "/0/needs: it works on what other steps came to: name them",
        ),
        (
            json!([{"id": "a", "goal": "x"}, {"id": "b", "goal": "y"}, {"id": "c", "goal": "z", "repeat": {"steps": ["a"], "until": {"step": "c", "op": "exists"}}}]),
            "/2/repeat: `b` stands between what is repeated: name it in steps",
        ),
        (
            json!([{"id": "a", "goal": "x"}, {"id": "b", "goal": "y", "needs": [], "repeat": {"steps": ["a"], "until": {"step": "a", "op": "exists"}}}]),
            "/1/repeat: it repeats `a`, which it does not need",
        ),
        (
            json!([{"id": "a", "goal": "x"}, {"id": "b", "goal": "y", "repeat": {"steps": ["a"], "until": {"step": "a", "op": "exists"}, "max": 99}}]),
            "/1/repeat: max has to be 2 to 10",
        ),
        (
            json!([{"goal": "x", "output_kind": "haiku"}]),
            "/0/output_kind: `haiku` is none of code, json, markdown, text, patch",
        ),
        (
            json!([{"goal": "x", "max_attempts": 0}]),
            "/0/max_attempts: it has to be 1 to 10",
        ),
        (
            json!([{"goal": "x", "estimate_usd": -1}]),
            "/0/estimate_usd: it has to be an amount in dollars",
        ),
        (
            json!([{"goal": "x", "schema": []}]),
            "/0/output_schema: it has to be a JSON Schema object",
        ),
        (
            json!("{"),
            ": it is a text that is not JSON: EOF while parsing an object at line 1 column 1",
        ),
    ];
    for (given, expected) in cases {
        assert_eq!(check_plan(&given), expected, "{given}");
    }
}

#[test]
fn a_bad_schema_is_found_before_the_run_starts() {
    let bad = check_plan(&json!([{"goal": "x", "output_schema": {"type": "objekt"}}]));
    assert!(bad.starts_with("/0/output_schema/type: bad JSON Schema"), "{bad}");
    let remote =
        check_plan(&json!([{"goal": "x", "output_schema": {"$ref": "https://example.org/schema.json"}}]));
    assert!(remote.starts_with("/0/output_schema"), "{remote}");
}

#[test]
fn sizes_are_bounded() {
    let steps: Vec<_> = (0..=MAX_STEPS)
        .map(|n| json!({"goal": format!("step {n}")}))
        .collect();
    assert_eq!(
        check_plan(&json!({"steps": steps})),
        "/steps: it has 51 steps, at most 50 are run"
    );
    let long = check_plan(&json!([{"goal": "x".repeat(MAX_GOAL + 1)}]));
    assert!(long.starts_with("/0/goal: it has 1201 bytes"), "{long}");
    assert!(check_plan(&json!({"x": "y".repeat(MAX_PLAN)})).starts_with(": it is larger than"));
}

proptest! {
    #[test]
    fn every_plan_of_random_needs_is_ordered_or_refused(needs in prop::collection::vec(prop::collection::vec(0usize..8, 0..3), 1..8)) {
        let steps: Vec<_> = needs
            .iter()
            .enumerate()
            .map(|(n, needs)| {
                let needs: Vec<_> = needs.iter().map(|need| format!("s{need}")).collect();
                json!({"id": format!("s{n}"), "goal": "g", "needs": needs})
            })
            .collect();
        if let Ok(plan) = parse(&json!(steps)) {
            prop_assert_eq!(plan.steps.len(), needs.len());
            for (index, step) in plan.steps.iter().enumerate() {
                for need in &step.needs {
                    prop_assert!(plan.steps[..index].iter().any(|earlier| earlier.id == *need));
                }
            }
        }
    }
}
