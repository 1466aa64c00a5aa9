//! What each word of a text adds, wherever and as whatever it counts.

use hashbrown::HashMap;

use super::{Factors, Pair, Question};
use crate::routing::features::{Place, Span};
use crate::routing::hash::ByItself;
use crate::routing::heads::tally::Tally;
use crate::routing::heads::{Input, Weights};

/// A word where it stands first, and what it adds to the answer of each question.
pub(in crate::routing) type OfWord = (Span, Pair<f64>);

impl Weights<'_> {
    /// For each word of a text what goes with it when it is left out: its grams at all places, those with the words
    /// beside it, its meanings, its pieces and the rules it meets. A pair goes with either of its words.
    pub(in crate::routing) fn by_word(
        &self,
        input: &Input,
        tally: &Tally,
        questions: Pair<Question>,
    ) -> Vec<OfWord> {
        let factors = questions.map(|question| Factors::new(self, tally, question));
        let mut rules = self.rules(input, tally, questions);
        let mut words = Words::of(input);
        let of_pieces = factors.map(|factors| factors.at(Place::Piece));
        let mut pieces = tally.pieces.iter();
        for (place, grams) in input.features.places() {
            // The shape of a text is no word's.
            if place == Place::Shape {
                continue;
            }
            let mixes = factors.map(|factors| factors.at(place));
            for gram in grams {
                if let Some(row) = self.row(gram.number) {
                    words.add(gram.at, mixes.map(|mix| mix.of_gram(row)));
                }
                if let Some(rule) = rules.remove(&gram.number) {
                    words.add(gram.at, rule);
                }
                if gram.pieces > 0
                    && let Some(row) = pieces.next()
                {
                    words.add(gram.at, of_pieces.map(|mix| mix.part(row)));
                }
            }
        }
        words.words
    }

    /// By the number of their gram, what the phrases of rules add.
    fn rules(
        &self,
        input: &Input,
        tally: &Tally,
        questions: Pair<Question>,
    ) -> HashMap<u64, Pair<f64>, ByItself> {
        let mut rules: HashMap<u64, Pair<f64>, ByItself> = HashMap::default();
        let shares = self.shares(tally, questions);
        for hit in &input.features.hits {
            rules.insert(hit.gram, self.of_hit(hit, tally, &shares));
        }
        rules
    }
}

/// The words of a text, and where each stands.
struct Words {
    words: Vec<OfWord>,
    /// Where an occurrence begins, and the place of its word; in order.
    occurrences: Vec<(u32, usize)>,
}

impl Words {
    fn of(input: &Input) -> Self {
        let mut known: HashMap<u64, usize, ByItself> = HashMap::default();
        let (mut words, mut occurrences): (Vec<OfWord>, Vec<_>) = (Vec::new(), Vec::new());
        for gram in input
            .features
            .at(Place::Anywhere)
            .iter()
            .filter(|gram| gram.is_word)
        {
            let at = *known.entry(gram.number).or_insert_with(|| {
                words.push((gram.at, [0.0; 2]));
                words.len() - 1
            });
            occurrences.push((gram.at.start, at));
        }
        Self { words, occurrences }
    }

    /// Adds to the words at the two ends of a stretch.
    fn add(&mut self, span: Span, part: Pair<f64>) {
        let before = |byte: u32| self.occurrences.partition_point(|(start, _)| *start < byte);
        let first = before(span.start.saturating_add(1)).checked_sub(1);
        let last = before(span.end).checked_sub(1);
        let word = |at: Option<usize>| at.and_then(|at| self.occurrences.get(at)).map(|(_, word)| *word);
        let (first, last) = (word(first), word(last));
        let second = last.filter(|last| Some(*last) != first);
        for at in first.into_iter().chain(second) {
            if let Some((_, sums)) = self.words.get_mut(at) {
                *sums = [sums[0] + part[0], sums[1] + part[1]];
            }
        }
    }
}
