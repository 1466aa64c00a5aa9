//! What a task looks like: the grams of its words, the shapes of its lines and a few counts, in one pass over
//! a bounded part of the text.
//!
//! A gram is a 64-bit number ([`super::hash`]), so that weights can be set by hand for some (as in
//! [`super::lexicon`]) and trained for all. A word is a run of ASCII letters, digits, `_` and bytes from 0x80.

use std::ops::Range;

use super::language::LANGUAGES;
use super::lexicon::Hit;
use super::marks::SHAPES;
use super::preamble;
use super::scan::Scan;
use super::signals::Counts;

/// Longer texts are read in part: their first [`HEAD_BYTES`] and their last [`TAIL_BYTES`].
pub(super) const MAX_BYTES: usize = HEAD_BYTES + TAIL_BYTES;
const HEAD_BYTES: usize = 6_144;
const TAIL_BYTES: usize = 2_048;
/// Grams that ten bytes of text give at each place at most, as a rule: what is set aside for them at once.
const IN_TEN_BYTES: [usize; PLACES] = [6, 0, 0, 0, 4, 0, 0];
/// And however short it is.
const AT_LEAST: [usize; PLACES] = [16, 96, 16, SHAPES.len(), 16, 256, 3];
/// Bytes of text to a piece: only words that are not known have any.
const BYTES_PER_PIECE: usize = 4;

/// Where a gram stands. Each place has its own numbers for the same words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Anywhere in the prose.
    Anywhere,
    /// In the first characters.
    Opening,
    /// The first word, or the first two, of one of the first sentences, polite words left out.
    Lead,
    /// Not a word but what the lines are: `#code`, `#diff`, `#question`. Numbered as if it stood anywhere.
    Shape,
    /// What a word means ([`super::senses`]), alone, with the one before and at the start of a sentence.
    Sense,
    /// What is asked for, by meaning or by verb, together with a shape.
    Cross,
    /// The first word, the last, and both.
    End,
    /// Four bytes of a word that is not known, its ends marked.
    Piece,
}

/// How many places there are whose grams are kept with where they stand: all but the pieces.
pub(super) const PLACES: usize = 7;
/// Those places, in the order in which their grams are kept.
pub(super) const ORDER: [Place; PLACES] = [
    Place::Anywhere,
    Place::Opening,
    Place::Lead,
    Place::Shape,
    Place::Sense,
    Place::Cross,
    Place::End,
];

/// One word, pair of words or shape of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gram {
    pub(super) number: u64,
    /// Where it stands in the task, in bytes; for a shape its place in [`SHAPES`].
    pub(super) at: Span,
    /// One word as it stands there: not a pair, a shape or a derived singular.
    pub(super) is_word: bool,
    /// How many pieces the word has.
    pub(super) pieces: u8,
}

impl Gram {
    pub(super) fn new(number: u64, at: Span) -> Self {
        Self {
            number,
            at,
            is_word: false,
            pieces: 0,
        }
    }
}

/// A stretch of a text, in bytes. In texts above 4 GiB it is only told of wrongly, never read out of bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    pub(super) fn new(start: usize, end: usize) -> Self {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            start: narrow(start),
            end: narrow(end),
        }
    }

    pub(super) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// What a text looks like.
#[derive(Debug, Clone, Default)]
pub(super) struct Features {
    /// Grams and shapes by the place they stand at ([`ORDER`]), with repetitions, in order of appearance.
    pub(super) grams: [Vec<Gram>; PLACES],
    /// The numbers of the pieces of the words that have any, in the order of the words.
    pub(super) pieces: Vec<u64>,
    /// The rows of the lexicon that it has.
    pub(super) hits: Vec<Hit>,
    /// Words of the prose; code, logs and tables have none.
    pub(super) words: usize,
    /// How many of them each language has.
    pub(super) languages: [u32; LANGUAGES],
    /// Whether the text is more likely a file than writing.
    pub(super) binary: bool,
    pub(super) counts: Counts,
}

impl Features {
    /// What `task` looks like. Of `context`, material given along with it, only the shapes count.
    pub(super) fn of(task: &str, context: Option<&str>) -> Self {
        let mut scan = Scan::new(Self::with_room_for(task.len().min(MAX_BYTES)));
        let proper = preamble::task(task);
        let start = proper.start;
        for (offset, part) in parts(task.get(proper).unwrap_or_default()) {
            scan.text(part, Some(start + offset));
        }
        for (_, part) in context.into_iter().flat_map(parts) {
            scan.text(part, None);
        }
        scan.finish(context.map_or(0, str::len))
    }

