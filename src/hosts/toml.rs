//! TOML, edited as text: a new entry is a table at the end of the file.
//!
//! There a header can stand whatever comes before it, and it takes nothing with it when it goes. A blank line is put
//! before it, and it ends as the file ended: with a line end, or without one.

use std::ops::Range;

use serde_json::{Map, Value};
use toml::de::{DeTable, DeValue};

use super::entry::REACHED_BY;
use super::error::{Error, Result};
use super::text::{line_end, line_finish, line_start, place, spliced};

/// The whole text as a value. Dates become text.
pub(super) fn parse(body: &str) -> Result<Value> {
    toml::from_str::<toml::Table>(body)
        .map(|table| value_of(&toml::Value::Table(table)))
        .map_err(|error| {
            let (line, column) = place(body, error.span().map_or(0, |span| span.start));
            Error::Syntax {
                format: "TOML",
                detail: error.message().lines().collect::<Vec<_>>().join("; "),
                line,
                column,
            }
        })
}

/// The lines of the entry: its table and the tables in it.
pub(super) fn find(body: &str, path: &[&str]) -> Result<Vec<Range<usize>>> {
    let blocks: Vec<_> = blocks(body, path)?.into_iter().map(|block| block.lines).collect();
    if blocks.is_empty() {
        return Ok(inline(body, path)?.into_iter().map(|line| line.lines).collect());
    }
    Ok(blocks)
}

/// `body` with a table of `value` at its end, or in place of an inline one.
pub(super) fn set(body: &str, path: &[&str], value: &Value) -> Result<String> {
    if let Some(line) = inline(body, path)? {
        return Ok(spliced(body, &[(line.value, &written(value)?)]));
    }
    let line_end = line_end(body);
    let table = table(path, value, line_end)?;
    Ok(if body.is_empty() {
        table
    } else if body.ends_with('\n') {
        format!("{body}{line_end}{table}")
    } else {
        format!("{body}{line_end}{line_end}{}", table.trim_end())
    })
}

/// `body` without the entry.
pub(super) fn remove(body: &str, path: &[&str]) -> Result<String> {
    if let Some(line) = inline(body, path)? {
        return Ok(spliced(body, &[(line.lines, "")]));
    }
    let mut cuts: Vec<Range<usize>> = Vec::new();
    for block in blocks(body, path)? {
        let Range { mut start, end } = block.lines;
        let is_unfinished = end == body.len() && !body[start..end].ends_with('\n');
        // The blank line that was put before it, and the line end that the line before did not have.
        for _ in 0..=usize::from(is_unfinished) {
            let above = &body[..start];
            let is_blank =
                above.ends_with("\n\n") || above.ends_with("\n\r\n") || matches!(above, "\n" | "\r\n");
            if is_blank || (is_unfinished && above.ends_with('\n')) {
                let above = above.strip_suffix('\n').unwrap_or(above);
                start = above.strip_suffix('\r').unwrap_or(above).len();
            }
        }
        let start = start.max(cuts.last().map_or(0, |cut| cut.end));
        cuts.push(start..end);
    }
    let edits: Vec<_> = cuts.into_iter().map(|cut| (cut, "")).collect();
    Ok(spliced(body, &edits))
}

/// `body` with `key` of the entry set to `value`.
pub(super) fn set_key(body: &str, path: &[&str], key: &str, value: &Value) -> Result<String> {
    let new = written(value)?;
    if let Some(range) = leaf(body, path, key)? {
        return Ok(spliced(body, &[(range, &new)]));
    }
    let own = own_table(body, path)?;
    let line_end = line_end(body);
    let at = line_finish(body, own.lines.start);
    let gap = if body[..at].ends_with('\n') { "" } else { line_end };
    let line = format!("{gap}{} = {new}{line_end}", written_key(key));
    Ok(spliced(body, &[(at..at, &line)]))
}

/// `body` without `key` of the entry.
pub(super) fn remove_key(body: &str, path: &[&str], key: &str) -> Result<String> {
    own_table(body, path)?;
    let Some(range) = leaf(body, path, key)? else {
        return Ok(body.to_owned());
    };
    let lines = line_start(body, range.start)..line_finish(body, range.end);
    Ok(spliced(body, &[(lines, "")]))
}

/// A header and what belongs to it.
#[derive(Debug)]
struct Block {
    path: Vec<String>,
    /// From the header to the last value.
    lines: Range<usize>,
}

/// The tables with a header of their own that are the entry, or in it.
fn blocks(body: &str, path: &[&str]) -> Result<Vec<Block>> {
    let document = document(body)?;
    let mut leaves = Vec::new();
    collect_leaves(document.get_ref(), &mut leaves);
    let is_inside = |at: usize| leaves.iter().any(|leaf| leaf.start < at && at < leaf.end);
    let mut blocks: Vec<Block> = Vec::new();
    let mut at = 0;
    while at < body.len() {
        let end = line_finish(body, at);
        let line = &body[at..end];
        if line.trim_start().starts_with('[') && !is_inside(at) {
            blocks.push(Block {
                path: header(line),
                lines: at..end,
            });
        }
        at = end;
    }
    for index in 0..blocks.len() {
        let next = blocks
            .get(index + 1)
            .map_or(body.len(), |block| block.lines.start);
        let block = &mut blocks[index];
        let within = leaves
            .iter()
            .filter(|leaf| block.lines.start <= leaf.start && leaf.end <= next);
        if let Some(last) = within.map(|leaf| leaf.end).max() {
            block.lines.end = line_finish(body, last).max(block.lines.end);
        }
    }
    blocks.retain(|block| block.path.len() >= path.len() && block.path.iter().zip(path).all(|(a, b)| a == b));
    Ok(blocks)
}

