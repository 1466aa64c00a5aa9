//! What a relay has to know of a message, and the few places where it changes one. All other bytes stay
//! as they were written: a number that is read and written again may not be the same.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use rmcp::model::RequestId;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::mcp::caller::REQUEST_META;

/// A message by its kind, with the parts that matter where they stand in the line.
#[derive(Debug)]
pub(super) enum Message<'a> {
    Request {
        id: RequestId,
        id_text: &'a RawValue,
        method: Cow<'a, str>,
        params: Option<&'a RawValue>,
    },
    Notification {
        method: Cow<'a, str>,
        params: Option<&'a RawValue>,
    },
    Answer {
        id: RequestId,
        id_text: &'a RawValue,
        /// It is an error.
        failed: bool,
    },
    /// An error that belongs to no request, or no message at all.
    Other,
}

#[derive(Debug, Deserialize)]
struct Parts<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<IgnoredAny>,
}

impl<'a> Message<'a> {
    pub(super) fn read(line: &'a [u8]) -> Self {
        // serde would take an array for the fields in their order.
        let object = line.trim_ascii_start().starts_with(b"{");
        let Some(parts) = serde_json::from_slice::<Parts<'_>>(line).ok().filter(|_| object) else {
            return Self::Other;
        };
        let Some(id_text) = parts.id else {
            return parts.method.map_or(Self::Other, |method| Self::Notification {
                method,
                params: parts.params,
            });
        };
        match (serde_json::from_str(id_text.get()), parts.method) {
            (Ok(id), Some(method)) => Self::Request {
                id,
                id_text,
                method,
                params: parts.params,
            },
            (Ok(id), None) => Self::Answer {
                id,
                id_text,
                failed: parts.error.is_some(),
            },
            (Err(_), _) => Self::Other,
        }
    }
}

/// The request that a cancellation is about, with the place of its id.
pub(super) fn cancelled(params: Option<&RawValue>) -> Option<(RequestId, &RawValue)> {
    #[derive(Deserialize)]
    struct Cancelled<'a> {
        #[serde(borrow, rename = "requestId")]
        request: &'a RawValue,
    }
    let Cancelled { request } = serde_json::from_str(params?.get()).ok()?;
    Some((serde_json::from_str(request.get()).ok()?, request))
}

/// Which request opened a stream of news, in the `_meta` of what is told over it.
pub(super) const SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";

/// What is in a stream of news.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Heard {
    pub(super) resource_subscriptions: Vec<String>,
    prompts_list_changed: bool,
    resources_list_changed: bool,
}

impl Heard {
    /// The lists of which it tells.
    pub(super) fn lists(&self) -> impl Iterator<Item = &'static str> + use<> {
        let lists = [
            (self.prompts_list_changed, "prompts"),
            (self.resources_list_changed, "resources"),
        ];
        lists.into_iter().filter(|(told, _)| *told).map(|(_, list)| list)
    }
}

/// The request whose stream of news is open, and what is in it.
pub(super) fn acknowledged(params: &RawValue) -> Option<(RequestId, Heard)> {
    #[derive(Deserialize)]
    struct Acknowledged {
        #[serde(rename = "_meta")]
        meta: BTreeMap<String, serde_json::Value>,
        notifications: Heard,
    }
    let Acknowledged { meta, notifications } = serde_json::from_str(params.get()).ok()?;
    let id = RequestId::deserialize(meta.get(SUBSCRIPTION)?).ok()?;
    Some((id, notifications))
}

