//! The numbers of words and phrases. What is here is the hash specification of the weights: any change of it
//! makes every trained weight meaningless, so [`SPEC`] changes with it.
//!
//! Word: FNV-1a 64 of the bytes, ASCII letters in lower case. Pair: `rotl(previous, 17) ^ word`. Gram:
//! `fin(hash ^ salt of the place)`, `fin` being two xor-shifts around a multiplication, as in the finaliser of
//! splitmix64. A gram's row of the weights is in one of two buckets of four, the low 15 bits and the next 15,
//! and bears its [`mark`], the high 16 bits: a gram without a row of its own counts nothing.

use super::features::Place;

/// Names this file's rules in a weight file.
pub(super) const SPEC: &str = "fnv1a64-buckets-3";
/// How many buckets of rows the weights have.
pub(super) const BUCKETS: usize = 1 << 15;
/// Rows of a bucket.
pub(super) const BUCKET: usize = 4;
/// How many words the set of seen words tells apart.
pub(super) const SEEN: usize = 1 << 16;

/// The number of a phrase of one or two words, or of a shape such as `#code`, at a place.
pub(super) fn gram(place: Place, phrase: &str) -> u64 {
    at(place, self::phrase(phrase))
}

/// The hash of a phrase of one or two words.
pub(super) fn phrase(phrase: &str) -> u64 {
    match phrase.split_once(' ') {
        Some((first, second)) => pair(word(first.as_bytes()), word(second.as_bytes())),
        None => word(phrase.as_bytes()),
    }
}

/// The hash of a word, letter case aside.
#[expect(
    clippy::indexing_slicing,
    reason = "within the length, and `const` knows no iterators"
)]
pub(super) const fn word(bytes: &[u8]) -> u64 {
    let mut hash = START;
    let mut at = 0;
    while at < bytes.len() {
        hash = with(hash, bytes[at].to_ascii_lowercase());
        at += 1;
    }
    hash
}

/// The hash of a word of no letters.
pub(super) const START: u64 = 0xcbf2_9ce4_8422_2325;

/// The hash of a word with one more byte, which is in lower case.
pub(super) const fn with(hash: u64, byte: u8) -> u64 {
    (hash ^ byte as u64).wrapping_mul(0x0100_0000_01b3)
}

/// The hash of a word without its last byte, which is in lower case: the other way round.
pub(super) const fn without(hash: u64, byte: u8) -> u64 {
    // The inverse of the factor modulo 2^64.
    hash.wrapping_mul(0xce96_5057_aff6_957b) ^ byte as u64
}

/// The hashes of several words, to look a word up among them by its own.
#[expect(
    clippy::indexing_slicing,
    reason = "within the length, and `const` knows no iterators"
)]
pub(super) const fn words<const N: usize>(words: [&str; N]) -> [u64; N] {
    let mut hashes = [0; N];
    let mut at = 0;
    while at < N {
        hashes[at] = word(words[at].as_bytes());
        at += 1;
    }
    hashes
}

/// For tables by hashes: a hash is its own hash.
pub(super) type ByItself = std::hash::BuildHasherDefault<Itself>;

/// See [`ByItself`].
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Itself(u64);

impl std::hash::Hasher for Itself {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The hash of the first letter of a word and the set of its letters.
pub(super) fn letters(first: u8, set: u32) -> u64 {
    (u64::from(set) << 8 | u64::from(first)).wrapping_mul(0x0100_0000_01b3)
}

pub(super) fn pair(previous: u64, word: u64) -> u64 {
    previous.rotate_left(17) ^ word
}

/// The number of a hash at a place.
pub(super) fn at(place: Place, hash: u64) -> u64 {
    let salt = match place {
        Place::Anywhere | Place::Shape => 0,
        Place::Opening => 0x9e37_79b9_7f4a_7c15,
        Place::Lead => 0xd1b5_4a32_d192_ed03,
        Place::Piece => 0xa076_1d64_78bd_642f,
        Place::Sense => 0xe703_7ed1_a0b4_28db,
        Place::Cross => 0x8ebc_6af0_9c88_c6e3,
        Place::End => 0x5899_65cc_7537_4cc3,
    };
    let mut mixed = hash ^ salt;
    mixed ^= mixed >> 32;
    mixed = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29)
}

/// The two buckets a gram's row may be in.
pub(super) fn buckets(gram: u64) -> [usize; 2] {
    [gram as usize % BUCKETS, (gram >> 15) as usize % BUCKETS]
}

/// What a gram's row bears; never 0, which free rows have.
pub(super) fn mark(gram: u64) -> u16 {
    (gram >> 48) as u16 | 1
}

/// The place of a word in the set of seen words.
pub(super) fn seen(gram: u64) -> usize {
    gram as usize % SEEN
}
