//! From what a caller wants remembered to the lessons that are written.

use serde::{Deserialize, Serialize};

pub use crate::domain::lesson::RecordStatus;
use crate::domain::lesson::{LessonOutcome, Provenance, Uses};
use crate::domain::{Digest, Entity, Lesson, LessonId, LessonKind, LessonState, Timestamp, Trust};

use super::error::{Error, Result};
use super::instructions::speaks_to_a_model;

/// Longest text of a lesson.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;
/// Longest context of a lesson.
pub const MAX_CONTEXT_BYTES: usize = 8 * 1024;
/// Longest evidence of a lesson.
pub const MAX_EVIDENCE_BYTES: usize = 16 * 1024;
/// Longest title, and longest reference to a run, a step or a route.
pub const MAX_TITLE_BYTES: usize = 256;
/// Most tags on a lesson.
pub const MAX_TAGS: usize = 32;
/// Longest tag.
pub const MAX_TAG_BYTES: usize = 64;
/// Most things that a lesson is said to be about.
pub(super) const MAX_ABOUT: usize = 32;
/// A title made from the text is not longer.
const DERIVED_TITLE_CHARS: usize = 80;

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

/// `lesson` in its settled form: trimmed title and tags, distinct lower-case tags, flagged when needed.
pub(super) fn checked(mut lesson: NewLesson) -> Result<NewLesson> {
    if lesson.text.trim().is_empty() {
        return Err(invalid("lesson", "is empty".to_owned()));
    }
    check_text("lesson", &lesson.text, MAX_TEXT_BYTES)?;
    lesson.title = lesson
        .title
        .map(|title| title.trim().to_owned())
        .filter(|title| !title.is_empty());
    let outcome = lesson.outcome.as_ref();
    for (field, text, limit) in [
        ("title", lesson.title.as_ref(), MAX_TITLE_BYTES),
        ("context", lesson.context.as_ref(), MAX_CONTEXT_BYTES),
        ("evidence", lesson.evidence.as_ref(), MAX_EVIDENCE_BYTES),
        (
            "outcome.ref",
            outcome.and_then(|outcome| outcome.reference.as_ref()),
            MAX_TITLE_BYTES,
        ),
        ("provenance.run", lesson.provenance.run.as_ref(), MAX_TITLE_BYTES),
        (
            "provenance.step",
            lesson.provenance.step.as_ref(),
            MAX_TITLE_BYTES,
        ),
    ] {
        text.map_or(Ok(()), |text| check_text(field, text, limit))?;
    }
    if let Some(score) = outcome.and_then(|outcome| outcome.score)
        && !(0.0..=1.0).contains(&score)
    {
        return Err(invalid(
            "outcome.score",
            format!("must be between 0 and 1, got {score}"),
        ));
    }
    if lesson.candidate && lesson.supersedes.is_some() {
        return Err(invalid(
            "supersedes",
            "cannot be named by an unconfirmed candidate".to_owned(),
        ));
    }
    if lesson.tags.len() > MAX_TAGS {
        return Err(invalid(
            "tags",
            format!("may be {MAX_TAGS} at most, got {}", lesson.tags.len()),
        ));
    }
    if lesson.about.len() > MAX_ABOUT {
        return Err(invalid(
            "about",
            format!("may be {MAX_ABOUT} at most, got {}", lesson.about.len()),
        ));
    }
    for entity in &lesson.about {
        check_text("about", &entity.name, MAX_TITLE_BYTES)?;
    }
    lesson.tags = settled_tags(&lesson.tags);
    for tag in &lesson.tags {
        check_text("tags", tag, MAX_TAG_BYTES)?;
    }
    let texts = [
        Some(&lesson.text),
        lesson.title.as_ref(),
        lesson.context.as_ref(),
        lesson.evidence.as_ref(),
    ]
    .into_iter()
    .flatten()
    .chain(&lesson.tags);
    let is_suspect = |text: &String| text.chars().any(is_hidden) || speaks_to_a_model(text);
    if texts.into_iter().any(is_suspect) {
        lesson.trust = Trust::Flagged;
    }
    Ok(lesson)
}

/// Tags as they are kept and compared.
pub(super) fn settled_tags(tags: &[String]) -> Vec<String> {
    let mut settled = Vec::with_capacity(tags.len());
    for tag in tags {
        let tag = tag.trim().to_lowercase();
        if !tag.is_empty() && !settled.contains(&tag) {
            settled.push(tag);
        }
    }
    settled
}

/// The first revision of `lesson`, which went through [`checked`].
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

