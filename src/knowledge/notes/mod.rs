//! Lessons as they stand in files: Markdown pages that people read and write, and what other memories keep.
//!
//! Reading makes [`Note`]s; what becomes of them is decided where they are recorded, as with any lesson.
//! Nothing here asks the store.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::record::NewLesson;
use crate::domain::lesson::{LessonOutcome, Provenance};
use crate::domain::{Entity, Label, LessonKind, Timestamp, Trust};

mod folder;
mod front_matter;
mod markdown;
mod memory_server;
pub mod page;
mod sections;

/// Largest file that is read.
pub const MAX_FILE_BYTES: u64 = 64 << 20;

/// A lesson as it stands in a file. The names of the fields are those of a recording, so that rules for one
/// hold for the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// The file, and where in it.
    pub source: String,
    /// The lesson.
    #[serde(rename = "lesson")]
    pub text: String,
    /// Its name; made from the text when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When it applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// Labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Where it comes from.
    #[serde(default = "note")]
    pub kind: LessonKind,
    /// How the work went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<LessonOutcome>,
    /// What backs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<Entity>,
    /// From when on it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Timestamp>,
    /// From when on it does not hold any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The run it was learned in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The step of that run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What its run had taken in, and what its text holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Label>,
    /// Whether it waits for a confirmation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub candidate: bool,
}

/// What a file or a folder holds.
#[derive(Debug, Default, PartialEq)]
pub struct Reading {
    /// What can be recorded.
    pub notes: Vec<Note>,
    /// What cannot be, or need not, and why.
    pub remarks: Vec<Remark>,
}

/// Something that is not taken up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// The file, and where in it.
    pub at: String,
    /// Why.
    pub why: String,
    /// Whether something is wrong with it, or it is just left out.
    pub is_fault: bool,
}

/// What lessons can be read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// An export of a whole store, which restores one.
    Firstmate,
    /// The file of the official memory server: entities and relations as JSON lines.
    MemoryServer,
    /// A Markdown note, or a folder of them.
    Markdown,
}

/// The format of what is at `path`, by its content; `None` when it is none of them.
///
/// # Errors
/// When it cannot be read.
pub fn format_of(path: &Path) -> std::io::Result<Option<Format>> {
    if std::fs::metadata(path)?.is_dir() || folder::is_markdown(path) {
        return Ok(Some(Format::Markdown));
    }
    let begin = folder::beginning(path)?;
    Ok(memory_server::recognised(&begin))
}

/// What is at `path`, read in a format that holds notes.
///
/// # Errors
/// When it cannot be read at all. What is wrong with a part of it is in the remarks.
pub fn read(path: &Path, format: Format) -> std::io::Result<Reading> {
    if format == Format::MemoryServer {
        return memory_server::read(path);
    }
    if std::fs::metadata(path)?.is_dir() {
        return folder::read(path);
    }
    let mut reading = Reading::default();
    folder::read_file(path, &folder::name(path), &mut reading)?;
    Ok(reading)
}

impl Note {
    /// A note without anything beside its text.
    pub(super) fn new(source: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            text: text.into(),
            title: None,
            context: None,
            tags: Vec::new(),
            kind: note(),
            outcome: None,
            evidence: None,
            about: Vec::new(),
            valid_from: None,
            expires_at: None,
            run: None,
            step: None,
            labels: Vec::new(),
            candidate: false,
        }
    }

    /// The lesson to be recorded, under the name of the call. What stands in a file is believed no more than
    /// what anybody says.
    #[must_use]
    pub fn into_lesson(self, principal: &str, request: Option<String>) -> NewLesson {
        NewLesson {
            text: self.text,
            title: self.title,
            context: self.context,
            tags: self.tags,
            kind: self.kind,
            outcome: self.outcome,
            evidence: self.evidence,
            supersedes: None,
            valid_from: self.valid_from,
            expires_at: self.expires_at,
            about: self.about,
            provenance: Provenance {
                principal: principal.to_owned(),
                run: self.run,
                step: self.step,
                source: Some(self.source),
                labels: self.labels,
            },
            candidate: self.candidate,
            trust: Trust::Unverified,
            request,
        }
    }
}

impl Reading {
    fn refuse(&mut self, at: impl Into<String>, why: impl Into<String>) {
        self.remarks.push(Remark {
            at: at.into(),
            why: why.into(),
            is_fault: true,
        });
    }

    fn skip(&mut self, at: impl Into<String>, why: impl Into<String>) {
        self.remarks.push(Remark {
            at: at.into(),
            why: why.into(),
            is_fault: false,
        });
    }
}

fn note() -> LessonKind {
    LessonKind::Note
}
