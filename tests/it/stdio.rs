//! The stdio door of the real binary: both eras, clean ends, hostile lines.

use serde_json::{Value, json};

use crate::support::{Server, firstmate};

#[test]
fn an_old_client_shakes_hands_and_each_version_is_echoed() {
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let dir = tempfile::tempdir().unwrap();
        let mut server = Server::spawn(firstmate(dir.path()).args(["serve", "--stdio"]));
        let hello = server.request("initialize", hello(version));
        assert_eq!(hello["result"]["protocolVersion"], version, "{hello}");
        let instructions = hello["result"]["instructions"].as_str().unwrap();
        assert!(instructions.lines().count() <= 10, "{instructions}");
        assert!(server.finish().success());
    }
}

#[test]
fn a_new_client_needs_no_handshake() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::spawn(firstmate(dir.path()).args(["serve", "--stdio"]));
    let discovered = server.request("server/discover", json!({"_meta": meta()}));
    assert!(
        discovered["result"]["supportedVersions"]
            .to_string()
            .contains("2026-07-28"),
        "{discovered}"
    );
    let params = json!({"name": "route_task", "arguments": {"task": "rename a variable"}, "_meta": meta()});
    let answer = server.request("tools/call", params);
    assert!(
        answer["result"]["structuredContent"]["model"]["id"].is_string(),
        "{answer}"
    );
    assert!(server.finish().success());
}

#[test]
fn a_client_that_discovers_and_leaves_is_a_clean_exit() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::spawn(firstmate(dir.path()).args(["serve", "--stdio"]));
    server.request("server/discover", json!({"_meta": meta()}));
    assert!(server.finish().success());
}

#[test]
fn a_client_that_says_nothing_is_a_clean_exit() {
    let dir = tempfile::tempdir().unwrap();
    assert!(
        Server::spawn(firstmate(dir.path()).args(["serve", "--stdio"]))
            .finish()
            .success()
    );
    assert!(
        Server::spawn(&mut firstmate(dir.path())).finish().success(),
        "serving is the default"
    );
}

#[test]
fn stdout_carries_nothing_but_json_rpc_at_trace_level() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = firstmate(dir.path());
    let mut server = Server::spawn(command.env("RUST_LOG", "trace").args(["serve", "--stdio"]));
    server.request("initialize", hello("2025-06-18"));
    for _ in 0..5 {
        // `receive` fails the test on a line that is not JSON.
        server.call("search_knowledge", json!({"query": "anything"}));
        server.call_error("run_crew", json!({"run_id": "unknown"}));
    }
    assert!(server.finish().success());
}

#[test]
fn hostile_lines_get_an_answer_or_nothing_and_the_next_call_works() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path());
    let deep = format!(
        r#"{{"jsonrpc":"2.0","id":"deep","method":"tools/list","params":{}"#,
        "[".repeat(200_000)
    );
    for line in [
        &b"not json"[..],
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe\x00\x01",
        br#"{"jsonrpc":"2.0"}"#,
        br#"{"jsonrpc":"2.0","id":{"no":"id"},"method":"tools/list"}"#,
        b"",
        deep.as_bytes(),
    ] {
        server.try_send(line).unwrap();
        let route = server.call("route_task", json!({"task": "rename a variable"}));
        assert!(
            route["route_id"].is_string(),
            "after {:?}: {route}",
            &line[..line.len().min(60)]
        );
    }
    assert!(server.finish().success());
}

#[test]
fn hostile_arguments_get_a_clear_error_with_a_hint() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path());
    let nested = "[".repeat(200_000) + &"]".repeat(200_000);
    for (tool, arguments, code) in [
        ("route_task", json!({}), "bad_arguments"),
        (
            "route_task",
            json!({"task": "x", "constraints": {"local_onyl": true}}),
            "bad_arguments",
        ),
        (
            "run_crew",
            json!({"task": "x", "budget": {"max_dollars": 1}}),
            "bad_arguments",
        ),
        (
            "route_task",
            json!({"task": "x", "constraints": "cheap"}),
            "bad_arguments",
        ),
        ("route_task", json!({"task": ""}), "routing.empty_task"),
        ("run_crew", json!({"run_id": "unknown"}), "crew.unknown_run"),
        (
            "run_crew",
            json!({"task": "x", "template": "code_chagne"}),
            "crew.unknown_template",
        ),
        (
            "run_crew",
            json!({"task": "x", "plan": {"steps": []}}),
            "crew.bad_plan",
        ),
        ("validate_output", json!({"schema": {}}), "bad_arguments"),
        (
            "enforce_policy",
            json!({"action": {"kind": "teleport"}}),
            "bad_arguments",
        ),
        ("record_lesson", json!({"lesson": "  "}), "bad_arguments"),
        (
            "record_lesson",
            json!({"lesson": "x", "supersedes": "unknown"}),
            "knowledge.unknown_lesson",
        ),
        (
            "search_knowledge",
            json!({"query": "x", "since": "yesterday-ish"}),
            "bad_arguments",
        ),
    ] {
        let problem = server.call_error(tool, arguments.clone());
        assert_eq!(problem["code"], code, "{tool} {arguments}: {problem}");
        assert!(
            problem["message"].as_str().is_some_and(|text| !text.is_empty()),
            "{problem}"
        );
        assert!(
            problem["hint"].as_str().is_some_and(|text| !text.is_empty()),
            "{problem}"
        );
    }
    for kind in ["json", "code", "markdown", "text"] {
        let arguments = json!({"output": nested, "kind": kind, "language": "python"});
        let verdict = server.call("validate_output", arguments);
        assert_ne!(verdict["verdict"], Value::Null, "{verdict}");
    }
    let large = "x".repeat(2 << 20);
    let answer = server.request(
        "tools/call",
        json!({"name": "record_lesson", "arguments": {"lesson": large}}),
    );
    assert_eq!(answer["result"]["isError"], true, "{}", answer.to_string().len());
    let unknown = server.request("tools/call", json!({"name": "no_such_tool", "arguments": {}}));
    assert_eq!(unknown["error"]["code"], -32602, "{unknown}");
    assert!(server.finish().success());
}

fn hello(version: &str) -> Value {
    json!({"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "it", "version": "0"}})
}

fn meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "it", "version": "0"},
        "io.modelcontextprotocol/clientCapabilities": {},
    })
}
