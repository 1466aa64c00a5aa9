//! What people do with lessons on the command line, alone and beside a server that owns the store.

use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Server, firstmate, run};

mod export;
mod import;

/// What the official memory server writes.
const MEMORY: &str = r#"{"type":"entity","name":"Heron_House","entityType":"building","observations":["Opens at dawn","Heron_House has two floors"]}
{"type":"entity","name":"Ada","entityType":"person","observations":["Speaks Welsh"]}
{"type":"relation","from":"Ada","to":"Heron_House","relationType":"works_at"}"#;

/// Runs a command that has to go well, and gives back what it prints.
fn done(dir: &Path, arguments: &[&str]) -> String {
    let (code, stdout, stderr) = run(dir, arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {stderr}");
    stdout
}

/// Runs a command that has to fail, and gives back `{code, message, hint}`.
fn refused(dir: &Path, arguments: &[&str]) -> Value {
    let (code, stdout, stderr) = run(dir, arguments);
    assert_eq!((code, stdout.as_str()), (Some(1), ""), "{arguments:?}: {stderr}");
    serde_json::from_str(stderr.lines().last().unwrap_or_default()).unwrap_or_else(|_| panic!("{stderr}"))
}

fn json(dir: &Path, arguments: &[&str]) -> Value {
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    serde_json::from_str(&done(dir, &arguments)).unwrap()
}

fn record(dir: &Path, text: &str) -> String {
    let arguments = json!({ "lesson": text }).to_string();
    let answer: Value = serde_json::from_str(&done(dir, &["call", "record_lesson", &arguments])).unwrap();
    answer["id"].as_str().unwrap().to_owned()
}

fn titles(dir: &Path, arguments: &[&str]) -> Vec<String> {
    let arguments: Vec<&str> = ["lessons", "list"].iter().chain(arguments).copied().collect();
    let listed = json(dir, &arguments);
    let lessons = listed["lessons"].as_array().unwrap().iter();
    lessons
        .map(|lesson| lesson["title"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn lessons_are_listed_shown_searched_edited_and_retired() {
    let dir = tempfile::tempdir().unwrap();
    look_through(dir.path());
}

#[test]
fn the_same_beside_a_server_in_another_process() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path());
    look_through(dir.path());
    let found = server.call("search_knowledge", json!({"query": "herons"}));
    assert!(found.to_string().contains("Herons fish in pairs"), "{found}");
    assert!(server.finish().success());
}

fn look_through(dir: &Path) {
    assert_eq!(done(dir, &["lessons", "list"]), "no lessons\n");
    let geese = record(dir, "Geese fly south in autumn.");
    let herons = record(dir, "Herons fish alone at dusk.");
    let listed = done(dir, &["lessons", "list"]);
    let first = listed.lines().next().unwrap();
    assert!(
        first.contains("active") && first.ends_with("Herons fish alone at dusk"),
        "{listed}"
    );
    let short = first.split_whitespace().next().unwrap();
    let shown = done(dir, &["lessons", "show", short]);
    assert!(
        shown.contains(&herons) && shown.contains("confidence  0.50"),
        "{shown}"
    );

    let edited = json(
        dir,
        &[
            "lessons",
            "edit",
            short,
            "--title",
            "Herons",
            "--add-tag",
            "Birds",
            "--expires",
            "2999-01-01",
        ],
    );
    assert_eq!(
        (&edited["status"], &edited["id"]),
        (&json!("revised"), &json!(herons))
    );
    assert_eq!(titles(dir, &["--tag", "birds"]), ["Herons"]);
    let edited = json(
        dir,
        &[
            "lessons",
            "edit",
            &herons,
            "--text",
            "Herons fish in pairs at dawn.",
        ],
    );
    assert_eq!(
        (&edited["status"], &edited["replaced"]),
        (&json!("superseded"), &json!(herons))
    );
    let new = edited["id"].as_str().unwrap();
    let old = json(dir, &["lessons", "show", &herons]);
    assert_eq!(
        (&old["state"], &old["lesson"]["superseded_by"]),
        (&json!("superseded"), &json!(new))
    );

    let found = done(dir, &["lessons", "search", "herons dawn"]);
    assert!(
        found.contains("why: words herons, dawn") && found.contains("in pairs"),
        "{found}"
    );
    let around = json(
        dir,
        &["lessons", "search", "--around", "tag:birds", "--hops", "2"],
    );
    assert_eq!(around["hits"][0]["id"], new, "{around}");

    let retired = done(dir, &["lessons", "retire", &geese, "--reason", "They stayed."]);
    assert!(retired.contains("is retired"), "{retired}");
    let again = done(dir, &["lessons", "retire", &geese]);
    assert!(
        again.contains("retired already") && again.contains("They stayed."),
        "{again}"
    );
    assert!(done(dir, &["lessons", "show", &geese]).contains("They stayed."));
    let found = json(dir, &["lessons", "search", "geese in autumn"]);
    assert!(!found.to_string().contains(&geese), "{found}");
    assert_eq!(
        titles(dir, &["--state", "retired"]),
        ["Geese fly south in autumn"]
    );
    assert_eq!(titles(dir, &["--state", "all"]).len(), 3);
    let shared = &herons[..2];
    assert_eq!(
        refused(dir, &["lessons", "show", shared])["code"],
        "knowledge.ambiguous_id"
    );
    assert_eq!(
        refused(dir, &["lessons", "show", "zz"])["code"],
        "knowledge.unknown_lesson"
    );
    assert_eq!(
        refused(dir, &["lessons", "retire", "zz"])["code"],
        "knowledge.unknown_lesson"
    );
    assert_eq!(
        refused(dir, &["lessons", "edit", &geese, "--title", "x"])["code"],
        "knowledge.not_in_force"
    );
    assert_eq!(
        refused(dir, &["lessons", "edit", &geese])["code"],
        "bad_arguments"
    );
}

#[test]
fn a_new_text_may_come_from_stdin() {
    let dir = tempfile::tempdir().unwrap();
    let id = record(dir.path(), "Herons fish alone at dusk.");
    for source in ["--text", "--file"] {
        let mut child = firstmate(dir.path())
            .args(["lessons", "edit", &id, source, "-"])
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(b"\xff\xfe").unwrap();
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains("is not UTF-8"), "{stderr}");
    }
    let mut child = firstmate(dir.path())
        .args(["lessons", "edit", &id, "--file", "-"])
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all("Möwen rufen.\n".as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(titles(dir.path(), &[]), ["Möwen rufen"]);
}

#[test]
fn rules_hold_on_the_command_line_and_the_record_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let id = record(dir.path(), "Geese fly south in autumn.");
    let pack = dir.path().join("pack.yaml");
    let rules = "version: 1\nrules:\n  \
        - {id: closed, when: {kind: memory_read, tool: search_knowledge}, then: deny, why: No., fix: Stop.}\n  \
        - {id: full, when: {kind: memory_write, tool: record_lesson}, then: deny, why: No., fix: Stop.}\n";
    std::fs::write(&pack, rules).unwrap();
    for (rule, arguments) in [
        ("closed", &["lessons", "list"][..]),
        ("closed", &["lessons", "show", &id]),
        ("closed", &["lessons", "search", "geese"]),
        ("full", &["lessons", "edit", &id, "--text", "Herons fish alone."]),
        ("full", &["lessons", "edit", &id, "--title", "Herons"]),
        ("full", &["lessons", "retire", &id]),
        ("closed", &["lessons", "export"]),
    ] {
        let output = firstmate(dir.path())
            .env("FIRSTMATE_POLICY__PACKS", format!("[\"{}\"]", pack.display()))
            .args(arguments)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            stderr.contains("policy.denied") && stderr.contains(rule),
            "{arguments:?}: {stderr}"
        );
    }
    let memory = dir.path().join("memory.json");
    std::fs::write(&memory, MEMORY).unwrap();
    for dry_run in [&["--dry-run"][..], &[]] {
        let output = firstmate(dir.path())
            .env("FIRSTMATE_POLICY__PACKS", format!("[\"{}\"]", pack.display()))
            .arg("import")
            .arg(&memory)
            .args(dry_run)
            .output()
            .unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{stdout}");
        assert!(
            stdout.contains("4 refused") && stdout.contains("memory.json:3: No. (policy.denied)"),
            "{stdout}"
        );
    }
    let all = done(dir.path(), &["audit", "export"]);
    let decisions = all
        .lines()
        .filter(|line| line.contains("\"via\":\"cli\"") && line.contains("deny"));
    assert_eq!(decisions.count(), 7 + 4, "{all}");
    assert_eq!(titles(dir.path(), &[]), ["Geese fly south in autumn"]);
}
