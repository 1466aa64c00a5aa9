//! When two texts are the same lesson: the same words in the same order but for what carries no meaning.
//!
//! Overlap of words or characters cannot tell a lesson from its neighbour: two services, two ports, a `not`
//! change one word of twenty and everything. So nothing is merged by degree. What may differ is case,
//! punctuation, the plural of ordinary words, articles and words of emphasis; everything else has to be
//! equal, in order. Stems would be too coarse: `operator` and `operation`, `import` and `important` share one.

use std::borrow::Cow;

use super::words::{lower_case, stem};

mod atoms;

use atoms::{Atom, Word, atoms};

/// A shorter text says too little to tell what may differ.
const FEWEST_WORDS: usize = 4;
/// Shorter words are rather names than plurals.
const LEAST_PLURAL: usize = 4;
/// Words that look like the plural of something else.
const NO_PLURALS: [&str; 4] = ["always", "lens", "news", "windows"];

/// Words that change the tone and not what is said.
#[rustfmt::skip]
pub(super) const FILLERS: [&str; 22] = [
    "a", "actually", "also", "an", "basically", "currently", "indeed", "just", "kindly", "obviously", "of",
    "please", "quite", "really", "should", "simply", "so", "that", "the", "then", "thus", "very",
];

/// Words that turn what is said into its opposite.
#[rustfmt::skip]
pub(super) const NEGATIONS: [&str; 22] = [
    "aren", "can't", "cannot", "couldn", "didn", "disable", "disabled", "doesn", "don", "don't", "false",
    "hasn", "isn", "never", "no", "none", "not", "shouldn", "wasn", "without", "won", "wouldn",
];

/// Pairs that say the opposite of each other: the first stands for both.
#[rustfmt::skip]
pub(super) const OPPOSITES: [(&str, &str); 18] = [
    ("after", "before"), ("allow", "deny"), ("always", "never"), ("enable", "disable"), ("enabled", "disabled"),
    ("faster", "slower"), ("first", "last"), ("higher", "lower"), ("increase", "decrease"), ("less", "more"),
    ("maximum", "minimum"), ("must", "mustn"), ("on", "off"), ("required", "optional"), ("safe", "unsafe"),
    ("true", "false"), ("up", "down"), ("with", "without"),
];

/// What two texts are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Essence {
    /// Equal for the same words in the same order.
    pub(super) words: u64,
    /// Equal for the same letters and digits in the same order, however they are put together.
    pub(super) letters: u64,
    /// Equal for lessons that differ in numbers, negations and opposites only.
    pub(super) shape: u64,
}

impl Essence {
    /// What is left of `text`.
    pub(super) fn of(text: &str) -> Self {
        let (mut exact, mut letters, mut shape) = (Chain::default(), Chain::default(), Chain::default());
        let mut words = 0;
        let mut after_sign = false;
        atoms(text, |atom| {
            let word = match atom {
                Atom::Sign(sign) => {
                    exact.add(sign);
                    letters.add(sign);
                    after_sign = true;
                    return;
                }
                Atom::Gap => return letters.add(" "),
                Atom::Word(word) => word,
            };
            word.lower.split('_').for_each(|part| letters.join(part));
            if is_filler(&word) && !std::mem::take(&mut after_sign) {
                return;
            }
            after_sign = false;
            words += 1;
            exact.add(&folded(&word));
            let lower = word.lower.as_str();
            if lower.chars().any(char::is_numeric) {
                shape.add("#");
            } else if let Some((first, _)) = OPPOSITES
                .iter()
                .find(|(one, other)| lower == *one || lower == *other)
            {
                shape.add(first);
            } else if !NEGATIONS.contains(&lower) && lower != "t" {
                shape.add(&stem(lower).unwrap_or_else(|| lower.to_owned()));
            }
        });
        if words < FEWEST_WORDS {
            // Nothing may differ but case and space.
            let text = lower_case(text);
            let folded = text.split_whitespace().fold(Chain::default(), |mut chain, word| {
                chain.add(word);
                chain
            });
            return Self {
                words: folded.0,
                letters: folded.0,
                shape: folded.0,
            };
        }
        Self {
            words: exact.0,
            letters: letters.0,
            shape: shape.0,
        }
    }
}

impl Essence {
    /// Whether the two are of the same lesson in other clothes.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.words == other.words || self.letters == other.letters
    }
}

/// One word or sign of a text as it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Said {
    /// Equal for what counts as the same.
    pub(super) what: u64,
    /// Whether a sentence or a line begins with it.
    pub(super) begins: bool,
}

/// All that a text says, in order: the same for two texts whose [`Essence::words`] are equal.
pub(super) fn said(text: &str) -> Vec<Said> {
    let mut said = Vec::new();
    let (mut begins, mut after_sign) = (true, false);
    atoms(text, |atom| {
        let what = match &atom {
            Atom::Gap => return,
            Atom::Sign(sign) => number(sign),
            Atom::Word(word) => {
                begins |= word.begins;
                if is_filler(word) && !after_sign {
                    return;
                }
                number(&folded(word))
            }
        };
        after_sign = matches!(atom, Atom::Sign(_));
        // A sign before the first word of a sentence belongs to it.
        let begins = if after_sign {
            begins
        } else {
            std::mem::take(&mut begins)
        };
        said.push(Said { what, begins });
    });
    said
}

/// What [`Said::what`] is for a word or sign.
pub(super) fn number(word: &str) -> u64 {
    let mut chain = Chain::default();
    chain.add(word);
    chain.0
}

/// Whether a text says the same without the word.
fn is_filler(word: &Word<'_>) -> bool {
    FILLERS.binary_search(&word.lower.as_str()).is_ok() && !word.is_in_name()
}

/// The word as it is compared: without the ending of a plural, unless it is part of a name.
fn folded<'a>(word: &'a Word<'_>) -> Cow<'a, str> {
    let lower = word.lower.as_str();
    let keeps =
        word.is_in_name() || !lower.is_ascii() || lower.len() < LEAST_PLURAL || NO_PLURALS.contains(&lower);
    if keeps {
        return Cow::Borrowed(lower);
    }
    let singular = match lower.strip_suffix('s') {
        Some(rest) if rest.ends_with(['s', 'u', 'i']) || !rest.contains(['a', 'e', 'i', 'o', 'u', 'y']) => {
            lower
        }
        Some(rest) => rest,
        None => lower,
    };
    if let Some(rest) = lower.strip_suffix("ies")
        && rest.len() >= LEAST_PLURAL - 1
    {
        return Cow::Owned(format!("{rest}y"));
    }
    // `batches` is of `batch`, but `caches` of `cache`.
    let rest = singular.strip_suffix('e');
    let hisses = |rest: &&str| rest.len() >= LEAST_PLURAL && rest.ends_with(['h', 's', 'x', 'z']);
    Cow::Borrowed(rest.filter(hisses).unwrap_or(singular))
}

/// A number for a sequence of texts: FNV-1a, because it is kept on disk and must stay what it is.
struct Chain(u64);

impl Default for Chain {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Chain {
    /// One more text.
    fn add(&mut self, text: &str) {
        self.join(text);
        self.join("\0");
    }

    /// More letters.
    fn join(&mut self, text: &str) {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests;
