//! Puts a value in.

use std::ops::Range;

use jsonc_parser::ast::{Object, ObjectProp};
use serde_json::{Value, json};

use super::super::error::Result;
use super::super::text::{indent_at, line_end, line_start, spliced};
use super::write::{Style, member, value as written};
use super::{Reached, comma_after, descend, property, range_of, skip_trivia, tree};

/// One step of indentation where a file shows none.
const USUAL_UNIT: &str = "  ";

/// `body` with `value` at `path`: in place of what stands there, or behind the last property of the nearest table that
/// is there.
pub(in crate::hosts) fn set(body: &str, path: &[&str], value: &Value) -> Result<String> {
    let style = Style {
        line_end: line_end(body),
        unit: USUAL_UNIT,
        is_one_line: false,
    };
    let Some((key, tables)) = path.split_last() else {
        return Ok(body.to_owned());
    };
    let Some(root) = tree(body)? else {
        let file = written(&nested(path, value), "", &style);
        let comments = body.trim_end();
        let gap = if comments.is_empty() { "" } else { style.line_end };
        return Ok(format!("{comments}{gap}{file}{}", style.line_end));
    };
    let (object, missing, value) = match descend(&root, tables)? {
        Reached::Table(object) => (object, *key, value.clone()),
        Reached::Missing(object, depth) => (object, path[depth], nested(&path[depth + 1..], value)),
    };
    let style = Style {
        unit: unit(body, &root),
        is_one_line: is_one_line(body, &root),
        ..style
    };
    if let Some((_, prop)) = property(object, missing, path)? {
        let indent = indent_at(body, prop.range.start);
        let new = written(&value, indent, &style);
        return Ok(spliced(body, &[(range_of(&prop.value), &new)]));
    }
    Ok(match object.properties.last() {
        Some(last) => behind(body, object, last, missing, &value, &style),
        None => into_empty(body, object, missing, &value, &style),
    })
}

/// `value` within tables of these names.
fn nested(path: &[&str], value: &Value) -> Value {
    path.iter()
        .rev()
        .fold(value.clone(), |inner, key| json!({ *key: inner }))
}

/// Behind the last property: on a line of its own where that has one.
fn behind(
    body: &str,
    object: &Object<'_>,
    last: &ObjectProp<'_>,
    key: &str,
    value: &Value,
    style: &Style<'_>,
) -> String {
    let end = last.range.end;
    let comma = comma_after(body, end);
    let has_own_line = body[object.range.start..last.range.start].contains('\n');
    let after = comma.map_or(end, |comma| comma + 1);
    let (at, mut new) = if has_own_line {
        let indent = if body[line_start(body, last.range.start)..last.range.start]
            .trim()
            .is_empty()
        {
            indent_at(body, last.range.start).to_owned()
        } else {
            format!("{}{}", indent_at(body, object.range.start), style.unit)
        };
        let new = member(key, value, &indent, style);
        (line_rest(body, after), format!("{}{indent}{new}", style.line_end))
    } else {
        let indent = indent_at(body, last.range.start);
        (after, format!(" {}", member(key, value, indent, style)))
    };
    if comma.is_some() {
        new.push(',');
        return spliced(body, &[(at..at, &new)]);
    }
    spliced(body, &[(end..end, ","), (at..at, &new)])
}

/// The only property of a table, behind the comments in it.
fn into_empty(body: &str, object: &Object<'_>, key: &str, value: &Value, style: &Style<'_>) -> String {
    let inside = object.range.start + 1..object.range.end.saturating_sub(1);
    let outer = indent_at(body, object.range.start);
    let indent = format!("{outer}{}", style.unit);
    let line_end = style.line_end;
    let new = member(key, value, &indent, style);
    let text = &body[inside.clone()];
    let comments = inside.start + text.trim_end_matches([' ', '\t', '\r', '\n']).len();
    let is_blank = comments == inside.start;
    let (range, new): (Range<usize>, String) = if is_blank && style.is_one_line {
        (inside, new)
    } else if is_blank && !text.contains('\n') {
        (inside, format!("{line_end}{indent}{new}{line_end}{outer}"))
    } else {
        (comments..comments, format!("{line_end}{indent}{new}"))
    };
    spliced(body, &[(range, &new)])
}

/// Behind the comments that follow on the same line, if nothing else does.
fn line_rest(body: &str, from: usize) -> usize {
    let mut at = from;
    loop {
        let rest = &body[at..];
        let spaces = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        if spaces > 0 {
            at += spaces;
        } else if rest.starts_with("//") {
            let line = rest.find('\n').map_or(rest, |end| &rest[..end]);
            return at + line.strip_suffix('\r').unwrap_or(line).len();
        } else if rest.starts_with("/*") {
            match rest.find("*/") {
                Some(end) if !rest[..end].contains('\n') => at += end + 2,
                _ => return from,
            }
        } else if rest.is_empty() || rest.starts_with('\n') || rest.starts_with("\r\n") {
            return at;
        } else {
            return from;
        }
    }
}

/// One step of indentation, as the first property of the file that has a line of its own shows it.
fn unit<'b>(body: &'b str, root: &jsonc_parser::ast::Value<'_>) -> &'b str {
    let first = root.as_object().and_then(|object| object.properties.first());
    let shown = first.map(|prop| indent_at(body, prop.range.start));
    shown.filter(|unit| !unit.is_empty()).unwrap_or(USUAL_UNIT)
}

/// Whether the file says something, and all of it on one line.
fn is_one_line(body: &str, root: &jsonc_parser::ast::Value<'_>) -> bool {
    let range = range_of(root);
    let text = &body[range];
    if text.contains('\n') {
        return false;
    }
    // `{}` and `{"servers": {}}` are what a program wrote that had nothing to say yet.
    let says_something = |node: &jsonc_parser::ast::Value<'_>| {
        node.as_object()
            .is_none_or(|object| skip_trivia(body, object.range.start + 1) + 1 != object.range.end)
    };
    root.as_object()
        .is_some_and(|object| object.properties.iter().any(|prop| says_something(&prop.value)))
}
