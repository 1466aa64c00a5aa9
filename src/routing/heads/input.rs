//! What a text is to the heads.

use super::super::features::{Features, Place};
use super::super::hash;
use super::super::lexicon::Effect;
use super::super::signals::SIGNALS;
use crate::domain::TaskType;

/// Signals that are numbers and not grams: the counts, and what the rules of the lexicon say about each type
/// and about difficulty.
pub const DENSE: usize = SIGNALS + RULES;
/// One sum per type, and difficulty.
pub(super) const RULES: usize = TaskType::KINDS.len() + 1;
/// Places with weights of their own size: anywhere, opening, lead, shape, piece, sense.
pub const PLACES: usize = 6;
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

    /// Every gram: its row, its place (0..[`PLACES`]) and whether it counts as plus.
    pub fn grams(&self) -> impl Iterator<Item = (usize, usize, bool)> {
        let words = self
            .features
            .places()
            .flat_map(|(of, grams)| grams.iter().map(move |gram| (place(of), gram.number)));
        let pieces = self.features.pieces.iter();
        words
            .chain(pieces.map(|number| (place(Place::Piece), *number)))
            .map(|(place, number)| (hash::row(number), place, hash::positive(number)))
    }

    /// What the grams of each place are divided by: the square root of their number.
    #[must_use]
    pub fn norms(&self) -> [f32; PLACES] {
        let mut counts = [0; PLACES];
        let pieces = (Place::Piece, self.features.pieces.len());
        let words = self.features.places().map(|(of, grams)| (of, grams.len()));
        for (of, number) in words.chain([pieces]) {
            if let Some(count) = counts.get_mut(place(of)) {
                *count = number;
            }
        }
        let [anywhere, opening, lead, _, piece, sense] = counts.map(|count| (count.max(1) as f32).sqrt());
        [anywhere, opening, lead, SHAPE_NORM, piece, sense]
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

    /// The rows of the words, by which novelty is told.
    pub fn word_rows(&self) -> impl Iterator<Item = usize> {
        let words = self.features.at(Place::Anywhere).iter();
        words
            .filter(|gram| gram.is_word)
            .map(|gram| hash::row(gram.number))
    }

    /// Words of the prose.
    #[must_use]
    pub fn words(&self) -> usize {
        self.features.words
    }
}

pub(super) fn place(place: Place) -> usize {
    match place {
        Place::Anywhere => 0,
        Place::Opening => 1,
        Place::Lead => 2,
        Place::Shape => 3,
        Place::Piece => 4,
        Place::Sense => 5,
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
