//! Whether a condition holds: data about data, decided the same on every reading.

use serde_json::Value;

use super::handoff::brief;
use crate::domain::StepId;
use crate::domain::run::{Condition, Op};

/// How deep conditions may be nested.
pub(super) const MAX_DEPTH: usize = 8;
/// Most comparisons of one condition.
pub(super) const MAX_TERMS: usize = 32;

/// Whether `condition` holds of what steps came to, and what was compared, in words. `output` gives nothing for a step
/// that was left out.
pub(super) fn holds(condition: &Condition, output: &impl Fn(&StepId) -> Option<Value>) -> (bool, String) {
    match condition {
        Condition::Not(inner) => {
            let (inner, why) = holds(inner, output);
            (!inner, why)
        }
        Condition::All(inner) => {
            let mut last = (true, "there is nothing to hold".to_owned());
            for condition in inner {
                last = holds(condition, output);
                if !last.0 {
                    break;
                }
            }
            last
        }
        Condition::Any(inner) => {
            let mut last = (false, "there is nothing to hold".to_owned());
            for condition in inner {
                last = holds(condition, output);
                if last.0 {
                    break;
                }
            }
            last
        }
        Condition::Is {
            step,
            path,
            op,
            value,
        } => {
            let whole = output(step);
            let found = whole.as_ref().and_then(|whole| whole.pointer(path));
            let place = format!("{step}{path}");
            let why = match found {
                None => format!("{place} is not there"),
                Some(found) => format!("{place} is {}", brief(&found.to_string(), 80)),
            };
            (compare(found, *op, value), why)
        }
    }
}

fn compare(found: Option<&Value>, op: Op, value: &Value) -> bool {
    let order = || match (found?, value) {
        (Value::Number(found), Value::Number(value)) => found.as_f64()?.partial_cmp(&value.as_f64()?),
        (Value::String(found), Value::String(value)) => Some(found.cmp(value)),
        _ => None,
    };
    let equal = || match (found, value) {
        (Some(Value::Number(_)), Value::Number(_)) => order().is_some_and(std::cmp::Ordering::is_eq),
        (found, value) => found == Some(value),
    };
    match op {
        Op::Eq => equal(),
        Op::Ne => !equal(),
        Op::Lt => order().is_some_and(std::cmp::Ordering::is_lt),
        Op::Le => order().is_some_and(std::cmp::Ordering::is_le),
        Op::Gt => order().is_some_and(std::cmp::Ordering::is_gt),
        Op::Ge => order().is_some_and(std::cmp::Ordering::is_ge),
        Op::Exists => found.is_some_and(|found| !found.is_null()),
        Op::Empty => found.is_none_or(is_empty),
        Op::Contains => match (found, value) {
            (Some(Value::String(found)), Value::String(value)) => found.contains(value.as_str()),
            (Some(Value::Array(found)), value) => found.contains(value),
            (Some(Value::Object(found)), Value::String(value)) => found.contains_key(value),
            _ => false,
        },
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The steps that a condition looks at.
pub(super) fn looked_at(condition: &Condition) -> Vec<&StepId> {
    match condition {
        Condition::All(inner) | Condition::Any(inner) => inner.iter().flat_map(looked_at).collect(),
        Condition::Not(inner) => looked_at(inner),
        Condition::Is { step, .. } => vec![step],
    }
}

/// How deep a condition is nested.
pub(super) fn depth(condition: &Condition) -> usize {
    1 + match condition {
        Condition::All(inner) | Condition::Any(inner) => inner.iter().map(depth).max().unwrap_or(0),
        Condition::Not(inner) => depth(inner),
        Condition::Is { .. } => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(condition: Value) -> bool {
        let condition: Condition = serde_json::from_value(condition).unwrap();
        let review = json!({"verdict": "fail", "count": 3, "items": ["a"], "text": "", "none": null});
        let output = |step: &StepId| (step.as_str() == "review").then(|| review.clone());
        holds(&condition, &output).0
    }

    #[test]
    fn places_compare_as_what_they_are() {
        let is = |path: &str, op: &str, value: Value| {
            of(json!({"step": "review", "path": path, "op": op, "value": value}))
        };
        assert!(is("/verdict", "eq", json!("fail")) && !is("/verdict", "ne", json!("fail")));
        assert!(
            is("/count", "eq", json!(3.0)) && is("/count", "ge", json!(3)) && is("/count", "lt", json!(4))
        );
        assert!(
            !is("/count", "gt", json!("2")),
            "a number is not more than a text"
        );
        assert!(is("/items", "contains", json!("a")) && is("/verdict", "contains", json!("ai")));
        assert!(is("", "contains", json!("count")) && is("/text", "empty", json!(null)));
        assert!(is("/items/0", "exists", json!(null)) && !is("/none", "exists", json!(null)));
    }

    #[test]
    fn what_is_not_there_is_not_equal_and_nothing_else() {
        let is = |op: &str| of(json!({"step": "review", "path": "/nowhere", "op": op, "value": 1}));
        assert!(is("ne") && is("empty"));
        assert!(
            !["eq", "lt", "le", "gt", "ge", "contains", "exists"]
                .into_iter()
                .any(is)
        );
        assert!(!of(json!({"step": "left_out", "op": "exists"})));
    }

    #[test]
    fn conditions_nest_and_say_what_decided() {
        let failed = json!({"step": "review", "path": "/verdict", "op": "eq", "value": "fail"});
        let many = json!({"step": "review", "path": "/count", "op": "gt", "value": 5});
        assert!(of(json!({"any": [many, failed]})) && !of(json!({"all": [failed, many]})));
        assert!(
            of(json!({"not": {"all": [failed, many]}})) && of(json!({"all": []})) && !of(json!({"any": []}))
        );
        let condition: Condition = serde_json::from_value(json!({"all": [failed, many]})).unwrap();
        let output = |_: &StepId| Some(json!({"verdict": "fail", "count": 3}));
        assert_eq!(holds(&condition, &output).1, "review/count is 3");
        assert_eq!((depth(&condition), looked_at(&condition).len()), (2, 2));
    }
}