    fn with_room_for(bytes: usize) -> Self {
        let room = |at: usize| {
            let by_length = IN_TEN_BYTES.get(at).map_or(0, |grams| bytes * grams / 10);
            by_length + AT_LEAST.get(at).copied().unwrap_or_default()
        };
        Self {
            grams: std::array::from_fn(|at| Vec::with_capacity(room(at))),
            pieces: Vec::with_capacity(bytes / BYTES_PER_PIECE),
            ..Self::default()
        }
    }

    /// The grams of each place but the pieces.
    pub(super) fn places(&self) -> impl Iterator<Item = (Place, &[Gram])> {
        ORDER.into_iter().zip(self.grams.iter().map(Vec::as_slice))
    }

    /// The grams of a place; none of [`Place::Piece`].
    pub(super) fn at(&self, place: Place) -> &[Gram] {
        self.grams.get(place as usize).map_or(&[], Vec::as_slice)
    }
}

/// The one or two stretches of `text` that are read, each with where it begins.
fn parts(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let from = |start: usize| (start, text.get(start..).unwrap_or_default());
    let (head, tail) = if text.len() <= MAX_BYTES {
        ((0, text), (0, ""))
    } else {
        let end = text.floor_char_boundary(HEAD_BYTES);
        (
            (0, text.get(..end).unwrap_or_default()),
            from(text.ceil_char_boundary(text.len() - TAIL_BYTES)),
        )
    };
    [head, tail].into_iter().filter(|(_, part)| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::hash::gram;

    fn has(features: &Features, place: Place, phrase: &str) -> bool {
        let number = gram(place, phrase);
        features.at(place).iter().any(|gram| gram.number == number)
    }

    #[track_caller]
    fn check(task: &str, present: &[&str], absent: &[&str]) {
        let features = Features::of(task, None);
        let place = |phrase: &str| match phrase.starts_with('#') {
            true => Place::Shape,
            false => Place::Anywhere,
        };
        let lacks = |phrase: &&&str| !has(&features, place(phrase), phrase);
        assert_eq!(present.iter().find(lacks), None, "missing in {task:?}");
        assert!(
            absent.iter().all(|phrase| lacks(&phrase)),
            "{task:?} has one of {absent:?}"
        );
    }

    #[test]
    fn words_pairs_and_singulars_are_grams() {
        check(
            "Write unit TESTS",
            &["write", "unit tests", "unit test", "test"],
            &["write tests"],
        );
    }

    #[test]
    fn shapes_of_lines_are_told_apart_and_code_has_no_words() {
        check(
            "why?\n```\nlet banana = 1;\n```",
            &["#code", "#question"],
            &["banana", "#diff"],
        );
        check(
            "review\ndiff --git a/x b/x\n@@ -1 +1 @@\n",
            &["#diff", "#code"],
            &["#trace"],
        );
        check(
            "help\nTraceback (most recent call last):\n  File \"a.py\", line 1\n",
            &["#trace"],
            &["traceback"],
        );
        check("look at src/main.rs please", &["#path"], &["#code"]);
        check("What is 3*4 + 5?", &["#equation"], &["#code"]);
        check(
            "Sort these:\nname,age\nann,3\nbob,4,x\ncy,5,y",
            &["#given", "#table"],
            &["#code"],
        );
        check("1. a\n2. b\n3. c", &["#numbered"], &["#options"]);
        check(
            "Version 1.5 is out. It is fine/good, e.g. a/b",
            &[],
            &["#path", "#equation"],
        );
    }

    #[test]
    fn the_verb_of_a_sentence_is_found_behind_polite_words() {
        let leads = |task: &str, phrase: &str| has(&Features::of(task, None), Place::Lead, phrase);
        assert!(leads("Could you please fix the tests", "fix"));
        assert!(leads("It broke. Now explain why", "explain why"));
        assert!(!leads("It broke", "broke"));
    }

    #[test]
    fn a_long_text_is_read_at_its_ends_only_and_never_cut_within_a_character() {
        let task = format!("start {} {} finish", "é".repeat(500_000), "middle ".repeat(5_000));
        let features = Features::of(&task, None);
        assert!(features.words < 400, "{}", features.words);
        let words = features.at(Place::Anywhere);
        let last = words.iter().rfind(|gram| gram.is_word).unwrap();
        assert_eq!(task.get(last.at.range()), Some("finish"));
    }

    #[test]
    fn control_characters_make_it_binary() {
        assert!(Features::of("MZ\u{0}\u{1}\u{2}\u{0}\u{0} this program", None).binary);
        assert!(!Features::of("tabs\tand\nlines are\r\nfine", None).binary);
    }
}
