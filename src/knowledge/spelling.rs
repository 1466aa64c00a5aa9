//! How much a text and a query are spelt alike: runs of three and four characters, ranked by BM25.
//!
//! There are no postings for them: they would be eight times those of the words, and scoring only the
//! lessons that words and vectors bring up ranks as well.

use hashbrown::HashMap;

/// As for words, but length counts less: a long text has all grams of the alphabet anyway.
const K1: f64 = 1.2;
const B: f64 = 0.5;

/// A run of three or four characters of a word between `^` and `$`, or a shorter word itself.
pub(super) type Gram = u32;

/// How many lessons have each gram.
#[derive(Debug, Default)]
pub(super) struct Spelling {
    lessons: HashMap<Gram, u32>,
    live: u32,
    /// Grams of all live lessons, with repetitions.
    length: u64,
}

/// The grams of a query, each with what it counts.
#[derive(Debug)]
pub(super) struct QueryGrams {
    /// By gram its place in `weights`.
    places: HashMap<Gram, u32>,
    weights: Vec<f64>,
    /// One bit of them for every gram: nearly all grams of other words fall between.
    sieve: [u64; SIEVE],
}

const SIEVE: usize = 128;

fn bit(gram: Gram) -> (usize, u64) {
    let hash = gram.wrapping_mul(0x9e37_79b9);
    ((hash >> 25) as usize % SIEVE, 1 << (hash >> 19 & 63))
}

impl Spelling {
    /// Counts a lesson with these words.
    pub(super) fn add<'a>(&mut self, words: impl Iterator<Item = (&'a str, u8)>) {
        let (grams, length) = distinct(words);
        for gram in grams {
            *self.lessons.entry(gram).or_default() += 1;
        }
        self.live += 1;
        self.length += u64::from(length);
    }

    /// Takes back what [`Spelling::add`] did with the same words.
    pub(super) fn remove<'a>(&mut self, words: impl Iterator<Item = (&'a str, u8)>) {
        let (grams, length) = distinct(words);
        for gram in grams {
            if let Some(lessons) = self.lessons.get_mut(&gram) {
                *lessons = lessons.saturating_sub(1);
            }
        }
        self.live = self.live.saturating_sub(1);
        self.length = self.length.saturating_sub(u64::from(length));
    }

    /// The grams of the words of a query.
    pub(super) fn query<'a>(&self, words: impl Iterator<Item = &'a str>) -> QueryGrams {
        let mut query = QueryGrams {
            places: HashMap::new(),
            weights: Vec::new(),
            sieve: [0; SIEVE],
        };
        for word in words {
            each(word, |gram| {
                let known = self.lessons.get(&gram).copied().unwrap_or(0);
                let (all, with) = (f64::from(self.live), f64::from(known));
                let idf = ((all - with + 0.5).max(0.5) / (with + 0.5)).ln_1p();
                if known > 0 {
                    query.add(gram, idf);
                }
            });
        }
        query
    }

    /// What a gram adds to the score of a text that has it `count` times.
    pub(super) fn saturation(&self, count: f64, length: u32) -> f64 {
        let average = self.length.max(1) as f64 / f64::from(self.live.max(1));
        let relative = f64::from(length) / average;
        count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * relative))
    }

    /// How many lessons are counted, how long they are together, and the lessons of each gram.
    pub(super) fn parts(&self) -> (u32, u64, impl Iterator<Item = [u32; 2]>) {
        let lessons = self.lessons.iter().filter(|(_, lessons)| **lessons > 0);
        (
            self.live,
            self.length,
            lessons.map(|(gram, lessons)| [*gram, *lessons]),
        )
    }

    /// What [`Spelling::parts`] came from.
    pub(super) fn from_parts(live: u32, length: u64, lessons: impl Iterator<Item = [u32; 2]>) -> Self {
        Self {
            lessons: lessons.map(|[gram, lessons]| (gram, lessons)).collect(),
            live,
            length,
        }
    }
}

