//! `firstmate validate`: files judged as `validate_output` judges them, shown as a compiler shows its errors.

mod sarif;
mod shown;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::cli::screen::Screen;
use crate::domain::{Artifact, Validation, Verdict};

/// Judge files by rules, offline: code, JSON, Markdown with its code, patches.
#[derive(Debug, Args)]
pub struct Validate {
    /// The files to judge; `-` is stdin
    #[arg(value_name = "FILE", required_unless_present = "explain")]
    pub files: Vec<PathBuf>,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// What the files are [default: by their names, then by their content]
    #[arg(long, value_parser = ["code", "json", "markdown", "text", "patch"], value_name = "KIND")]
    pub kind: Option<String>,
    /// The language of code: python, rust, ts, .. [default: by their names]
    #[arg(long, value_name = "NAME")]
    pub language: Option<String>,
    /// A JSON Schema that they have to meet
    #[arg(long, value_name = "FILE")]
    pub schema: Option<PathBuf>,
    /// What was asked for, in words
    #[arg(long, value_name = "TEXT")]
    pub request: Option<String>,
    /// What they have to do; can be given several times
    #[arg(long = "require", value_name = "TEXT")]
    pub requirements: Vec<String>,
    /// A text that their statements have to be supported by; can be given several times
    #[arg(long = "source", value_name = "FILE")]
    pub sources: Vec<PathBuf>,
    /// The file that a patch is for
    #[arg(long, value_name = "FILE")]
    pub target: Option<PathBuf>,
    /// Exit with 1 for warnings, too
    #[arg(long)]
    pub strict: bool,
    /// Print the page of a rule instead: what it finds, why, an example, how to mend it
    #[arg(long, value_name = "RULE", conflicts_with = "files")]
    pub explain: Option<String>,
}

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Under the line they are in, as a compiler does
    Text,
    /// What `validate_output` answers, a file each
    Json,
    /// SARIF 2.1.0, which editors and code hosts show beside the code
    Sarif,
}

/// A file, and what was found in it.
#[derive(Debug)]
pub struct Judged {
    /// Its name as it was given.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The judgement.
    pub validation: Validation,
}

impl Validate {
    /// What is known about `text`, which was read from the file `name`.
    #[must_use]
    pub fn artifact(&self, name: &Path, text: String, given: &Given) -> Artifact {
        let (kind, language) = by_name(name);
        Artifact {
            output: text,
            kind: self
                .kind
                .clone()
                .or_else(|| self.language.is_none().then_some(kind).flatten()),
            language: self.language.clone().or(language),
            schema: given.schema.clone(),
            request: self.request.clone(),
            requirements: self.requirements.clone(),
            sources: given.sources.clone(),
            target_file: given.target.clone(),
            ..Artifact::default()
        }
    }

    /// Everything that was found, as it is to be printed.
    #[must_use]
    pub fn told(&self, judged: &[Judged], screen: Screen) -> String {
        match self.format {
            Format::Text => shown::text(judged, screen),
            Format::Json => {
                let files: Vec<Value> = judged
                    .iter()
                    .map(|judged| json!({"file": judged.name, "validation": judged.validation}))
                    .collect();
                format!("{:#}\n", Value::from(files))
            }
            Format::Sarif => format!("{:#}\n", sarif::log(judged)),
        }
    }

    /// Whether what was found is reason enough to stop a script.
    #[must_use]
    pub fn is_failure(&self, judged: &[Judged]) -> bool {
        let worst = judged.iter().map(|judged| judged.validation.verdict).max();
        worst == Some(Verdict::Fail) || (self.strict && worst == Some(Verdict::Warn))
    }
}

/// What the files are compared with, read.
#[derive(Debug, Default)]
pub struct Given {
    /// The JSON Schema.
    pub schema: Option<Value>,
    /// The texts that statements have to be supported by.
    pub sources: Vec<String>,
    /// The content of the file that a patch is for.
    pub target: Option<String>,
}

/// Kind and language by the name of a file; a name that says neither leaves it to the content.
fn by_name(name: &Path) -> (Option<String>, Option<String>) {
    let ending = name
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default()
        .to_ascii_lowercase();
    let kind = match ending.as_str() {
        "" | "out" | "answer" => return (None, None),
        "md" | "markdown" => "markdown",
        "txt" | "log" => "text",
        "patch" | "diff" => "patch",
        "json" => "json",
        _ => "code",
    };
    let language = match ending.as_str() {
        "pyi" | "pyw" => "python",
        "h" => "c",
        "hh" | "hpp" | "cc" | "cxx" => "cpp",
        "htm" | "xhtml" => "html",
        "jsonl" | "ndjson" => "jsonl",
        "webmanifest" => "json",
        other => other,
    };
    (Some(kind.to_owned()), Some(language.to_owned()))
}

#[cfg(test)]
mod tests;
