//! Small words by what they are to a count, to courtesy and to telling a language: one look for all of it.

use std::sync::LazyLock;

use hashbrown::HashMap;

use super::hash::{self, ByItself};
use super::language::{LANGUAGES, WORDS};
use super::sieve::Sieve;

/// What a word may be, as bits, those of its languages first: their places in [`WORDS`].
const FIRST: u32 = LANGUAGES as u32;
pub(super) const NEGATION: u32 = 1 << FIRST;
/// A step of a calculation told in words.
pub(super) const RATIO: u32 = 1 << (FIRST + 1);
/// What stands before the verb of a request without changing it.
pub(super) const BEFORE_VERB: u32 = 1 << (FIRST + 2);
pub(super) const COURTESY: u32 = 1 << (FIRST + 3);
pub(super) const THANKS: u32 = 1 << (FIRST + 4);
pub(super) const AFTER_THANKS: u32 = 1 << (FIRST + 5);
pub(super) const YOU: u32 = 1 << (FIRST + 6);
pub(super) const MODAL: u32 = 1 << (FIRST + 7);

const KINDS: [(u32, &str); 8] = [
    (NEGATION, "not no never without except t cannot neither nor none"),
    (
        RATIO,
        "each every per half twice double triple times third quarter percent more less fewer rest remaining left \
         total",
    ),
    (
        BEFORE_VERB,
        "please pls plz can could would will you hey hi hello ok okay so now i we want need d ll like to help me us \
         let lets s just kindly also and then should must gonna quickly first next finally trying m am",
    ),
    (COURTESY, "please pls plz kindly hi hello hey ty cheers advance"),
    (THANKS, "thank thanks thx"),
    (AFTER_THANKS, "you u in so a"),
    (YOU, "you u"),
    (MODAL, "can could would will"),
];

static BY_WORD: LazyLock<Sieve<u32>> = LazyLock::new(|| {
    let languages = WORDS.iter().enumerate().map(|(at, (_, words))| (1 << at, *words));
    let mut by_word: HashMap<u64, u32, ByItself> = HashMap::default();
    for (bit, words) in languages.chain(KINDS) {
        for word in words.split(' ') {
            *by_word.entry(hash::word(word.as_bytes())).or_default() |= bit;
        }
    }
    Sieve::from(by_word)
});

/// All that a word is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Small(u32);

impl Small {
    /// By the hash of the word.
    pub(super) fn word(hash: u64) -> Self {
        Self(BY_WORD.get(hash).copied().unwrap_or_default())
    }

    pub(super) fn is(self, what: u32) -> bool {
        self.0 & what != 0
    }

    /// Counts it for the languages that have it.
    pub(super) fn tell(self, languages: &mut [u32; LANGUAGES]) {
        let mut bits = self.0 & ((1 << FIRST) - 1);
        while bits != 0 {
            if let Some(count) = languages.get_mut(bits.trailing_zeros() as usize) {
                *count += 1;
            }
            bits &= bits - 1;
        }
    }
}

/// Words of courtesy, which are passed over: they say nothing about the task.
#[derive(Debug, Default)]
pub(super) struct Courtesy {
    thanked: bool,
    modal: bool,
}

impl Courtesy {
    /// Whether `word` is one; at the start of a sentence `can you` and its like are, too.
    pub(super) fn is(&mut self, word: Small, at_start: bool) -> bool {
        let after_thanks = std::mem::replace(&mut self.thanked, word.is(THANKS));
        let after_modal = std::mem::replace(&mut self.modal, at_start && word.is(MODAL));
        self.thanked
            || word.is(COURTESY)
            || after_thanks && word.is(AFTER_THANKS)
            || after_modal && word.is(YOU)
    }
}
