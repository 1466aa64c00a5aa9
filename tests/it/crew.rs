//! `firstmate crew` as people type it.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Server, run};

const MINE: &str = "\
format: 1
name: mine
title: Mine
when: Always.
roles:
  - {id: worker, does: You work.}
steps:
  - id: plan
    role: worker
    goal: Plan it.
    output: {schema: {type: object, required: [what]}}
  - id: work
    role: worker
    needs: [plan]
    goal: Do it.
    output: {kind: markdown}
tests:
  - name: all is well
    task: Do it.
    answers: {plan: {what: it}, work: Done.}
    expect: {status: completed, order: [plan, work]}
";

/// A command that has to succeed; what it printed.
fn told(dir: &Path, arguments: &[&str]) -> String {
    let (code, out, err) = run(dir, arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {out}{err}");
    out
}

fn parsed(dir: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&told(dir, arguments)).unwrap()
}

fn write(dir: &Path, file: &str, text: &str) {
    let path = dir.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
fn templates_of_the_project_are_listed_shown_and_drawn_and_bad_ones_left_out() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), ".firstmate/crew/a.yaml", MINE);
    write(
        dir.path(),
        ".firstmate/crew/b.yaml",
        &MINE.replace("title:", "titel:"),
    );
    write(
        dir.path(),
        ".firstmate/crew/c.yaml",
        &MINE.replace("name: mine", "name: bug_fix"),
    );
    let listed = parsed(dir.path(), &["crew", "list", "--format", "json"]);
    let templates = listed["templates"].as_array().unwrap();
    assert_eq!(templates.len(), 13);
    assert_eq!(templates[12]["name"], "mine");
    assert!(templates[12]["file"].as_str().unwrap().ends_with("a.yaml"));
    assert!(
        templates[3]["file"].is_null(),
        "a name keeps its meaning: {}",
        templates[3]
    );
    let left_out = listed["left_out"].as_array().unwrap();
    let says = |n: usize, what: &str| left_out[n].as_str().unwrap().contains(what);
    assert!(
        left_out.len() == 2 && says(0, "line 3: unknown field `titel`"),
        "{left_out:?}"
    );
    assert!(
        says(1, "`bug_fix` is the name of another template"),
        "{left_out:?}"
    );

    let list = told(dir.path(), &["crew", "list"]);
    assert!(
        list.contains("left out: template ") && list.contains("Find the cause of a bug"),
        "{list}"
    );
    let shown = told(dir.path(), &["crew", "show", "mine"]);
    assert!(shown.contains("  2. work (worker, needs plan)"), "{shown}");
    let drawn = told(dir.path(), &["crew", "graph", ".firstmate/crew/a.yaml"]);
    assert!(
        drawn.contains("| plan    |") && drawn.contains("  2  work  worker  plan"),
        "{drawn}"
    );
    let mermaid = told(dir.path(), &["crew", "graph", "mine", "--mermaid"]);
    assert!(mermaid.contains("    s0 --> s1\n"), "{mermaid}");
    let (code, _, err) = run(dir.path(), &["crew", "show", "mein"]);
    assert!(code == Some(1) && err.contains("nearest: mine"), "{err}");

    // Hosts are shown it, too.
    let mut server = Server::start(dir.path());
    let prompts = server.request("prompts/list", json!({}));
    let prompts = prompts["result"]["prompts"].as_array().unwrap();
    assert!(
        prompts.len() == 13 && prompts[12]["name"] == "mine",
        "{prompts:?}"
    );
    assert!(server.finish().success());
}

#[test]
fn a_check_runs_what_is_in_a_file_and_names_the_line_of_a_fault() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "good.yaml", MINE);
    write(
        dir.path(),
        "slow.yaml",
        &MINE.replace("order: [plan, work]", "order: [work]"),
    );
    write(
        dir.path(),
        "bad.yaml",
        &MINE.replace("needs: [plan]", "needs: [plant]"),
    );
    let checked = told(dir.path(), &["crew", "check", "good.yaml", "release_notes"]);
    assert!(
        checked.ends_with("2 templates; 3 of 3 dry runs went as expected\n"),
        "{checked}"
    );
    let (code, out, _) = run(dir.path(), &["crew", "check", "slow.yaml", "bad.yaml"]);
    assert_eq!(code, Some(1), "{out}");
    for said in [
        "    slow.yaml:18: recorded had to be work, and it was plan, work\n",
        "    bad.yaml:12, needs/0: there is no step `plant`\n",
        "2 templates, 1 wrong; 0 of 1 dry run went as expected\n",
    ] {
        assert!(out.contains(said), "{said:?} is not in\n{out}");
    }
    assert!(!dir.path().join("data").exists(), "a check keeps nothing");
}