/// The first sentence, cut between words when it is long.
pub(super) fn derived_title(text: &str) -> String {
    let line = text
        .lines()
        .map(|line| line.trim().trim_start_matches(['#', '-', '*', '>', ' ']))
        .find(|line| !line.is_empty())
        .unwrap_or(text.trim());
    let end = line
        .match_indices(['.', '!', '?'])
        .map(|(at, mark)| at + mark.len())
        .find(|end| line[*end..].starts_with(char::is_whitespace))
        .or_else(|| line.find(['。', '！', '？']))
        .unwrap_or(line.len());
    let sentence = line[..end].trim_end_matches('.');
    let Some((cut, _)) = sentence.char_indices().nth(DERIVED_TITLE_CHARS) else {
        return sentence.to_owned();
    };
    let cut = sentence[..cut].rfind(char::is_whitespace).unwrap_or(cut);
    format!("{}…", sentence[..cut].trim_end())
}

pub(super) fn check_text(field: &'static str, text: &str, limit: usize) -> Result<()> {
    if text.len() > limit {
        return Err(invalid(
            field,
            format!("may be {limit} bytes at most, got {}", text.len()),
        ));
    }
    let control = text
        .char_indices()
        .find(|(_, c)| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    match control {
        Some((at, c)) => Err(invalid(
            field,
            format!("has the control character U+{:04X} at byte {at}", u32::from(c)),
        )),
        None => Ok(()),
    }
}

/// Characters that change what a reader sees without being seen: bidirectional controls, zero-width
/// marks, tag characters. The joiners are left out, emoji and several scripts need them.
pub(crate) fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}')
}

fn invalid(field: &'static str, problem: String) -> Error {
    Error::Invalid { field, problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(change: impl FnOnce(&mut NewLesson)) -> String {
        let mut lesson = NewLesson::note("Retry once.");
        change(&mut lesson);
        checked(lesson)
            .expect_err("the lesson should be refused")
            .to_string()
    }

    #[test]
    fn every_limit_is_named_with_its_field() {
        let refusals = [
            refusal(|lesson| lesson.text = " \n ".to_owned()),
            refusal(|lesson| lesson.text = "x".repeat(MAX_TEXT_BYTES + 1)),
            refusal(|lesson| lesson.text = "bell\u{7}".to_owned()),
            refusal(|lesson| lesson.tags = vec!["t".to_owned(); 10_000]),
            refusal(|lesson| lesson.tags = vec!["t".repeat(MAX_TAG_BYTES + 1)]),
            refusal(|lesson| lesson.title = Some("t".repeat(MAX_TITLE_BYTES + 1))),
            refusal(|lesson| {
                lesson.outcome = Some(LessonOutcome {
                    reference: None,
                    success: true,
                    score: Some(f64::NAN),
                });
            }),
            refusal(|lesson| {
                lesson.candidate = true;
                lesson.supersedes = Some(LessonId::new("1"));
            }),
        ];
        insta::assert_snapshot!(refusals.join("\n"), @r"
        lesson is empty
        lesson may be 65536 bytes at most, got 65537
        lesson has the control character U+0007 at byte 4
        tags may be 32 at most, got 10000
        tags may be 64 bytes at most, got 65
        title may be 256 bytes at most, got 257
        outcome.score must be between 0 and 1, got NaN
        supersedes cannot be named by an unconfirmed candidate
        ");
    }

    #[test]
    fn tags_are_trimmed_lower_cased_and_distinct() {
        let mut lesson = NewLesson::note("x");
        lesson.tags = [" Rust ", "rust", "", "CI"].map(str::to_owned).to_vec();
        assert_eq!(checked(lesson).unwrap().tags, ["rust", "ci"]);
    }

    #[test]
    fn hidden_characters_flag_a_lesson_and_joiners_do_not() {
        let trust = |text: &str| checked(NewLesson::note(text)).unwrap().trust;
        assert_eq!(trust("safe\u{202e}txt.exe"), Trust::Flagged);
        assert_eq!(trust("zero\u{200b}width"), Trust::Flagged);
        assert_eq!(trust("family 👩\u{200d}👧"), Trust::Unverified);
    }

    #[test]
    fn a_title_is_the_first_sentence() {
        for (text, title) in [
            ("Use v1.2 of sled. Newer ones lose data.", "Use v1.2 of sled"),
            ("---\n# Heading\nBody.", "Heading"),
            ("Does it work? Yes.", "Does it work?"),
            ("重启服务。然后再试。", "重启服务"),
        ] {
            assert_eq!(derived_title(text), title);
        }
        let long = derived_title(&"word ".repeat(40));
        assert!(
            long.ends_with("word…") && long.chars().count() <= DERIVED_TITLE_CHARS + 1,
            "{long}"
        );
    }
}
