//! What an edit changes, as lines to show. What is not ours is shown without its values: configuration files of hosts
//! hold keys and tokens, and a diff ends up in terminals, logs and issues.

use std::ops::Range;

use diffy::{DiffOptions, Line as Changed};

use super::entry::{OFFERED, REACHED_BY};

/// How a line stands in a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It stays.
    Same,
    /// It comes.
    New,
    /// It goes.
    Gone,
    /// Where in the file what follows stands.
    Place,
}

/// A line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How it stands.
    pub kind: Kind,
    /// What it says, without line end.
    pub text: String,
}

/// How many lines around a change are shown.
const CONTEXT: usize = 2;

/// What stands for a value that is not shown.
const HIDDEN: &str = "…";

/// What becomes of `before` in `after`. Lines within the ranges, which are the entry in the one and in the other,
/// are shown as they are.
#[must_use]
pub fn difference(
    before: &str,
    own_before: &[Range<usize>],
    after: &str,
    own_after: &[Range<usize>],
) -> Vec<Line> {
    let old = Shown::of(before, own_before);
    let new = Shown::of(after, own_after);
    let mut options = DiffOptions::new();
    options.set_context_len(CONTEXT);
    let patch = options.create_patch(before, after);
    let mut lines = Vec::new();
    for hunk in patch.hunks() {
        let place = format!("@@ line {} @@", hunk.new_range().start().max(1));
        lines.push(Line {
            kind: Kind::Place,
            text: place,
        });
        let mut at_old = hunk.old_range().start().saturating_sub(1);
        let mut at_new = hunk.new_range().start().saturating_sub(1);
        for line in hunk.lines() {
            let (kind, text) = match line {
                Changed::Context(_) => (Kind::Same, new.masked(at_new)),
                Changed::Delete(_) => (Kind::Gone, old.shown(at_old)),
                Changed::Insert(_) => (Kind::New, new.shown(at_new)),
            };
            at_old += usize::from(kind != Kind::New);
            at_new += usize::from(kind != Kind::Gone);
            lines.push(Line { kind, text });
        }
    }
    lines
}

/// The lines of a text, each with whether it is ours.
struct Shown<'a> {
    lines: Vec<(&'a str, bool)>,
}

impl<'a> Shown<'a> {
    fn of(text: &'a str, own: &[Range<usize>]) -> Self {
        let mut lines = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let content = line.trim_end_matches(['\n', '\r']);
            let indent = content.len() - content.trim_start().len();
            // A comma behind the entry is as good as ours.
            let inner = at + indent..at + content.trim_end_matches(',').len().max(indent);
            let is_own = own
                .iter()
                .any(|range| range.start <= inner.start && inner.end <= range.end);
            lines.push((content, is_own));
            at += line.len();
        }
        Self { lines }
    }

    fn masked(&self, index: usize) -> String {
        self.lines
            .get(index)
            .map_or_else(String::new, |(line, _)| masked(line))
    }

    fn shown(&self, index: usize) -> String {
        match self.lines.get(index) {
            Some((line, true)) if is_plain(line) => (*line).to_owned(),
            Some((line, _)) => masked(line),
            None => String::new(),
        }
    }
}

/// Whether a line of the entry says nothing but what is written for every server: how it is reached, what it is called.
/// What else its user put there, such as `env` and `headers`, may be a secret.
fn is_plain(line: &str) -> bool {
    let body = line.trim();
    let key = key_end(body).map(|at| body[..at].trim_matches(['"', '\'']));
    key.is_some_and(|key| REACHED_BY.contains(&key) || OFFERED.contains(&key))
}

/// A line of somebody else: its key, and that there is something behind it.
fn masked(line: &str) -> String {
    let body = line.trim();
    let says_nothing = body
        .chars()
        .all(|c| "{}[](),:\u{feff}".contains(c) || c.is_whitespace());
    let is_header = line.starts_with('[') && body.ends_with(']') && !body.contains(['"', '\'', ',']);
    if says_nothing || is_header {
        return line.to_owned();
    }
    let indent = &line[..line.len() - line.trim_start().len()];
    let key_end = key_end(body);
    let Some((key, rest)) = key_end.map(|at| body.split_at(at)) else {
        return format!("{indent}{HIDDEN}");
    };
    let value = rest.trim_start_matches([':', '=', ' ']);
    let separator = &rest[..rest.len() - value.len()];
    let opens = value.starts_with(['{', '[']) && value.chars().all(|c| "{}[],".contains(c));
    if opens || rest == ":" {
        return line.to_owned();
    }
    // What stands before `=` may be the end of something in base64.
    if !separator.contains(':') && separator.trim_end() != " =" {
        return format!("{indent}{HIDDEN}");
    }
    format!("{indent}{key}{separator}{HIDDEN}")
}

/// Where the key of a line ends: a word or a quoted text, with a colon or an equals sign behind it.
fn key_end(body: &str) -> Option<usize> {
    let end = match body.chars().next()? {
        quote @ ('"' | '\'') => 1 + body[1..].find(quote)? + 1,
        _ => body.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')))?,
    };
    let is_key = end > 0 && body[end..].trim_start().starts_with([':', '=']);
    is_key.then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_ours_is_shown_without_its_values() {
        for (line, expect) in [
            ("    \"GITHUB_TOKEN\": \"ghp_x\",", "    \"GITHUB_TOKEN\": …"),
            ("  \"servers\": {", "  \"servers\": {"),
            ("  }", "  }"),
            ("token = \"abc\"", "token = …"),
            ("[mcp_servers.other]", "[mcp_servers.other]"),
            ("[\"secret\"]", "…"),
            ("// api key: sk-1", "…"),
            ("{\"a\":{\"token\":\"x\"}}", "…"),
            ("  timeout: 3", "  timeout: …"),
            ("extensions:", "extensions:"),
            ("a = { }", "a = …"),
            ("a = {}", "a = {}"),
            ("aHVudGVyMg=", "…"),
            ("aHVudGVyMg==", "…"),
            ("  aHVudGVyMg=\",", "  …"),
            ("aHVudGVyMg== # end", "…"),
            ("  [aHVudGVyMg]", "  …"),
        ] {
            assert_eq!(masked(line), expect);
        }
    }

    #[test]
    fn what_its_user_wrote_into_the_entry_is_hidden_too() {
        let before =
            "{\n  \"firstmate\": {\n    \"url\": \"http://a\",\n    \"Authorization\": \"hunter2\"\n  }\n}\n";
        let own = 4..before.len() - 3;
        let after = "{\n}\n";
        let lines = difference(before, std::slice::from_ref(&own), after, &[]);
        let shown: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
        assert!(shown.contains(&"    \"url\": \"http://a\","), "{shown:?}");
        assert!(shown.contains(&"    \"Authorization\": …"), "{shown:?}");
    }
}
