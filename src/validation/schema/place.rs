//! Which value a violation is about, and what is said about it.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use super::super::span_index::escaped;

/// A place in the value: a member or an element, or only the name of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// JSON Pointer.
    pub(super) pointer: String,
    pub(super) is_key: bool,
}

/// What `error` is about: for members that may not be there, each of them; where no alternative fits, the place at
/// which the closest one does not.
pub(super) fn targets(error: &ValidationError<'_>) -> Vec<Target> {
    let path = error.instance_path().to_string();
    let value = |pointer| Target {
        pointer,
        is_key: false,
    };
    let key = |name: &str| Target {
        pointer: format!("{path}/{}", escaped(name)),
        is_key: true,
    };
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected }
            if !unexpected.is_empty() =>
        {
            unexpected.iter().map(|name| key(name)).collect()
        }
        ValidationErrorKind::PropertyNames { error: inner } => match inner.instance().as_ref() {
            Value::String(name) => vec![key(name)],
            _ => vec![value(path)],
        },
        ValidationErrorKind::UniqueItems => vec![value(match second_of_equals(error.instance()) {
            Some(at) => format!("{path}/{at}"),
            None => path,
        })],
        ValidationErrorKind::AdditionalItems { limit } => vec![value(format!("{path}/{limit}"))],
        ValidationErrorKind::MaxItems { limit } => vec![value(format!("{path}/{limit}"))],
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            match closest(context) {
                Some((_, inner)) => targets(inner),
                None => vec![value(path)],
            }
        }
        _ => vec![value(path)],
    }
}

/// The alternative that comes closest, and its deepest error: one whose type is right and that fails further inside.
fn closest<'e>(
    context: &'e [Vec<ValidationError<'static>>],
) -> Option<(usize, &'e ValidationError<'static>)> {
    let alternatives = context.iter().enumerate().filter_map(|(i, errors)| {
        let first = errors.iter().max_by_key(|error| depth(error))?;
        let wrong_kind = errors.iter().any(|error| {
            matches!(
                error.kind(),
                ValidationErrorKind::Type { .. }
                    | ValidationErrorKind::Constant { .. }
                    | ValidationErrorKind::Enum { .. }
            ) && depth(error) == context.iter().flatten().map(depth).min().unwrap_or_default()
        });
        Some((i, errors.len(), wrong_kind, first))
    });
    alternatives
        .min_by_key(|(_, count, wrong_kind, error)| (*wrong_kind, std::cmp::Reverse(depth(error)), *count))
        .map(|(i, _, _, error)| (i, error))
}

fn depth(error: &ValidationError<'_>) -> usize {
    error.instance_path().as_str().matches('/').count()
}

/// The first element that is equal to one before it.
fn second_of_equals(array: &Value) -> Option<usize> {
    let items = array.as_array()?;
    let mut seen = std::collections::HashSet::new();
    items.iter().position(|item| !seen.insert(canonical(item)))
}

/// Equal for equal values, whatever the order of their members.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            let parts = sorted
                .iter()
                .map(|(name, value)| format!("{name:?}:{}", canonical(value)));
            format!("{{{}}}", parts.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(","))
        }
        Value::Number(number) => number
            .as_f64()
            .map_or_else(|| number.to_string(), |number| number.to_string()),
        other => other.to_string(),
    }
}

pub(super) fn message(error: &ValidationError<'_>) -> String {
    let path = error.instance_path().to_string();
    let what = error.masked().to_string();
    let place = if path.is_empty() { "the value" } else { &path };
    match error.kind() {
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            match closest(context) {
                Some((i, inner)) => format!(
                    "{place}: none of the {} alternatives fits; the closest is number {}, where {}",
                    context.len(),
                    i + 1,
                    message_within(inner)
                ),
                None => format!("{place}: {what}"),
            }
        }
        ValidationErrorKind::OneOfMultipleValid { .. } => {
            format!("{place}: more than one alternative of `oneOf` fits, and exactly one should")
        }
        _ => format!("{place}: {what}"),
    }
}

/// Alternatives within alternatives are not told.
fn message_within(error: &ValidationError<'_>) -> String {
    let path = error.instance_path().to_string();
    let place = if path.is_empty() { "the value" } else { &path };
    format!("{place}: {}", error.masked())
}

/// What to do about it, where that is not the message itself.
pub(super) fn fix(error: &ValidationError<'_>, schema: &Value) -> Option<String> {
    match error.kind() {
        ValidationErrorKind::Required { property } => Some(format!("add the member {property}")),
        ValidationErrorKind::Type { .. } if error.instance().is_null() && is_nullable(error, schema) => {
            let fix = "`nullable` is a word of OpenAPI, not of JSON Schema: if null is meant to be allowed, write \
                       {\"type\": [.., \"null\"]} in the schema";
            Some(fix.to_owned())
        }
        _ => None,
    }
}

/// Whether the schema around the violated keyword has `nullable`, which no draft knows.
fn is_nullable(error: &ValidationError<'_>, schema: &Value) -> bool {
    let path = error.schema_path().as_str();
    let around = path.rsplit_once('/').map_or("", |(around, _)| around);
    schema
        .pointer(around)
        .and_then(|around| around.get("nullable"))
        .is_some_and(|nullable| nullable == &Value::Bool(true))
}
