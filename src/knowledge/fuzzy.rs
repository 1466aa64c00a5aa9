//! How alike two words are spelt, so that a typo still finds what was meant.

/// Words at least this alike may stand in for one another.
pub(super) const LEAST_DICE: f64 = 0.5;

/// The distinct runs of two and three characters of a word between `^` and `$`.
#[derive(Debug)]
pub(super) struct Grams {
    /// Sorted; up to three characters of 21 bits each.
    grams: Vec<u64>,
}

impl Grams {
    /// The grams of `word`.
    pub(super) fn of(word: &str) -> Self {
        let padded: Vec<u64> = std::iter::once('^')
            .chain(word.chars())
            .chain(std::iter::once('$'))
            .map(|c| u64::from(u32::from(c)))
            .collect();
        let mut grams: Vec<u64> = [2, 3]
            .into_iter()
            .flat_map(|length| padded.windows(length))
            .map(|gram| gram.iter().fold(0, |key, c| key << 21 | c))
            .collect();
        grams.sort_unstable();
        grams.dedup();
        Self { grams }
    }

    /// What is kept of a word to rule it out without spelling it.
    pub(super) fn sketch(&self) -> Sketch {
        Sketch {
            bits: self.grams.iter().fold([0; 2], |[low, high], gram| {
                let bit = bit(*gram);
                [low | bit as u64, high | (bit >> 64) as u64]
            }),
            grams: u16::try_from(self.grams.len()).unwrap_or(u16::MAX),
        }
    }

    /// Dice coefficient of the two sets, 0 to 1.
    pub(super) fn dice(&self, other: &Self) -> f64 {
        let common = self
            .grams
            .iter()
            .filter(|gram| other.grams.binary_search(gram).is_ok())
            .count();
        dice(common, self.grams.len(), other.grams.len())
    }
}

/// One bit of 128 for every gram of a word, and how many grams it has.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sketch {
    bits: [u64; 2],
    grams: u16,
}

impl Sketch {
    /// False only when the two words are surely less alike than [`LEAST_DICE`]. Every stem there is gets
    /// this look for every unknown word, so there is no division in it.
    pub(super) fn may_be_like(self, other: Self) -> bool {
        let [low, high] = self.bits;
        let [other_low, other_high] = other.bits;
        // Grams of ours that share a bit might all be in the other word.
        let sharing_a_bit = u32::from(self.grams).saturating_sub(low.count_ones() + high.count_ones());
        let most_common = ones(low & other_low, high & other_high) + sharing_a_bit;
        4 * most_common >= u32::from(self.grams) + u32::from(other.grams)
    }
}

/// How many bits are set in both together. Two counts in one, because the plain x86-64 that this is built
/// for has no instruction for it.
fn ones(low: u64, high: u64) -> u32 {
    const PAIRS: u64 = 0x5555_5555_5555_5555;
    const NIBBLES: u64 = 0x3333_3333_3333_3333;
    const BYTES: u64 = 0x0f0f_0f0f_0f0f_0f0f;
    let nibbles = |bits: u64| {
        let pairs = bits - (bits >> 1 & PAIRS);
        (pairs & NIBBLES) + (pairs >> 2 & NIBBLES)
    };
    let both = nibbles(low) + nibbles(high);
    let bytes = (both & BYTES) + (both >> 4 & BYTES);
    (bytes.wrapping_mul(0x0101_0101_0101_0101) >> 56) as u32
}

fn dice(common: usize, one: usize, other: usize) -> f64 {
    2.0 * common as f64 / (one + other) as f64
}

/// Fibonacci hashing: the top seven bits of a product with 2^64 / golden ratio.
fn bit(gram: u64) -> u128 {
    1 << (gram.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 57)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_swapped_letter_is_alike_and_another_word_is_not() {
        let dice = |one, other| Grams::of(one).dice(&Grams::of(other));
        assert_eq!(dice("authent", "authent"), 1.0);
        assert!(dice("authentc", "authent") > 0.7);
        assert!(dice("authent", "database") < LEAST_DICE);
    }

    proptest! {
        #[test]
        fn bits_are_counted_together(low in any::<u64>(), high in any::<u64>()) {
            prop_assert_eq!(ones(low, high), low.count_ones() + high.count_ones());
        }

        #[test]
        fn the_sketch_never_rules_out_a_word_that_is_alike(one in "[a-d]{1,9}", other in "[a-d]{1,9}") {
            let (one, other) = (Grams::of(&one), Grams::of(&other));
            prop_assert!(one.sketch().may_be_like(other.sketch()) || one.dice(&other) < LEAST_DICE);
        }
    }
}
