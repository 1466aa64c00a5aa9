//! YAML, edited as text, no further than is safe: an entry is put in as the first of a block of entries, or with the
//! block at the end of the file. What is written in another way is refused.

use std::ops::Range;

use serde_json::Value;

use super::error::{Error, Result};
use super::text::{line_end, line_finish, line_start, spliced};

mod nodes;

use nodes::{Kind, Member, Node, root};

/// One step of indentation where a file shows none.
const USUAL_UNIT: &str = "  ";

/// The whole text as a value.
pub(super) fn parse(body: &str) -> Result<Value> {
    if body.trim().is_empty() {
        return Ok(Value::Null);
    }
    root(body)?;
    serde_saphyr::from_str::<Value>(body).map_err(|error| {
        let at = error.location();
        Error::Syntax {
            format: "YAML",
            detail: error.to_string().lines().next().unwrap_or_default().to_owned(),
            line: at.map_or(1, |at| usize::try_from(at.line()).unwrap_or(1)),
            column: at.map_or(1, |at| usize::try_from(at.column()).unwrap_or(1)),
        }
    })
}

/// The lines of the entry.
pub(super) fn find(body: &str, path: &[&str]) -> Result<Option<Range<usize>>> {
    let Some((table, name)) = names(path) else {
        return Ok(None);
    };
    let Some(root) = root(body)? else {
        return Ok(None);
    };
    let entry = root.member(table).and_then(|servers| servers.value.member(name));
    Ok(entry.map(|entry| lines(body, entry)))
}

/// `body` with a new entry.
pub(super) fn set(body: &str, path: &[&str], value: &Value) -> Result<String> {
    let (table, name) = names(path).ok_or(Error::Unsure("its servers lie deeper"))?;
    let line_end = line_end(body);
    let Some(root) = root(body)? else {
        return Ok(at_the_end(body, &block(table, name, value, line_end), line_end));
    };
    is_block(body, &root)?;
    let Some(servers) = root.member(table) else {
        return Ok(at_the_end(body, &block(table, name, value, line_end), line_end));
    };
    let line = line_finish(body, servers.at.end);
    let gap = if body[..line].ends_with('\n') {
        ""
    } else {
        line_end
    };
    match &servers.value.kind {
        Kind::Map(members) if !members.is_empty() => {
            is_block(body, &servers.value)?;
            let indent = match members.first() {
                Some(first) if first.at.start >= line => {
                    &body[line_start(body, first.at.start)..first.at.start]
                }
                _ => {
                    return Err(Error::Unsure(
                        "its extensions do not begin on a line of their own",
                    ));
                }
            };
            if !indent.trim().is_empty() || indent.is_empty() {
                return Err(Error::Unsure("its extensions are indented in an unusual way"));
            }
            let entry = entry(name, value, indent, line_end);
            Ok(spliced(body, &[(line..line, &entry)]))
        }
        Kind::Map(_) => {
            // `{}`, of which only the braces go.
            let braces = behind_colon(body, &servers.at)..servers.value.span.end;
            if braces.end > line || !body[braces.end..line].trim().is_empty() {
                return Err(Error::Unsure("something follows the braces of its extensions"));
            }
            let entry = format!("{gap}{}", entry(name, value, USUAL_UNIT, line_end));
            Ok(spliced(body, &[(braces, ""), (line..line, &entry)]))
        }
        Kind::Plain if servers.value.span.is_empty() => {
            let entry = format!("{gap}{}", entry(name, value, USUAL_UNIT, line_end));
            Ok(spliced(body, &[(line..line, &entry)]))
        }
        _ => Err(Error::Unsure("its extensions are no block of names and values")),
    }
}

/// `body` without the entry, and without the block of entries where it was the only one.
pub(super) fn remove(body: &str, path: &[&str], keeps_table: bool) -> Result<String> {
    let (table, name) = names(path).ok_or(Error::Unsure("its servers lie deeper"))?;
    let Some(root) = root(body)? else {
        return Ok(body.to_owned());
    };
    let Some(servers) = root.member(table) else {
        return Ok(body.to_owned());
    };
    let Some(entry) = servers.value.member(name) else {
        return Ok(body.to_owned());
    };
    is_block(body, &servers.value)?;
    let lines = lines(body, entry);
    if !body[lines.start..entry.at.start].trim().is_empty() {
        return Err(Error::Unsure("the entry does not begin on a line of its own"));
    }
    if servers.value.len() > 1 {
        return Ok(spliced(body, &[(lines, "")]));
    }
    let colon = behind_colon(body, &servers.at);
    let line = line_finish(body, servers.at.end);
    if keeps_table || !body[colon..line].trim().is_empty() || line != lines.start {
        return Ok(spliced(body, &[(colon..colon, " {}"), (lines, "")]));
    }
    let mut all = line_start(body, servers.at.start)..lines.end;
    if all.end == body.len() && !body.ends_with('\n') {
        // The line end that was put behind the last line.
        let above = &body[..all.start];
        let above = above.strip_suffix('\n').unwrap_or(above);
        all.start = above.strip_suffix('\r').unwrap_or(above).len();
    }
    Ok(spliced(body, &[(all, "")]))
}

