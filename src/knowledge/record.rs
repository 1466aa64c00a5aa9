//! From what a caller wants remembered to the lessons that are written.

use serde::{Deserialize, Serialize};

pub use crate::domain::lesson::RecordStatus;
use crate::domain::lesson::{LessonOutcome, Provenance, Uses};
use crate::domain::{Digest, Entity, Lesson, LessonId, LessonKind, LessonState, Timestamp, Trust};

use super::title::derived_title;

/// Something to be remembered.
#[derive(Debug, Clone, PartialEq)]
pub struct NewLesson {
    /// The lesson, kept verbatim.
    pub text: String,
    /// A short name; made from the first sentence when absent.
    pub title: Option<String>,
    /// When it applies.
    pub context: Option<String>,
    /// Labels; lower-cased when kept.
    pub tags: Vec<String>,
    /// Where it comes from.
    pub kind: LessonKind,
    /// How the work went.
    pub outcome: Option<LessonOutcome>,
    /// What backs it.
    pub evidence: Option<String>,
    /// The lesson it replaces.
    pub supersedes: Option<LessonId>,
    /// From when on it holds; from now on when absent.
    pub valid_from: Option<Timestamp>,
    /// From when on it is not to be found.
    pub expires_at: Option<Timestamp>,
    /// What it is about, beside its run, its labels and the files that it names.
    pub about: Vec<Entity>,
    /// Where it was learned.
    pub provenance: Provenance,
    /// Whether it waits for a confirmation before it is found.
    pub candidate: bool,
    /// How far it may be believed; lowered when the text hides characters.
    pub trust: Trust,
    /// The name of the call: one that comes again under its name soon gets the same answer, and changes
    /// nothing.
    pub request: Option<String>,
}

impl NewLesson {
    /// A note in force at once, as good as whoever wrote it.
    pub fn note(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            title: None,
            context: None,
            tags: Vec::new(),
            kind: LessonKind::Note,
            outcome: None,
            evidence: None,
            supersedes: None,
            valid_from: None,
            expires_at: None,
            about: Vec::new(),
            provenance: Provenance::default(),
            candidate: false,
            trust: Trust::Unverified,
            request: None,
        }
    }
}

/// The answer to a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// The lesson that holds the text now.
    pub id: LessonId,
    /// What became of it.
    pub status: RecordStatus,
    /// Whether that lesson is in force: recording the text of a superseded one does not bring it back.
    pub state: LessonState,
    /// Lessons worth a look: what replaced it, or what says much of the same.
    pub related: Vec<Related>,
    /// How often the text was recorded again.
    pub confirmations: u32,
}

impl Recorded {
    /// The answer where `lesson` holds the text.
    pub(super) fn new(lesson: &Lesson, status: RecordStatus, related: Vec<Related>) -> Self {
        Self {
            id: lesson.id.clone(),
            status,
            state: lesson.state,
            related,
            confirmations: lesson.confirmations,
        }
    }
}

/// A lesson beside the recorded one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Related {
    /// The lesson.
    pub id: LessonId,
    /// Its title.
    pub title: String,
    /// Why it is named.
    pub why: String,
}

impl Related {
    /// `lesson`, named for the reason `why`.
    pub(super) fn new(lesson: &Lesson, why: impl Into<String>) -> Self {
        Self {
            id: lesson.id.clone(),
            title: lesson.title.clone(),
            why: why.into(),
        }
    }
}

/// The first revision of `lesson`, which went through [`checked`](super::limits::checked).
pub(super) fn first_revision(
    lesson: &NewLesson,
    id: LessonId,
    text_sha256: Digest,
    now: Timestamp,
) -> Lesson {
    Lesson {
        id,
        revision: 1,
        kind: lesson.kind,
        state: if lesson.candidate {
            LessonState::Candidate
        } else {
            LessonState::Active
        },
        title: lesson
            .title
            .clone()
            .unwrap_or_else(|| derived_title(&lesson.text)),
        text: lesson.text.clone(),
        context: lesson.context.clone(),
        tags: lesson.tags.clone(),
        outcome: lesson.outcome.clone(),
        evidence: lesson.evidence.clone(),
        provenance: lesson.provenance.clone(),
        trust: lesson.trust,
        confirmations: 0,
        text_sha256,
        supersedes: lesson.supersedes.clone(),
        superseded_by: None,
        retired_because: None,
        recorded_at: now,
        updated_at: now,
        valid_from: lesson.valid_from,
        valid_to: lesson.expires_at,
        about: lesson.about.clone(),
        contradicts: Vec::new(),
        uses: Uses::default(),
        recordings: Vec::new(),
    }
}

/// `lesson` with what became of the work it was given to. It was not confirmed by that, so it ages on.
pub(super) fn credited(mut lesson: Lesson, uses: Uses) -> Lesson {
    lesson.revision = lesson.revision.saturating_add(1);
    lesson.uses.given = lesson.uses.given.saturating_add(uses.given);
    lesson.uses.helped = lesson.uses.helped.saturating_add(uses.helped);
    lesson
}

/// `old` after `by` took its place.
pub(super) fn superseded(mut old: Lesson, by: &LessonId, now: Timestamp) -> Lesson {
    old.revision = old.revision.saturating_add(1);
    old.state = LessonState::Superseded;
    old.superseded_by = Some(by.clone());
    old.valid_to = Some(now);
    old.updated_at = now;
    old
}
