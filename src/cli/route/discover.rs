//! What `firstmate route discover` prints.

use std::fmt::Write as _;

use serde::Serialize;

use crate::cli::policy::counted;
use crate::cli::screen::{Ink, Screen, cut, padded};
use crate::model::discover::{Found, FoundModel};
use crate::routing::found::{Merged, Row, RowKind, size};

/// Columns of a name.
const NAME: usize = 34;

/// What was found and what it comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer<'a> {
    /// What the endpoint said.
    #[serde(flatten)]
    pub found: &'a Found,
    /// The TOML that adds what is new.
    pub toml: String,
    /// What was written, and where; absent when nothing was to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written: Option<Written>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Written {
    /// Where.
    pub file: String,
    /// The models whose rows were added.
    pub added: Vec<String>,
    /// The models whose rows the file had already; those stay as they are.
    pub kept: Vec<String>,
    /// Whether the settings name this file.
    pub is_in_use: bool,
}

impl Written {
    /// What merging came to, in a file.
    #[must_use]
    pub fn of(merged: Merged, file: String, is_in_use: bool) -> Self {
        Self {
            file,
            added: merged.added,
            kept: merged.kept,
            is_in_use,
        }
    }
}

/// The TOML of all rows there are to add, those that lack something among them.
#[must_use]
pub fn toml(rows: &[Row]) -> String {
    let texts = rows.iter().filter_map(|row| match &row.kind {
        RowKind::Add(text) | RowKind::Incomplete(text) => Some(text.as_str()),
        RowKind::Known | RowKind::NoText => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// What was found, in words, and the TOML to add.
#[must_use]
pub fn told(answer: &Answer<'_>, rows: &[Row], screen: Screen) -> String {
    let found = answer.found;
    let mut said = format!(
        "{} at {}, which speaks as {} does\n",
        counted(found.models.len() as u64, "model"),
        found.url,
        if found.protocol == "ollama" {
            "Ollama"
        } else {
            "OpenAI"
        }
    );
    let head = format!("{}   size   window  can", padded("model", NAME));
    let _written = writeln!(said, "{}", screen.ink(Ink::Strong, &head));
    for (model, row) in found.models.iter().zip(rows) {
        said += &line(model, row, screen);
    }
    if found.unusable > 0 {
        let _written = writeln!(
            said,
            "{} without a usable name left out",
            counted(found.unusable as u64, "entry")
        );
    }
    if found.beyond > 0 {
        let _written = writeln!(said, "{} more were not looked at", found.beyond);
    }
    if found.protocol == "ollama" && !found.models.is_empty() {
        said += &screen.prose(
            "Windows are what the models were made for; Ollama gives one as much as num_ctx says.",
            0,
        );
    }
    let Some(written) = &answer.written else {
        if answer.toml.is_empty() {
            said += "\nNothing to add: the catalogue says all of this.\n";
        } else {
            let _written = write!(
                said,
                "\nTo add to your models file (--write does it):\n\n{}",
                answer.toml
            );
        }
        return said;
    };
    said.push('\n');
    said += &screen.prose(&what_was_written(written), 0);
    said
}

fn line(model: &FoundModel, row: &Row, screen: Screen) -> String {
    let what = match (&row.kind, model.is_remote) {
        (RowKind::Known, _) => "in the catalogue",
        (RowKind::NoText, _) => "no text: not for routing",
        (RowKind::Incomplete(_), _) => "new; something has to be filled in",
        (RowKind::Add(_), true) => "new; runs on somebody else's machine",
        (RowKind::Add(_), false) => "new, or with another window",
    };
    let head = format!(
        "{} {:>6} {:>8}  ",
        padded(&cut(&model.id, NAME), NAME),
        model.parameters.map_or("?".to_owned(), size),
        model
            .context_tokens
            .map_or("?".to_owned(), |tokens| tokens.to_string())
    );
    let able = model.capabilities.join(" ");
    let problem = model
        .problem
        .as_deref()
        .map_or(String::new(), |problem| format!("; {problem}"));
    let rest = format!(
        "{}{}{what}{problem}",
        able,
        if able.is_empty() { "" } else { "; " }
    );
    format!(
        "{head}{}\n",
        cut(&rest, screen.room(head.chars().count()).max(20))
    )
}

fn what_was_written(written: &Written) -> String {
    let mut said = if written.added.is_empty() {
        format!("Nothing was added to {}.", written.file)
    } else {
        format!("Added to {}: {}.", written.file, written.added.join(", "))
    };
    if !written.kept.is_empty() {
        let _written = write!(
            said,
            " It had rows already, which stay: {}.",
            written.kept.join(", ")
        );
    }
    if !written.added.is_empty() {
        said += if written.is_in_use {
            " Servers that are running read it when they start again."
        } else {
            " The settings do not name it: set routing.catalogue, or FIRSTMATE_ROUTING__CATALOGUE, to its path."
        };
    }
    said
}
