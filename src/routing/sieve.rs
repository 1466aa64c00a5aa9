//! A table by hashes that is mostly asked for what is not in it.

use hashbrown::HashMap;

use super::hash::ByItself;

/// How many bits an entry has: one in so many hashes that are not there is looked for all the same.
const BITS: usize = 8;

/// A map of few bits, which says of most hashes that they are not there without a look into the table.
#[derive(Debug)]
pub(super) struct Sieve<T> {
    bits: Vec<u64>,
    by_hash: HashMap<u64, T, ByItself>,
}

impl<T> From<HashMap<u64, T, ByItself>> for Sieve<T> {
    fn from(by_hash: HashMap<u64, T, ByItself>) -> Self {
        let words = (by_hash.len() * BITS / 64).next_power_of_two();
        let mut sieve = Self {
            bits: vec![0; words],
            by_hash,
        };
        for hash in sieve.by_hash.keys() {
            let (word, bit) = place(*hash, words);
            if let Some(word) = sieve.bits.get_mut(word) {
                *word |= bit;
            }
        }
        sieve
    }
}

impl<T> Sieve<T> {
    #[inline]
    pub(super) fn get(&self, hash: u64) -> Option<&T> {
        let (word, bit) = place(hash, self.bits.len());
        if self.bits.get(word)? & bit == 0 {
            return None;
        }
        self.by_hash.get(&hash)
    }
}

/// The word of bits and the bit in it, of a power of two of words.
fn place(hash: u64, words: usize) -> (usize, u64) {
    let mixed = hash ^ (hash >> 31);
    ((mixed >> 6) as usize & (words - 1), 1 << (mixed & 63))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::hash;

    #[test]
    fn what_is_in_it_is_found_and_nothing_else() {
        let hash = |n: u32| hash::word(n.to_string().as_bytes());
        let table: HashMap<u64, u32, ByItself> = (0..1000).map(|n| (hash(n), n)).collect();
        let sieve = Sieve::from(table);
        assert!((0..1000).all(|n| sieve.get(hash(n)) == Some(&n)));
        assert!((1000..9000).all(|n| sieve.get(hash(n)).is_none()));
        let empty: Sieve<u8> = Sieve::from(HashMap::default());
        assert_eq!(empty.get(7), None);
    }
}