/// The line of a tool call under a name by which it is recognised when it is sent again; `None` when it has
/// such a name already, or no place for one.
pub(super) fn named(line: &[u8], params: &RawValue, name: &str) -> Option<Vec<u8>> {
    let fields = fields(params)?;
    let (within, new) = match fields.get("_meta") {
        Some(meta) => (*meta, format!(r#""{REQUEST_META}":"{name}""#)),
        None => (params, format!(r#""_meta":{{"{REQUEST_META}":"{name}"}}"#)),
    };
    let others = self::fields(within)?;
    if others.contains_key(REQUEST_META) {
        return None;
    }
    let comma = if others.is_empty() { "" } else { "," };
    let inside = place(line, within)? + 1;
    Some(replaced(line, inside..inside, &format!("{new}{comma}")))
}

/// `line` with another text in place of `part`, which was read from it.
pub(super) fn with(line: &[u8], part: &RawValue, text: &str) -> Vec<u8> {
    match place(line, part) {
        Some(start) => replaced(line, start..start + part.get().len(), text),
        None => line.to_vec(),
    }
}

fn fields(object: &RawValue) -> Option<BTreeMap<Cow<'_, str>, &RawValue>> {
    serde_json::from_str(object.get()).ok()
}

/// Where `part`, which was read from `line`, begins in it.
fn place(line: &[u8], part: &RawValue) -> Option<usize> {
    let start = part.get().as_ptr().addr().checked_sub(line.as_ptr().addr())?;
    (start + part.get().len() <= line.len()).then_some(start)
}

fn replaced(line: &[u8], range: Range<usize>, text: &str) -> Vec<u8> {
    let before = line.get(..range.start).unwrap_or_default();
    let after = line.get(range.end..).unwrap_or_default();
    [before, text.as_bytes(), after].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_named(params: &str, expected: Option<&str>) {
        let line = |params: &str| format!(r#" {{"id":1, "params":{params} ,"method":"tools/call"}} "#);
        let given = line(params);
        let Message::Request { params: Some(at), .. } = Message::read(given.as_bytes()) else {
            panic!("{given} is no request");
        };
        let made = named(given.as_bytes(), at, "w-1").map(|line| String::from_utf8(line).unwrap());
        assert_eq!(made, expected.map(line));
    }

    #[test]
    fn a_call_is_named_and_every_other_byte_stays() {
        check_named(r"{}", Some(r#"{"_meta":{"firstmate/request":"w-1"}}"#));
        check_named(
            r#"{ "name":"x","arguments":{"n":1e400, "m":0.10} }"#,
            Some(r#"{"_meta":{"firstmate/request":"w-1"}, "name":"x","arguments":{"n":1e400, "m":0.10} }"#),
        );
        check_named(
            r#"{"arguments":{"_meta":1},"_meta": {"progressToken":7}}"#,
            Some(r#"{"arguments":{"_meta":1},"_meta": {"firstmate/request":"w-1","progressToken":7}}"#),
        );
        check_named(
            r#"{"\u005fmeta":{}}"#,
            Some(r#"{"\u005fmeta":{"firstmate/request":"w-1"}}"#),
        );
    }

    #[test]
    fn a_name_that_is_there_stays_and_none_is_forced_in() {
        check_named(r#"{"_meta":{"firstmate/request":"mine"}}"#, None);
        check_named(r#"{"_meta":null}"#, None);
        check_named(r#"{"_meta":[]}"#, None);
        check_named(r"[1]", None);
    }

    #[test]
    fn messages_are_told_apart() {
        let kind = |line: &str| match Message::read(line.as_bytes()) {
            Message::Request { .. } => "request",
            Message::Notification { .. } => "notification",
            Message::Answer { .. } => "answer",
            Message::Other => "other",
        };
        for (line, expected) in [
            (r#"{"id":1,"method":"m"}"#, "request"),
            (r#"{"method":"m\u0041","id":"x"}"#, "request"),
            (r#"{"id":null,"method":"m"}"#, "notification"),
            (r#"{"method":"m"}"#, "notification"),
            (r#"{"id":1,"result":{}}"#, "answer"),
            (r#"{"id":null,"error":{}}"#, "other"),
            (r#"{"id":1.5,"method":"m"}"#, "other"),
            (r#"{"id":{},"method":"m"}"#, "other"),
            (r#"{"id":1,"id":2,"method":"m"}"#, "other"),
            (r#"[1,"m",{}]"#, "other"),
            ("{", "other"),
        ] {
            assert_eq!(kind(line), expected, "{line}");
        }
    }
}
