//! What words and spelling say of a text: the close look that only candidates get.
//!
//! Some hundred texts have some ten thousand different words, nearly all of which have nothing to do with the
//! query. So what a word has to do with it is found out once, and takes few bytes.

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use super::fuse::Opinion;
use super::lexical::{Weight, saturation};
use super::spelling::{self, QueryGrams, Spelling};
use super::texts::{TextId, Texts};
use super::vocabulary::{StemId, Vocabulary, WordId};

/// No stem of the query.
const NO_STEM: u32 = u32::MAX;

/// How a query looks at texts, one word after the other.
pub(super) struct Look<'a> {
    vocabulary: &'a Vocabulary,
    texts: &'a Texts,
    spelling: &'a Spelling,
    average_length: f64,
    /// By stem its place in `stem_counts`.
    stems: HashMap<StemId, u32>,
    stem_counts: Counts,
    grams: QueryGrams,
    gram_counts: Counts,
    known: HashMap<WordId, Known>,
    /// Words of a text that are not known yet, while it is looked at.
    new: Vec<(WordId, &'a str)>,
    /// The grams of all known words that the query has, too.
    shared: Vec<u32>,
}

/// What a word has to do with the query.
struct Known {
    /// Its place in `stem_counts`, or [`NO_STEM`].
    stem: u32,
    /// Where its grams end in `shared`, and how many there are.
    end: u32,
    grams: u16,
    length: u16,
}

impl<'a> Look<'a> {
    pub(super) fn new(
        vocabulary: &'a Vocabulary,
        texts: &'a Texts,
        spelling: &'a Spelling,
        average_length: f64,
        weights: impl Iterator<Item = Weight>,
        grams: QueryGrams,
    ) -> Self {
        let mut stems = HashMap::new();
        let mut stem_counts = Counts::default();
        for weight in weights {
            let place = *stems.entry(weight.stem).or_insert_with(|| stem_counts.another());
            stem_counts.weigh(place, weight.weight);
        }
        let mut gram_counts = Counts::default();
        for weight in grams.weights() {
            let place = gram_counts.another();
            gram_counts.weigh(place, *weight);
        }
        Self {
            vocabulary,
            texts,
            spelling,
            average_length,
            stems,
            stem_counts,
            grams,
            gram_counts,
            known: HashMap::with_capacity(1 << 12),
            new: Vec::new(),
            shared: Vec::new(),
        }
    }

    /// What words and spelling say of a text.
    pub(super) fn at(&mut self, text: TextId) -> Opinion {
        self.learn(text);
        let mut letters = 0;
        for (word, halves) in self.texts.words(text) {
            let Some(known) = self.known.get(&word) else {
                continue;
            };
            letters += u32::from(known.length) * u32::from(halves.div_ceil(2));
            self.stem_counts.add(known.stem, f64::from(halves));
            let end = known.end as usize;
            let shared = self.shared.get(end - usize::from(known.grams)..end);
            for gram in shared.unwrap_or_default() {
                self.gram_counts.add(*gram, f64::from(halves) / 2.0);
            }
        }
        let length = self.texts.text(text).map_or(0, |text| text.length);
        let relative = f64::from(length) / self.average_length;
        let spelling = self.spelling;
        Opinion {
            words: self.stem_counts.take(|halves| saturation(halves, relative)),
            spelling: self.gram_counts.take(|count| spelling.saturation(count, letters)),
            ..Opinion::default()
        }
    }

    /// What the words say of several texts as if they were one.
    pub(super) fn together(&mut self, texts: &[TextId]) -> f64 {
        let mut length = 0;
        for text in texts {
            self.learn(*text);
            for (word, halves) in self.texts.words(*text) {
                if let Some(known) = self.known.get(&word) {
                    self.stem_counts.add(known.stem, f64::from(halves));
                }
            }
            length += self.texts.text(*text).map_or(0, |text| text.length);
        }
        let relative = f64::from(length) / (self.average_length * texts.len().max(1) as f64);
        self.stem_counts.take(|halves| saturation(halves, relative))
    }

    /// Finds out about the words of a text that are new. First about all of them what lies far apart in
    /// memory, so that the processor waits for all of it at once; that takes longer than the rest.
    fn learn(&mut self, text: TextId) {
        for (word, _) in self.texts.words(text) {
            let Entry::Vacant(vacant) = self.known.entry(word) else {
                continue;
            };
            let stem = self.vocabulary.stem(word);
            let spelt = self.vocabulary.spelt(word).unwrap_or_default();
            vacant.insert(Known {
                stem: stem
                    .and_then(|stem| self.stems.get(&stem).copied())
                    .unwrap_or(NO_STEM),
                length: if spelt.is_empty() {
                    0
                } else {
                    spelling::length(spelt) as u16
                },
                end: 0,
                grams: 0,
            });
            self.new.push((word, spelt));
        }
        for (word, spelt) in self.new.drain(..) {
            let before = self.shared.len();
            self.grams.shared(spelt, &mut self.shared);
            let grams = self.shared.len() - before;
            if grams > 0
                && let Some(known) = self.known.get_mut(&word)
            {
                known.end = self.shared.len() as u32;
                known.grams = grams as u16;
            }
        }
    }
}

/// How often each thing that counts occurs in the text that is looked at.
#[derive(Default)]
struct Counts {
    /// By place: what it weighs, and how often it occurs.
    places: Vec<(f64, f64)>,
    /// The places that are not zero.
    touched: Vec<u32>,
}

impl Counts {
    /// A place that weighs nothing yet.
    fn another(&mut self) -> u32 {
        self.places.push((0.0, 0.0));
        self.places.len() as u32 - 1
    }

    fn weigh(&mut self, place: u32, more: f64) {
        if let Some((weight, _)) = self.places.get_mut(place as usize) {
            *weight += more;
        }
    }

    fn add(&mut self, place: u32, count: f64) {
        if let Some((_, total)) = self.places.get_mut(place as usize) {
            if *total == 0.0 {
                self.touched.push(place);
            }
            *total += count;
        }
    }

    /// The sum over what occurred; nothing occurs after it.
    fn take(&mut self, saturation: impl Fn(f64) -> f64) -> f64 {
        let Self { places, touched } = self;
        let sum = touched.iter().filter_map(|place| {
            let (weight, count) = places.get_mut(*place as usize)?;
            Some(*weight * saturation(std::mem::take(count)))
        });
        let sum = sum.sum();
        touched.clear();
        sum
    }
}