fn document(body: &str) -> Result<toml::Spanned<DeTable<'_>>> {
    DeTable::parse(body).map_err(|_| match parse(body) {
        Err(error) => error,
        Ok(_) => Error::Unsure("two readers of TOML disagree about it"),
    })
}

/// The keys of a header: the line is a document of its own. Those of a list of tables lead nowhere.
fn header(line: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut here =
        toml::from_str::<toml::Table>(line).map_or(toml::Value::Boolean(false), toml::Value::Table);
    while let toml::Value::Table(table) = here {
        let Some((key, value)) = table.into_iter().next() else {
            return keys;
        };
        keys.push(key);
        here = value;
    }
    Vec::new()
}

/// The bytes of every value that is no table with a header.
fn collect_leaves(table: &DeTable<'_>, leaves: &mut Vec<Range<usize>>) {
    for (key, value) in table {
        match value.get_ref() {
            DeValue::Table(inner) if is_spread(inner, &value.span()) => collect_leaves(inner, leaves),
            DeValue::Array(items)
                if items
                    .iter()
                    .all(|item| matches!(item.get_ref(), DeValue::Table(_))) =>
            {
                for item in items {
                    match item.get_ref() {
                        DeValue::Table(inner) if is_spread(inner, &item.span()) => {
                            collect_leaves(inner, leaves);
                        }
                        _ => leaves.push(item.span()),
                    }
                }
            }
            _ => leaves.push(key.span().start.min(value.span().start)..value.span().end),
        }
    }
}

/// Whether something of a table stands outside the bytes it is said to have: then it has a header, or dotted keys.
fn is_spread(table: &DeTable<'_>, span: &Range<usize>) -> bool {
    table
        .iter()
        .any(|(key, value)| key.span().start < span.start || value.span().end > span.end)
        || table.is_empty()
}

/// An entry on a line of its own in the table of servers: `name = { command = .. }`.
#[derive(Debug)]
struct Inline {
    value: Range<usize>,
    lines: Range<usize>,
}

fn inline(body: &str, path: &[&str]) -> Result<Option<Inline>> {
    let document = document(body)?;
    let Some((name, tables)) = path.split_last() else {
        return Ok(None);
    };
    let mut here = document.get_ref();
    for key in tables {
        match here.get(*key).map(toml::Spanned::get_ref) {
            Some(DeValue::Table(inner)) => here = inner,
            _ => return Ok(None),
        }
    }
    let Some((key, value)) = here.get_key_value(*name) else {
        return Ok(None);
    };
    let span = value.span();
    let start = line_start(body, key.span().start);
    let is_plain = body[span.clone()].starts_with('{') && body[start..key.span().start].trim().is_empty();
    if !is_plain {
        return Ok(None);
    }
    Ok(Some(Inline {
        lines: start..line_finish(body, span.end),
        value: span,
    }))
}

/// The table of the entry itself, which has a header.
fn own_table(body: &str, path: &[&str]) -> Result<Block> {
    let mut blocks = blocks(body, path)?.into_iter();
    blocks
        .find(|block| block.path.len() == path.len())
        .ok_or(Error::Unsure("the entry has no `[header]` of its own"))
}

/// The bytes of the value of `key` in the entry's table.
fn leaf(body: &str, path: &[&str], key: &str) -> Result<Option<Range<usize>>> {
    let own = own_table(body, path)?;
    let document = document(body)?;
    let mut here = document.get_ref();
    for part in path {
        match here.get(*part).map(toml::Spanned::get_ref) {
            Some(DeValue::Table(inner)) => here = inner,
            _ => return Ok(None),
        }
    }
    let Some(value) = here.get(key) else {
        return Ok(None);
    };
    let span = value.span();
    if own.lines.start <= span.start && span.end <= own.lines.end {
        Ok(Some(span))
    } else {
        Err(Error::Unsure("a value of the entry stands elsewhere"))
    }
}

fn table(path: &[&str], value: &Value, line_end: &str) -> Result<String> {
    let keys: Vec<String> = path.iter().map(|key| written_key(key)).collect();
    let mut table = format!("[{}]{line_end}", keys.join("."));
    // What was read comes in the order of the alphabet.
    let mut members: Vec<_> = value.as_object().into_iter().flatten().collect();
    members.sort_by_key(|(key, _)| {
        REACHED_BY
            .iter()
            .position(|known| known == key)
            .unwrap_or(REACHED_BY.len())
    });
    for (key, value) in members {
        let line = format!("{} = {}{line_end}", written_key(key), written(value)?);
        table.push_str(&line);
    }
    Ok(table)
}

fn written_key(key: &str) -> String {
    let is_bare = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if is_bare {
        key.to_owned()
    } else {
        toml::Value::String(key.to_owned()).to_string()
    }
}

/// A value on one line.
fn written(value: &Value) -> Result<String> {
    let value = toml::Value::try_from(value).map_err(|_| Error::Unsure("TOML has no such value"))?;
    Ok(value.to_string())
}

fn value_of(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text.clone()),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => Value::String(number.to_string()),
        toml::Value::Boolean(truth) => Value::Bool(*truth),
        toml::Value::Datetime(when) => Value::String(when.to_string()),
        toml::Value::Array(items) => items.iter().map(value_of).collect(),
        toml::Value::Table(table) => {
            let members = table.iter().map(|(key, value)| (key.clone(), value_of(value)));
            Value::Object(members.collect::<Map<_, _>>())
        }
    }
}
