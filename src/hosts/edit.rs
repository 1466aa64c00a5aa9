//! Puts an entry into the text of a host's file and takes it out again.

use std::ops::Range;

use serde_json::{Map, Value};

use super::entry::{Entry, OFFERED, REACHED_BY};
use super::error::{Error, Result};
use super::text::without_mark;
use super::{Format, json, toml, yaml};

/// What putting an entry in comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Installed {
    /// It is there as it should be.
    Already,
    /// The text with a new entry.
    Added(String),
    /// The text with the entry that was there brought up to date.
    Updated(String),
}

/// What taking an entry out comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removed {
    /// It is not there.
    Absent,
    /// Nothing but the entry is in the file, as this program writes it: the file can go.
    File,
    /// The text without it.
    Text {
        /// The text.
        text: String,
        /// Which of the given backups it equals.
        backup: Option<usize>,
    },
}

/// Puts `entry` at `path` into `text`; `None` is a file that does not exist.
///
/// # Errors
/// When the text is not what the format says, the place is taken, or nothing else could be left untouched.
pub fn install(format: Format, text: Option<&str>, path: &[&str], entry: &Entry) -> Result<Installed> {
    let (mark, body) = without_mark(text.unwrap_or_default());
    // What stands there twice is noticed where places are looked for.
    find(format, body, path)?;
    let Some(there) = get(format, body, path)? else {
        let whole = entry.whole();
        let added = set(format, body, path, &whole)?;
        unchanged_but(format, body, &added, path)?;
        holds(format, &added, path, |value| *value == whole)?;
        return Ok(Installed::Added(format!("{mark}{added}")));
    };
    if let Some(key) = entry.clash(&there) {
        return Err(Error::Clash(key));
    }
    if entry.is_met_by(&there) {
        return Ok(Installed::Already);
    }
    let updated = updated(format, body, path, &there, entry)?;
    unchanged_but(format, body, &updated, path)?;
    holds(format, &updated, path, |value| entry.is_met_by(value))?;
    Ok(Installed::Updated(format!("{mark}{updated}")))
}

/// Takes what stands at `path` out of `text`.
///
/// `backups` are what the file was before entries were put in, the newest first: where `text` is one of them with the
/// entry, it becomes that one again, byte for byte.
///
/// # Errors
/// As [`install`].
pub fn uninstall(format: Format, text: &str, path: &[&str], backups: &[String]) -> Result<Removed> {
    let (mark, body) = without_mark(text);
    find(format, body, path)?;
    let Some(there) = get(format, body, path)? else {
        return Ok(Removed::Absent);
    };
    for (index, backup) in backups.iter().enumerate() {
        let (old_mark, old) = without_mark(backup);
        let was_absent = matches!(get(format, old, path), Ok(None));
        if was_absent && old_mark == mark && set(format, old, path, &there).is_ok_and(|set| set == body) {
            return Ok(Removed::Text {
                text: backup.clone(),
                backup: Some(index),
            });
        }
    }
    let is_older = |backup: &String| matches!(get(format, without_mark(backup).1, path), Ok(None));
    let is_as_written = |there: &Value| {
        let keys = there.as_object().into_iter().flat_map(Map::keys);
        let mut keys = keys.map(String::as_str);
        keys.all(|key| REACHED_BY.contains(&key) || OFFERED.contains(&key))
    };
    if is_as_written(&there) && !backups.iter().any(is_older) && set(format, "", path, &there)? == body {
        return Ok(Removed::File);
    }
    // A table of servers that was there before is left there, empty.
    let servers = path.split_last().map_or(path, |(_, servers)| servers);
    let was_there = |backup: &String| matches!(get(format, without_mark(backup).1, servers), Ok(Some(_)));
    let keeps_table = backups.iter().any(was_there);
    let removed = remove(format, body, path, keeps_table)?;
    unchanged_but(format, body, &removed, path)?;
    if get(format, &removed, path)?.is_some() {
        return Err(Error::Unsure("the entry would still be there"));
    }
    let text = format!("{mark}{removed}");
    let backup = backups.iter().position(|backup| *backup == text);
    Ok(Removed::Text { text, backup })
}

/// What stands at `path`.
///
/// # Errors
/// When the text is not what the format says, or something else stands on the way.
pub fn get(format: Format, text: &str, path: &[&str]) -> Result<Option<Value>> {
    let mut here = parse(format, without_mark(text).1)?;
    for (depth, key) in path.iter().enumerate() {
        let table = match here {
            Value::Object(ref mut table) => table,
            // Nothing at all, as an empty file or a YAML key without a value.
            Value::Null => return Ok(None),
            other => {
                let at = match &path[..depth] {
                    [] => "the file".to_owned(),
                    keys => keys.join("."),
                };
                return Err(Error::Shape {
                    at,
                    found: kind(&other),
                });
            }
        };
        match table.remove(*key) {
            Some(value) => here = value,
            None => return Ok(None),
        }
    }
    Ok(Some(here))
}

