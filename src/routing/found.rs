//! From a model that an endpoint has to a row of a models file.

use std::fmt::Write as _;

use toml::{Table, Value};

use super::Catalogue;
use crate::domain::{ModelCard, Timestamp};
use crate::model::discover::{Found, FoundModel};

/// From this window on a model takes long texts.
const LONG_CONTEXT_TOKENS: u64 = 100_000;

/// What a found model means for a catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The model's id.
    pub id: String,
    /// What it comes to.
    pub kind: RowKind,
}

/// What a found model comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum RowKind {
    /// The catalogue has it, and nothing that was found differs.
    Known,
    /// The TOML that adds it, or changes what the catalogue says.
    Add(String),
    /// The TOML that would add it, had it all that a row needs: what has to be filled in is a comment.
    Incomplete(String),
    /// It does not answer in text.
    NoText,
}

/// The rows for what was found at `at`, beside a catalogue that is in use. Speeds and strengths of new models are
/// guesses from their size, and the rows say so.
#[must_use]
pub fn rows(found: &Found, catalogue: &Catalogue, at: Timestamp) -> Vec<Row> {
    let builtin = Catalogue::builtin();
    let known = |id: &str| {
        let both = catalogue.models().iter().chain(builtin.models());
        both.into_iter().find(|card| card.id == id).cloned()
    };
    let row = |model: &FoundModel| Row {
        id: model.id.clone(),
        kind: match known(&model.id) {
            _ if is_textless(model) => RowKind::NoText,
            Some(card) => changed(&card, model),
            None => added(found, model, at),
        },
    };
    found.models.iter().map(row).collect()
}

fn is_textless(model: &FoundModel) -> bool {
    let has = |what: &str| model.capabilities.iter().any(|capability| capability == what);
    has("embedding") && !has("completion")
}

/// A known row keeps what it says, but for the window that the endpoint names.
fn changed(card: &ModelCard, model: &FoundModel) -> RowKind {
    match model.context_tokens {
        Some(tokens) if tokens != card.context_tokens => {
            let id = pair("id", model.id.as_str());
            RowKind::Add(format!("[[model]]\n{id}context_tokens = {tokens}\n"))
        }
        _ => RowKind::Known,
    }
}

fn added(found: &Found, model: &FoundModel, at: Timestamp) -> RowKind {
    let is_local = found.is_this_machine && !model.is_remote;
    let provider = match (found.protocol.as_str(), is_local) {
        ("ollama", _) => "ollama",
        (_, true) => "local",
        (_, false) => "other",
    };
    let guess = Guess::of(model.parameters);
    let day = at.to_string().chars().take(10).collect::<String>();
    let mut row = format!(
        "[[model]]\n{}{}",
        pair("id", model.id.as_str()),
        pair("provider", provider)
    );
    if is_local {
        row += "local = true\n";
    } else {
        row += "# Without prices it is chosen only where no price is known:\n# input_usd_per_million =\n\
                # output_usd_per_million =\n";
    }
    // Writing to a string cannot fail.
    let _written = match model.context_tokens {
        Some(tokens) => writeln!(row, "context_tokens = {tokens}"),
        None => writeln!(
            row,
            "# The endpoint does not say how much it reads at once:\n# context_tokens ="
        ),
    };
    let of_size = match model.parameters {
        Some(parameters) => format!("its size ({})", size(parameters)),
        None => "nothing, for its size is not known".to_owned(),
    };
    let _written = writeln!(
        row,
        "# Guesses from {of_size}; outcomes outgrow the strength.\noutput_tokens_per_second = {:.1}\n\
         first_token_ms = {}\nstrength = {:.2}",
        guess.tokens_per_second, guess.first_token_ms, guess.strength
    );
    row += &pair("capabilities", capabilities(found, model));
    let price = if is_local {
        "local, no price"
    } else {
        "no price known"
    };
    row += &pair("source", format!("found at {} on {day}; {price}", found.url));
    match model.context_tokens {
        Some(_) => RowKind::Add(row),
        None => RowKind::Incomplete(row),
    }
}

fn capabilities(found: &Found, model: &FoundModel) -> Vec<&'static str> {
    let mut able: Vec<_> = [
        ("tools", "tools"),
        ("vision", "vision"),
        ("thinking", "reasoning"),
    ]
    .into_iter()
    .filter(|(theirs, _)| model.capabilities.iter().any(|told| told == theirs))
    .map(|(_, ours)| ours)
    .collect();
    if found.protocol == "ollama" {
        // Ollama holds any model to a schema (`format`).
        able.push("json");
    }
    if model.context_tokens >= Some(LONG_CONTEXT_TOKENS) {
        able.push("long_context");
    }
    able
}

/// What to expect of a model of a size on a machine of a developer: a line through the built-in local rows
/// (4 billion parameters .58, 120 billion .77) over the logarithm of the size. Nothing was measured.
struct Guess {
    strength: f64,
    tokens_per_second: f64,
    first_token_ms: u64,
}

impl Guess {
    fn of(parameters: Option<u64>) -> Self {
        let billions = parameters.map_or(4.0, |count| count as f64 / 1e9).max(0.05);
        Self {
            strength: (0.58 + 0.04 * (billions / 4.0).log2()).clamp(0.40, 0.80),
            tokens_per_second: (600.0 / billions).clamp(5.0, 80.0),
            first_token_ms: (400.0 + 50.0 * billions).clamp(400.0, 5_000.0) as u64,
        }
    }
}

/// A number of parameters as people say it.
#[must_use]
pub fn size(parameters: u64) -> String {
    let count = parameters as f64;
    let (unit, name) = match parameters {
        1_000_000_000_000.. => (1e12, "T"),
        1_000_000_000.. => (1e9, "B"),
        1_000_000.. => (1e6, "M"),
        _ => (1.0, ""),
    };
    let number = format!("{:.1}", count / unit);
    format!("{}{name}", number.trim_end_matches(".0"))
}

/// A line of TOML.
fn pair(key: &str, value: impl Into<Value>) -> String {
    format!("{key} = {}\n", value.into())
}

/// What adding rows to a models file came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The file with the rows at its end; all that was there stays as it was.
    pub text: String,
    /// The ids that were added.
    pub added: Vec<String>,
    /// The ids that the file had already; their rows stay as they are.
    pub kept: Vec<String>,
}

/// Adds the rows that are whole to the text of a models file.
///
/// # Errors
/// [`super::Error::Catalogue`] when the file is not good before or would not be after.
pub fn merged(rows: &[Row], text: &str, name: &str) -> Result<Merged, super::Error> {
    if !text.trim().is_empty() {
        Catalogue::builtin().with_models_file(text, name)?;
    }
    let file: Table = text.parse().unwrap_or_default();
    let ids = file.get("model").and_then(Value::as_array);
    let ids: Vec<_> = ids
        .into_iter()
        .flatten()
        .filter_map(|row| row.get("id")?.as_str())
        .collect();
    let mut merged = Merged {
        text: text.to_owned(),
        added: Vec::new(),
        kept: Vec::new(),
    };
    for row in rows {
        let RowKind::Add(toml) = &row.kind else { continue };
        if ids.contains(&row.id.as_str()) {
            merged.kept.push(row.id.clone());
            continue;
        }
        match merged.text.as_bytes() {
            [] => {}
            [.., b'\n'] => merged.text.push('\n'),
            _ => merged.text += "\n\n",
        }
        merged.text += toml;
        merged.added.push(row.id.clone());
    }
    if !merged.added.is_empty() {
        Catalogue::builtin().with_models_file(&merged.text, name)?;
    }
    Ok(merged)
}

#[cfg(test)]
mod tests;
