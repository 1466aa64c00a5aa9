//! Labelled rows, told apart by their fields.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::Value;

/// A text of a kind of credential, which it holds (1) or not (0).
#[derive(Debug, Deserialize)]
pub(crate) struct Credential {
    pub(crate) rule: String,
    #[serde(default)]
    pub(crate) path: Option<String>,
    #[serde(default)]
    pub(crate) text: String,
    pub(crate) label: u8,
}

/// A command line.
#[derive(Debug, Deserialize)]
pub(crate) struct Command {
    pub(crate) command: String,
    #[serde(default)]
    pub(crate) label: Value,
    #[serde(default)]
    pub(crate) pack: String,
}

/// A text with personal data at known places, in characters.
#[derive(Debug, Deserialize)]
pub(crate) struct Personal {
    pub(crate) text: String,
    pub(crate) spans: Vec<Span>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Span {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// A harmless text.
#[derive(Debug, Deserialize)]
pub(crate) struct Prompt {
    pub(crate) text: String,
    #[serde(default, alias = "category")]
    pub(crate) source: String,
}

/// What a file holds.
#[derive(Debug)]
pub(crate) enum Rows {
    Credentials(Vec<Credential>),
    Commands(Vec<Command>),
    Personal(Vec<Personal>),
    Prompts(Vec<Prompt>),
}

/// The files of JSON lines in the paths, in order of their names.
pub(crate) fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let entries = std::fs::read_dir(path).with_context(|| format!("reading {}", path.display()))?;
            let mut inside: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
            inside.retain(|path| path.extension().is_some_and(|end| end == "jsonl"));
            inside.sort();
            files.extend(inside);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

/// The rows of a file and its name; a line that is not JSON is an error.
pub(crate) fn read(path: &Path) -> anyhow::Result<(String, Rows)> {
    let context = || format!("reading {}", path.display());
    let text = std::fs::read_to_string(path).with_context(context)?;
    let rows: Vec<Value> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .with_context(context)?;
    let has = |field: &str| rows.first().is_some_and(|row| row.get(field).is_some());
    let name = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let rows = Value::Array(rows.clone());
    let read = if has("rule") {
        Rows::Credentials(serde_json::from_value(rows).with_context(context)?)
    } else if has("command") {
        Rows::Commands(serde_json::from_value(rows).with_context(context)?)
    } else if has("spans") {
        Rows::Personal(serde_json::from_value(rows).with_context(context)?)
    } else {
        Rows::Prompts(serde_json::from_value(rows).with_context(context)?)
    };
    Ok((name, read))
}