/// The bytes of the entry at `path`, with its key, in whole lines where it has lines of its own.
///
/// # Errors
/// As [`get`].
pub fn find(format: Format, text: &str, path: &[&str]) -> Result<Vec<Range<usize>>> {
    let (mark, body) = without_mark(text);
    let found = match format {
        Format::Json => json::find(body, path)?.into_iter().collect(),
        Format::Toml => toml::find(body, path)?,
        Format::Yaml => yaml::find(body, path)?.into_iter().collect(),
    };
    let moved = |range: Range<usize>| range.start + mark.len()..range.end + mark.len();
    Ok(found.into_iter().map(moved).collect())
}

/// The line and column of the first thing in `text` that is more than JSON: a comment, a comma that trails.
#[must_use]
pub fn beyond_json(text: &str) -> Option<(usize, usize)> {
    json::first_extra(without_mark(text).1)
}

fn parse(format: Format, body: &str) -> Result<Value> {
    match format {
        Format::Json => json::parse(body),
        Format::Toml => toml::parse(body),
        Format::Yaml => yaml::parse(body),
    }
}

fn set(format: Format, body: &str, path: &[&str], value: &Value) -> Result<String> {
    match format {
        Format::Json => json::set(body, path, value),
        Format::Toml => toml::set(body, path, value),
        Format::Yaml => yaml::set(body, path, value),
    }
}

fn remove(format: Format, body: &str, path: &[&str], keeps_table: bool) -> Result<String> {
    match format {
        Format::Json => json::remove(body, path, keeps_table),
        Format::Toml => toml::remove(body, path),
        Format::Yaml => yaml::remove(body, path, keeps_table),
    }
}

/// Sets what is wanted in the entry that is `there`, key by key, so that what its user wrote stays.
fn updated(format: Format, body: &str, path: &[&str], there: &Value, entry: &Entry) -> Result<String> {
    if !there.is_object() {
        return Err(Error::Shape {
            at: path.join("."),
            found: kind(there),
        });
    }
    let mut body = body.to_owned();
    let within = |key: &'static str| path.iter().copied().chain([key]).collect::<Vec<_>>();
    for key in entry.unwanted(there) {
        body = match format {
            Format::Json => json::remove(&body, &within(key), true)?,
            Format::Toml => toml::remove_key(&body, path, key)?,
            Format::Yaml => yaml::remove_key(&body, path, key)?,
        };
    }
    for (key, value) in &entry.wanted {
        if there.get(key) == Some(value) {
            continue;
        }
        let path_to_key: Vec<&str> = path.iter().copied().chain([key.as_str()]).collect();
        body = match format {
            Format::Json => json::set(&body, &path_to_key, value)?,
            Format::Toml => toml::set_key(&body, path, key, value)?,
            Format::Yaml => yaml::set_key(&body, path, key, value)?,
        };
    }
    Ok(body)
}

/// Refuses an edit that changed anything but what stands at `path`.
fn unchanged_but(format: Format, before: &str, after: &str, path: &[&str]) -> Result<()> {
    let without = |text: &str| -> Result<Value> {
        let mut value = parse(format, text)?;
        prune(&mut value, path);
        Ok(value)
    };
    let after = without(after).map_err(|_| Error::Unsure("the edit would break it"))?;
    if without(before)? == after {
        Ok(())
    } else {
        Err(Error::Unsure("the edit would change something else"))
    }
}

fn holds(format: Format, text: &str, path: &[&str], is_right: impl Fn(&Value) -> bool) -> Result<()> {
    match get(format, text, path)? {
        Some(value) if is_right(&value) => Ok(()),
        _ => Err(Error::Unsure("the entry would not be read as it is meant")),
    }
}

/// Takes out what stands at `path`, and the tables that are empty without it.
fn prune(value: &mut Value, path: &[&str]) {
    if let (Value::Object(table), Some((key, rest))) = (&mut *value, path.split_first()) {
        match table.get_mut(*key) {
            Some(inner) if !rest.is_empty() => {
                prune(inner, rest);
                if inner.is_null() {
                    table.remove(*key);
                }
            }
            _ => {
                table.remove(*key);
            }
        }
    }
    if value.as_object().is_some_and(Map::is_empty) {
        *value = Value::Null;
    }
}

pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}
