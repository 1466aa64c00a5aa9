//! Many processes on one data directory: one owns it, the others work through it, and one takes over.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{HttpServer, PATIENCE, Server, firstmate, in_project, run};

mod kills;

#[test]
fn two_servers_on_one_directory_share_what_they_know() {
    let dir = tempfile::tempdir().unwrap();
    let (mut one, mut two) = (Server::start(dir.path()), Server::start(dir.path()));
    assert_eq!(owner(dir.path()), one.pid());
    one.call(
        "record_lesson",
        json!({"lesson": "The first server keeps herons."}),
    );
    two.call(
        "record_lesson",
        json!({"lesson": "The second server keeps herons."}),
    );
    for server in [&mut one, &mut two] {
        assert_eq!(found(server, "herons"), 2);
    }
    let problem = two.call_error("run_crew", json!({"run_id": "unknown"}));
    assert_eq!(problem["code"], "crew.unknown_run");
    assert!(two.finish().success());
    assert!(one.finish().success());
}

#[test]
fn a_window_works_in_its_own_project_and_by_the_owners_rules() {
    let dir = tempfile::tempdir().unwrap();
    let pack = dir.path().join("pack.yaml");
    let rules = "version: 1\nrules:\n  - {id: no-herons, when: {content: \"(?i)heron\"}, then: deny, why: No., fix: Stop.}\n";
    std::fs::write(&pack, rules).unwrap();
    let mut one = Server::start(dir.path());
    let mut command = in_project(dir.path(), "other");
    command.env("FIRSTMATE_POLICY__PACKS", format!("[\"{}\"]", pack.display()));
    let mut two = Server::spawn(&mut command);
    two.initialize();
    two.call("record_lesson", json!({"lesson": "Herons of another project."}));
    assert_eq!((found(&mut one, "herons"), found(&mut two, "herons")), (0, 1));
}

#[test]
fn a_client_of_the_newest_protocol_needs_no_handshake_also_after_a_change_of_owners() {
    let dir = tempfile::tempdir().unwrap();
    let first = Server::start(dir.path());
    let mut window = Server::spawn(firstmate(dir.path()).args(["serve", "--stdio"]));
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "it", "version": "0"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let call = json!({"name": "route_task", "arguments": {"task": "sort a list"}, "_meta": meta});
    let answer = window.request("tools/call", call.clone());
    assert_eq!(answer["result"]["resultType"], "complete", "{answer}");
    first.kill();
    let answer = window.request("tools/call", call);
    assert_eq!(answer["result"]["resultType"], "complete", "{answer}");
    assert!(window.finish().success());
}

#[test]
fn a_call_in_flight_when_the_owner_is_killed_is_answered_and_done_once() {
    let dir = tempfile::tempdir().unwrap();
    let owner = Server::start(dir.path());
    let mut window = Server::start(dir.path());
    // A stopped owner takes the calls and does nothing with them, or does them when it is killed: who knows.
    signal("STOP", owner.pid());
    let calls = [
        json!({"name": "record_lesson", "arguments": {"lesson": "Written once."}}),
        json!({"name": "run_crew", "arguments": {"task": "Started once.", "plan": {"steps": [{"id": "a", "goal": "Do it."}]}}}),
    ];
    for (id, call) in calls.iter().enumerate() {
        let call =
            json!({"jsonrpc": "2.0", "id": format!("call-{id}"), "method": "tools/call", "params": call});
        window.send(&call.to_string());
    }
    std::thread::sleep(Duration::from_millis(100));
    owner.kill();
    let mut answers = [window.receive().unwrap(), window.receive().unwrap()];
    answers.sort_by_key(|answer| answer["id"].to_string());
    let kept = &answers[0]["result"]["structuredContent"];
    assert_eq!(kept["status"], "created", "{kept}");
    let run_id = &answers[1]["result"]["structuredContent"]["run_id"];
    let open = window.call("run_crew", json!({}));
    assert_eq!(open["open_runs"].as_array().map(Vec::len), Some(1), "{open}");
    assert!(open.to_string().contains(run_id.as_str().unwrap()), "{open}");
    assert_eq!(self::owner(dir.path()), window.pid());
    assert!(window.finish().success());
}

