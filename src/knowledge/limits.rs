//! What may be recorded, and the form in which it is kept.

use super::error::{Error, Result};
use super::instructions::speaks_to_a_model;
use super::record::NewLesson;
use crate::domain::Trust;

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
    use crate::domain::LessonId;
    use crate::domain::lesson::LessonOutcome;

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
}
