//! What a task looks like: the grams of its words and the shapes of its lines, in one pass over a bounded
//! part of the text.
//!
//! A gram is a 64-bit number, so that weights can be set by hand for some (as in [`super::lexicon`]) or
//! trained for all. Word hash: FNV-1a 64 of the lower-cased bytes. Unigram: `fin(h)`; bigram:
//! `fin(rotl(previous, 17) ^ h)`, `fin` being two xor-shifts around a multiplication, as in the finaliser
//! of splitmix64. A word is a run of ASCII letters, digits, `_` and bytes from 0x80.

use std::ops::Range;

use super::shape::{Line, is_equation, is_path, kind_of};

/// Longer texts are read in part: their first [`HEAD_BYTES`] and their last [`TAIL_BYTES`].
pub(super) const MAX_BYTES: usize = HEAD_BYTES + TAIL_BYTES;
const HEAD_BYTES: usize = 6_144;
const TAIL_BYTES: usize = 2_048;
/// What is asked for usually stands in the first characters: their grams are counted apart, too.
const OPENING_BYTES: usize = 120;
/// Sentences whose first word may be the verb that says what to do.
const LEAD_SENTENCES: usize = 4;

/// Words that stand before the verb of a request without changing it.
const POLITE: &[&str] = &[
    "please", "pls", "plz", "can", "could", "would", "will", "you", "hey", "hi", "hello", "ok", "okay", "so",
    "now", "i", "we", "want", "need", "d", "ll", "like", "to", "help", "me", "us", "let", "lets", "s",
    "just", "kindly", "also", "and", "then", "should", "must", "gonna", "quickly", "first", "next",
    "finally", "trying", "m", "am",
];

/// Where a gram stands. Each place has its own numbers for the same words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Anywhere in the prose.
    Anywhere,
    /// In the first characters.
    Opening,
    /// The first word, or the first two, of one of the first sentences, polite words left out.
    Lead,
}

/// What a text looks like.
#[derive(Debug, Clone, Default)]
pub(super) struct Features {
    /// Numbers of grams and shapes, with repetitions.
    pub(super) grams: Vec<u64>,
    /// Words of the prose; code, logs and tables have none.
    pub(super) words: usize,
    /// Whether the text is more likely a file than writing.
    pub(super) binary: bool,
}

/// The number of a phrase of one or two words, or of a shape such as `#code`, at a place.
pub(super) fn gram(place: Place, phrase: &str) -> u64 {
    let hash = match phrase.split_once(' ') {
        Some((first, second)) => pair(word_hash(first), word_hash(second)),
        None => word_hash(phrase),
    };
    at(place, hash)
}

impl Features {
    /// What `task` looks like. Of `context`, material given along with it, only the shapes count.
    pub(super) fn of(task: &str, context: Option<&str>) -> Self {
        let mut scan = Scan::default();
        for part in parts(task) {
            scan.text(part, true);
        }
        for part in context.into_iter().flat_map(parts) {
            scan.text(part, false);
        }
        scan.finish()
    }
}

/// The one or two stretches of `text` that are read.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let (head, tail) = if text.len() <= MAX_BYTES {
        (text, "")
    } else {
        (
            text.get(..text.floor_char_boundary(HEAD_BYTES))
                .unwrap_or_default(),
            text.get(text.ceil_char_boundary(text.len() - TAIL_BYTES)..)
                .unwrap_or_default(),
        )
    };
    [head, tail].into_iter().filter(|part| !part.is_empty())
}

#[derive(Debug, Default)]
struct Scan {
    features: Features,
    fenced: bool,
    sentences: usize,
    bytes: usize,
    control: usize,
    digits: usize,
    code: usize,
    tables: usize,
    shapes: Shapes,
}

#[derive(Debug, Default)]
struct Shapes {
    diff: bool,
    trace: bool,
    path: bool,
    question: bool,
    equation: bool,
    options: usize,
    numbered: usize,
    given: bool,
}

