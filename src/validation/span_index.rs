//! Where each value of a JSON text stands, and which keys it has twice.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Where a member or an element stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The member's key, quotes included; absent for elements and for the root.
    pub(super) key: Option<Range<usize>>,
    pub(super) value: Range<usize>,
}

/// Places by JSON Pointer (RFC 6901), and duplicate keys.
#[derive(Debug, Default)]
pub(super) struct SpanIndex {
    pub(super) places: HashMap<String, Place>,
    /// Every key that its object already has: `serde_json` silently keeps the last value.
    pub(super) duplicates: Vec<(String, Range<usize>)>,
}

impl SpanIndex {
    /// Scans `text`, which is to be valid JSON, for the places of `wanted`; one pass, no recursion.
    pub(super) fn of(text: &str, wanted: &HashSet<String>) -> Self {
        let mut index = Self::default();
        let mut pointer = String::new();
        let mut open: Vec<Container> = Vec::new();
        let mut at = 0;
        while let Some(token) = next_token(text, at) {
            at = token.end;
            let slice = text.get(token.clone()).unwrap_or_default();
            match slice {
                "," | ":" => {}
                "{" | "[" => {
                    let (key, outer) = enter(&mut open, &mut pointer);
                    open.push(Container {
                        start: token.start,
                        key,
                        outer,
                        keys: (slice == "{").then(HashSet::new),
                        pending: None,
                        count: 0,
                    });
                }
                "}" | "]" => {
                    if let Some(closed) = open.pop() {
                        index.note(wanted, &pointer, closed.key, closed.start..token.end);
                        pointer.truncate(closed.outer);
                    }
                }
                _ => match open.last_mut().filter(|object| object.expects_key()) {
                    Some(object) => {
                        let name = serde_json::from_str(slice).unwrap_or_else(|_| slice.to_owned());
                        let fresh = object.keys.as_mut().is_none_or(|keys| keys.insert(name.clone()));
                        if !fresh {
                            index.duplicates.push((name.clone(), token.clone()));
                        }
                        object.pending = Some((name, token));
                    }
                    None => {
                        let (key, outer) = enter(&mut open, &mut pointer);
                        index.note(wanted, &pointer, key, token);
                        pointer.truncate(outer);
                    }
                },
            }
        }
        index
    }

    fn note(
        &mut self,
        wanted: &HashSet<String>,
        pointer: &str,
        key: Option<Range<usize>>,
        value: Range<usize>,
    ) {
        if wanted.contains(pointer) {
            self.places.insert(pointer.to_owned(), Place { key, value });
        }
    }
}

#[derive(Debug)]
struct Container {
    start: usize,
    key: Option<Range<usize>>,
    /// The length of the pointer to what is around this container.
    outer: usize,
    /// The keys of an object; `None` for an array.
    keys: Option<HashSet<String>>,
    /// The key whose value comes next.
    pending: Option<(String, Range<usize>)>,
    count: usize,
}

impl Container {
    fn expects_key(&self) -> bool {
        self.keys.is_some() && self.pending.is_none()
    }
}

/// Extends the pointer by the value that begins now; gives its key and the pointer's length before.
fn enter(open: &mut [Container], pointer: &mut String) -> (Option<Range<usize>>, usize) {
    let outer = pointer.len();
    let Some(container) = open.last_mut() else {
        return (None, outer);
    };
    pointer.push('/');
    if container.keys.is_some() {
        let Some((name, range)) = container.pending.take() else {
            return (None, outer);
        };
        pointer.push_str(&escaped(&name));
        (Some(range), outer)
    } else {
        pointer.push_str(&container.count.to_string());
        container.count += 1;
        (None, outer)
    }
}

/// A name as a part of a JSON Pointer.
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn next_token(text: &str, from: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let rest = bytes.get(from..)?;
    let start = from + rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let length = match bytes.get(start)? {
        b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
        b'"' => string_length(bytes.get(start..)?),
        _ => bytes
            .get(start..)?
            .iter()
            .position(|byte| {
                byte.is_ascii_whitespace() || matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':' | b'"')
            })
            .unwrap_or(bytes.len() - start),
    };
    Some(start..start + length.max(1))
}

/// The length of the string literal that `bytes` begin with, quotes included.
pub(super) fn string_length(bytes: &[u8]) -> usize {
    let mut i = 1;
    while let Some(byte) = bytes.get(i) {
        match byte {
            b'\\' => i += 2,
            b'"' => return i + 1,
            _ => i += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, pointer: &str) -> String {
        let index = SpanIndex::of(text, &HashSet::from([pointer.to_owned()]));
        text[index.places[pointer].value.clone()].to_owned()
    }

    #[test]
    fn every_value_is_found_by_its_pointer() {
        let text = r#"{"a": [1, {"b/c": "x\"]"}, []], "é~": null}"#;
        assert_eq!(place(text, ""), text);
        assert_eq!(place(text, "/a"), r#"[1, {"b/c": "x\"]"}, []]"#);
        assert_eq!(place(text, "/a/0"), "1");
        assert_eq!(place(text, "/a/1/b~1c"), r#""x\"]""#);
        assert_eq!(place(text, "/a/2"), "[]");
        assert_eq!(place(text, "/é~0"), "null");
    }

    #[test]
    fn duplicates_are_told_by_meaning_and_only_within_one_object() {
        let text = r#"{"a": {"a": 1}, "b": [{"a": 1}, {"a": 1}], "\u0061": 2}"#;
        let index = SpanIndex::of(text, &HashSet::new());
        assert_eq!(index.duplicates.len(), 1);
        assert_eq!(index.duplicates[0].0, "a");
        assert_eq!(&text[index.duplicates[0].1.clone()], r#""\u0061""#);
    }
}
