//! Something worth remembering.

use serde::{Deserialize, Serialize};

use super::{Digest, Entity, Label, LessonId, Timestamp};

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
    /// In force until some time that is over. Never stored: [`Lesson::state_at`] tells it.
    Expired,
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
    /// The file it was imported from, and where in it, when nobody said it here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What its run had taken in by then, and what its text holds: whoever is given the lesson takes that in, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Label>,
}

impl Provenance {
    /// Adds labels that are not there yet.
    pub fn add_labels(&mut self, labels: impl IntoIterator<Item = Label>) {
        self.labels.extend(labels);
        self.labels.sort_unstable();
        self.labels.dedup();
    }
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
    /// Why it was taken back, where somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired_because: Option<String>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// When this revision was written.
    pub updated_at: Timestamp,
    /// From when on it holds in the world; since it was recorded, where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Timestamp>,
    /// From when on it does not hold any more, because it expired or another took its place.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "expires_at")]
    pub valid_to: Option<Timestamp>,
    /// What it is about, beside its run and its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<Entity>,
    /// Lessons that were there and say otherwise about the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contradicts: Vec<LessonId>,
    /// What became of the work that it was given to.
    #[serde(default, skip_serializing_if = "Uses::is_none")]
    pub uses: Uses,
    /// The named calls that wrote to it lately; see [`Recording`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recordings: Vec<Recording>,
}

/// What became of the work that a lesson was given to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uses {
    /// Steps of finished runs that were given it.
    pub given: u32,
    /// Those of them whose first result was accepted.
    pub helped: u32,
}

impl Uses {
    /// Whether it was never used.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// After this many days without a confirmation an unconfirmed lesson is believed half as much.
const HALF_LIFE_DAYS: f64 = 180.0;
/// More confirmations than this make no difference.
const MOST_CONFIRMATIONS: u32 = 20;

impl Lesson {
    /// From when on it holds.
    #[must_use]
    pub fn valid_from(&self) -> Timestamp {
        self.valid_from.unwrap_or(self.recorded_at)
    }

    /// Whether it is in force at that time.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> LessonState {
        match self.state {
            LessonState::Active | LessonState::Candidate if self.valid_to.is_some_and(|end| end <= now) => {
                LessonState::Expired
            }
            state => state,
        }
    }

    /// How sure it is without regard to its age: `for / (for + against)`, 0 to 1. For it speak 1, each
    /// confirmation, each step it helped, a success it comes from, and a second source; against it 1, and
    /// half of each step that had it and was sent back all the same. A fresh note has 0.5.
    #[must_use]
    pub fn strength(&self) -> f64 {
        let support = f64::from(self.support());
        support / (support + self.opposition())
    }

    /// What speaks for it, counted.
    #[must_use]
    pub fn support(&self) -> u32 {
        let succeeded = self.outcome.as_ref().is_some_and(|outcome| outcome.success);
        1 + self.confirmations.min(MOST_CONFIRMATIONS)
            + self.uses.helped
            + u32::from(succeeded)
            + u32::from(self.trust == Trust::Confirmed)
    }

    /// What speaks against it, counted.
    #[must_use]
    pub fn opposition(&self) -> f64 {
        1.0 + f64::from(self.uses.given.saturating_sub(self.uses.helped)) / 2.0
    }

    /// [`Lesson::strength`], faded by [`fade`] since the lesson was last written.
    #[must_use]
    pub fn confidence(&self, now: Timestamp) -> f64 {
        let age_ms = now
            .as_millisecond()
            .saturating_sub(self.updated_at.as_millisecond());
        let strength = self.strength();
        strength * fade(strength, age_ms)
    }
}

/// What age leaves of a confidence: half after 180 days for a strength of 0.5, later the stronger it is
/// (half-life = 180 days × strength / (1 - strength)). A clock that jumped back counts as no age.
#[must_use]
pub fn fade(strength: f64, age_ms: i64) -> f64 {
    let days = age_ms.max(0) as f64 / 86_400_000.0;
    let half_life = HALF_LIFE_DAYS * strength / (1.0 - strength).max(0.01);
    0.5_f64.powf(days / half_life.max(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lesson_from_before_there_were_labels_has_none() {
        let mut new: Provenance = serde_json::from_str(r#"{"principal":"ada","run":"7"}"#).unwrap();
        assert!(new.labels.is_empty());
        assert_eq!(
            serde_json::to_string(&new).unwrap(),
            r#"{"principal":"ada","run":"7"}"#
        );
        new.add_labels([Label::Secret, Label::Untrusted, Label::Secret]);
        let text = serde_json::to_string(&new).unwrap();
        assert!(text.ends_with(r#""labels":["untrusted","secret"]}"#), "{text}");
        assert_eq!(serde_json::from_str::<Provenance>(&text).unwrap(), new);
    }

    #[test]
    fn confidence_fades_slower_the_more_speaks_for_it() {
        let year = 365 * 86_400_000;
        let halves: Vec<f64> = [0.5, 0.75, 0.9]
            .map(|strength| strength * fade(strength, year))
            .to_vec();
        assert!(halves.is_sorted(), "{halves:?}");
        assert!((fade(0.5, 180 * 86_400_000) - 0.5).abs() < 1e-9);
        assert_eq!(fade(0.5, -year), 1.0);
    }
}
