//! An action with findings taken out of its texts.

use std::collections::HashMap;
use std::ops::Range;

use serde_json::{Map, Value};

use super::facts::{Found, MAX_DEPTH, escape};
use crate::domain::Action;
use crate::domain::decision::Redacted;

/// The texts of `action` with `findings` replaced by `[secret:<rule>:<4 hex>]`, the same value by the same
/// mark.
#[must_use]
pub fn redact<'a>(action: &Action, findings: impl IntoIterator<Item = &'a Found>) -> Redacted {
    let mut marks: Marks<'_> = HashMap::new();
    for found in findings {
        marks.entry(found.place.as_str()).or_default().push(found);
    }
    let text = |place: &str, text: &Option<String>| text.as_deref().map(|text| marked(place, text, &marks));
    Redacted {
        content: text("/content", &action.content),
        arguments: value("/arguments", &action.arguments, &marks, 0),
        tool: text("/tool", &action.tool),
        path: text("/path", &action.path),
        url: text("/url", &action.url),
        branch: text("/branch", &action.branch),
    }
}

/// The action with the redacted texts in place of its own.
#[must_use]
pub fn apply(action: &Action, redacted: &Redacted) -> Action {
    let redacted = redacted.clone();
    Action {
        kind: action.kind,
        destination: action.destination,
        tool: redacted.tool,
        arguments: redacted.arguments,
        content: redacted.content,
        path: redacted.path,
        url: redacted.url,
        branch: redacted.branch,
        output: action.output.clone(),
        labels: action.labels.clone(),
        cost: action.cost,
        tokens: action.tokens,
    }
}

type Marks<'a> = HashMap<&'a str, Vec<&'a Found>>;

fn value(place: &str, json: &Value, marks: &Marks<'_>, depth: usize) -> Value {
    if depth > MAX_DEPTH {
        // Nobody looked this deep.
        return Value::from("[not inspected]");
    }
    match json {
        Value::String(text) => Value::String(marked(place, text, marks)),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items
                .map(|(index, item)| value(&format!("{place}/{index}"), item, marks, depth + 1))
                .collect()
        }
        Value::Object(entries) => {
            let entry = |(key, item): (&String, &Value)| {
                let inner = format!("{place}/{}", escape(key));
                (
                    marked(&format!("{inner}#"), key, marks),
                    value(&inner, item, marks, depth + 1),
                )
            };
            Value::Object(entries.iter().map(entry).collect::<Map<_, _>>())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => json.clone(),
    }
}

fn mark(found: &Found) -> String {
    format!("[{}:{}:{}]", found.class.name(), found.detector, found.tag)
}

/// The values of `findings`, each with the mark that stands for it.
pub(super) fn values<'a>(
    action: &'a Action,
    findings: impl Iterator<Item = &'a Found> + 'a,
) -> impl Iterator<Item = (String, String)> + 'a {
    findings.filter_map(|found| {
        let text = match found.place.as_str() {
            "/content" => action.content.as_deref(),
            "/path" => action.path.as_deref(),
            "/url" => action.url.as_deref(),
            // What is found in keys is not put back.
            place => {
                let pointer = place.strip_prefix("/arguments").unwrap_or_default();
                action.arguments.pointer(pointer).and_then(Value::as_str)
            }
        };
        let value = text?.get(found.start..found.end)?;
        Some((mark(found), value.to_owned()))
    })
}

fn marked(place: &str, text: &str, marks: &Marks<'_>) -> String {
    let Some(found) = marks.get(place) else {
        return text.to_owned();
    };
    let mut spans: Vec<(Range<usize>, &Found)> = found
        .iter()
        .map(|found| (found.start..found.end, *found))
        .collect();
    spans.sort_by_key(|(range, _)| range.start);
    let mut made = String::with_capacity(text.len());
    let mut at = 0;
    for (range, found) in spans {
        if range.start < at && range.end <= at {
            continue;
        }
        made.push_str(text.get(at..range.start.max(at)).unwrap_or_default());
        made.push_str(&mark(found));
        at = range.end;
    }
    made.push_str(text.get(at..).unwrap_or_default());
    made
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::detect::secrets::sample;
    use crate::domain::ActionKind;
    use crate::policy::facts::Facts;

    #[test]
    fn values_go_and_everything_else_stays() {
        let token = sample("github-pat").unwrap();
        let action = Action {
            arguments: json!({"to": ["ann", format!("é {token}, {token}")], "n": 3, (token.clone()): null}),
            url: Some(format!("https://h.example/?t={token}")),
            ..Action::new(ActionKind::Http).with_content(format!("a {token} b"))
        };
        let facts = Facts::of(&action, None);
        let redacted = redact(&action, &facts.findings);
        let mark = format!("[secret:github-pat:{}]", facts.findings[0].tag);
        assert_eq!(redacted.content.as_deref(), Some(format!("a {mark} b").as_str()));
        assert_eq!(
            redacted.arguments,
            json!({"to": ["ann", format!("é {mark}, {mark}")], "n": 3, (mark.clone()): null})
        );
        let applied = apply(&action, &redacted);
        assert_eq!(applied.url, Some(format!("https://h.example/?t={mark}")));
        assert!(Facts::of(&applied, None).findings.is_empty());
    }

    #[test]
    fn personal_data_is_marked_by_its_kind() {
        let mail = crate::detect::sample("mail").unwrap();
        let action =
            Action::new(ActionKind::ModelRequest).with_content(format!("write to {mail}, or {mail}"));
        let facts = Facts::of(&action, None);
        let mark = format!("[pii:mail:{}]", facts.findings[0].tag);
        assert_eq!(
            redact(&action, &facts.findings).content,
            Some(format!("write to {mark}, or {mark}"))
        );
    }
}
