//! `firstmate crew` and `firstmate run` as people type them, alone and beside a running server.

use std::io::{BufRead as _, BufReader};
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Server, firstmate, run};

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

/// Hands in the pending step and gives the reply.
fn hand_in(server: &mut Server, reply: &Value, output: Value) -> Value {
    let token = &reply["pending"][0]["step_token"];
    server.call(
        "run_crew",
        json!({"submissions": [{"step_token": token, "output": output}]}),
    )
}

#[test]
fn a_run_is_followed_stopped_and_taken_along_beside_its_server() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path());
    let plan = json!({"steps": [
        {"id": "spec", "goal": "Say what is wanted.", "output_schema": {"type": "object", "required": ["goal"]}},
        {"id": "build", "goal": "Build it.", "output_kind": "markdown"},
    ]});
    let started = server.call(
        "run_crew",
        json!({"task": "Build a bridge.", "plan": plan, "budget": {"max_steps": 2}}),
    );
    let id = started["run_id"].as_str().unwrap();
    let again = hand_in(&mut server, &started, json!({}));
    assert_eq!(again["receipts"][0]["outcome"], "invalid", "{again}");
    let build = hand_in(&mut server, &again, json!({"goal": "a bridge"}));
    assert_eq!(build["ended"]["class"], "over_budget", "{build}");

    let list = told(dir.path(), &["run", "list"]);
    assert_eq!(list, "no open runs; --all shows 1 that ended\n");
    let list = told(dir.path(), &["run", "list", "--all"]);
    assert!(
        list.contains("failed: over_budget  1/2  given  Build a bridge."),
        "{list}"
    );
    let shown = told(dir.path(), &["run", "show", &id[..12]]);
    for said in [
        "status    failed, over_budget: 2 submissions were made",
        "attempt 1: schema.required at line 1, column 1",
        "by host, attempt 2 of 3, ",
        "spec sent back: schema.required",
    ] {
        assert!(shown.contains(said), "{said:?} is not in\n{shown}");
    }
    let suggested = told(dir.path(), &["crew", "suggest"]);
    assert!(
        suggested.starts_with("the runs of this project suggest nothing"),
        "{suggested}"
    );
    assert_eq!(
        parsed(dir.path(), &["crew", "suggest", "given", "--format", "json"]),
        json!([])
    );
    let (code, watched, _) = run(dir.path(), &["run", "watch", id]);
    assert_eq!((code, watched.lines().count()), (Some(1), 6), "{watched}");

    let resumed = told(dir.path(), &["run", "resume", id, "--max-steps", "9"]);
    assert!(resumed.contains("status    waits for the host"), "{resumed}");
    let mut watcher = firstmate(dir.path()).args(["run", "watch", id]).spawn().unwrap();
    let cancelled = told(dir.path(), &["run", "cancel", id, "enough of it"]);
    assert!(
        cancelled.contains("status    cancelled: enough of it"),
        "{cancelled}"
    );
    assert_eq!(watcher.wait().unwrap().code(), Some(1), "it ends with the run");
    let (code, _, err) = run(dir.path(), &["run", "resume", id]);
    assert!(code == Some(1) && err.contains("crew.run_closed"), "{err}");
    assert!(server.finish().success());

    // Without a server it is the same.
    let history = parsed(dir.path(), &["run", "show", id, "--format", "json"]);
    assert_eq!(
        (&history["status"], &history["steps"][1]["state"]),
        (&json!("cancelled"), &json!("not_done"))
    );
    let exported = told(dir.path(), &["run", "export", id]);
    let lines: Vec<Value> = exported
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), history["timeline"].as_array().unwrap().len());
    let outputs: Vec<_> = lines.iter().filter_map(|line| line["output"].as_str()).collect();
    assert_eq!(outputs, [r#"{"goal":"a bridge"}"#]);
    let (code, _, err) = run(dir.path(), &["run", "show", "ffff"]);
    assert!(code == Some(1) && err.contains("crew.unknown_run"), "{err}");
}

/// Ids of runs begin with the time: a later one soon begins as the watched one does.
#[test]
fn the_run_that_is_watched_stays_the_same_when_another_begins_like_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path());
    let begin = |server: &mut Server| {
        let plan = json!({"steps": [{"id": "build", "goal": "Build it."}]});
        let started = server.call("run_crew", json!({"task": "Build a bridge.", "plan": plan}));
        started["run_id"].as_str().unwrap().to_owned()
    };
    let id = begin(&mut server);
    let mut command = firstmate(dir.path());
    let mut watcher = command.args(["run", "watch", &id[..8]]).spawn().unwrap();
    let mut told = BufReader::new(watcher.stdout.take().unwrap()).lines();
    let first = told.next().unwrap().unwrap();
    assert!(first.contains("started by"), "{first}");
    // Eight digits stand for about a minute.
    let others = [begin(&mut server), begin(&mut server)];
    assert!(others.iter().all(|other| *other != id), "{others:?}");
    std::thread::sleep(std::time::Duration::from_millis(2_500));
    let cancelled = run(dir.path(), &["run", "cancel", &id, "enough"]);
    assert_eq!(cancelled.0, Some(0), "{cancelled:?}");
    let rest: Vec<String> = told.map_while(Result::ok).collect();
    assert!(
        rest.last().is_some_and(|last| last.contains("cancelled")),
        "{rest:?}"
    );
    let mut each = rest.clone();
    each.dedup();
    assert_eq!(each, rest, "told twice");
    assert_eq!(watcher.wait().unwrap().code(), Some(1));
}

#[test]
fn reading_runs_is_judged_like_anything_else() {
    let dir = tempfile::tempdir().unwrap();
    let rule = "version: 1\nrules:\n  - {id: not-yours, when: {kind: memory_read, tool: crew.read}, then: deny, fix: Ask Eve.}\n";
    write(dir.path(), "team.yaml", rule);
    let pack = dir.path().join("team.yaml");
    write(
        dir.path(),
        "config.toml",
        &format!("[policy]\npacks = [{:?}]\n", pack.display().to_string()),
    );
    let config = dir.path().join("config.toml").display().to_string();
    let (code, out, err) = run(dir.path(), &["--config", &config, "run", "list", "--all"]);
    assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
    assert!(err.contains("not-yours") && err.contains("Ask Eve."), "{err}");
}
