//! An inverted index of words in memory, ranked by BM25.
//!
//! Texts live in numbered slots. A removed text leaves its postings behind as tombstones, which the
//! counts behind the ranking no longer see and scoring skips, until [`Lexical::sweep`] drops them.

use std::collections::HashMap;
use std::sync::Arc;

use super::fuzzy::{Grams, LEAST_DICE, Sketch};
use super::words::Words;

/// How fast more occurrences of a word stop counting. With [`B`] the values of Robertson et al.,
/// "Okapi at TREC-3" (1994), as commonly used.
const K1: f64 = 1.2;
/// How much a longer text needs more occurrences for the same score.
const B: f64 = 0.75;
/// More distinct words of a query are not looked at.
const MAX_QUERY_WORDS: usize = 256;
/// Shorter stems have too few neighbours that mean the same.
const MIN_FUZZY_CHARS: usize = 4;
/// So many words of the index may stand in for one unknown word of the query.
const MAX_STANDINS: usize = 3;
/// For so many unknown words of a query stand-ins are looked for.
const MAX_FUZZY_WORDS: usize = 16;

/// Number of a text in the index.
pub(super) type Slot = u32;
type TermId = u32;

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
    term: TermId,
    /// `None` when the stems are equal.
    dice: Option<f64>,
}

/// What one word of the query added to a text's score.
#[derive(Debug)]
pub(super) struct Contribution {
    pub(super) stem: Arc<str>,
    pub(super) word: String,
    pub(super) weight: f64,
    pub(super) dice: Option<f64>,
}

/// The index.
#[derive(Debug, Default)]
pub(super) struct Lexical {
    words: Words,
    vocabulary: HashMap<Arc<str>, TermId>,
    terms: Vec<Term>,
    texts: Vec<Text>,
    live: usize,
    /// Of all live texts.
    length: u64,
}

#[derive(Debug)]
struct Term {
    stem: Arc<str>,
    sketch: Sketch,
    /// How many live texts have it.
    texts: u32,
    /// By slot, ascending; those of removed texts among them.
    postings: Vec<Posting>,
}

#[derive(Debug, Clone, Copy)]
struct Posting {
    slot: Slot,
    /// Occurrences in halves.
    count: u16,
}

#[derive(Debug)]
struct Text {
    /// Occurrences in halves.
    length: u32,
    /// Each once.
    terms: Box<[TermId]>,
}

