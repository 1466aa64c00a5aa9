//! What is said of a submission: what stopped it, what has to be mended, what is doubted.

use serde_json::Value;

use crate::crew::handoff::brief;
use crate::domain::run::Violation;
use crate::domain::{Decision, Effect, Finding, Severity, Validation};

/// Most violations and warnings that are kept of one submission.
pub(super) const MAX_REMARKS: usize = 6;

/// What the rules that stopped an action want mended.
pub(super) fn denials(decision: &Decision) -> Vec<Violation> {
    let stopping = decision
        .rules
        .iter()
        .filter(|rule| rule.effect > Effect::Redact && !rule.shadow);
    let mut violations: Vec<_> = stopping
        .take(MAX_REMARKS)
        .map(|rule| {
            violation(
                "",
                &rule.id,
                &format!("{}: {}", effect(rule.effect), rule.why),
                &rule.fix,
            )
        })
        .collect();
    if violations.is_empty() {
        violations.push(violation(
            "",
            "policy",
            effect(decision.effect),
            "leave out what the policy does not allow",
        ));
    }
    violations
}

/// The same in a sentence.
pub(in crate::crew) fn reasons(decision: &Decision) -> String {
    let violations = denials(decision).into_iter();
    let reasons: Vec<_> = violations
        .map(|v| format!("{}: {}. Fix: {}", v.rule, v.got, v.fix))
        .collect();
    reasons.join("; ")
}

/// What a failed validation wants mended: its errors, or all it found when none is marked as one.
pub(super) fn faults(validation: &Validation) -> Vec<Violation> {
    let errors = validation
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    let mut violations: Vec<_> = errors.take(MAX_REMARKS).map(fault).collect();
    if violations.is_empty() {
        violations.extend(validation.findings.iter().take(MAX_REMARKS).map(fault));
    }
    if violations.is_empty() {
        violations.push(violation(
            "",
            "validation",
            "the output is not valid",
            "check the output against done_when",
        ));
    }
    violations
}

fn fault(finding: &Finding) -> Violation {
    let got = match finding.excerpt.trim() {
        "" => finding.message.clone(),
        excerpt => format!("{}, at `{}`", finding.message, brief(excerpt, 60)),
    };
    let fix = finding
        .fix
        .as_deref()
        .unwrap_or("mend this place and hand in the whole output again");
    violation(
        &format!("line {}, column {}", finding.line, finding.column),
        &finding.rule,
        &got,
        fix,
    )
}

/// What a validation that did not fail still doubts or could not check.
pub(super) fn doubts(validation: &Validation) -> Vec<String> {
    let found = validation.findings.iter().map(|finding| {
        brief(
            &format!("{} at line {}: {}", finding.rule, finding.line, finding.message),
            200,
        )
    });
    let unchecked = validation
        .coverage
        .not_checked
        .iter()
        .filter(|not| not.what.starts_with("syntax") || not.what.starts_with("schema"))
        .map(|not| brief(&format!("not checked: {} ({})", not.what, not.reason), 200));
    found.chain(unchecked).take(MAX_REMARKS).collect()
}

/// Why a step that asks a person does not let the run go on, if it does not.
pub(super) fn not_approved(output: &str) -> Option<String> {
    let answer: Value = serde_json::from_str(output).unwrap_or_default();
    if answer.get("approved") == Some(&Value::Bool(true)) {
        return None;
    }
    let note = answer
        .get("note")
        .and_then(Value::as_str)
        .map(str::trim)
        .filter(|note| !note.is_empty());
    Some(note.map_or_else(
        || "it was not approved".to_owned(),
        |note| format!("it was not approved: {}", brief(note, 300)),
    ))
}

pub(super) fn violation(path: &str, rule: &str, got: &str, fix: &str) -> Violation {
    let line = |text: &str, max| brief(&text.replace(char::is_control, " "), max);
    Violation {
        path: line(path, 100),
        rule: line(rule, 80),
        got: line(got, 200),
        fix: line(fix, 160),
    }
}

pub(super) fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "allowed",
        Effect::Warn => "warned",
        Effect::Redact => "redacted",
        Effect::RequireApproval => "a person has to approve it",
        Effect::Deny => "denied",
    }
}
