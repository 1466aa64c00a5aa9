//! What a text says, one atom after the other: its words, and the signs that change what is said.
//!
//! Most punctuation says nothing. What does: operators, a minus or a flag's dashes, `!` before a name, what
//! stands between the digits of one number, the dot of `.env`, the `#` of `C#`, a question mark, a tick or a
//! cross. Where it is unclear, a sign counts: two lessons too many cost less than one lost.

use unicode_general_category::{GeneralCategory, get_general_category};

use super::super::words::{lower_case, runs};

/// A word, a sign, or two numbers that meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Atom<'a> {
    Word(Word<'a>),
    /// A sign that changes what is said, or all that stands between the digits of one number.
    Sign(&'a str),
    /// Two numbers follow each other with only space or punctuation between.
    Gap,
}

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Word<'a> {
    /// Lower-cased.
    pub(in super::super) lower: String,
    /// What stands right before and after it, as far as there is no space between.
    glue: [Option<&'a str>; 2],
    /// Whether a sentence or a line begins with it.
    pub(in super::super) begins: bool,
}

impl Word<'_> {
    /// Whether it is part of a name, a path or a flag: there, every letter counts.
    pub(in super::super) fn is_in_name(&self) -> bool {
        let joins = |glue: &str| glue.contains(['/', '\\', '.', '-', ':', '@', '$', '#', '=', '`', '*', '~']);
        self.lower.contains(|c: char| c == '_' || c.is_numeric())
            || self.glue.iter().flatten().any(|glue| joins(glue))
    }
}

/// Gives every atom of `text` to `emit`, in order.
pub(in super::super) fn atoms<'a>(text: &'a str, mut emit: impl FnMut(Atom<'a>)) {
    let mut runs = runs(text).peekable();
    let mut at = 0;
    while let Some((start, run)) = runs.next() {
        let before = &text[at..start];
        between(text, at, start, &mut emit);
        at = start + run.len();
        let next = runs.peek().map_or(text.len(), |(next, _)| *next);
        emit(Atom::Word(Word {
            lower: lower_case(run),
            glue: [
                before.rsplit(char::is_whitespace).next(),
                // A sign at the end of a sentence joins nothing.
                text[at..next]
                    .split(char::is_whitespace)
                    .next()
                    .filter(|glue| glue.len() == next - at && next < text.len()),
            ],
            begins: start == 0 || begins_after(before),
        }));
    }
    between(text, at, text.len(), &mut emit);
}

/// Whether a sentence or a line ends in `gap`.
fn begins_after(gap: &str) -> bool {
    gap.contains('\n')
        || gap.split_inclusive(char::is_whitespace).any(|part| {
            let mark = part.trim_end();
            mark.len() < part.len() && mark.ends_with(['.', '!', '?', ':', ';', '。', '！', '？'])
        })
}

/// The signs between two words.
fn between<'a>(text: &'a str, from: usize, to: usize, emit: &mut impl FnMut(Atom<'a>)) {
    let gap = &text[from..to];
    let digits = text[..from].ends_with(char::is_numeric) && text[to..].starts_with(char::is_numeric);
    if digits {
        emit(if gap.contains(char::is_whitespace) {
            Atom::Gap
        } else {
            Atom::Sign(gap)
        });
        if !gap.contains(char::is_whitespace) {
            return;
        }
    }
    for (offset, c) in gap.char_indices() {
        let at = from + offset;
        let after = at + c.len_utf8();
        let sign = Sign {
            before: &text[..at],
            after: &text[after..],
            word_follows: after == to && to < text.len(),
        };
        if sign.counts(c, digits) {
            emit(Atom::Sign(&text[at..after]));
        }
    }
}

/// A character between words, and what stands around it.
struct Sign<'a> {
    before: &'a str,
    after: &'a str,
    word_follows: bool,
}

impl Sign<'_> {
    fn counts(&self, c: char, between_digits: bool) -> bool {
        use GeneralCategory::{CurrencySymbol, MathSymbol, OtherSymbol};
        match c {
            '%' | '&' | '^' | '?' => true,
            '-' => self.is_flag() || (between_digits && self.stands_alone()),
            '!' => (self.word_follows && self.opens()) || self.after.starts_with('='),
            '@' => self.word_follows && self.opens(),
            '.' => (self.word_follows && self.opens()) || self.after.starts_with("./"),
            '/' => self.stands_alone() || (self.word_follows && self.opens()),
            '*' => self.stands_alone() || self.is_glob(),
            // A quotation begins with it.
            '>' => !self.begins_line() || !self.after.starts_with([' ', '>']),
            '#' => self.before.ends_with(char::is_alphanumeric),
            _ => matches!(get_general_category(c), MathSymbol | CurrencySymbol | OtherSymbol),
        }
    }

    /// Whether something begins here.
    fn opens(&self) -> bool {
        self.before.chars().next_back().is_none_or(|before| {
            before.is_whitespace()
                || matches!(
                    before,
                    '`' | '*' | '"' | '\'' | '(' | '[' | '{' | '=' | ',' | ':' | '!' | '“' | '‘'
                )
        })
    }

    /// Whether it is one of the dashes before a flag or a negative number.
    fn is_flag(&self) -> bool {
        let rest = self.after.trim_start_matches('-');
        let before = Self {
            before: self.before.trim_end_matches('-'),
            ..*self
        };
        rest.starts_with(char::is_alphanumeric) && before.opens()
    }

    /// Whether it stands for any name, as in `*.rs` or `src/*`.
    fn is_glob(&self) -> bool {
        let ending = self.after.strip_prefix('.').unwrap_or_default();
        ending.starts_with(char::is_alphanumeric) || self.after.starts_with('/') || self.before.ends_with('/')
    }

    /// Whether nothing but space and its like is before it in the line.
    fn begins_line(&self) -> bool {
        let line = self.before.rsplit('\n').next().unwrap_or_default();
        line.chars().all(|c| c == '>' || c.is_whitespace())
    }

    /// Whether it stands between words of one line with space on both sides.
    fn stands_alone(&self) -> bool {
        let line = self.before.rsplit('\n').next().unwrap_or_default();
        line.ends_with(' ') && !line.trim().is_empty() && self.after.starts_with(' ')
    }
}
