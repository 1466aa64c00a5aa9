//! An inverted index of words in memory, ranked by BM25.
//!
//! Texts live in numbered slots. A removed text leaves its postings behind as tombstones, which the
//! counts behind the ranking no longer see and scoring skips, until [`Lexical::sweep`] drops them.

use super::fuzzy::{Grams, Sketches};
use super::postings::{Posting, Postings};
use super::vocabulary::{StemId, Vocabulary};

mod terms;

/// How fast more occurrences of a word stop counting. With [`B`] the values of Robertson et al.,
/// "Okapi at TREC-3" (1994), as commonly used.
const K1: f64 = 1.2;
/// How much a longer text needs more occurrences for the same score.
const B: f64 = 0.75;

/// Number of a lesson in the index.
pub(super) type Slot = u32;

/// A part of a text, with what one occurrence of a word in it counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'a> {
    pub(super) text: &'a str,
    pub(super) weight: FieldWeight,
}

/// What an occurrence counts, in halves, so that all counts stay whole numbers.
#[derive(Debug, Clone, Copy)]
pub(super) enum FieldWeight {
    Half = 1,
    Full = 2,
}

/// A word of a query and the words of the index that answer to it.
#[derive(Debug)]
pub(super) struct QueryTerm {
    /// As it was written.
    word: String,
    stem: String,
    count: u32,
    matches: Vec<Match>,
}

#[derive(Debug)]
struct Match {
    term: StemId,
    /// `None` when the stems are equal.
    dice: Option<f64>,
}

/// What one word of the query added to a text's score.
#[derive(Debug)]
pub(super) struct Contribution {
    pub(super) stem: String,
    pub(super) word: String,
    pub(super) weight: f64,
    pub(super) dice: Option<f64>,
}

/// What a stem counts that answers to a query.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weight {
    pub(super) stem: StemId,
    pub(super) weight: f64,
}

/// The index.
#[derive(Debug, Default)]
pub(super) struct Lexical {
    /// By stem.
    terms: Vec<Term>,
    /// By stem how it is spelt.
    sketches: Sketches,
    /// By slot, occurrences in halves; 0 for a removed text.
    lengths: Vec<u32>,
    live: usize,
    /// Of all live texts.
    length: u64,
}

#[derive(Debug, Default)]
struct Term {
    /// How many live texts have it.
    texts: u32,
    /// By slot, ascending; those of removed texts among them.
    postings: Postings,
}

impl Lexical {
    /// Adds a text with these stems, each once with its occurrences in halves; its slot is the number of
    /// slots so far.
    pub(super) fn push(&mut self, vocabulary: &Vocabulary, stems: &[(StemId, u16)]) {
        let Ok(slot) = Slot::try_from(self.lengths.len()) else {
            return;
        };
        self.know(vocabulary);
        let mut length = 0_u32;
        for (stem, count) in stems {
            let (Some(term), Some(posting)) =
                (self.terms.get_mut(*stem as usize), Posting::new(slot, *count))
            else {
                continue;
            };
            term.texts += 1;
            term.postings.push(posting);
            length = length.saturating_add(u32::from(*count));
        }
        self.live += 1;
        self.length += u64::from(length);
        self.lengths.push(length);
    }

    /// Makes room for so many texts of each stem, so that adding them moves nothing.
    pub(super) fn reserve(&mut self, vocabulary: &Vocabulary, texts: &[u32]) {
        self.know(vocabulary);
        for (term, texts) in self.terms.iter_mut().zip(texts) {
            term.postings.reserve(*texts as usize);
        }
    }

    /// Adds a slot whose text cannot be found.
    pub(super) fn push_removed(&mut self) {
        self.lengths.push(0);
    }

    /// Takes a text out of the ranking. Its slot stays taken until the next sweep.
    pub(super) fn remove(&mut self, slot: Slot, stems: impl Iterator<Item = StemId>) {
        let Some(length) = self.lengths.get_mut(slot as usize) else {
            return;
        };
        self.live -= 1;
        self.length -= u64::from(std::mem::take(length));
        for stem in stems {
            if let Some(term) = self.terms.get_mut(stem as usize) {
                term.texts -= 1;
            }
        }
    }

    /// Drops the slots for which `kept` is false; the others move together in the same order.
    pub(super) fn sweep(&mut self, kept: &[bool]) {
        let mut next = 0;
        let moved: Vec<Option<Slot>> = kept
            .iter()
            .map(|kept| {
                kept.then(|| {
                    next += 1;
                    next - 1
                })
            })
            .collect();
        let new_slot = |slot: Slot| moved.get(slot as usize).copied().flatten();
        for term in &mut self.terms {
            term.postings
                .retain_mut(|posting| match new_slot(posting.slot()) {
                    Some(slot) => {
                        *posting = posting.at(slot);
                        true
                    }
                    None => false,
                });
        }
        let mut kept = kept.iter();
        self.lengths.retain(|_| kept.next().is_some_and(|kept| *kept));
    }