#[test]
fn a_person_is_asked_through_the_owner_and_again_by_the_next_one() {
    let dir = tempfile::tempdir().unwrap();
    let first = Server::start(dir.path());
    let mut window = Server::spawn(firstmate(dir.path()).args(["serve", "--stdio"]));
    let mut hello = hello();
    hello["capabilities"] = json!({"elicitation": {}});
    window.request("initialize", hello);
    window.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string());
    let action = json!({"kind": "shell", "content": "rm -rf src"});
    let call = json!({"name": "enforce_policy", "arguments": {"action": action}});
    window.send(&json!({"jsonrpc": "2.0", "id": "c", "method": "tools/call", "params": call}).to_string());
    let asked = window.receive().unwrap();
    assert_eq!(asked["method"], "elicitation/create", "{asked}");
    first.kill();
    let void = window.receive().unwrap();
    assert_eq!(
        (&void["method"], &void["params"]["requestId"]),
        (&json!("notifications/cancelled"), &asked["id"])
    );
    let again = window.receive().unwrap();
    assert_eq!(again["method"], "elicitation/create", "{again}");
    // Too late for the first question, and no answer to the second.
    let answer = |id: &Value, yes: bool| json!({"jsonrpc": "2.0", "id": id, "result": {"action": "accept", "content": {"approve": yes}}});
    window.send(&answer(&asked["id"], true).to_string());
    window.send(&answer(&again["id"], false).to_string());
    let decided = window.receive().unwrap();
    assert_eq!(
        (
            &decided["id"],
            &decided["result"]["structuredContent"]["decision"]
        ),
        (&json!("c"), &json!("deny")),
        "{decided}"
    );
}

#[test]
fn the_same_call_under_the_same_name_is_done_once_whoever_it_is_sent_to() {
    let dir = tempfile::tempdir().unwrap();
    let named = |tool: &str, arguments: Value| json!({"name": tool, "arguments": arguments, "_meta": {"firstmate/request": "mine-1"}});
    let calls = [
        named("record_lesson", json!({"lesson": "Herons fish alone."})),
        named(
            "run_crew",
            json!({"task": "fish", "plan": {"steps": [{"id": "a", "goal": "Fish."}]}}),
        ),
    ];
    let first = Server::start(dir.path());
    let mut one = Server::start(dir.path());
    let before: Vec<_> = calls
        .iter()
        .map(|call| one.request("tools/call", call.clone()))
        .collect();
    first.kill();
    one.kill();
    let mut two = Server::start(dir.path());
    for (call, before) in calls.iter().zip(&before) {
        let again = two.request("tools/call", call.clone());
        let (again, before) = (
            &again["result"]["structuredContent"],
            &before["result"]["structuredContent"],
        );
        assert!(!before.is_null());
        for field in ["id", "status", "run_id"] {
            assert_eq!(again[field], before[field]);
        }
    }
    // Without a name it is another call.
    let again = two.call("record_lesson", json!({"lesson": "Herons fish alone."}));
    assert_eq!(again["status"], "duplicate");
}

