//! What the process with the store open answers: as JSON printed as it is, else in words.

use serde::{Deserialize, Serialize};

use crate::domain::{Effect, Timestamp};

/// The word of an effect, as rules write it.
#[must_use]
pub fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "allow",
        Effect::Warn => "warn",
        Effect::Redact => "redact",
        Effect::RequireApproval => "require_approval",
        Effect::Deny => "deny",
    }
}

/// A closed set's word on the wire.
#[must_use]
pub fn word(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// A moment to the minute, in UTC.
#[must_use]
pub fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    let minute = text.get(..16).unwrap_or(&text);
    format!("{} UTC", minute.replace('T', " "))
}

/// Which part of the record is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// From when on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// So many decisions at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}