impl QueryGrams {
    fn add(&mut self, gram: Gram, weight: f64) {
        let Self {
            places,
            weights,
            sieve,
        } = self;
        let place = *places.entry(gram).or_insert_with(|| {
            weights.push(0.0);
            weights.len() as u32 - 1
        });
        if let Some(sum) = weights.get_mut(place as usize) {
            *sum += weight;
        }
        let (at, bit) = bit(gram);
        if let Some(bits) = sieve.get_mut(at) {
            *bits |= bit;
        }
    }

    /// What each counts, by its place.
    pub(super) fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Adds the places of those of a word's grams that the query has.
    pub(super) fn shared(&self, word: &str, places: &mut Vec<u32>) {
        each(word, |gram| {
            let (at, bit) = bit(gram);
            if self.sieve.get(at).is_some_and(|bits| bits & bit != 0)
                && let Some(place) = self.places.get(&gram)
            {
                places.push(*place);
            }
        });
    }
}

/// How many grams a word has.
pub(super) fn length(word: &str) -> u32 {
    let characters = word.chars().count() as u32;
    if characters < 2 { 1 } else { 2 * characters - 1 }
}

fn distinct<'a>(words: impl Iterator<Item = (&'a str, u8)>) -> (Vec<Gram>, u32) {
    let (mut grams, mut total) = (Vec::new(), 0_u32);
    for (word, count) in words {
        each(word, |gram| grams.push(gram));
        total = total.saturating_add(u32::from(count.div_ceil(2)) * length(word));
    }
    grams.sort_unstable();
    grams.dedup();
    (grams, total)
}

/// Gives every gram of `word` to `emit`.
fn each(word: &str, mut emit: impl FnMut(Gram)) {
    let mut window = [0_u32; 3];
    let padded = std::iter::once('^')
        .chain(word.chars())
        .chain(std::iter::once('$'));
    for (seen, character) in padded.enumerate() {
        let c = u32::from(character);
        let [first, second, third] = window;
        let three = mixed(second, third, c);
        if seen >= 2 {
            emit(three);
        }
        if seen >= 3 {
            emit(three ^ first.wrapping_mul(0x85eb_ca6b).rotate_left(7));
        }
        window = [second, third, c];
    }
}

/// A number for a run of characters; two runs rarely share one. Every word of every candidate goes through
/// here, so the products do not wait for each other. Kept on disk: it must stay what it is.
fn mixed(one: u32, two: u32, three: u32) -> Gram {
    one.wrapping_mul(0x9e37_79b1)
        ^ two.wrapping_mul(0xc2b2_ae3d).rotate_left(11)
        ^ three.wrapping_mul(0x27d4_eb2f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_as_many_grams_as_are_given_out() {
        for word in ["a", "ab", "abc", "deploy", "кэш", "存"] {
            let mut given = 0;
            each(word, |_| given += 1);
            assert_eq!(given, length(word), "{word}");
        }
    }

    #[test]
    fn two_runs_rarely_share_a_number() {
        let letters = || (b'a'..=b'z').chain(b'0'..=b'9').map(char::from);
        let mut numbers = Vec::new();
        for (a, b) in letters().flat_map(|a| letters().map(move |b| (a, b))) {
            for c in letters() {
                each(&format!("{a}{b}{c}"), |gram| numbers.push(gram));
            }
        }
        let all = 36_usize.pow(3);
        numbers.sort_unstable();
        numbers.dedup();
        // Three characters, with the ends of the word four; and the two ends, which many words share.
        let distinct = 3 * all + 2 * 36 * 36;
        assert!(
            numbers.len() * 1_000 > distinct * 995,
            "{} of {distinct}",
            numbers.len()
        );
    }

    #[test]
    fn a_misspelt_word_shares_grams_and_another_word_does_not() {
        let mut spelling = Spelling::default();
        spelling.add([("authentication", 2), ("fails", 2)].into_iter());
        spelling.add([("database", 2)].into_iter());
        let query = spelling.query(["authentification"].into_iter());
        let shared = |query: &QueryGrams, word| {
            let mut places = Vec::new();
            query.shared(word, &mut places);
            places.len()
        };
        assert!(shared(&query, "authentication") > 10);
        assert!(shared(&query, "database") <= 2);
        spelling.remove([("database", 2)].into_iter());
        assert_eq!(shared(&spelling.query(["database"].into_iter()), "database"), 0);
    }
}
