//! Whether a review found anything. Pure.

use serde_json::Value;

use crate::crew::experience::StepDigest;

/// Parts of the names of those who look at the work of others.
const REVIEWERS: [&str; 9] = [
    "review", "verif", "valid", "check", "critic", "audit", "inspect", "attack", "refut",
];
/// Fields that list what was found.
const LISTS: [&str; 16] = [
    "blockers",
    "concerns",
    "contradictions",
    "defects",
    "errors",
    "findings",
    "gaps",
    "issues",
    "missing",
    "objections",
    "obstacles",
    "problems",
    "refuted",
    "remarks",
    "violations",
    "weaknesses",
];
/// Fields that say whether all is well.
const WELL: [&str; 8] = [
    "agreed", "approved", "correct", "holds", "ok", "passed", "ready", "valid",
];
/// Fields with a word for it, and the words for all is well.
const VERDICTS: [&str; 4] = ["verdict", "decision", "result", "status"];
const GOOD: [&str; 10] = [
    "accept", "accepted", "allow", "approve", "approved", "ok", "pass", "passed", "ready", "valid",
];
/// An output is looked at to this depth.
const DEEPEST: usize = 6;

/// Whether a step looks at the work of others: by its name, its role, or because what it says has work done again.
pub(super) fn is_review(step: &StepDigest) -> bool {
    let names = [step.planned().to_lowercase(), step.role.to_lowercase()];
    let named = REVIEWERS
        .iter()
        .any(|part| names.iter().any(|name| name.contains(part)));
    step.repeats || named
}

/// Whether an output says that something was found; nothing where it does not say.
pub(super) fn anything(output: &str) -> Option<bool> {
    let value: Value = serde_json::from_str(output).ok()?;
    let mut says = None;
    look(&value, 0, &mut says);
    says
}

fn look(value: &Value, depth: usize, says: &mut Option<bool>) {
    if depth > DEEPEST || *says == Some(true) {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| look(item, depth + 1, says)),
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = name.to_lowercase();
                let bad = match value {
                    Value::Array(list) if LISTS.contains(&name.as_str()) => Some(!list.is_empty()),
                    Value::Bool(well) if WELL.contains(&name.as_str()) => Some(!well),
                    Value::String(word) if VERDICTS.contains(&name.as_str()) => {
                        Some(!GOOD.contains(&word.to_lowercase().as_str()))
                    }
                    _ => None,
                };
                if let Some(bad) = bad {
                    *says = Some(says.unwrap_or(false) || bad);
                }
                look(value, depth + 1, says);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_says_whether_anything_was_found_or_does_not_say() {
        for (output, expected) in [
            (r#"{"verdict": "approve", "findings": []}"#, Some(false)),
            (
                r#"{"verdict": "approve", "findings": [{"what": "x"}]}"#,
                Some(true),
            ),
            (r#"{"verdict": "changes"}"#, Some(true)),
            (r#"{"agreed": false, "remarks": []}"#, Some(true)),
            (r#"{"report": {"problems": [], "missing": []}}"#, Some(false)),
            (r#"{"report": [{"problems": ["a"]}]}"#, Some(true)),
            (r#"{"summary": "fine"}"#, None),
            ("Nothing was found.", None),
        ] {
            assert_eq!(anything(output), expected, "{output}");
        }
    }
}
