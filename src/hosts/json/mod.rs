//! JSON with comments and trailing commas, edited as text.
//!
//! An entry goes in behind the last one. What that takes is written so that [`remove`] finds out from the text alone what
//! to take away again: the comma behind the entry before it where there was none, and the line of the new one.

use std::collections::HashMap;
use std::ops::Range;

use jsonc_parser::ast::{Object, ObjectProp, Value as Node};
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde_json::{Map, Number, Value};

use super::error::{Error, Result};
use super::text::place;

mod insert;
mod remove;
mod write;

pub(super) use insert::set;
pub(super) use remove::remove;

/// What is read beyond JSON: what hosts read, too, that do not take JSON alone.
const LENIENT: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_loose_object_property_names: false,
    allow_trailing_commas: true,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// The whole text as a value; numbers that would lose digits are kept as text.
pub(super) fn parse(body: &str) -> Result<Value> {
    Ok(tree(body)?.map_or(Value::Null, |node| value_of(&node)))
}

/// Whether the text is JSON without anything more; where it is not, the first place that is more.
pub(super) fn first_extra(body: &str) -> Option<(usize, usize)> {
    let strict = ParseOptions {
        allow_comments: false,
        allow_trailing_commas: false,
        ..LENIENT
    };
    let error = parse_to_ast(body, &CollectOptions::default(), &strict).err()?;
    Some(place(body, error.range().start))
}

/// The bytes of the property at `path`.
pub(super) fn find(body: &str, path: &[&str]) -> Result<Option<Range<usize>>> {
    let Some(node) = tree(body)? else {
        return Ok(None);
    };
    let Some((key, tables)) = path.split_last() else {
        return Ok(None);
    };
    let found = match descend(&node, tables)? {
        Reached::Table(object) => property(object, key, path)?,
        Reached::Missing(..) => None,
    };
    Ok(found.map(|(_, prop)| prop.range.start..prop.range.end))
}

fn tree(body: &str) -> Result<Option<Node<'_>>> {
    let parsed = parse_to_ast(body, &CollectOptions::default(), &LENIENT).map_err(|error| {
        let (line, column) = place(body, error.range().start);
        Error::Syntax {
            format: "JSON",
            detail: error.kind().to_string(),
            line,
            column,
        }
    })?;
    Ok(parsed.value)
}

/// Where a path leads.
enum Reached<'n, 'a> {
    /// To this table.
    Table(&'n Object<'a>),
    /// To this table, in which the key at that place of the path is missing.
    Missing(&'n Object<'a>, usize),
}

/// Follows `path` as far as it goes. Every table on the way is looked through for keys that stand there twice.
fn descend<'n, 'a>(root: &'n Node<'a>, path: &[&str]) -> Result<Reached<'n, 'a>> {
    let table = |node: &'n Node<'a>, depth: usize| match node {
        Node::Object(object) => Ok(object),
        other => Err(Error::Shape {
            at: match path.get(..depth) {
                None | Some([]) => "the file".to_owned(),
                Some(keys) => keys.join("."),
            },
            found: super::edit::kind(&value_of(other)),
        }),
    };
    let mut here = table(root, 0)?;
    for (depth, key) in path.iter().enumerate() {
        match property(here, key, &path[..=depth])? {
            Some((_, prop)) => here = table(&prop.value, depth + 1)?,
            None => return Ok(Reached::Missing(here, depth)),
        }
    }
    Ok(Reached::Table(here))
}

/// The property of that name and its place among the others.
fn property<'n, 'a>(
    object: &'n Object<'a>,
    key: &str,
    path: &[&str],
) -> Result<Option<(usize, &'n ObjectProp<'a>)>> {
    let mut named = object
        .properties
        .iter()
        .enumerate()
        .filter(|(_, prop)| prop.name.as_str() == key);
    let found = named.next();
    if named.next().is_some() {
        return Err(Error::Twice(path.join(".")));
    }
    Ok(found)
}

/// The end of white space and comments from `at` on.
fn skip_trivia(body: &str, mut at: usize) -> usize {
    loop {
        let rest = &body[at..];
        let spaces = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        if spaces > 0 {
            at += spaces;
        } else if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            at += rest.find("*/").map_or(rest.len(), |end| end + 2);
        } else {
            return at;
        }
    }
}

/// The comma that follows a value that ends at `at`.
fn comma_after(body: &str, at: usize) -> Option<usize> {
    let next = skip_trivia(body, at);
    body[next..].starts_with(',').then_some(next)
}

fn value_of(node: &Node<'_>) -> Value {
    match node {
        Node::StringLit(text) => Value::String(text.value.to_string()),
        Node::NumberLit(number) => number_of(number.value),
        Node::BooleanLit(truth) => Value::Bool(truth.value),
        Node::NullKeyword(_) => Value::Null,
        Node::Array(array) => array.elements.iter().map(value_of).collect(),
        Node::Object(object) => {
            let mut map = Map::new();
            let mut repeated: HashMap<String, usize> = HashMap::new();
            for prop in &object.properties {
                let (key, value) = (prop.name.as_str().to_owned(), value_of(&prop.value));
                // The second of a name must not hide that the first was changed.
                let mut name = key.clone();
                while map.contains_key(&name) {
                    let count = repeated.entry(key.clone()).or_default();
                    *count += 1;
                    name = format!("{key} again {count}");
                }
                map.insert(name, value);
            }
            Value::Object(map)
        }
    }
}

fn number_of(digits: &str) -> Value {
    let number: Option<Number> = serde_json::from_str(digits).ok();
    match number {
        Some(number) if number.to_string() == digits => Value::Number(number),
        _ => Value::String(digits.to_owned()),
    }
}

/// The bytes of a value.
fn range_of(node: &Node<'_>) -> Range<usize> {
    let range = node.range();
    range.start..range.end
}