    fn know(&mut self, vocabulary: &Vocabulary) {
        if self.terms.is_empty() {
            self.terms.reserve_exact(vocabulary.n_stems());
            self.sketches.reserve_exact(vocabulary.n_stems());
        }
        for stem in self.terms.len()..vocabulary.n_stems() {
            self.terms.push(Term::default());
            self.sketches
                .push(Grams::of(vocabulary.stem_text(stem as StemId)).sketch());
        }
    }

    /// BM25 by slot of every text that passes and has a word of the query; 0 for the others, and which
    /// those are, in no particular order.
    pub(super) fn score(&self, query: &[QueryTerm], passes: &[bool]) -> (Vec<f64>, Vec<Slot>) {
        let mut scores = vec![0.0_f64; self.lengths.len()];
        let mut found = Vec::new();
        for weight in self.weights(query) {
            let Some(term) = self.terms.get(weight.stem as usize) else {
                continue;
            };
            for posting in term.postings.as_slice() {
                let slot = posting.slot() as usize;
                let (Some(true), Some(score), Some(length)) =
                    (passes.get(slot), scores.get_mut(slot), self.lengths.get(slot))
                else {
                    continue;
                };
                if *score == 0.0 {
                    found.push(posting.slot());
                }
                *score += weight.weight * self.saturation(posting.count(), *length);
            }
        }
        (scores, found)
    }

    /// What each word of the query added to the score of one text, the most first.
    pub(super) fn explain(
        &self,
        vocabulary: &Vocabulary,
        query: &[QueryTerm],
        slot: Slot,
    ) -> Vec<Contribution> {
        let Some(length) = self.lengths.get(slot as usize) else {
            return Vec::new();
        };
        let mut contributions = Vec::new();
        for query_term in query {
            for found in &query_term.matches {
                let Some(term) = self.terms.get(found.term as usize) else {
                    continue;
                };
                let postings = term.postings.as_slice();
                let Ok(at) = postings.binary_search_by_key(&slot, |posting| posting.slot()) else {
                    continue;
                };
                let count = postings.get(at).map_or(0, |posting| posting.count());
                let weight = self.weight(query_term, found, term) * self.saturation(count, *length);
                contributions.push(Contribution {
                    stem: vocabulary.stem_text(found.term).to_owned(),
                    word: query_term.word.clone(),
                    weight,
                    dice: found.dice,
                });
            }
        }
        contributions.sort_by(|one, other| other.weight.total_cmp(&one.weight));
        contributions
    }

    /// A bound no text can reach: every word of the query in it without end. A word that nothing here
    /// has counts as the rarest, so that a text with half of the query cannot look like a full match.
    pub(super) fn bound(&self, query: &[QueryTerm]) -> f64 {
        let most = |term: &QueryTerm| {
            let reachable: f64 = self
                .weights(std::slice::from_ref(term))
                .map(|weight| weight.weight)
                .sum();
            if term.matches.iter().any(|found| found.dice.is_none()) {
                reachable
            } else {
                reachable.max(f64::from(term.count) * self.idf(0))
            }
        };
        query.iter().map(most).sum::<f64>() * (K1 + 1.0)
    }

    /// The stems that answer to `query`, with what one occurrence without end would count.
    pub(super) fn weights<'a>(&'a self, query: &'a [QueryTerm]) -> impl Iterator<Item = Weight> + 'a {
        query
            .iter()
            .flat_map(|term| term.matches.iter().map(move |found| (term, found)))
            .filter_map(|(query_term, found)| {
                let term = self.terms.get(found.term as usize)?;
                Some(Weight {
                    stem: found.term,
                    weight: self.weight(query_term, found, term),
                })
            })
    }

    /// How long a text is on average, in halves.
    pub(super) fn average_length(&self) -> f64 {
        self.length.max(1) as f64 / self.live.max(1) as f64
    }

    fn weight(&self, query_term: &QueryTerm, found: &Match, term: &Term) -> f64 {
        let alike = found.dice.unwrap_or(1.0);
        f64::from(query_term.count) * alike * alike * self.idf(term.texts)
    }

    fn idf(&self, texts: u32) -> f64 {
        let (all, with) = (self.live as f64, f64::from(texts));
        ((all - with + 0.5) / (with + 0.5)).ln_1p()
    }

    fn saturation(&self, count: u32, length: u32) -> f64 {
        saturation(f64::from(count), f64::from(length) / self.average_length())
    }

    fn texts_with(&self, id: StemId) -> u32 {
        self.terms.get(id as usize).map_or(0, |term| term.texts)
    }
}

/// How much `halves` of occurrences count in a text of `relative` times the average length.
pub(super) fn saturation(halves: f64, relative: f64) -> f64 {
    let occurrences = halves / 2.0;
    occurrences * (K1 + 1.0) / (occurrences + K1 * (1.0 - B + B * relative))
}
