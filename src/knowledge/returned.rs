//! What searches gave out lately, so that it does not come back as something new.
//!
//! An assistant that is given lessons repeats them, and a memory that keeps the repetitions fills up with
//! itself.

use std::collections::{HashSet, VecDeque};

use super::words::{lower_case, runs};
use crate::domain::LessonId;

/// So many lessons that were given out are remembered.
const REMEMBERED: usize = 256;
/// So many words in a row are compared.
const RUN: usize = 4;
/// Shorter texts are not recognised: their words follow each other by chance.
const FEWEST_RUNS: usize = 6;
/// A text that shares this much with one that was given out is an echo of it.
const SHARE: f64 = 0.8;

/// The lessons that were given out last.
#[derive(Debug, Default)]
pub(super) struct Returned(VecDeque<(LessonId, HashSet<u64>)>);

impl Returned {
    /// A lesson with this text was given out.
    pub(super) fn remember(&mut self, id: &LessonId, text: &str) {
        if let Some(at) = self.0.iter().position(|(known, _)| known == id) {
            self.0.remove(at);
        }
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back((id.clone(), word_runs(text).collect()));
    }

    /// Whether the lesson was given out.
    pub(super) fn has(&self, id: &LessonId) -> bool {
        self.0.iter().any(|(known, _)| known == id)
    }

    /// The lesson that `text` repeats, if it is one that was given out.
    pub(super) fn original(&self, text: &str) -> Option<&LessonId> {
        let runs: Vec<u64> = word_runs(text).collect();
        if runs.len() < FEWEST_RUNS {
            return None;
        }
        let shared = |known: &HashSet<u64>| runs.iter().filter(|run| known.contains(run)).count();
        let most = self.0.iter().max_by_key(|(_, known)| shared(known))?;
        (shared(&most.1) as f64 >= SHARE * runs.len() as f64).then_some(&most.0)
    }
}

/// Every run of words of a text, as a number.
fn word_runs(text: &str) -> impl Iterator<Item = u64> {
    let words: Vec<u64> = runs(text).map(|(_, word)| number(&lower_case(word))).collect();
    let count = (words.len() + 1).saturating_sub(RUN);
    (0..count).map(move |at| {
        let run = words.iter().skip(at).take(RUN);
        run.fold(0, |run: u64, word| run.rotate_left(17) ^ word)
    })
}

/// FNV-1a.
fn number(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "The payment tests fail around midnight because the clock is not held still there.";

    fn given() -> Returned {
        let mut returned = Returned::default();
        returned.remember(&LessonId::new("1"), TEXT);
        returned
    }

    #[test]
    fn what_was_given_out_is_recognised_with_a_few_words_around_it() {
        let echo = format!("Note: {TEXT}");
        assert_eq!(given().original(&echo), Some(&LessonId::new("1")));
    }

    #[test]
    fn a_text_that_says_more_or_something_else_is_no_echo() {
        let more = format!("{TEXT} Freeze it with the fixture in conftest, and run them in UTC only.");
        for text in [
            more.as_str(),
            "The payment tests fail on Windows because of long paths in the cache.",
        ] {
            assert_eq!(given().original(text), None, "{text}");
        }
    }
}
