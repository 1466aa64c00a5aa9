//! The one word of a task without which another model would be chosen.
//!
//! How much each word adds to the type and to the difficulty is exact, so the words are tried in the order in which
//! they come nearest to changing either; whether one changes the choice is seen by deciding again on the text without it.

use super::heads::{self, Input};
use super::lexicon::Effect;
use super::route::WithoutPoint;
use super::{difficulty, word::Word};
use crate::routing::classify::classify;

/// How many words are left out in turn.
const MAX_TRIES: usize = 24;
/// Stands for the marks of a question.
const QUESTION: &str = "?";

/// What of `task` changes the choice, which is `chosen`, by its absence; `choose` decides on another text.
pub(super) fn flip(
    task: &str,
    chosen: &str,
    choose: impl Fn(&str) -> Option<String>,
) -> Option<WithoutPoint> {
    words(task).into_iter().take(MAX_TRIES).find_map(|word| {
        let rest = left_out(task, &word);
        if rest.trim().is_empty() {
            return None;
        }
        let to = choose(&rest).filter(|to| to != chosen)?;
        Some(WithoutPoint { word, to })
    })
}

/// Every word of the prose, in lower case, the one that comes nearest to changing type or difficulty first.
fn words(task: &str) -> Vec<String> {
    let weights = heads::builtin();
    let input = Input::of(task, None);
    let tally = weights.tally(&input);
    let reading = weights.reading(&tally);
    let classified = classify(weights, &reading);
    let [first, next] = classified.leading();
    let score = |at: usize| reading.types.get(at).copied().unwrap_or_default();
    let margin = (score(first) - score(next)).max(f64::MIN_POSITIVE);
    let cuts = weights.header().buckets;
    let below = cuts.iter().rev().find(|cut| **cut <= reading.difficulty);
    let above = cuts.iter().find(|cut| **cut > reading.difficulty);
    let step = |part: f64| {
        let cut = if part > 0.0 { below } else { above };
        cut.map_or(0.0, |cut| {
            part.abs() / (cut - reading.difficulty).abs().max(f64::MIN_POSITIVE)
        })
    };
    let hits = &input.features.hits;
    let matters = hits.iter().filter(|hit| {
        let mut effects = hit.row.effects.iter();
        effects.any(|(effect, _)| matches!(effect, Effect::Stakes | Effect::Need(_)))
    });
    let matters: Vec<&str> = matters.flat_map(|hit| hit.row.phrase.split(' ')).collect();
    let questions = [classified.question(), difficulty::QUESTION];
    let by_word = weights.by_word(&input, &tally, questions).into_iter();
    let mut ranked: Vec<(f64, String)> = by_word
        .map(|(span, [of_type, harder])| {
            let word = task.get(span.range()).unwrap_or_default().to_ascii_lowercase();
            let near = (of_type / margin).max(step(harder));
            // Stakes and needs are decided by rules, of which a word breaks one by its absence.
            (
                if matters.contains(&word.as_str()) {
                    near.max(1.0)
                } else {
                    near
                },
                word,
            )
        })
        .collect();
    ranked.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let questions = task.contains('?').then(|| QUESTION.to_owned());
    let words = ranked.into_iter().map(|(_, word)| word);
    questions.into_iter().chain(words).collect()
}

/// `task` without any occurrence of `word`.
fn left_out(task: &str, word: &str) -> String {
    if word == QUESTION {
        return task.replace(QUESTION, "");
    }
    let mut rest = String::with_capacity(task.len());
    let mut end = 0;
    while let Some(found) = Word::next(task.as_bytes(), end) {
        let from = if found.text.eq_ignore_ascii_case(word.as_bytes()) {
            found.start
        } else {
            found.end()
        };
        rest += task.get(end..from).unwrap_or_default();
        end = found.end();
    }
    rest + task.get(end..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_left_out_wherever_it_stands_and_no_other() {
        assert_eq!(left_out("Prove it. prove, proven", "prove"), " it. , proven");
        assert_eq!(left_out("why? why?!", "?"), "why why!");
        assert_eq!(left_out("größe GRÖSSE größe2", "größe"), " GRÖSSE größe2");
    }

    #[test]
    fn the_word_that_asks_for_it_comes_early() {
        let words = words("prove that the sum of two odd numbers is even");
        assert!(words.iter().take(3).any(|word| word == "prove"), "{words:?}");
    }

    #[test]
    fn nothing_is_found_where_nothing_changes() {
        assert_eq!(flip("fix it", "m", |_| Some("m".to_owned())), None);
        assert_eq!(
            flip("fix", "m", |_| Some("n".to_owned())),
            None,
            "nothing would be left"
        );
        let found = flip("fix it", "m", |rest| {
            Some(if rest.contains("fix") { "m" } else { "n" }.to_owned())
        });
        let (word, to) = ("fix".to_owned(), "n".to_owned());
        assert_eq!(found, Some(WithoutPoint { word, to }));
    }
}
