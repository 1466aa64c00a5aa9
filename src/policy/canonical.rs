//! One text for one JSON value: keys sorted, no white space (RFC 8785 but for numbers beyond 2^53 and
//! the exponents of floats, which stay as they are printed). Digests and approvals are made over it.

use serde_json::Value;

use crate::domain::{Action, Digest};

/// SHA-256 over the canonical JSON of the action; equal only for exactly the same action.
#[must_use]
pub fn action_sha256(action: &Action) -> Digest {
    let value = serde_json::to_value(action).unwrap_or(Value::Null);
    let mut text = Vec::new();
    write(&value, &mut text);
    Digest::of(&text)
}

/// Appends the canonical text of `value`. It recurses: JSON that was parsed nests 128 levels at most.
pub fn write(value: &Value, text: &mut Vec<u8>) {
    match value {
        Value::Array(items) => {
            text.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(b',');
                }
                write(item, text);
            }
            text.push(b']');
        }
        Value::Object(entries) => {
            let mut entries: Vec<(&String, &Value)> = entries.iter().collect();
            entries.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            text.push(b'{');
            for (index, (key, item)) in entries.into_iter().enumerate() {
                if index > 0 {
                    text.push(b',');
                }
                string(key, text);
                text.push(b':');
                write(item, text);
            }
            text.push(b'}');
        }
        Value::String(value) => string(value, text),
        Value::Null | Value::Bool(_) | Value::Number(_) => text.extend(value.to_string().bytes()),
    }
}

fn string(value: &str, text: &mut Vec<u8>) {
    // serde_json escapes exactly what RFC 8785 asks for.
    text.extend(Value::from(value).to_string().bytes());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::ActionKind;

    #[test]
    fn keys_are_sorted_by_utf_16_and_nothing_is_padded() {
        let mut text = Vec::new();
        // The key order of RFC 8785, section 3.2.3.
        let value = json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": [true, null], "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7});
        write(&value, &mut text);
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "{\"\\r\":2,\"1\":[true,null],\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}"
        );
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