impl Scan {
    fn text(&mut self, text: &str, is_task: bool) {
        let starts = is_task && self.bytes == 0;
        self.bytes += text.len();
        self.fenced = false;
        let mut opening = if starts { OPENING_BYTES } else { 0 };
        let mut first = starts;
        let mut announced = false;
        let last = text.trim_end().lines().next_back().map(str::as_ptr);
        for line in text.lines() {
            let trimmed = line.trim();
            self.control += line
                .bytes()
                .filter(|byte| *byte < 0x20 && *byte != b'\t' || *byte == 0x7f)
                .count();
            if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
                self.fenced = !self.fenced;
                self.code += 2;
                first = false;
                continue;
            }
            if trimmed.is_empty() {
                continue;
            }
            if last == Some(line.as_ptr()) {
                // What is wanted may stand below what it is wanted for.
                self.sentences = self.sentences.min(LEAD_SENTENCES - 2);
            }
            self.shapes.given |= announced;
            announced = trimmed.ends_with(':');
            // The first line says what is wanted even where it is full of code.
            let kind = if first {
                Line::Prose
            } else {
                kind_of(line, trimmed)
            };
            first = false;
            match kind {
                _ if self.fenced && kind == Line::Prose => self.code += 1,
                Line::Prose if is_task => self.prose(trimmed, &mut opening),
                Line::Prose => {}
                Line::Code => self.code += 1,
                Line::Table => self.tables += 1,
                Line::Diff => self.shapes.diff = true,
                Line::Trace => self.shapes.trace = true,
            }
        }
    }

    fn prose(&mut self, line: &str, opening: &mut usize) {
        let bytes = line.as_bytes();
        self.digits += bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
        self.shapes.question |= line.contains('?');
        self.shapes.equation |= is_equation(bytes);
        let mut start = line.split_whitespace().next().unwrap_or_default().chars();
        match (start.next(), start.next()) {
            (Some('A'..='E' | 'a'..='e'), Some(')' | '.')) => self.shapes.options += 1,
            (Some('0'..='9'), Some(')' | '.')) => self.shapes.numbered += 1,
            _ => {}
        }
        let mut previous = None;
        let mut lead = Lead::Wanted;
        let mut end = 0;
        for word in words(bytes) {
            let text = bytes.get(word.clone()).unwrap_or_default();
            let between = bytes.get(end..word.start).unwrap_or_default();
            self.shapes.path |= is_path(between, text, bytes.get(word.end..).unwrap_or_default());
            if between
                .iter()
                .any(|byte| matches!(byte, b'.' | b'!' | b'?' | b':' | b';'))
                && between.contains(&b' ')
            {
                previous = None;
                lead = Lead::Wanted;
            }
            end = word.end;
            self.features.words += 1;
            let hash = fnv(text);
            self.emit(Place::Anywhere, previous, hash, text);
            if word.start < *opening {
                self.emit(Place::Opening, previous, hash, text);
            }
            lead = match lead {
                Lead::Wanted if self.sentences >= LEAD_SENTENCES => Lead::Done,
                Lead::Wanted if is_polite(text) => Lead::Wanted,
                Lead::Wanted => {
                    self.sentences += 1;
                    self.features.grams.push(at(Place::Lead, hash));
                    Lead::After(hash)
                }
                Lead::After(verb) => {
                    self.features.grams.push(at(Place::Lead, pair(verb, hash)));
                    Lead::Done
                }
                Lead::Done => Lead::Done,
            };
            previous = Some(hash);
        }
        *opening = opening.saturating_sub(line.len() + 1);
    }

    /// A word alone and with the one before it; a plural also as its singular.
    fn emit(&mut self, place: Place, previous: Option<u64>, hash: u64, text: &[u8]) {
        let singular = match text {
            [stem @ .., last, b's' | b'S'] if stem.len() >= 2 && !last.eq_ignore_ascii_case(&b's') => {
                Some(fnv(text.get(..text.len() - 1).unwrap_or_default()))
            }
            _ => None,
        };
        for hash in [Some(hash), singular].into_iter().flatten() {
            self.features.grams.push(at(place, hash));
            if let Some(previous) = previous {
                self.features.grams.push(at(place, pair(previous, hash)));
            }
        }
    }

    fn finish(self) -> Features {
        let Self {
            mut features, shapes, ..
        } = self;
        let code = self.code >= 2 || shapes.diff || shapes.trace;
        for (present, name) in [
            (code, "#code"),
            (shapes.diff, "#diff"),
            (shapes.trace, "#trace"),
            (shapes.path, "#path"),
            (shapes.question, "#question"),
            (shapes.equation && !code, "#equation"),
            (shapes.options >= 3, "#options"),
            (shapes.numbered >= 3, "#numbered"),
            (self.tables >= 2, "#table"),
            (shapes.given && !code, "#given"),
            (
                !code && self.digits > 4 && self.digits * 25 > self.bytes,
                "#digits",
            ),
            (!code && features.words > 150, "#prose"),
        ] {
            if present {
                features.grams.push(gram(Place::Anywhere, name));
            }
        }
        features.binary = self.control * 50 > self.bytes;
        features
    }
}

