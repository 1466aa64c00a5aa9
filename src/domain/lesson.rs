//! Something worth remembering.

use serde::{Deserialize, Serialize};

use super::{Digest, LessonId, Timestamp};

/// Where a lesson comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LessonKind {
    /// Somebody said so.
    Note,
    /// Taken from a run's journal by rule.
    Run,
    /// About how a piece of work went.
    Outcome,
}

/// Whether a lesson is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LessonState {
    /// Extracted, not confirmed yet: found only when asked for.
    Candidate,
    /// In force.
    Active,
    /// Replaced by a newer one; readable by id.
    Superseded,
    /// Taken back.
    Retracted,
}

/// How far a lesson's text may be believed. It is always data, never an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Something in it looks like an instruction or hides characters.
    Flagged,
    /// As good as whoever wrote it.
    Unverified,
    /// Backed by a validated run or a second, independent confirmation.
    Confirmed,
}

/// Where a lesson was learned.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Who recorded it.
    pub principal: String,
    /// The run it was learned in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The step of that run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
}

/// How the work that a lesson is about went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LessonOutcome {
    /// The routing decision or run it refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Whether it worked.
    pub success: bool,
    /// How well, in 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
}

/// What became of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordStatus {
    /// It is a new lesson.
    Created,
    /// The text was known; what else was said is now kept with it.
    Merged,
    /// It is in force in place of another.
    Superseded,
    /// It was known; one more confirmation.
    Duplicate,
    /// It is new and waits for a confirmation.
    Candidate,
}

/// A call that wrote to a lesson, so that the same call sent again is answered and not done again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// The name that the call was sent under.
    pub request: String,
    /// What it was told.
    pub status: RecordStatus,
    /// When it wrote.
    pub at: Timestamp,
}

/// A lesson as it is kept: the text verbatim, never rewritten.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lesson {
    /// Sorts by time of recording.
    pub id: LessonId,
    /// 1 for the first version; each write of a lesson is exactly one more than what is stored.
    pub revision: u32,
    /// Where it comes from.
    pub kind: LessonKind,
    /// Whether it is in force.
    pub state: LessonState,
    /// A short name.
    pub title: String,
    /// The lesson.
    pub text: String,
    /// When it applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// Lower-case labels.
    #[serde(default)]
    pub tags: Vec<String>,
    /// How the work went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<LessonOutcome>,
    /// What backs it: a test's output, a link, a finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Where it was learned.
    pub provenance: Provenance,
    /// How far it may be believed.
    pub trust: Trust,
    /// How often it was recorded again.
    pub confirmations: u32,
    /// SHA-256 of the normalised text: equal for exact duplicates.
    pub text_sha256: Digest,
    /// The lesson it replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<LessonId>,
    /// The lesson that replaced it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<LessonId>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// When this revision was written.
    pub updated_at: Timestamp,
    /// From when on it is not to be found any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The named calls that wrote to it lately; see [`Recording`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recordings: Vec<Recording>,
}
