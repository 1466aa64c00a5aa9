//! When two texts are the same lesson: the same words in the same order but for what carries no meaning.
//!
//! Overlap of words or characters cannot tell a lesson from its neighbour: two services, two ports, a `not`
//! change one word of twenty and everything. So nothing is merged by degree. What may differ is case,
//! punctuation, inflection, articles and words of emphasis; everything else has to be equal, in order.

use rust_stemmers::{Algorithm, Stemmer};

use super::words::{lower_case, runs};

/// A shorter text says too little to tell what may differ.
const FEWEST_WORDS: usize = 4;

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
        let stemmer = Stemmer::create(Algorithm::English);
        let (mut exact, mut letters, mut shape) = (Chain::default(), Chain::default(), Chain::default());
        let mut words = 0;
        let mut at = 0;
        for (start, run) in runs(text) {
            // Signs that change what is said come between words.
            for sign in signs(&text[at..start], &text[start..]) {
                exact.add(sign);
                letters.add(sign);
            }
            if is_decimal_point(&text[..at], &text[at..start], run) {
                letters.add(".");
            }
            at = start + run.len();
            let lower = lower_case(run);
            lower.split('_').for_each(|part| letters.join(part));
            if FILLERS.binary_search(&lower.as_str()).is_ok() {
                continue;
            }
            words += 1;
            let stem = if lower.is_ascii() {
                stemmer.stem(&lower).into_owned()
            } else {
                lower.clone()
            };
            exact.add(if NEGATIONS.contains(&lower.as_str()) {
                &lower
            } else {
                &stem
            });
            if lower.chars().any(char::is_numeric) {
                shape.add("#");
            } else if let Some((first, _)) = OPPOSITES
                .iter()
                .find(|(one, other)| lower == *one || lower == *other)
            {
                shape.add(first);
            } else if !NEGATIONS.contains(&lower.as_str()) && lower != "t" {
                shape.add(&stem);
            }
        }
        for sign in signs(&text[at..], "") {
            exact.add(sign);
            letters.add(sign);
        }
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

/// The signs in `gap` that are no mere punctuation before `next`: comparisons and other operators, and a
/// minus, a `!`, a `$` or a `#` right before a word.
fn signs<'a>(gap: &'a str, next: &'a str) -> impl Iterator<Item = &'a str> {
    let word_follows = next.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let last = gap.len() - gap.chars().next_back().map_or(0, char::len_utf8);
    gap.char_indices().filter_map(move |(at, c)| {
        let sign = &gap[at..at + c.len_utf8()];
        let glued = at == last && word_follows;
        let opens = at == 0 || gap[..at].ends_with(|before: char| before.is_whitespace() || before == '`');
        let counts = match c {
            '<' | '>' | '=' | '+' | '&' | '|' | '^' | '%' | '≤' | '≥' | '≠' | '±' | '×' | '÷' => {
                true
            }
            '-' => glued && opens && at > 0,
            '!' | '$' | '~' => glued,
            _ => false,
        };
        counts.then_some(sign)
    })
}

/// Whether `gap` stands between the digits of one number.
fn is_decimal_point(before: &str, gap: &str, after: &str) -> bool {
    matches!(gap, "." | ",") && before.ends_with(char::is_numeric) && after.starts_with(char::is_numeric)
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
mod tests {
    use super::*;

    fn check(one: &str, other: &str, same: bool) {
        let (one_is, other_is) = (Essence::of(one), Essence::of(other));
        assert_eq!(one_is.is_same(&other_is), same, "{one:?} {other:?}");
    }

    #[test]
    fn case_punctuation_inflection_and_emphasis_do_not_make_another_lesson() {
        for (one, other) in [
            (
                "Retry the deploy when the cache is cold.",
                "retry the deploy, when the cache is cold!!",
            ),
            (
                "Retry the deploys when caches are cold",
                "Just retry deploy when the cache are cold",
            ),
            (
                "Run migrations first - then restart",
                "Run migrations first; then restart",
            ),
            (
                "The \"worker\" leaks memory (slowly)",
                "The worker leaks memory, slowly",
            ),
            (
                "Don't re-run `build_all` in src/main.rs",
                "DONT RERUN BUILDALL IN SRCMAINRS",
            ),
        ] {
            check(one, other, true);
        }
    }

    #[test]
    fn names_numbers_order_negation_and_signs_do() {
        for (one, other) in [
            (
                "The payment service retries three times",
                "The billing service retries three times",
            ),
            (
                "The service listens on port 8080 there",
                "The service listens on port 8081 there",
            ),
            (
                "Start the api before the worker now",
                "Start the worker before the api now",
            ),
            ("Do retry the deploy at once", "Do not retry the deploy at once"),
            (
                "It fails when x < 5 in the loop",
                "It fails when x > 5 in the loop",
            ),
            ("Call rm with -f on the build", "Call rm with f on the build"),
            ("Return if !ready in the loop", "Return if ready in the loop"),
            ("Growth of 5% breaks the budget", "Growth of 5 breaks the budget"),
            (
                "Pin the parser to version 1.2 now",
                "Pin the parser to version 12 now",
            ),
            ("Fix it", "Fix it!"),
        ] {
            check(one, other, false);
        }
    }

    #[test]
    fn numbers_negations_and_opposites_leave_the_shape() {
        for (one, other) in [
            (
                "The service listens on port 8080 there",
                "the service listens on port 8081 there",
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
            assert_eq!(
                Essence::of(one).shape,
                Essence::of(other).shape,
                "{one:?} {other:?}"
            );
            check(one, other, false);
        }
        let others = ["The payment service retries", "The billing service retries"].map(Essence::of);
        assert_ne!(others[0].shape, others[1].shape);
    }

    #[test]
    fn lists_are_sorted() {
        assert!(FILLERS.is_sorted() && NEGATIONS.is_sorted());
    }
}
