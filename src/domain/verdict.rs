//! What was judged, and what was found in it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Digest;

/// Something a model wrote, with what is known about how it should be.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Artifact {
    /// The text as it was written.
    pub output: String,
    /// `code`, `json`, `markdown`, `text` or `patch`; guessed when absent.
    pub kind: Option<String>,
    /// The programming language of `output` when it is code.
    pub language: Option<String>,
    /// A JSON Schema that the output has to meet.
    pub schema: Option<Value>,
    /// What was asked for, in words.
    pub request: Option<String>,
    /// What the output has to do, one requirement a line.
    pub requirements: Vec<String>,
    /// Texts that the output has to be supported by.
    pub sources: Vec<String>,
    /// The file that a patch has to apply to.
    pub target_file: Option<String>,
    /// The content of the project's manifest: pyproject.toml, requirements.txt, package.json or Cargo.toml.
    #[serde(default)]
    pub manifest: Option<String>,
    /// Why the model stopped, as its provider says: `stop`, `length`, `max_tokens`.
    pub finish_reason: Option<String>,
}

impl Artifact {
    /// `output` with nothing known about it.
    #[must_use]
    pub fn new(output: impl Into<String>) -> Self {
        Self {
            output: output.into(),
            ..Self::default()
        }
    }
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Likely a defect.
    Warning,
    /// A defect: the verdict is `fail`.
    Error,
}

/// A located, nameable defect. Lines and columns count from 1 in the original text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's stable id: `syntax.python`, `schema.required`.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// Line, from 1.
    pub line: u32,
    /// Column in UTF-16 code units, from 1.
    pub column: u32,
    /// First byte of the place.
    pub byte_start: usize,
    /// One past its last byte.
    pub byte_end: usize,
    /// The text at the place, cut to a line.
    pub excerpt: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// The answer about an artifact as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing was found by the checks that ran.
    Pass,
    /// Something was found that need not be a defect, or what was asked for could not be checked.
    Warn,
    /// A defect was found.
    Fail,
}

/// A check that did not run, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotChecked {
    /// What was not checked: `syntax.go`, `request`, `ground`.
    pub what: String,
    /// Why not.
    pub reason: String,
}

/// What the verdict rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The checks that ran.
    pub checked: Vec<String>,
    /// The checks that did not, with the reason.
    pub not_checked: Vec<NotChecked>,
}

/// The judgement of one artifact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// The answer.
    pub verdict: Verdict,
    /// 1 less the published weight of each finding, at least 0.
    pub score: f64,
    /// What was found, in order of place.
    pub findings: Vec<Finding>,
    /// What was and was not checked.
    pub coverage: Coverage,
    /// SHA-256 of the bytes of the output.
    pub content_sha256: Digest,
    /// The output with unambiguous mends applied, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repaired: Option<String>,
    /// How far the given sources say each sentence, in order of place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub support: Vec<Support>,
}

/// A sentence held against the given sources.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Support {
    /// Line, from 1.
    pub line: u32,
    /// Column in UTF-16 code units, from 1.
    pub column: u32,
    /// First byte of the sentence.
    pub byte_start: usize,
    /// One past its last byte.
    pub byte_end: usize,
    /// Between 0 and 1: how much of it the sources say.
    pub share: f64,
    /// What comes closest, if anything does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// A place in a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Which source, from 1.
    pub source: usize,
    /// First byte of the place in it.
    pub byte_start: usize,
    /// One past its last byte.
    pub byte_end: usize,
    /// The text there, shortened.
    pub excerpt: String,
}
