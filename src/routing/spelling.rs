//! A word with a slip of typing, read as the word that was meant.
//!
//! `words.txt` has the words of the prompts that the weights were trained on, one a line: those of several
//! prompts, the most common first, then after an empty line rarer ones, which are only known. A word that is
//! not known, but one slip away from a common one, is taken for that: two letters swapped, one lost, one of
//! two lost or one doubled. The first letter is never mistyped. `examples/train_router` writes the file.

use std::sync::LazyLock;

use hashbrown::HashSet;

use super::hash::{self, ByItself};
use super::letters::{LOWER, UPPER};
use super::word::Word;

const WORDS: &str = include_str!("words.txt");
/// Shorter words are one slip from too many others.
const SHORTEST: usize = 4;
const LONGEST: usize = 24;

static SPELLING: LazyLock<Spelling> = LazyLock::new(|| Spelling::of(WORDS));

#[derive(Debug)]
struct Spelling {
    known: HashSet<u64, ByItself>,
    words: Vec<&'static str>,
    /// In order, every common word under the letters it has, and under those it has when one is lost: the hash of
    /// the letters but its last bits, and in their place which word that is, the most common first.
    common: Vec<u64>,
}

/// The bits that say which word.
const WORD: u64 = 0xffff;

impl Spelling {
    fn of(words: &'static str) -> Self {
        let (common, rare) = words.split_once("\n\n").unwrap_or((words, ""));
        let words: Vec<&str> = common.lines().collect();
        let mut entries = Vec::new();
        for (at, text) in (0..WORD).zip(&words) {
            let slips = Word::next(text.as_bytes(), 0).map(|word| word.slips().collect::<Vec<_>>());
            entries.extend(slips.into_iter().flatten().map(|key| (key & !WORD) | at));
        }
        entries.sort_unstable();
        let lines = words.iter().copied().chain(rare.lines());
        Self {
            known: lines.map(|word| hash::word(word.as_bytes())).collect(),
            common: entries,
            words,
        }
    }

    fn meant(&self, word: &Word) -> Option<&'static str> {
        let is_plain = word.kinds & !(LOWER | UPPER) == 0 && (SHORTEST..=LONGEST).contains(&word.text.len());
        if !is_plain {
            return None;
        }
        let key = word.letters()? & !WORD;
        let from = self.common.partition_point(|entry| *entry < key);
        let alike = self
            .common
            .get(from..)?
            .iter()
            .take_while(|entry| **entry & !WORD == key);
        alike
            .filter_map(|entry| self.words.get((entry & WORD) as usize).copied())
            .find(|known| is_slip(word.text, known.as_bytes()))
    }
}

/// Whether the weights know a word: what its pieces say is part of its own row.
pub(super) fn knows(word: u64) -> bool {
    SPELLING.known.contains(&word)
}

/// Every known word.
pub(super) fn known() -> impl Iterator<Item = Word<'static>> {
    let words = WORDS.lines().filter(|word| !word.is_empty());
    words.filter_map(|word| Word::next(word.as_bytes(), 0))
}

/// The word that was meant where one stands that is not known.
pub(super) fn mended<'t>(word: &Word<'t>) -> Option<Word<'t>> {
    SPELLING.meant(word).map(|meant| word.read_as(meant))
}

/// Whether `typed`, letter case aside, is `meant` with two neighbours swapped, a letter lost or one too many.
fn is_slip(typed: &[u8], meant: &[u8]) -> bool {
    let same = |(one, other): &(&u8, &u8)| one.eq_ignore_ascii_case(other);
    let start = typed.iter().zip(meant).take_while(same).count();
    let (Some(typed), Some(meant)) = (typed.get(start..), meant.get(start..)) else {
        return false;
    };
    if start == 0 {
        return false;
    }
    match (typed, meant) {
        ([one, other, typed @ ..], [first, second, meant @ ..]) if typed.len() == meant.len() => {
            one.eq_ignore_ascii_case(second)
                && other.eq_ignore_ascii_case(first)
                && typed.eq_ignore_ascii_case(meant)
        }
        ([_, rest @ ..], _) if rest.len() == meant.len() => rest.eq_ignore_ascii_case(meant),
        (_, [_, rest @ ..]) if rest.len() == typed.len() => rest.eq_ignore_ascii_case(typed),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, meant: Option<&str>) {
        let spelling = Spelling::of("function\nreview\nletter\n\nviewer\nreviews");
        let word = Word::next(typed.as_bytes(), 0).unwrap();
        let known = spelling.known.contains(&word.hash);
        assert_eq!(spelling.meant(&word).filter(|_| !known), meant, "{typed}");
    }

    #[test]
    fn one_slip_is_mended() {
        check("fucntion", Some("function"));
        check("funtion", Some("function"));
        check("Functtion", Some("function"));
        check("leter", Some("letter"));
        check("reivew", Some("review"));
        check("reveiw", Some("review"));
    }

    #[test]
    fn what_is_known_rare_short_or_further_away_stays() {
        check("function", None);
        check("reviews", None);
        check("vewer", None);
        check("rview2", None);
        check("unction", None);
        check("fnctoin", None);
        check("banana", None);
    }

    #[test]
    fn the_words_that_are_compiled_in_are_plain_and_many() {
        let plain = |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase());
        let words: Vec<&str> = WORDS.lines().filter(|word| !word.is_empty()).collect();
        assert!(words.len() > 5_000 && words.iter().all(plain));
        let typed = Word::next(b"explian", 0).unwrap();
        let mended = mended(&typed).unwrap();
        assert_eq!((mended.text, mended.end()), (&b"explain"[..], typed.end()));
        assert_eq!(mended.hash, hash::word(b"explain"));
    }
}
