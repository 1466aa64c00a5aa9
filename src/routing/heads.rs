//! The learned part: linear scores over hashed grams, compiled into the binary.
//!
//! One sum of weights per output: the eight types, difficulty, and how likely a strong and a weak model are to
//! succeed. `score = bias + sum over places of gain / norm * scale * sum of signed rows + sum of dense signals`.
//! `examples/train_router` makes the weights, `examples/eval_routing` measures them; both read texts through
//! [`Input`], so that training and use cannot differ.

mod explain;
mod format;
mod input;
mod rows;
mod score;
mod tally;

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use super::hash::BUCKET;

pub(super) use explain::{Part, Question};
pub use format::{Header, Output, Unreadable};
pub use input::{DENSE, Input, PLACES, known_words};
pub use rows::Rows;
pub use score::Reading;

/// How many numbers one reading gives: eight types, difficulty, strong, weak.
pub const OUTPUTS: usize = 11;
/// How many rows the weights have room for.
pub const ROWS: usize = super::hash::BUCKETS * BUCKET;
/// Bytes of the set of words seen in training.
pub const SEEN_BYTES: usize = super::hash::SEEN / 8;
/// Bytes of a row: a power of two, so that the machine adds them in a few steps. The last two are its mark.
const LANES: usize = 16;
/// Bytes of what follows the header in a weight file.
const BODY: usize = ROWS * LANES + SEEN_BYTES;
/// What the outputs are called in a weight file.
pub const OUTPUT_NAMES: [&str; OUTPUTS] = [
    "code_generation",
    "code_debug_review",
    "reasoning_math",
    "planning_architecture",
    "writing_editing",
    "summarization",
    "extraction_transformation",
    "knowledge_qa",
    "difficulty",
    "strong",
    "weak",
];
pub(super) const DIFFICULTY: usize = 8;
const STRONG: usize = 9;
const WEAK: usize = 10;

static FILE: &[u8] = include_bytes!("weights.bin");

/// Trained weights.
#[derive(Debug)]
pub struct Weights<'a> {
    header: Header,
    /// Buckets of rows: a signed byte per output, bytes that mean nothing, and the mark of the gram.
    buckets: &'a [[[u8; LANES]; BUCKET]],
    /// One bit per row: whether a word of it was seen in training.
    seen: &'a [u8],
    /// For each dense signal its weight in each output: those of the header, the other way round.
    dense: Vec<[f32; OUTPUTS]>,
    /// What each dense signal is multiplied as where it is 0.
    absent: [f32; DENSE],
}

/// The weights this binary was built with.
///
/// # Panics
/// Never in a binary whose tests passed: they read the file that is compiled in.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "the file is part of the source and read by a test"
)]
pub fn builtin() -> &'static Weights<'static> {
    static BUILTIN: LazyLock<Weights<'static>> =
        LazyLock::new(|| Weights::decode(FILE).expect("the weights that are compiled in"));
    &BUILTIN
}

/// SHA-256 of the file of weights that is compiled in, `sha256:` before the hexadecimal digits.
#[must_use]
pub fn builtin_digest() -> &'static str {
    static DIGEST: LazyLock<String> = LazyLock::new(|| digest(FILE));
    &DIGEST
}

/// `sha256:` and the hexadecimal digest of `bytes`.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest
        .iter()
        .fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

#[cfg(test)]
mod tests;
