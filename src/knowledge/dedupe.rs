//! Recognising what was recorded before, and what a second recording adds to it.

use std::time::Duration;

use crate::domain::lesson::{Provenance, Recording};
use crate::domain::{Digest, Lesson, LessonState, Timestamp, Trust};

use super::limits::{MAX_ABOUT, MAX_EVIDENCE_BYTES, MAX_TAGS};
use super::record::{NewLesson, RecordStatus};
use super::words::lower_case;

/// SHA-256 of a text in compatibility form, lower-cased, with every run of white space as one space.
pub(super) fn digest(text: &str) -> Digest {
    let lower = lower_case(text);
    let words: Vec<&str> = lower.split_whitespace().collect();
    Digest::of(words.join(" ").as_bytes())
}

/// `lesson` with what recording the same text `again` adds. Text, title, provenance and a flag stay as
/// they were first recorded, but for labels: what was said in a run that took something in may come from there. What a search had returned before confirms nothing.
pub(super) fn confirm(lesson: &Lesson, again: &NewLesson, is_echo: bool, now: Timestamp) -> Lesson {
    let mut lesson = lesson.clone();
    let independent = !is_echo && is_independent(&lesson.provenance, &again.provenance);
    lesson.revision = lesson.revision.saturating_add(1);
    lesson.updated_at = now;
    if !is_echo {
        lesson.confirmations = lesson.confirmations.saturating_add(1);
    }
    if lesson.trust == Trust::Unverified && (independent || again.trust == Trust::Confirmed) {
        lesson.trust = Trust::Confirmed;
    }
    if lesson.state == LessonState::Candidate && (independent || !again.candidate) {
        lesson.state = LessonState::Active;
    }
    for tag in &again.tags {
        if lesson.tags.len() < MAX_TAGS && !lesson.tags.contains(tag) {
            lesson.tags.push(tag.clone());
        }
    }
    lesson
        .provenance
        .add_labels(again.provenance.labels.iter().copied());
    lesson.context = lesson.context.or_else(|| again.context.clone());
    lesson.evidence = both(lesson.evidence, again.evidence.as_deref());
    lesson.outcome = again.outcome.clone().or(lesson.outcome);
    // Recording an expired lesson again says that it holds again.
    if again.expires_at.is_some() || lesson.state_at(now) == LessonState::Expired {
        lesson.valid_to = again.expires_at;
    }
    for entity in &again.about {
        if lesson.about.len() < MAX_ABOUT && !lesson.about.contains(entity) {
            lesson.about.push(entity.clone());
        }
    }
    lesson
}

/// Whether more than the number of confirmations changed.
pub(super) fn adds_something(before: &Lesson, after: &Lesson) -> bool {
    before.tags != after.tags
        || before.context != after.context
        || before.evidence != after.evidence
        || before.outcome != after.outcome
        || before.valid_to != after.valid_to
        || before.about != after.about
        || before.provenance.labels != after.provenance.labels
}

/// A named call is recognised for so long: it is sent again within seconds or never.
const RECOGNISED: Duration = Duration::from_secs(600);
/// So many named calls are recognised on one lesson.
const MAX_RECORDINGS: usize = 32;

/// What this very call was told when it wrote to `lesson` before.
pub(super) fn told_before(lesson: &Lesson, again: &NewLesson) -> Option<RecordStatus> {
    let request = again.request.as_ref()?;
    let mut recordings = lesson.recordings.iter().rev();
    let before = recordings.find(|recording| recording.request == *request)?;
    Some(before.status)
}

/// Has `lesson` remember the call that writes it, in the place of calls that do not come again any more.
pub(super) fn remember(lesson: &mut Lesson, new: &NewLesson, status: RecordStatus, now: Timestamp) {
    let fresh = |recording: &Recording| now.duration_since(recording.at).unsigned_abs() < RECOGNISED;
    lesson.recordings.retain(fresh);
    if let Some(request) = &new.request {
        if lesson.recordings.len() >= MAX_RECORDINGS {
            lesson.recordings.remove(0);
        }
        lesson.recordings.push(Recording {
            request: request.clone(),
            status,
            at: now,
        });
    }
}

/// Another person, or another run: repeating oneself confirms nothing.
fn is_independent(first: &Provenance, again: &Provenance) -> bool {
    first.principal != again.principal || (again.run.is_some() && first.run != again.run)
}

fn both(first: Option<String>, again: Option<&str>) -> Option<String> {
    match (first, again) {
        (Some(first), Some(again))
            if !first.contains(again) && first.len() + again.len() < MAX_EVIDENCE_BYTES =>
        {
            Some(format!("{first}\n{again}"))
        }
        (first, again) => first.or_else(|| again.map(str::to_owned)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(one: &str, other: &str, same: bool) {
        assert_eq!(digest(one) == digest(other), same, "{one:?} {other:?}");
    }

    #[test]
    fn case_space_and_compatibility_forms_do_not_make_another_lesson() {
        check("Retry the deploy", "  retry\n\tTHE   deploy ", true);
        check("Port ８０８０", "port 8080", true);
        check("cafe\u{301}", "caf\u{e9}", true);
    }

    #[test]
    fn other_words_numbers_or_punctuation_do() {
        check("Retry the deploy", "Retry a deploy", false);
        check("port 8080", "port 8081", false);
        check("do not retry", "do retry", false);
    }
}
