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

/// Sketches of many words, by their number. Every one gets a look for every unknown word of a query, so what
/// is compared lies together, [`LANES`] at a time, and the compiler makes one instruction of several.
#[derive(Debug, Default)]
pub(super) struct Sketches {
    low: Vec<u64>,
    high: Vec<u64>,
    grams: Vec<u16>,
}

const LANES: usize = 8;

impl Sketches {
    /// Makes room for so many more.
    pub(super) fn reserve_exact(&mut self, count: usize) {
        self.low.reserve_exact(count);
        self.high.reserve_exact(count);
        self.grams.reserve_exact(count);
    }

    /// Adds that of the next word.
    pub(super) fn push(&mut self, sketch: Sketch) {
        let [low, high] = sketch.bits;
        self.low.push(low);
        self.high.push(high);
        self.grams.push(sketch.grams);
    }

    /// All words but those that are surely less like it than [`LEAST_DICE`].
    pub(super) fn like(&self, sketch: Sketch) -> Vec<u32> {
        let (low, low_rest) = self.low.as_chunks::<LANES>();
        let (high, high_rest) = self.high.as_chunks::<LANES>();
        let (grams, grams_rest) = self.grams.as_chunks::<LANES>();
        let mut like = Vec::new();
        for ((at, low), (high, grams)) in (0..).step_by(LANES).zip(low).zip(high.iter().zip(grams)) {
            let excess = sketch.excess(low, high, grams);
            // The sign of all together: one that is not below zero makes it that.
            if excess.iter().fold(-1, |all, one| all & one) >= 0 {
                like.extend(
                    (at..)
                        .zip(excess)
                        .filter_map(|(word, excess)| (excess >= 0).then_some(word)),
                );
            }
        }
        let rest = low_rest.iter().zip(high_rest).zip(grams_rest);
        for (word, ((low, high), grams)) in ((self.grams.len() - grams_rest.len()) as u32..).zip(rest) {
            if sketch.excess(&[*low], &[*high], &[*grams]) >= [0] {
                like.push(word);
            }
        }
        like
    }
}

impl Sketch {
    /// For each of the words a number below zero if it is surely less like it than [`LEAST_DICE`].
    fn excess<const N: usize>(self, low: &[u64; N], high: &[u64; N], grams: &[u16; N]) -> [i64; N] {
        let [own_low, own_high] = self.bits;
        // Grams of ours that share a bit might all be in the other word.
        let sharing_a_bit =
            u32::from(self.grams).saturating_sub(own_low.count_ones() + own_high.count_ones());
        let own = 4 * i64::from(sharing_a_bit) - i64::from(self.grams);
        let mut common = [0; N];
        for ((common, low), high) in common.iter_mut().zip(low).zip(high) {
            *common = ones(own_low & low, own_high & high);
        }
        let mut excess = [0; N];
        for ((excess, common), grams) in excess.iter_mut().zip(common).zip(grams) {
            *excess = 4 * common + own - i64::from(*grams);
        }
        excess
    }
}

/// How many bits are set in both together. Two counts in one, and without a product, because the plain
/// x86-64 that this is built for has no instruction for counting bits, nor one for several products.
fn ones(low: u64, high: u64) -> i64 {
    const PAIRS: u64 = 0x5555_5555_5555_5555;
    const NIBBLES: u64 = 0x3333_3333_3333_3333;
    const BYTES: u64 = 0x0f0f_0f0f_0f0f_0f0f;
    let nibbles = |bits: u64| {
        let pairs = bits - (bits >> 1 & PAIRS);
        (pairs & NIBBLES) + (pairs >> 2 & NIBBLES)
    };
    let both = nibbles(low) + nibbles(high);
    let bytes = (both & BYTES) + (both >> 4 & BYTES);
    let pairs = bytes + (bytes >> 8);
    let fours = pairs + (pairs >> 16);
    ((fours + (fours >> 32)) & 0xff) as i64
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
            prop_assert_eq!(ones(low, high), i64::from(low.count_ones() + high.count_ones()));
        }

        #[test]
        fn the_sketches_never_rule_out_a_word_that_is_alike(
            one in "[a-d]{1,9}",
            others in prop::collection::vec("[a-d]{1,9}", 0..20),
        ) {
            let one = Grams::of(&one);
            let mut sketches = Sketches::default();
            for other in &others {
                sketches.push(Grams::of(other).sketch());
            }
            let like = sketches.like(one.sketch());
            prop_assert!(like.is_sorted() && like.iter().all(|word| (*word as usize) < others.len()));
            for (word, other) in (0..).zip(&others) {
                prop_assert!(like.contains(&word) || one.dice(&Grams::of(other)) < LEAST_DICE);
            }
        }
    }
}
