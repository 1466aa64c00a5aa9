//! The part of a long text that is worth showing.

use std::collections::HashMap;
use std::ops::Range;

use super::words::each_word;

/// The window of about `max_bytes` of `text` with the most weight of matched words, with `…` where
/// something was cut.
pub(super) fn excerpt(text: &str, weights: &HashMap<String, f64>, max_bytes: usize) -> String {
    if text.len() <= max_bytes {
        return text.to_owned();
    }
    let mut marks = Vec::new();
    each_word(text, |word| {
        if let Some(weight) = weights.get(word.stem) {
            marks.push(Mark {
                at: word.start..word.start + word.surface.len(),
                weight: *weight,
            });
        }
    });
    let window = between_words(text, around(&heaviest(&marks, max_bytes), max_bytes, text.len()));
    let before = if window.start > 0 { "…" } else { "" };
    let after = if window.end < text.len() { "…" } else { "" };
    format!("{before}{}{after}", text[window].trim())
}

struct Mark {
    at: Range<usize>,
    weight: f64,
}

/// From the first to the last of the neighbouring marks that together weigh most within `max_bytes`.
fn heaviest(marks: &[Mark], max_bytes: usize) -> Range<usize> {
    let mut best = (0.0, 0..0);
    let mut weight = 0.0;
    let mut first = marks.iter().peekable();
    for last in marks {
        weight += last.weight;
        while let Some(mark) = first.next_if(|mark| mark.at.start + max_bytes < last.at.end) {
            weight -= mark.weight;
        }
        if weight > best.0
            && let Some(mark) = first.peek()
        {
            best = (weight, mark.at.start..last.at.end);
        }
    }
    best.1
}

/// `core` widened to `max_bytes` evenly, as far as the text goes.
fn around(core: &Range<usize>, max_bytes: usize, length: usize) -> Range<usize> {
    let spare = max_bytes.saturating_sub(core.len());
    let start = core
        .start
        .saturating_sub(spare / 2)
        .min(length.saturating_sub(max_bytes));
    start..(start + max_bytes).min(length)
}

/// `window` shrunk to whole words, or at least to whole characters.
fn between_words(text: &str, window: Range<usize>) -> Range<usize> {
    let start = text.ceil_char_boundary(window.start);
    let end = text.floor_char_boundary(window.end).max(start);
    let inside = &text[start..end];
    let start = match inside.find(char::is_whitespace) {
        Some(gap) if start > 0 && gap < inside.len() / 4 => start + gap,
        _ => start,
    };
    let end = match inside.rfind(char::is_whitespace) {
        Some(gap) if end < text.len() && gap > inside.len() / 4 * 3 => end - (inside.len() - gap),
        _ => end,
    };
    start..end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn weights(stems: &[&str]) -> HashMap<String, f64> {
        stems.iter().map(|stem| ((*stem).to_owned(), 1.0)).collect()
    }

    #[test]
    fn the_window_holds_the_matches() {
        let text = format!(
            "{} retry the deploy here {}",
            "before ".repeat(30),
            "after ".repeat(30)
        );
        insta::assert_snapshot!(excerpt(&text, &weights(&["retri", "deploy"]), 60), @"…before before  retry the deploy here after after…");
    }

    #[test]
    fn without_a_match_it_is_the_beginning() {
        insta::assert_snapshot!(excerpt(&"one two three ".repeat(9), &weights(&[]), 30), @"one two three one two three…");
    }

    proptest! {
        #[test]
        fn it_never_panics_nor_grows(text in "\\PC{0,200}", max_bytes in 0_usize..220) {
            let short = excerpt(&text, &weights(&["a"]), max_bytes);
            prop_assert!(short.len() <= max_bytes + 2 * "…".len());
        }
    }
}
