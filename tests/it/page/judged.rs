//! Each look is judged, and what is on record says so once.

use std::path::Path;

use serde_json::{Value, json};

use super::asking::{Events, call, get};
use crate::support::{HttpServer, PATIENCE, firstmate, run};

/// Entries of the record that came through the page.
fn seen(dir: &Path, tool: &str) -> usize {
    let (_, log, _) = run(dir, &["audit", "export"]);
    let entries = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    entries
        .filter(|entry| entry["entry"]["via"] == "page" && entry["entry"]["tool"] == tool)
        .count()
}

#[test]
fn looking_is_judged_each_time_and_recorded_once() {
    let dir = tempfile::tempdir().unwrap();
    let pack = dir.path().join("team.yaml");
    let rule = |id: &str, tool: &str| {
        format!("  - {{id: {id}, when: {{tool: {tool}}}, then: deny, why: Not here., fix: Leave it.}}\n")
    };
    let rules = format!("version: 1\nrules:\n{}", rule("no-audit", "audit.read"));
    std::fs::write(&pack, rules).unwrap();
    let config = dir.path().join("config.toml");
    std::fs::write(
        &config,
        format!("[policy]\npacks = [{:?}]\n", pack.display().to_string()),
    )
    .unwrap();
    let server = HttpServer::spawn(firstmate(dir.path()).arg("--config").arg(&config));
    for _ in 0..3 {
        assert_eq!(get(&server, "/ui/api/runs").status, 200);
        let refused = get(&server, "/ui/api/decisions");
        assert_eq!(
            (refused.status, &refused.json()["code"]),
            (403, &json!("policy.denied")),
            "{}",
            refused.body
        );
        assert_eq!(refused.json()["rule"], "no-audit");
    }
    assert_eq!(seen(dir.path(), "crew.read"), 1);
    assert_eq!(seen(dir.path(), "audit.read"), 1);
    // A rule that comes later holds for who looks already.
    let rules = format!("version: 1\nrules:\n{}", rule("no-runs", "crew.read"));
    std::fs::write(&pack, rules).unwrap();
    let started = std::time::Instant::now();
    while get(&server, "/ui/api/runs").status == 200 {
        assert!(started.elapsed() < PATIENCE, "the rule is not taken over");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert_eq!(get(&server, "/ui/api/decisions").status, 200);
}

#[test]
fn a_part_of_an_output_is_read_by_a_leave_that_is_on_record() {
    let dir = tempfile::tempdir().unwrap();
    let server = HttpServer::start(dir.path());
    let plan = json!({"steps": [{"id": "a", "goal": "Say one."}]});
    let begun = call(&server, "run_crew", json!({"task": "count", "plan": plan}));
    let token = &begun["pending"][0]["step_token"];
    let handed = json!({"submissions": [{"step_token": token, "output": "one, two, three"}]});
    call(&server, "run_crew", handed);
    let step = format!("/ui/api/runs/{}/steps/a", begun["run_id"].as_str().unwrap());
    for offset in [5, 10] {
        let part = get(&server, &format!("{step}?offset={offset}")).json();
        assert_eq!(part["text"], "one, two, three"[offset..], "{part}");
        assert_eq!(seen(dir.path(), "crew.read"), 1, "{offset}");
    }
}

#[test]
fn a_page_that_may_not_look_does_not_fill_the_record() {
    let dir = tempfile::tempdir().unwrap();
    let pack = dir.path().join("team.yaml");
    let rules = "version: 1\nrules:\n  - {id: no-page, when: {tool: audit.read}, then: deny, why: Not here., fix: Leave it.}\n";
    std::fs::write(&pack, rules).unwrap();
    let config = dir.path().join("config.toml");
    let packs = format!("[policy]\npacks = [{:?}]\n", pack.display().to_string());
    std::fs::write(&config, packs).unwrap();
    let server = HttpServer::spawn(firstmate(dir.path()).arg("--config").arg(&config));
    let mut events = Events::open(&server);
    let (_, first) = events.next();
    // As the page does it: each time that something changed, another look.
    assert_eq!(get(&server, "/ui/api/decisions").status, 403);
    events.until(|news| news["decisions"].as_u64() > first["decisions"].as_u64());
    for _ in 0..10 {
        assert_eq!(get(&server, "/ui/api/decisions").status, 403);
    }
    assert_eq!(seen(dir.path(), "audit.read"), 1);
}
