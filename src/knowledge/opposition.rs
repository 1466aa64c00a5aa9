//! Whether two texts of the same shape say opposite things about the same.
//!
//! `listens on port 8080` and `listens on port 8081` cannot both hold; `case 17 fails` and `case 18 fails`
//! can. So one number may differ, unless it counts things off, or else negations and opposites.

use super::essence::{FILLERS, NEGATIONS, OPPOSITES};
use super::words::{lower_case, runs};

/// Words before a number that tells which of many is meant.
#[rustfmt::skip]
const COUNTED: [&str; 34] = [
    "attempt", "batch", "bug", "build", "case", "chapter", "client", "commit", "day", "example", "file", "id",
    "issue", "item", "job", "lesson", "line", "module", "no", "note", "number", "page", "part", "pr", "question",
    "round", "row", "rule", "run", "step", "task", "test", "ticket", "worker",
];

/// Whether `one` and `other`, which are equal but for numbers, negations and opposites, contradict each other.
pub(super) fn contradict(one: &str, other: &str) -> bool {
    let (one, other) = (words(one), words(other));
    let without = |words: &[String]| -> Vec<String> {
        let kept = words
            .iter()
            .filter(|word| !NEGATIONS.contains(&word.as_str()) && *word != "t");
        kept.cloned().collect()
    };
    let (plain_one, plain_other) = (without(&one), without(&other));
    let is_number = |word: &str| word.chars().any(char::is_numeric);
    // A negation that has an opposite stands where that stands.
    if plain_one.len() != plain_other.len() {
        return one.len() == other.len() || one.len().abs_diff(other.len()) <= 2;
    }
    let mut numbers = 0;
    let mut before = "";
    for (one, other) in plain_one.iter().zip(&plain_other) {
        if one != other && is_number(one) && is_number(other) {
            numbers += 1;
            if COUNTED.binary_search(&before).is_ok() {
                return false;
            }
        }
        before = one;
    }
    let turned = one.len() != other.len()
        || one.iter().zip(&other).any(|(one, other)| {
            let pair = |a: &str, b: &str| OPPOSITES.contains(&(a, b));
            one != other && (pair(one, other) || pair(other, one))
        });
    numbers == 1 || (numbers == 0 && turned)
}

fn words(text: &str) -> Vec<String> {
    let words = runs(text).map(|(_, run)| lower_case(run));
    words
        .filter(|word| FILLERS.binary_search(&word.as_str()).is_err())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_a_negation_or_an_opposite_contradicts() {
        for (one, other) in [
            (
                "The service listens on port 8080 there",
                "The service listens on port 8081 there",
            ),
            ("Do retry the deploy at once", "Do not retry the deploy at once"),
            (
                "Restart the worker before the api",
                "Restart the worker after the api",
            ),
            (
                "Retrying is enabled by default here",
                "Retrying is disabled by default here",
            ),
        ] {
            assert!(
                contradict(one, other) && contradict(other, one),
                "{one:?} {other:?}"
            );
        }
    }

    #[test]
    fn things_that_are_counted_off_do_not() {
        for (one, other) in [
            (
                "Case 17 loses entries of the cache",
                "Case 18 loses entries of the cache",
            ),
            ("From 3 to 5 workers are enough", "From 4 to 6 workers are enough"),
            ("Lesson 0 of client 6: abc1", "Lesson 0 of client 7: abd2"),
        ] {
            assert!(!contradict(one, other), "{one:?} {other:?}");
        }
    }

    #[test]
    fn the_list_is_sorted() {
        assert!(COUNTED.is_sorted());
    }
}
