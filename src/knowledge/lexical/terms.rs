//! From the text of a question to the words of the index that answer to it.

use std::collections::HashMap;

use super::{Lexical, Match, QueryTerm};
use crate::knowledge::fuzzy::{Grams, LEAST_DICE};
use crate::knowledge::vector;
use crate::knowledge::vocabulary::{StemId, Vocabulary};
use crate::knowledge::words::{lower_case, tokens};

/// More distinct words of a query are not looked at.
const MAX_QUERY_WORDS: usize = 256;
/// Shorter stems have too few neighbours that mean the same.
const MIN_FUZZY_CHARS: usize = 4;
/// So many words of the index may stand in for one unknown word of the query.
const MAX_STANDINS: usize = 3;
/// For so many unknown words of a query stand-ins are looked for.
const MAX_FUZZY_WORDS: usize = 16;

impl Lexical {
    /// The words of `query` and what they match here. Unknown words are matched by spelling, unless they are
    /// words of the language: those are no misspellings of others.
    pub(in crate::knowledge) fn resolve(&self, vocabulary: &Vocabulary, query: &str) -> Vec<QueryTerm> {
        let mut terms = self.words_of(vocabulary, query);
        terms
            .iter_mut()
            .filter(|term| term.matches.is_empty() && term.stem.chars().count() >= MIN_FUZZY_CHARS)
            .filter(|term| vector::pieces(&lower_case(&term.word)).len() != 1)
            .take(MAX_FUZZY_WORDS)
            .for_each(|term| term.matches = self.standins(vocabulary, &term.stem));
        terms
    }

    /// The `limit` rarest words of `text`, unknown ones first.
    pub(in crate::knowledge) fn rarest(
        &self,
        vocabulary: &Vocabulary,
        text: &str,
        limit: usize,
    ) -> Vec<QueryTerm> {
        let mut terms = self.words_of(vocabulary, text);
        // A stable sort: words that are equally rare stay in the order of the text.
        terms.sort_by_key(|term| {
            term.matches
                .first()
                .map_or(0, |found| self.texts_with(found.term))
        });
        terms.truncate(limit);
        terms
    }

    /// The rarest of those words of `text` that some text here has: `limit` at most, and not more than
    /// occur `budget` times together, though at least one.
    pub(in crate::knowledge) fn reminding(
        &self,
        vocabulary: &Vocabulary,
        text: &str,
        limit: usize,
        budget: usize,
    ) -> Vec<QueryTerm> {
        let mut terms = self.rarest(vocabulary, text, usize::MAX);
        terms.retain(|term| !term.matches.is_empty());
        terms.truncate(limit);
        let mut left = budget;
        let affordable = terms.iter().take_while(|term| {
            let before = left;
            left = left.saturating_sub(self.occurrences(term));
            self.occurrences(term) <= before
        });
        let count = affordable.count().max(1);
        terms.truncate(count);
        terms
    }

    fn occurrences(&self, term: &QueryTerm) -> usize {
        let texts = term
            .matches
            .iter()
            .map(|found| self.texts_with(found.term) as usize);
        texts.sum()
    }

    fn words_of(&self, vocabulary: &Vocabulary, query: &str) -> Vec<QueryTerm> {
        let mut terms: Vec<QueryTerm> = Vec::new();
        let mut positions: HashMap<String, usize> = HashMap::new();
        tokens(query, |token| {
            let Some(stem) = vocabulary.stem_of(token.surface) else {
                return;
            };
            let known = positions.get(&*stem).copied();
            if let Some(term) = known.and_then(|at| terms.get_mut(at)) {
                term.count += 1;
            } else if terms.len() < MAX_QUERY_WORDS {
                positions.insert(stem.clone().into_owned(), terms.len());
                let matches = self.known(vocabulary, &stem);
                terms.push(QueryTerm {
                    word: token.surface.to_owned(),
                    stem: stem.into_owned(),
                    count: 1,
                    matches: matches
                        .map(|term| Match { term, dice: None })
                        .into_iter()
                        .collect(),
                });
            }
        });
        terms
    }

    fn known(&self, vocabulary: &Vocabulary, stem: &str) -> Option<StemId> {
        let id = vocabulary.find_stem(stem)?;
        (self.texts_with(id) > 0).then_some(id)
    }

    fn standins(&self, vocabulary: &Vocabulary, stem: &str) -> Vec<Match> {
        let grams = Grams::of(stem);
        let mut alike: Vec<(f64, &str, StemId)> = self
            .sketches
            .like(grams.sketch())
            .into_iter()
            .filter(|id| self.texts_with(*id) > 0)
            .map(|id| (vocabulary.stem_text(id), id))
            .map(|(text, id)| (grams.dice(&Grams::of(text)), text, id))
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