impl Lexical {
    /// Adds a text; its slot is the number of slots so far.
    pub(super) fn push(&mut self, fields: &[Field<'_>]) {
        let Ok(slot) = Slot::try_from(self.texts.len()) else {
            return;
        };
        let mut found: Vec<(TermId, u16)> = Vec::new();
        let mut words = std::mem::take(&mut self.words);
        for field in fields {
            words.for_each(field.text, |word| {
                found.extend(self.intern(word.stem).map(|term| (term, field.weight as u16)));
            });
        }
        self.words = words;
        found.sort_unstable();
        let mut length = 0_u32;
        let mut terms = Vec::new();
        for same in found.chunk_by(|one, other| one.0 == other.0) {
            let Some((id, _)) = same.first() else { continue };
            let Some(term) = self.terms.get_mut(*id as usize) else {
                continue;
            };
            let count = same
                .iter()
                .fold(0_u16, |sum, (_, count)| sum.saturating_add(*count));
            term.texts += 1;
            term.postings.push(Posting { slot, count });
            terms.push(*id);
            length = length.saturating_add(u32::from(count));
        }
        self.live += 1;
        self.length += u64::from(length);
        self.texts.push(Text {
            length,
            terms: terms.into_boxed_slice(),
        });
    }

    /// Takes a text out of the ranking. Its slot stays taken until the next sweep.
    pub(super) fn remove(&mut self, slot: Slot) {
        let Some(text) = self.texts.get_mut(slot as usize) else {
            return;
        };
        let terms = std::mem::take(&mut text.terms);
        self.live -= 1;
        self.length -= u64::from(std::mem::take(&mut text.length));
        for id in terms {
            if let Some(term) = self.terms.get_mut(id as usize) {
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
            term.postings.retain_mut(|posting| match new_slot(posting.slot) {
                Some(slot) => {
                    posting.slot = slot;
                    true
                }
                None => false,
            });
        }
        let mut kept = kept.iter();
        self.texts.retain(|_| kept.next().is_some_and(|kept| *kept));
    }

    /// The words of `query` and what they match here. Unknown words are matched by spelling.
    pub(super) fn resolve(&self, query: &str) -> Vec<QueryTerm> {
        let mut terms = self.words_of(query);
        terms
            .iter_mut()
            .filter(|term| term.matches.is_empty() && term.stem.chars().count() >= MIN_FUZZY_CHARS)
            .take(MAX_FUZZY_WORDS)
            .for_each(|term| term.matches = self.standins(&term.stem));
        terms
    }

    /// The `limit` rarest words of `text`, unknown ones first.
    pub(super) fn rarest(&self, text: &str, limit: usize) -> Vec<QueryTerm> {
        let mut terms = self.words_of(text);
        // A stable sort: words that are equally rare stay in the order of the text.
        terms.sort_by_key(|term| {
            term.matches
                .first()
                .map_or(0, |found| self.texts_with(found.term))
        });
        terms.truncate(limit);
        terms
    }

    /// The `limit` rarest of those words of `text` that some text here has.
    pub(super) fn rarest_known(&self, text: &str, limit: usize) -> Vec<QueryTerm> {
        let mut terms = self.rarest(text, usize::MAX);
        terms.retain(|term| !term.matches.is_empty());
        terms.truncate(limit);
        terms
    }

    /// BM25 of every text that passes and has a word of the query, in no particular order.
    pub(super) fn score(&self, query: &[QueryTerm], passes: &[bool]) -> Vec<(Slot, f64)> {
        let mut scores = vec![0.0_f64; self.texts.len()];
        let mut found = Vec::new();
        for (weight, term) in self.weighted(query) {
            for posting in &term.postings {
                let slot = posting.slot as usize;
                let (Some(true), Some(score), Some(text)) =
                    (passes.get(slot), scores.get_mut(slot), self.texts.get(slot))
                else {
                    continue;
                };
                if *score == 0.0 {
                    found.push(posting.slot);
                }
                *score += weight * self.saturation(posting.count, text.length);
            }
        }
        found
            .into_iter()
            .filter_map(|slot| Some((slot, *scores.get(slot as usize)?)))
            .collect()
    }

    /// What each word of the query added to the score of one text, the most first.
    pub(super) fn explain(&self, query: &[QueryTerm], slot: Slot) -> Vec<Contribution> {
        let Some(text) = self.texts.get(slot as usize) else {
            return Vec::new();
        };
        let mut contributions = Vec::new();
        for query_term in query {
            for found in &query_term.matches {
                let Some(term) = self.terms.get(found.term as usize) else {
                    continue;
                };
                let Ok(at) = term.postings.binary_search_by_key(&slot, |posting| posting.slot) else {
                    continue;
                };
                let count = term.postings.get(at).map_or(0, |posting| posting.count);
                let weight = self.weight(query_term, found, term) * self.saturation(count, text.length);
                contributions.push(Contribution {
                    stem: term.stem.clone(),
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
                .weighted(std::slice::from_ref(term))
                .map(|(weight, _)| weight)
                .sum();
            if term.matches.iter().any(|found| found.dice.is_none()) {
                reachable
            } else {
                reachable.max(f64::from(term.count) * self.idf(0))
            }
        };
        query.iter().map(most).sum::<f64>() * (K1 + 1.0)
    }

    fn words_of(&self, query: &str) -> Vec<QueryTerm> {
        let mut terms: Vec<QueryTerm> = Vec::new();
        let mut positions = HashMap::new();
        Words::default().for_each(query, |word| {
            let known = positions.get(word.stem).copied();
            if let Some(term) = known.and_then(|at: usize| terms.get_mut(at)) {
                term.count += 1;
            } else if terms.len() < MAX_QUERY_WORDS {
                positions.insert(word.stem.to_owned(), terms.len());
                terms.push(QueryTerm {
                    word: word.surface.to_owned(),
                    stem: word.stem.to_owned(),
                    count: 1,
                    matches: self
                        .known(word.stem)
                        .into_iter()
                        .map(|term| Match { term, dice: None })
                        .collect(),
                });
            }
        });
        terms
    }

    fn weighted<'a>(&'a self, query: &'a [QueryTerm]) -> impl Iterator<Item = (f64, &'a Term)> {
        query
            .iter()
            .flat_map(|term| term.matches.iter().map(move |found| (term, found)))
            .filter_map(|(query_term, found)| {
                let term = self.terms.get(found.term as usize)?;
                Some((self.weight(query_term, found, term), term))
            })
    }

    fn weight(&self, query_term: &QueryTerm, found: &Match, term: &Term) -> f64 {
        let alike = found.dice.unwrap_or(1.0);
        f64::from(query_term.count) * alike * alike * self.idf(term.texts)
    }

    fn idf(&self, texts: u32) -> f64 {
        let (all, with) = (self.live as f64, f64::from(texts));
        ((all - with + 0.5) / (with + 0.5)).ln_1p()
    }

    fn saturation(&self, count: u16, length: u32) -> f64 {
        let occurrences = f64::from(count) / 2.0;
        let relative = f64::from(length) * self.live as f64 / self.length.max(1) as f64;
        occurrences * (K1 + 1.0) / (occurrences + K1 * (1.0 - B + B * relative))
    }

    fn intern(&mut self, stem: &str) -> Option<TermId> {
        if let Some(id) = self.vocabulary.get(stem) {
            return Some(*id);
        }
        let id = TermId::try_from(self.terms.len()).ok()?;
        let stem: Arc<str> = stem.into();
        self.terms.push(Term {
            stem: stem.clone(),
            sketch: Grams::of(&stem).sketch(),
            texts: 0,
            postings: Vec::new(),
        });
        self.vocabulary.insert(stem, id);
        Some(id)
    }

    fn known(&self, stem: &str) -> Option<TermId> {
        let id = *self.vocabulary.get(stem)?;
        (self.texts_with(id) > 0).then_some(id)
    }

    fn texts_with(&self, id: TermId) -> u32 {
        self.terms.get(id as usize).map_or(0, |term| term.texts)
    }

    fn standins(&self, stem: &str) -> Vec<Match> {
        let grams = Grams::of(stem);
        let sketch = grams.sketch();
        let mut alike: Vec<(f64, &str, TermId)> = (0..)
            .zip(&self.terms)
            .filter(|(_, term)| term.texts > 0 && sketch.may_be_like(term.sketch))
            .map(|(id, term)| (grams.dice(&Grams::of(&term.stem)), &*term.stem, id))
            .filter(|(dice, ..)| *dice >= LEAST_DICE)
            .collect();
        // By spelling among equals: ids depend on the order in which texts came.
        alike.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(other.1)));
        alike
            .into_iter()
            .take(MAX_STANDINS)
            .map(|(dice, _, term)| Match {
                term,
                dice: Some(dice),
            })
            .collect()
    }
}
