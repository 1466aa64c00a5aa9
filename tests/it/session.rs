//! `examples/session.jsonl`, as the README says to run it.

use std::io::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::support::firstmate;

#[test]
fn the_scripted_session_gets_an_answer_to_every_request() {
    let dir = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/session.jsonl");
    let script = std::fs::read_to_string(script).unwrap();
    let mut child = firstmate(dir.path()).args(["serve", "--stdio"]).spawn().unwrap();
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let stdout = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let requests = script.lines().filter(|line| line.contains("\"id\"")).count();
    assert_eq!(answers.len(), requests, "{stdout}");
    for answer in &answers {
        assert!(
            answer.get("error").is_none() && answer["result"]["isError"] != true,
            "{answer}"
        );
    }
}
