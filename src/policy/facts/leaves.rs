//! The texts of an action, each with its place, within bounds.

use std::borrow::Cow;

use serde_json::Value;

use crate::domain::Action;

/// One text.
#[derive(Debug)]
pub(super) struct Leaf<'a> {
    /// A JSON pointer into the action; with `#` at its end, the key itself.
    pub(super) place: String,
    /// The key it stands under.
    key: Option<&'a str>,
    pub(super) text: &'a str,
}

/// Deepest nesting of arguments looked at.
pub(crate) const MAX_DEPTH: usize = 64;
/// Most texts looked at.
const MAX_LEAVES: usize = 10_000;
/// Most bytes looked at: some milliseconds of work.
const MAX_BYTES: usize = 1 << 20;

/// The texts of the action, and whether that is all of them.
pub(super) fn leaves(action: &Action) -> (Vec<Leaf<'_>>, bool) {
    let mut walk = Walk::default();
    let fields = [
        ("/content", &action.content),
        ("/tool", &action.tool),
        ("/path", &action.path),
        ("/url", &action.url),
        ("/branch", &action.branch),
    ];
    for (place, text) in fields {
        if let Some(text) = text {
            walk.add(place.to_owned(), None, text);
        }
    }
    // Own stack: arguments may nest deeper than the thread's.
    let mut open = vec![("/arguments".to_owned(), None, &action.arguments, 0)];
    while let Some((place, key, value, depth)) = open.pop() {
        if depth > MAX_DEPTH || walk.leaves.len() >= MAX_LEAVES {
            walk.cut = true;
            break;
        }
        match value {
            Value::String(text) => walk.add(place, key, text),
            Value::Array(items) => {
                let items = items.iter().enumerate();
                open.extend(items.map(|(index, item)| (format!("{place}/{index}"), key, item, depth + 1)));
            }
            Value::Object(entries) => {
                for (name, item) in entries {
                    let inner = format!("{place}/{}", escape(name));
                    walk.add(format!("{inner}#"), None, name);
                    open.push((inner, Some(name.as_str()), item, depth + 1));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    (walk.leaves, !walk.cut)
}

#[derive(Default)]
struct Walk<'a> {
    leaves: Vec<Leaf<'a>>,
    bytes: usize,
    cut: bool,
}

impl<'a> Walk<'a> {
    fn add(&mut self, place: String, key: Option<&'a str>, text: &'a str) {
        if self.bytes + text.len() > MAX_BYTES {
            self.cut = true;
            return;
        }
        self.bytes += text.len();
        self.leaves.push(Leaf { place, key, text });
    }
}

/// A key as part of a JSON pointer.
pub(crate) fn escape(key: &str) -> Cow<'_, str> {
    if key.contains(['~', '/']) {
        Cow::Owned(key.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(key)
    }
}

impl Leaf<'_> {
    /// The text behind its key, where the key may say what it is, and how many bytes were put before it.
    pub(super) fn with_key(&self) -> (Cow<'_, str>, usize) {
        const TELLING: [&str; 8] = ["pass", "pwd", "secret", "token", "key", "auth", "cred", "cookie"];
        let telling = |key: &&str| {
            let key = key.to_ascii_lowercase();
            TELLING.iter().any(|word| key.contains(word))
        };
        match self.key.filter(telling) {
            Some(key) if key.len() < 80 && self.text.len() < 4_096 => {
                let before = format!("{key}: ");
                (Cow::Owned(format!("{before}{}", self.text)), before.len())
            }
            _ => (Cow::Borrowed(self.text), 0),
        }
    }
}
