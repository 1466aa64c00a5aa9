//! Whether code is code: one file per language, and the words by which languages are called.

mod attempts;
pub(super) mod depth;
pub(super) mod guess;
mod javascript;
mod python;
mod python_names;
mod python_scope;
mod python_stub;

use std::ops::Range;

use crate::domain::Severity;

use super::block::Block;
use super::report::{Defect, Skipped};

/// What a block says it is written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    /// JavaScript with or without JSX.
    JavaScript,
    /// TypeScript with or without JSX.
    TypeScript,
    Json,
    /// JSON with comments and trailing commas, as editors' settings are.
    Jsonc,
    /// A JSON value on each line.
    JsonLines,
    Markdown,
    /// Text with no syntax to break: output, logs, prose.
    Plain,
    /// Known by name only.
    Other(String),
    /// It does not say.
    Unlabelled,
}

impl Language {
    /// Reads a fence's info string, or the name a caller uses.
    pub(super) fn from_label(label: &str) -> Self {
        let word = label
            .trim_start_matches(['{', '.', ' '])
            .split([' ', '\t', ',', '{', '}', ':', ';', '('])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        match word.strip_prefix("language-").unwrap_or(&word) {
            "" => Self::Unlabelled,
            "python" | "py" | "python3" | "py3" | "pycon" | "ipython" | "python-repl" | "gyp" => Self::Python,
            "javascript" | "js" | "jsx" | "mjs" | "cjs" | "node" | "nodejs" | "ecmascript" => {
                Self::JavaScript
            }
            "typescript" | "ts" | "tsx" | "mts" | "cts" => Self::TypeScript,
            "json" => Self::Json,
            "jsonc" => Self::Jsonc,
            "jsonl" | "ndjson" | "jsonlines" => Self::JsonLines,
            "markdown" | "md" => Self::Markdown,
            "text" | "txt" | "plain" | "plaintext" | "output" | "log" | "none" | "ascii" => Self::Plain,
            other => Self::Other(other.chars().take(40).collect()),
        }
    }

    /// The name in rule ids and in `coverage`.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Python => "python",
            Self::JavaScript => "javascript",
            Self::TypeScript => "typescript",
            Self::Json => "json",
            Self::Jsonc => "jsonc",
            Self::JsonLines => "jsonl",
            Self::Markdown => "markdown",
            Self::Plain => "text",
            Self::Other(name) => name,
            Self::Unlabelled => "unknown",
        }
    }
}

/// Parses a block of Python, JavaScript or TypeScript.
pub(super) fn check(block: &Block) -> Result<Vec<Defect>, Skipped> {
    let parse = match &block.language {
        Language::Python => python::check,
        Language::JavaScript | Language::TypeScript => javascript::check,
        other => return Err(Skipped::Unknown(format!("no parser for {}", other.name()))),
    };
    depth::check(&block.code)?;
    if block.language != Language::Python {
        attempts::check(&block.code)?;
    }
    Ok(parse(block))
}

/// A parser's complaint about `range` of the block's code.
fn error(block: &Block, range: &Range<usize>, message: impl Into<String>) -> Defect {
    let rule = format!("syntax.{}", block.language.name());
    let end = block.code.trim_end().len();
    if range.start < end {
        return Defect::new(rule, Severity::Error, block.place(range), message);
    }
    // Behind the last line is not in the code any more: in Markdown it is the closing fence.
    Defect::new(rule, Severity::Error, block.place(&(end..end)), message)
        .with_fix("the code ends too early: give all of it")
}