/// How far the search for a sentence's verb has come.
#[derive(Debug, Clone, Copy)]
enum Lead {
    Wanted,
    After(u64),
    Done,
}

fn is_polite(word: &[u8]) -> bool {
    POLITE
        .iter()
        .any(|polite| polite.as_bytes().eq_ignore_ascii_case(word))
}

fn words(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + bytes.get(from..)?.iter().position(|byte| is_word(*byte))?;
        let length = bytes.get(start..)?.iter().position(|byte| !is_word(*byte));
        from = length.map_or(bytes.len(), |length| start + length);
        Some(start..from)
    })
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn word_hash(word: &str) -> u64 {
    fnv(word.as_bytes())
}

fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
    })
}

fn pair(previous: u64, hash: u64) -> u64 {
    previous.rotate_left(17) ^ hash
}

fn at(place: Place, hash: u64) -> u64 {
    let salt = match place {
        Place::Anywhere => 0,
        Place::Opening => 0x9e37_79b9_7f4a_7c15,
        Place::Lead => 0xd1b5_4a32_d192_ed03,
    };
    let mut mixed = hash ^ salt;
    mixed ^= mixed >> 32;
    mixed = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(task: &str, has: &[&str], has_not: &[&str]) {
        let features = Features::of(task, None);
        let present = |phrase: &&str| features.grams.contains(&gram(Place::Anywhere, phrase));
        assert!(has.iter().all(present), "{task:?} lacks one of {has:?}");
        assert!(!has_not.iter().any(present), "{task:?} has one of {has_not:?}");
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
        let leads = |task: &str, phrase: &str| {
            Features::of(task, None)
                .grams
                .contains(&gram(Place::Lead, phrase))
        };
        assert!(leads("Could you please fix the tests", "fix"));
        assert!(leads("It broke. Now explain why", "explain why"));
        assert!(!leads("It broke", "broke"));
    }

    #[test]
    fn a_long_text_is_read_at_its_ends_only_and_never_cut_within_a_character() {
        let task = format!("start {} {} finish", "é".repeat(500_000), "middle ".repeat(5_000));
        let features = Features::of(&task, None);
        assert!(features.words < 400, "{}", features.words);
        assert!(features.grams.contains(&gram(Place::Anywhere, "finish")));
    }

    #[test]
    fn control_characters_make_it_binary() {
        assert!(Features::of("MZ\u{0}\u{1}\u{2}\u{0}\u{0} this program", None).binary);
        assert!(!Features::of("tabs\tand\nlines are\r\nfine", None).binary);
    }
}
