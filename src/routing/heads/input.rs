//! What a text is to the heads.

use super::super::features::{Features, Place};
use super::super::hash;
use super::super::lexicon::Effect;
use super::super::signals::SIGNALS;
use super::super::spelling;
use crate::domain::TaskType;

/// Signals that are numbers and not grams: the counts, and what the rules of the lexicon say about each type
/// and about difficulty.
pub const DENSE: usize = SIGNALS + RULES;
/// One sum per type, and difficulty.
pub(super) const RULES: usize = TaskType::KINDS.len() + 1;
/// Places with weights of their own size: anywhere, opening, lead, shape, piece, sense, cross, end.
pub const PLACES: usize = 8;
/// Shapes are few and each is there or not: their number does not thin them out.
const SHAPE_NORM: f32 = 2.0;

/// A text as the heads see it.
#[derive(Debug)]
pub struct Input {
    pub(in crate::routing) features: Features,
}

impl Input {
    /// Reads `task`; of `context`, material given along with it, only the shapes count.
    #[must_use]
    pub fn of(task: &str, context: Option<&str>) -> Self {
        Self {
            features: Features::of(task, context),
        }
    }

    /// Every gram: its number, and its place (0..[`PLACES`]).
    pub fn grams(&self) -> impl Iterator<Item = (u64, usize)> {
        let words = self
            .features
            .places()
            .flat_map(|(of, grams)| grams.iter().map(move |gram| (gram.number, place(of))));
        let pieces = self.features.pieces.iter();
        words.chain(pieces.map(|number| (*number, place(Place::Piece))))
    }

    /// What the grams of each place are divided by: the square root of their number; pieces, which stand in for
    /// words that are not known, as words.
    #[must_use]
    pub fn norms(&self) -> [f32; PLACES] {
        let mut counts = [0; PLACES];
        for (of, grams) in self.features.places() {
            if let Some(count) = counts.get_mut(place(of)) {
                *count = grams.len();
            }
        }
        let [anywhere, opening, lead, _, _, sense, cross, end] =
            counts.map(|count| (count.max(1) as f32).sqrt());
        [anywhere, opening, lead, SHAPE_NORM, anywhere, sense, cross, end]
    }

    /// The signals that are numbers, not yet standardised.
    #[must_use]
    pub fn dense(&self) -> [f32; DENSE] {
        let mut dense = [0.0; DENSE];
        let (signals, rules) = dense.split_at_mut(SIGNALS);
        signals.copy_from_slice(&self.features.counts.signals());
        for hit in &self.features.hits {
            for (effect, weight) in hit.effects() {
                if let Some(sum) = rule(effect).and_then(|at| rules.get_mut(at)) {
                    *sum += weight as f32;
                }
            }
        }
        dense
    }

    /// The places of the words in the set of seen ones, by which novelty is told.
    pub fn seen_words(&self) -> impl Iterator<Item = usize> {
        let words = self.features.at(Place::Anywhere).iter();
        words
            .filter(|gram| gram.is_word)
            .map(|gram| hash::seen(gram.number))
    }

    /// Words of the prose.
    #[must_use]
    pub fn words(&self) -> usize {
        self.features.words
    }
}

/// Every known word as a gram, with the numbers of its pieces, which are part of its row: a text has only the pieces
/// of words that are not known.
pub fn known_words() -> impl Iterator<Item = (u64, Vec<u64>)> {
    spelling::known().map(|word| (hash::at(Place::Anywhere, word.hash), word.pieces().collect()))
}

pub(super) fn place(place: Place) -> usize {
    match place {
        Place::Anywhere => 0,
        Place::Opening => 1,
        Place::Lead => 2,
        Place::Shape => 3,
        Place::Piece => 4,
        Place::Sense => 5,
        Place::Cross => 6,
        Place::End => 7,
    }
}

/// Where the sum of an effect stands among the rules.
pub(super) fn rule(effect: Effect) -> Option<usize> {
    match effect {
        Effect::Type(kind) => TaskType::KINDS.iter().position(|known| *known == kind),
        Effect::Harder => Some(TaskType::KINDS.len()),
        Effect::Stakes | Effect::Need(_) | Effect::Review => None,
    }
}
