//! What the process with the store open answers: with `--json` printed as it is, else in words.

use serde::{Deserialize, Serialize};

use crate::cli::screen::visible;
use crate::domain::{Lesson, LessonId, LessonKind, LessonState, Timestamp, Trust};
use crate::knowledge::Related;

/// A list of lessons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    /// The newest first.
    pub lessons: Vec<Row>,
    /// How many there are.
    pub total: usize,
    /// Lessons whose record is damaged.
    pub unreadable: usize,
    /// So much of an id tells each of them from all others.
    pub id_length: usize,
}

/// A lesson in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its id.
    pub id: LessonId,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Its state now.
    pub state: LessonState,
    /// Where it comes from.
    pub kind: LessonKind,
    /// How far it may be believed.
    pub trust: Trust,
    /// How sure it is, 0 to 1.
    pub confidence: f64,
    /// Its labels.
    pub tags: Vec<String>,
    /// Its title.
    pub title: String,
}

/// Lessons with all that is kept of them, for an export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// The newest first; none when there are no more.
    pub lessons: Vec<Lesson>,
    /// Lessons whose record is damaged.
    pub unreadable: usize,
}

/// Everything about one lesson.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// The lesson.
    pub lesson: Lesson,
    /// Its state now.
    pub state: LessonState,
    /// How sure it is now, 0 to 1.
    pub confidence: f64,
    /// What is tied to it.
    pub related: Vec<Related>,
}

/// What a search found, as far as it is shown in words.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Found {
    /// The best first.
    pub hits: Vec<Hit>,
    /// How many lessons were looked at.
    pub total_considered: usize,
    /// Hits without room.
    #[serde(default)]
    pub omitted: usize,
    /// Why nothing could be found.
    #[serde(default)]
    pub advice: Option<String>,
}

/// A lesson that was found.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Hit {
    /// Its id.
    pub id: LessonId,
    /// Its title.
    pub title: String,
    /// Its text, or a part of it.
    pub text: String,
    /// 0 to 1, among these hits.
    pub score: f64,
    /// Why it was found.
    pub why: Why,
    /// Its labels.
    #[serde(default)]
    pub tags: Vec<String>,
    /// How far it may be believed.
    pub trust: Trust,
    /// Its state now.
    pub state: LessonState,
    /// Lessons that say otherwise.
    #[serde(default)]
    pub contradicts: Vec<LessonId>,
}

/// Why a lesson was found.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Why {
    /// The words that matched.
    pub matched: Vec<Matched>,
    /// How alike the spelling is.
    pub grams: f64,
    /// How close the meanings lie, -1 to 1.
    pub vector: f64,
    /// The way to it from the thing that the search started from.
    pub path: Vec<String>,
}

/// A word that matched.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Matched {
    /// As the question has it.
    pub word: String,
    /// The stem in the lesson.
    pub term: String,
    /// How alike they are spelt, when they are not the same.
    #[serde(default)]
    pub similarity: Option<f64>,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edited {
    /// What was done.
    pub status: Change,
    /// The lesson that holds what was said.
    pub id: LessonId,
    /// Its title.
    pub title: String,
    /// The lesson whose place it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<LessonId>,
    /// What rules said that did not stop it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// What was done about a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It was so already.
    Unchanged,
    /// A new revision of the lesson.
    Revised,
    /// Another lesson in its place.
    Superseded,
}

/// What became of a retirement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Retired {
    /// The lesson.
    pub id: LessonId,
    /// Its title.
    pub title: String,
    /// Whether it was retired before.
    pub was_already: bool,
    /// Since when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Edited {
    /// In a sentence.
    #[must_use]
    pub fn told(&self) -> String {
        let (id, title) = (&self.id, visible(&self.title));
        let mut told = match (self.status, &self.replaced) {
            (Change::Unchanged, _) => format!("{id} is so already; nothing was changed\n"),
            (Change::Superseded, Some(old)) => format!("{id} took the place of {old}: {title}\n"),
            (Change::Revised | Change::Superseded, _) => format!("{id} was changed: {title}\n"),
        };
        for warning in &self.warnings {
            told.extend(["note: ", warning, "\n"]);
        }
        told
    }
}

impl Retired {
    /// In a sentence.
    #[must_use]
    pub fn told(&self) -> String {
        let (id, title) = (&self.id, visible(&self.title));
        let reason = self
            .reason
            .as_ref()
            .map(|reason| format!(" ({})", visible(reason)));
        let reason = reason.unwrap_or_default();
        match (self.was_already, self.since) {
            (true, Some(since)) => {
                format!(
                    "{id} was retired already, on {}{reason}\n",
                    since.strftime("%Y-%m-%d")
                )
            }
            (true, None) => format!("{id} was retired already{reason}\n"),
            (false, _) => format!("{id} is retired and not found any more: {title}\n"),
        }
    }
}