#[test]
fn an_owner_whose_host_leaves_hands_over_and_ends() {
    let dir = tempfile::tempdir().unwrap();
    let first = Server::start(dir.path());
    let mut second = Server::start(dir.path());
    let mut third = Server::start(dir.path());
    second.call("record_lesson", json!({"lesson": "Herons fly south."}));
    assert!(first.finish().success());
    assert_eq!(found(&mut second, "herons"), 1);
    assert_eq!(found(&mut third, "herons"), 1);
    let heir = owner(dir.path());
    assert!([second.pid(), third.pid()].contains(&heir));
    assert!(second.finish().success());
    assert_eq!(found(&mut third, "herons"), 1);
    assert_eq!(owner(dir.path()), third.pid());
    assert!(third.finish().success());
    // Nothing stays behind that keeps the next one from starting.
    assert_eq!(
        run(dir.path(), &["call", "search_knowledge", r#"{"query":"herons"}"#]).0,
        Some(0)
    );
}

#[test]
fn a_scripted_session_through_an_owner_gets_every_answer() {
    let dir = tempfile::tempdir().unwrap();
    let _owner = Server::start(dir.path());
    let mut child = firstmate(dir.path()).args(["serve", "--stdio"]).spawn().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/session.jsonl");
    let script = std::fs::read_to_string(script).unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), script.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let answers = String::from_utf8(output.stdout).unwrap();
    let requests = script.lines().filter(|line| line.contains("\"id\"")).count();
    assert_eq!(answers.lines().count(), requests, "{answers}");
}

#[test]
fn an_owner_over_http_is_shared_and_a_second_one_is_told_why_not() {
    let dir = tempfile::tempdir().unwrap();
    let http = HttpServer::start(dir.path());
    let mut window = Server::start(dir.path());
    window.call("record_lesson", json!({"lesson": "Herons over HTTP."}));
    assert_eq!(found(&mut window, "herons"), 1);
    let (code, _, stderr) = run(dir.path(), &["serve", "--http", "127.0.0.1:0"]);
    assert_eq!(code, Some(1), "{stderr}");
    assert!(
        stderr.contains("store.in_use") && stderr.contains("is in use by process"),
        "{stderr}"
    );
    drop(http);
    assert_eq!(found(&mut window, "herons"), 1);
}

#[test]
fn commands_work_beside_a_server() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path());
    let pid = server.pid();
    server.call("record_lesson", json!({"lesson": "Herons like company."}));
    let (code, through, stderr) = run(dir.path(), &["call", "search_knowledge", r#"{"query":"herons"}"#]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(through.contains("Herons like company."), "{through}");
    let (code, stdout, stderr) = run(dir.path(), &["call", "run_crew", r#"{"run_id":"unknown"}"#]);
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(stderr.contains("crew.unknown_run"), "{stderr}");
    let file = dir.path().join("all.jsonl");
    let (code, stdout, stderr) = run(dir.path(), &["export", &file.to_string_lossy()]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.contains("records in"), "{stdout}");
    assert!(
        std::fs::read_to_string(&file)
            .unwrap()
            .contains("Herons like company.")
    );
    let (code, stdout, _) = run(dir.path(), &["doctor"]);
    assert_eq!(code, Some(0), "{stdout}");
    assert!(stdout.contains(&format!("process {pid}, firstmate")), "{stdout}");
    for command in [&["compact"][..], &["import", &file.to_string_lossy()]] {
        let (code, _, stderr) = run(dir.path(), command);
        assert_eq!(code, Some(1));
        assert!(
            stderr.contains("store.in_use") && stderr.contains(&pid.to_string()),
            "{stderr}"
        );
    }
    assert!(server.finish().success());
    // The same call without an owner prints the same.
    let (_, direct, _) = run(dir.path(), &["call", "search_knowledge", r#"{"query":"herons"}"#]);
    let same = |text: &str| {
        let mut value: Value = serde_json::from_str(text).unwrap();
        value.as_object_mut().unwrap().remove("took_ms");
        value
    };
    assert_eq!(same(&through), same(&direct));
}

#[test]
fn a_stale_socket_and_a_very_long_path_are_no_hindrance() {
    let dir = tempfile::tempdir().unwrap();
    let deep = dir.path().join("d".repeat(150)).join("e".repeat(150));
    std::fs::create_dir_all(&deep).unwrap();
    let first = Server::start(&deep);
    let socket = socket(&deep);
    assert!(socket.as_os_str().len() < 100 && socket.exists(), "{socket:?}");
    first.kill();
    assert!(socket.exists(), "a killed owner leaves its socket behind");
    let mut second = Server::start(&deep);
    let mut third = Server::start(&deep);
    second.call("record_lesson", json!({"lesson": "Herons dig deep."}));
    assert_eq!(found(&mut third, "herons"), 1);
    assert!(third.finish().success());
    assert!(second.finish().success());
    assert!(!socket.exists());
}

#[test]
fn an_owner_that_hangs_is_named_instead_of_hanging_the_newcomer() {
    let dir = tempfile::tempdir().unwrap();
    let owner = Server::start(dir.path());
    signal("STOP", owner.pid());
    let mut window = Server::spawn(firstmate(dir.path()).args(["serve", "--stdio"]));
    let answer = window.request("initialize", hello());
    let problem = &answer["error"]["data"];
    assert_eq!(problem["code"], "owner.silent", "{answer}");
    assert!(
        answer["error"]["message"]
            .as_str()
            .unwrap()
            .contains(&owner.pid().to_string()),
        "{answer}"
    );
    let (code, _, stderr) = run(dir.path(), &["call", "search_knowledge", r#"{"query":"x"}"#]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("owner.silent"), "{stderr}");
    // It heals when the owner does.
    signal("CONT", owner.pid());
    window.initialize();
    assert_eq!(found(&mut window, "herons"), 0);
}

#[test]
fn a_store_that_cannot_be_opened_is_told_to_the_client_that_would_take_over() {
    let dir = tempfile::tempdir().unwrap();
    let owner = Server::start(dir.path());
    let mut window = Server::start(dir.path());
    std::fs::write(dir.path().join("data/token.key"), "short").unwrap();
    owner.kill();
    let answer = window.request("tools/list", json!({}));
    assert_eq!(answer["error"]["data"]["code"], "io", "{answer}");
    std::fs::remove_file(dir.path().join("data/token.key")).unwrap();
    assert_eq!(found(&mut window, "herons"), 0);
}

/// The process that owns the directory.
fn owner(dir: &Path) -> u32 {
    let note = note(dir);
    u32::try_from(note["pid"].as_u64().unwrap()).unwrap()
}

fn socket(dir: &Path) -> PathBuf {
    PathBuf::from(note(dir)["socket"].as_str().unwrap())
}

fn note(dir: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(dir.join("data/owner.json")).unwrap()).unwrap()
}

fn found(server: &mut Server, query: &str) -> usize {
    let found = server.call("search_knowledge", json!({"query": query}));
    found["hits"].as_array().unwrap().len()
}

fn signal(name: &str, pid: u32) {
    let sent = std::process::Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .status();
    assert!(sent.unwrap().success());
}

fn hello() -> Value {
    json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "it", "version": "0"}})
}