/// `body` with `key` of the entry set to `value`.
pub(super) fn set_key(body: &str, path: &[&str], key: &str, value: &Value) -> Result<String> {
    with_entry(body, path, |entry| {
        if let Some(old) = entry.value.member(key) {
            let span = old.value.span.clone();
            let is_short = matches!(old.value.kind, Kind::Plain | Kind::List(_)) && !span.is_empty();
            if !is_short || body[span.clone()].contains('\n') || starts_item(body, &span) {
                return Err(Error::Unsure("a value of the entry has lines of its own"));
            }
            return Ok(spliced(body, &[(span, &written(value))]));
        }
        let line = line_finish(body, entry.at.end);
        let Some(first) = entry.value.first().filter(|first| first.at.start >= line) else {
            return Err(Error::Unsure("the entry is written on one line"));
        };
        let at = line_start(body, first.at.start);
        let indent = &body[at..first.at.start];
        let new = format!("{indent}{key}: {}{}", written(value), line_end(body));
        Ok(spliced(body, &[(at..at, &new)]))
    })
}

/// `body` without `key` of the entry.
pub(super) fn remove_key(body: &str, path: &[&str], key: &str) -> Result<String> {
    with_entry(body, path, |entry| {
        Ok(match entry.value.member(key) {
            Some(member) => spliced(body, &[(lines(body, member), "")]),
            None => body.to_owned(),
        })
    })
}

fn with_entry(body: &str, path: &[&str], work: impl FnOnce(&Member) -> Result<String>) -> Result<String> {
    let (table, name) = names(path).ok_or(Error::Unsure("its servers lie deeper"))?;
    let root = root(body)?.ok_or(Error::Unsure("it says nothing"))?;
    let servers = root.member(table).ok_or(Error::Unsure("it has no extensions"))?;
    let entry = servers.value.member(name);
    let entry = entry.ok_or(Error::Unsure("the entry is not there"))?;
    is_block(body, &entry.value)?;
    work(entry)
}

fn names<'a>(path: &[&'a str]) -> Option<(&'a str, &'a str)> {
    match path {
        [table, name] => Some((table, name)),
        _ => None,
    }
}

fn is_block(body: &str, node: &Node) -> Result<()> {
    if matches!(node.kind, Kind::Map(_)) && !body[node.span.start..].starts_with('{') {
        Ok(())
    } else {
        Err(Error::Unsure("its entries are no block of names and values"))
    }
}

/// Whether a list is one of lines that begin with a dash.
fn starts_item(body: &str, span: &Range<usize>) -> bool {
    body[span.clone()].starts_with('-')
}

/// Behind the colon of a key.
fn behind_colon(body: &str, key: &Range<usize>) -> usize {
    body[key.end..].find(':').map_or(key.end, |at| key.end + at + 1)
}

/// The lines of a key and its value.
fn lines(body: &str, member: &Member) -> Range<usize> {
    let last = member.value.last_byte(body).max(member.at.end);
    line_start(body, member.at.start)..line_finish(body, last)
}

fn at_the_end(body: &str, block: &str, line_end: &str) -> String {
    if body.is_empty() || body.ends_with('\n') {
        format!("{body}{block}")
    } else {
        format!("{body}{line_end}{}", block.trim_end())
    }
}

fn block(table: &str, name: &str, value: &Value, line_end: &str) -> String {
    format!("{table}:{line_end}{}", entry(name, value, USUAL_UNIT, line_end))
}

fn entry(name: &str, value: &Value, indent: &str, line_end: &str) -> String {
    let head = format!("{indent}{}:{line_end}", written(&Value::from(name)));
    let members = value.as_object().into_iter().flatten();
    let lines =
        members.map(|(key, value)| format!("{indent}{USUAL_UNIT}{key}: {}{line_end}", written(value)));
    std::iter::once(head).chain(lines).collect()
}

/// A value on one line: JSON is YAML, but plain words need no quotes.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(ToString::to_string).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

/// Whether a text is itself without quotes, for every reader of YAML.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 8] = ["true", "false", "yes", "no", "on", "off", "null", "nan"];
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let all_well = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '.'));
    starts_well && all_well && text.len() > 1 && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}
