//! What a run took in travels with what it teaches: over runs, over a restart, through files.

use serde_json::{Value, json};

use crate::support::{Server, run};

const LESSON: &str = "The crane hydraulics have to be bled before an inspection.";

fn begin(server: &mut Server, task: &str) -> Value {
    let plan = json!({"steps": [{"id": "look", "role": "inspector", "goal": task}]});
    server.call("run_crew", json!({"task": task, "plan": plan}))
}

/// What is said of a request to the network in a run, without doing anything to the run.
fn request(server: &mut Server, run: &Value) -> Value {
    let action = json!({"kind": "http", "url": "https://api.example/x", "content": "hello"});
    let decision = server.call(
        "enforce_policy",
        json!({"action": action, "run_id": run["run_id"], "dry_run": true}),
    );
    decision["decision"].clone()
}

fn rule(flow: &str) -> Vec<String> {
    vec![format!(
        "{{id: no-leak, flow: {{{flow}}}, then: deny, why: It would leak., fix: Start a run of its own.}}"
    )]
}

#[test]
fn labels_of_a_run_reach_the_runs_that_its_lessons_are_given_to() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let no_leak = rule("after: untrusted, and: secret, to: network");
    let mut server = Server::with(dir, "", &no_leak);
    let first = begin(&mut server, "look at the crane");
    assert_eq!(request(&mut server, &first), "allow");
    server.call(
        "enforce_policy",
        json!({"action": {"kind": "tool_result", "content": "a page", "labels": ["secret"]}, "run_id": first["run_id"]}),
    );
    assert_eq!(request(&mut server, &first), "deny");
    server.call(
        "record_lesson",
        json!({"lesson": LESSON, "from_run": first["run_id"]}),
    );
    assert!(server.finish().success());

    // What the first run took in is known from its lesson alone now.
    let mut server = Server::with(dir, "", &no_leak);
    let second = begin(&mut server, "inspect the crane hydraulics");
    assert_eq!(
        second["lessons_used"].as_array().map(Vec::len),
        Some(1),
        "{second}"
    );
    assert_eq!(request(&mut server, &second), "deny");

    let third = begin(&mut server, "translate a poem about basil");
    assert_eq!(third["lessons_used"], json!([]), "{third}");
    assert_eq!(request(&mut server, &third), "allow");
    let asked = json!({"query": "crane hydraulics", "run_id": third["run_id"]});
    let found = server.call("search_knowledge", asked);
    let labels = &found["hits"][0]["provenance"]["labels"];
    assert_eq!(*labels, json!(["untrusted", "secret"]), "{found}");
    assert_eq!(request(&mut server, &third), "deny");
    assert!(server.finish().success());
}

#[test]
fn a_lesson_that_must_not_reach_a_model_is_left_out_of_the_step() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let mut server = Server::with(dir, "", &[]);
    let first = begin(&mut server, "look at the crane");
    server.call(
        "enforce_policy",
        json!({"action": {"kind": "tool_result", "content": "a page", "labels": ["secret"]}, "run_id": first["run_id"]}),
    );
    server.call(
        "record_lesson",
        json!({"lesson": LESSON, "from_run": first["run_id"]}),
    );
    assert!(server.finish().success());

    let mut server = Server::with(dir, "", &rule("after: secret, to: [model.remote, network]"));
    let second = begin(&mut server, "inspect the crane hydraulics");
    assert_eq!(second["status"], "input_required", "{second}");
    assert_eq!(second["lessons_used"], json!([]), "{second}");
    assert_eq!(request(&mut server, &second), "allow", "it took nothing in");
    assert!(server.finish().success());
}

#[test]
fn labels_survive_an_export_as_files() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut server = Server::start(one.path());
    server.call(
        "record_lesson",
        json!({"lesson": "Write to ada@corp.io before the crane moves."}),
    );
    assert!(server.finish().success());
    let pages = one.path().join("pages").display().to_string();
    let (code, _, err) = run(one.path(), &["lessons", "export", "--to", &pages]);
    assert_eq!(code, Some(0), "{err}");
    let (code, _, err) = run(other.path(), &["import", &pages]);
    assert_eq!(code, Some(0), "{err}");
    let mut server = Server::start(other.path());
    let found = server.call("search_knowledge", json!({"query": "crane"}));
    assert_eq!(
        found["hits"][0]["provenance"]["labels"],
        json!(["pii"]),
        "{found}"
    );
    assert!(server.finish().success());
}
