//! What searches gave out lately, so that it does not come back as something new.
//!
//! An assistant that is given lessons repeats them, and a memory that keeps the repetitions fills up with
//! itself. Only what adds nothing is a repetition: one other number in a long text is a correction.

use std::collections::VecDeque;

use super::essence::{self, Said, said};
use crate::domain::LessonId;

/// So many lessons that were given out are remembered.
const REMEMBERED: usize = 256;
/// Shorter texts are not recognised: their words follow each other by chance.
const FEWEST: usize = 8;
/// So many words may introduce what is repeated.
const MOST_BEFORE: usize = 6;

/// Words that introduce what is known and say nothing about it, in the singular.
#[rustfmt::skip]
const INTRODUCTIONS: [&str; 30] = [
    "according", "as", "earlier", "fact", "from", "i", "info", "knowledge", "known", "learned", "learnt",
    "lesson", "memory", "my", "note", "noted", "our", "per", "previous", "previously", "recall", "recalled",
    "recorded", "remember", "reminder", "said", "say", "stored", "this", "we",
];

/// The lessons that were given out last.
#[derive(Debug, Default)]
pub(super) struct Returned(VecDeque<(LessonId, Vec<Said>)>);

impl Returned {
    /// A lesson with this text was given out.
    pub(super) fn remember(&mut self, id: &LessonId, text: &str) {
        if let Some(at) = self.0.iter().position(|(known, _)| known == id) {
            self.0.remove(at);
        }
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back((id.clone(), said(text)));
    }

    /// Whether the lesson was given out.
    pub(super) fn has(&self, id: &LessonId) -> bool {
        self.0.iter().any(|(known, _)| known == id)
    }

    /// The lesson given out that `text` repeats: all of it, or whole sentences, behind an introduction or none.
    pub(super) fn original(&self, text: &str) -> Option<&LessonId> {
        let said = said(text);
        let introduced = said
            .iter()
            .take(MOST_BEFORE)
            .take_while(|said| is_introduction(said))
            .count();
        let starts = (0..=introduced).filter_map(|start| said.get(start..));
        let mut repeated = starts.filter(|said| said.len() >= FEWEST);
        repeated
            .find_map(|said| self.0.iter().rev().find(|(_, known)| has_sentences(known, said)))
            .map(|(id, _)| id)
    }
}

/// Whether `part` is some of the sentences of `whole`, in a row.
fn has_sentences(whole: &[Said], part: &[Said]) -> bool {
    let mut starts = whole
        .windows(part.len())
        .enumerate()
        .filter(|(_, window)| window.first().is_some_and(|first| first.begins));
    starts.any(|(at, window)| {
        let ends = whole.get(at + part.len()).is_none_or(|next| next.begins);
        ends && window.iter().zip(part).all(|(one, other)| one.what == other.what)
    })
}

fn is_introduction(said: &Said) -> bool {
    INTRODUCTIONS
        .iter()
        .any(|word| essence::number(word) == said.what)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "The payment tests fail around midnight because the clock is not held still there.";

    fn given() -> Returned {
        let mut returned = Returned::default();
        returned.remember(
            &LessonId::new("1"),
            &format!("Hold the clock. {TEXT} See conftest.py for the fixture."),
        );
        returned
    }

    #[test]
    fn what_was_given_out_is_recognised_behind_an_introduction_and_in_part() {
        for echo in [
            format!("Note: {TEXT}"),
            format!("From memory (as I recall): {}", TEXT.to_uppercase()),
            format!("Hold the clock. {TEXT}"),
            TEXT.to_owned(),
        ] {
            assert_eq!(given().original(&echo), Some(&LessonId::new("1")), "{echo}");
        }
    }

    #[test]
    fn a_text_that_says_more_or_less_or_something_else_is_no_echo() {
        for text in [
            format!("{TEXT} Freeze it with the fixture in conftest, and run them in UTC only."),
            format!("{TEXT} Not on Windows."),
            format!("It is wrong that {TEXT}"),
            TEXT.replace("midnight", "noon"),
            TEXT.replace(" not", ""),
            TEXT.replace(" there", ""),
            TEXT.replace("there.", "here."),
            TEXT.replace("The payment", "Payment and billing"),
            "The payment tests fail on Windows because of long paths in the cache.".to_owned(),
        ] {
            assert_eq!(given().original(&text), None, "{text}");
        }
    }

    #[test]
    fn introductions_are_sorted() {
        assert!(INTRODUCTIONS.is_sorted());
    }
}
