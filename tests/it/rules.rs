//! `firstmate policy` beside a running server and alone.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Server, run};

const RULES: &str = "version: 1
rules:
  - id: no-curl
    when: {program: curl}
    then: deny
    fix: Use the client.
    tests: {match: [{kind: shell, content: curl x}], no_match: [{kind: shell, content: ls}]}
";

fn decide(server: &mut Server, tool: &str, command: &str) -> String {
    let answer = server.call(
        "enforce_policy",
        json!({
            "action": {"kind": "shell", "tool": tool, "content": command},
            "actor": "coder",
            "run_id": "r1",
        }),
    );
    answer["decision"].as_str().unwrap().to_owned()
}

/// A record of six decisions, by a server that still runs.
fn recorded(dir: &Path) -> Server {
    let mut server = Server::start(dir);
    assert_eq!(decide(&mut server, "bash", "ls -l"), "allow");
    assert_eq!(decide(&mut server, "bash", "curl https://a.example/x"), "allow");
    assert_eq!(
        decide(&mut server, "bash", "git push --force origin main"),
        "deny"
    );
    assert_eq!(decide(&mut server, "bash", "git push origin feature"), "allow");
    assert_eq!(decide(&mut server, "bash", "rm -rf notes"), "require_approval");
    assert_eq!(decide(&mut server, "<script>alert(1)</script>", "ls"), "allow");
    server
}

/// What a command prints; it has to end well.
fn told(dir: &Path, arguments: &[&str]) -> String {
    let (code, out, err) = run(dir, arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {out}{err}");
    out
}

#[test]
fn rules_are_checked_tested_and_tried_on_the_record() {
    let dir = tempfile::tempdir().unwrap();
    let rules = dir.path().join("rules.yaml");
    std::fs::write(&rules, RULES).unwrap();
    let checked = told(dir.path(), &["policy", "check", "rules.yaml"]);
    assert!(checked.contains("  no-curl"), "{checked}");
    assert!(checked.contains("secrets-stay-home"), "{checked}");
    let tested = told(dir.path(), &["policy", "test", "rules.yaml"]);
    assert!(tested.contains("2 of 2 passed"), "{tested}");

    let server = recorded(dir.path());
    let beside = told(dir.path(), &["policy", "backtest", "rules.yaml", "--since", "1h"]);
    assert!(
        beside.contains("would have stopped 1 of 4 actions that passed, and let 0 pass that were stopped"),
        "{beside}"
    );
    assert!(
        beside.contains("no-curl: stops 1 that passed\n  entry 2 "),
        "{beside}"
    );
    assert!(server.finish().success());
    let alone = told(
        dir.path(),
        &["policy", "backtest", "rules.yaml", "--format", "json"],
    );
    let alone: Value = serde_json::from_str(&alone).unwrap();
    assert_eq!((&alone["judged"], &alone["denied_now"]), (&json!(6), &json!(1)));
}

#[test]
fn a_refused_pack_shows_its_line_and_a_failing_test_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let refused = RULES.replace("then: deny", "then: forbid");
    std::fs::write(dir.path().join("wrong.yaml"), refused).unwrap();
    std::fs::write(dir.path().join("failing.yaml"), RULES.replace("curl x", "wget x")).unwrap();
    let (code, out, _) = run(dir.path(), &["policy", "check", "wrong.yaml"]);
    assert_eq!(code, Some(1), "{out}");
    assert!(
        out.contains("wrong.yaml:5:5") && out.contains("5 |     then: forbid"),
        "{out}"
    );
    let (code, out, _) = run(dir.path(), &["policy", "test", "failing.yaml"]);
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("failed: failing.yaml:7:21: does not match"), "{out}");
    let (code, out, _) = run(dir.path(), &["policy", "backtest", "wrong.yaml"]);
    assert_eq!(code, Some(1), "{out}");
}

#[test]
fn a_report_says_what_the_rules_did_and_a_suggestion_can_be_checked() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = recorded(dir.path());
    for _ in 0..5 {
        assert_eq!(
            decide(&mut server, "bash", "git push --force origin main"),
            "deny"
        );
    }
    let text = told(dir.path(), &["policy", "report", "--since", "7d"]);
    assert!(text.starts_with("test: 11 decisions"), "{text}");
    assert!(text.contains("protect-release-branches"), "{text}");
    assert!(
        text.contains("violations in runs: 2, mended in the same run 1"),
        "{text}"
    );
    let json = told(dir.path(), &["policy", "report", "--format", "json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["decisions"]["deny"], 6, "{json}");
    assert_eq!(json["actors"][0]["name"], "agent coder");
    assert!(json["checkpoint"].as_str().unwrap().contains("\n11\n"), "{json}");

    told(
        dir.path(),
        &["policy", "report", "--format", "html", "--out", "report.html"],
    );
    let page = std::fs::read_to_string(dir.path().join("report.html")).unwrap();
    assert!(
        page.starts_with("<!doctype html>") && page.contains("<svg"),
        "{page}"
    );
    assert!(!page.contains("<script"), "{page}");

    let suggested = told(dir.path(), &["policy", "suggest", "--since", "1h"]);
    assert!(
        suggested.contains("- id: again-protect-release-branches-coder-bash"),
        "{suggested}"
    );
    assert!(
        suggested.contains("# Replayed over 11 decisions: 0 more stopped, 0 more pass."),
        "{suggested}"
    );
    std::fs::write(dir.path().join("suggested.yaml"), &suggested).unwrap();
    told(dir.path(), &["policy", "check", "suggested.yaml"]);
    assert!(server.finish().success());
}
