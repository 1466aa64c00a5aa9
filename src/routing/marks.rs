//! Shapes of words and of whole texts: marks that say code, data or question whatever the words are.

use super::letters::{DIGIT, LOWER, SIGN, UNDERSCORE, UPPER};
use super::signals::Counts;
use super::word::Word;

/// The shapes a text can have, beside its words, in the order of [`Marks::shapes`].
#[rustfmt::skip]
pub(super) const SHAPES: [&str; 30] = [
    "#code", "#diff", "#trace", "#path", "#question", "#equation", "#options", "#numbered", "#table", "#given",
    "#digits", "#prose", "#camel", "#snake", "#capitals", "#backtick", "#quoted", "#flag", "#call", "#version", "#arrow",
    "#asks last", "#one line", "#under 4 words", "#under 8 words", "#under 16 words", "#under 40 words", "#over 80 words",
    "#colon quote", "#ends in colon",
];

/// What the words of the prose looked like.
#[derive(Debug, Default)]
pub(super) struct Marks {
    camel: bool,
    snake: bool,
    capitals: bool,
    backtick: bool,
    quoted: bool,
    flag: bool,
    call: bool,
    version: bool,
    arrow: bool,
    colon_quote: bool,
    /// Whether a question mark follows the last word.
    pub(super) asks_last: bool,
}

/// What the lines of the whole text were.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) code: bool,
    pub(super) diff: bool,
    pub(super) trace: bool,
    pub(super) equation: bool,
    pub(super) table: bool,
    pub(super) given: bool,
}

impl Marks {
    /// Looks at a word, and at what follows.
    pub(super) fn look(&mut self, word: &Word, after: &[u8]) {
        let lower = word.kinds & LOWER != 0;
        let upper = word.kinds & UPPER != 0 && word.text.iter().skip(1).any(u8::is_ascii_uppercase);
        self.camel |= lower && upper;
        self.snake |= word.text.len() > 2 && word.kinds & UNDERSCORE != 0;
        self.capitals |= upper && word.kinds & !(UPPER | DIGIT | UNDERSCORE | SIGN) == 0;
        self.call |= after.starts_with(b"(");
    }

    /// Looks at what is between a word and the one before, where that is more than a blank.
    pub(super) fn look_between(&mut self, between: &[u8], word: &Word) {
        self.backtick |= between.contains(&b'`');
        self.quoted |= between.contains(&b'"');
        self.flag |= between.ends_with(b" -") || between.ends_with(b"--");
        self.version |= between == b"." && word.digits() == word.text.len();
        self.arrow |= ["-> ", "=> ", "→ "]
            .iter()
            .any(|arrow| between.ends_with(arrow.as_bytes()));
        self.colon_quote |= between.contains(&b':') && between.contains(&b'"');
    }

    /// Which of [`SHAPES`] the text has.
    pub(super) fn shapes(&self, seen: &Seen, counts: &Counts) -> [bool; SHAPES.len()] {
        let prose = !seen.code;
        [
            seen.code,
            seen.diff,
            seen.trace,
            counts.paths > 0,
            counts.questions > 0,
            seen.equation,
            counts.options >= 3,
            counts.numbered >= 3,
            seen.table,
            seen.given && prose,
            prose && counts.digits > 4 && counts.digits * 25 > counts.bytes,
            prose && counts.words > 150,
            self.camel,
            self.snake,
            self.capitals,
            self.backtick,
            self.quoted,
            self.flag,
            self.call,
            self.version,
            self.arrow,
            self.asks_last,
            counts.lines == 1,
            counts.words < 4,
            counts.words < 8,
            counts.words < 16,
            counts.words < 40,
            counts.words > 80,
            self.colon_quote,
            seen.given,
        ]
    }
}
