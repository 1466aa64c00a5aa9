//! One text for one JSON value: keys sorted, no white space (RFC 8785 but for numbers beyond 2^53 and
//! the exponents of floats, which stay as they are printed). Digests and approvals are made over it.

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::domain::{Action, ActionKind, Destination, Digest};

/// SHA-256 over the canonical JSON of the action; equal only for exactly the same action.
#[must_use]
pub fn action_sha256(action: &Action) -> Digest {
    let fields = Fields {
        arguments: (!action.arguments.is_null()).then_some(Sorted(&action.arguments)),
        branch: action.branch.as_deref(),
        content: action.content.as_deref(),
        destination: action.destination.as_ref(),
        kind: action.kind,
        path: action.path.as_deref(),
        tool: action.tool.as_deref(),
        url: action.url.as_deref(),
    };
    // Only a map whose keys are no texts cannot be written, and JSON has none.
    Digest::of(&serde_json::to_vec(&fields).unwrap_or_default())
}

/// The canonical JSON of a value.
#[must_use]
pub(super) fn canonical(value: &Value) -> String {
    serde_json::to_string(&Sorted(value)).unwrap_or_default()
}

/// An action with its fields in the order of their names. Each call is judged, so nothing is copied to be
/// sorted.
#[derive(Serialize)]
struct Fields<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    arguments: Option<Sorted<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<&'a Destination>,
    kind: ActionKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
}

/// A value whose keys are written in order. `serde_json` escapes exactly what RFC 8785 asks for. It recurses:
/// JSON that was parsed nests 128 levels at most.
struct Sorted<'a>(&'a Value);

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Array(items) => to.collect_seq(items.iter().map(Sorted)),
            Value::Object(entries) => {
                let mut entries: Vec<(&String, &Value)> = entries.iter().collect();
                entries.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
                to.collect_map(entries.into_iter().map(|(key, item)| (key, Sorted(item))))
            }
            plain => plain.serialize(to),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_by_utf_16_and_nothing_is_padded() {
        // The key order of RFC 8785, section 3.2.3.
        let value = json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": [true, null], "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7});
        assert_eq!(
            serde_json::to_string(&Sorted(&value)).unwrap(),
            "{\"\\r\":2,\"1\":[true,null],\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}"
        );
    }

    #[test]
    fn the_fields_of_an_action_stand_in_the_order_of_their_names() {
        let text = Some("x".to_owned());
        let full = Action {
            tool: text.clone(),
            arguments: json!({"b": 1, "a": [{"d": 2, "c": 3}]}),
            content: text.clone(),
            destination: Some(Destination::Network),
            path: text.clone(),
            url: text.clone(),
            branch: text,
            ..Action::new(ActionKind::ToolCall)
        };
        for action in [Action::new(ActionKind::Shell), full] {
            let mut value = serde_json::to_value(&action).unwrap();
            value.sort_all_objects();
            assert_eq!(action_sha256(&action), Digest::of(value.to_string().as_bytes()));
        }
    }

    #[test]
    fn the_order_of_keys_does_not_matter_and_everything_else_does() {
        let action = |arguments| Action {
            arguments,
            ..Action::new(ActionKind::ToolCall)
        };
        let one = action_sha256(&action(json!({"a": 1, "b": {"c": 2, "d": 3}})));
        assert_eq!(
            one,
            action_sha256(&action(json!({"b": {"d": 3, "c": 2}, "a": 1})))
        );
        assert_ne!(
            one,
            action_sha256(&action(json!({"b": {"d": 3, "c": 2}, "a": "1"})))
        );
    }
}
