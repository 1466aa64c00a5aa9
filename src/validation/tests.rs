//! Artifacts and what is found in them.

use serde_json::Value;

use super::*;
use crate::domain::Verdict;

mod code;
mod complete;
mod eleven;
mod hostile;
mod json;
mod kinds;
mod limits;
mod planted;

fn judged(artifact: &Artifact) -> Validation {
    check(artifact, &Settings::default())
}

fn code(language: &str, output: &str) -> Artifact {
    Artifact {
        kind: Some("code".into()),
        language: Some(language.into()),
        ..Artifact::new(output)
    }
}

fn json_with(schema: Value, output: &str) -> Artifact {
    Artifact {
        kind: Some("json".into()),
        schema: Some(schema),
        ..Artifact::new(output)
    }
}

/// One line per finding: rule, place, severity.
fn found(artifact: &Artifact) -> Vec<String> {
    judged(artifact)
        .findings
        .iter()
        .map(|f| format!("{} {}:{} {:?}", f.rule, f.line, f.column, f.severity))
        .collect()
}

#[track_caller]
fn check_found(artifact: &Artifact, expected: &[&str]) {
    assert_eq!(found(artifact), expected, "{:?}", judged(artifact));
}

#[track_caller]
fn check_clean(artifact: &Artifact, checked: &str) {
    let validation = judged(artifact);
    assert_eq!(validation.findings, [], "{artifact:?}");
    assert!(
        validation.coverage.checked.iter().any(|what| what == checked),
        "{:?}",
        validation.coverage
    );
}

#[track_caller]
fn check_reason(validation: &Validation, what: &str, reason: &str) {
    let entry = validation
        .coverage
        .not_checked
        .iter()
        .find(|entry| entry.what == what);
    let entry = entry.unwrap_or_else(|| panic!("{what} is not in {:?}", validation.coverage));
    assert!(entry.reason.contains(reason), "{entry:?}");
}

/// Tells what is found in a fence of that language.
#[track_caller]
fn check_fence(language: &str, code: &str, expected: &[&str]) {
    check_found(
        &Artifact::new(format!("So:\n```{language}\n{code}\n```\n")),
        expected,
    );
}
