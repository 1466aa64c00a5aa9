//! What a text is to the heads.

use super::super::features::{Features, Place};
use super::super::hash;
use super::super::lexicon::{self, Effect, Hit};
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
    pub(in crate::routing) hits: Vec<Hit>,
}

impl Input {
    /// Reads `task`; of `context`, material given along with it, only the shapes count.
    #[must_use]
    pub fn of(task: &str, context: Option<&str>) -> Self {
        let features = Features::of(task, context);
        let hits = lexicon::hits(&features);
        Self { features, hits }
    }

    /// Every gram: its row, its place (0..[`PLACES`]) and whether it counts as plus.
    pub fn grams(&self) -> impl Iterator<Item = (usize, usize, bool)> {
        let gram = |gram: &super::super::features::Gram| {
            (
                hash::row(gram.number),
                place(gram.place),
                hash::positive(gram.number),
            )
        };
        self.features.grams.iter().map(gram)
    }

    /// What the grams of each place are divided by: the square root of their number.
    #[must_use]
    pub fn norms(&self) -> [f32; PLACES] {
        let mut counts = [0; PLACES];
        for run in self.features.grams.chunk_by(|one, next| one.place == next.place) {
            let at = run.first().map(|gram| place(gram.place));
            if let Some(count) = at.and_then(|at| counts.get_mut(at)) {
                *count += run.len();
            }
        }
        Self::norms_of(counts)
    }

    /// The same from how many there are.
    pub(super) fn norms_of(counts: [usize; PLACES]) -> [f32; PLACES] {
        let [anywhere, opening, lead, _, piece, sense] = counts.map(|count| (count.max(1) as f32).sqrt());
        [anywhere, opening, lead, SHAPE_NORM, piece, sense]
    }

    /// The signals that are numbers, not yet standardised.
    #[must_use]
    pub fn dense(&self) -> [f32; DENSE] {
        let mut dense = [0.0; DENSE];
        let (signals, rules) = dense.split_at_mut(SIGNALS);
        signals.copy_from_slice(&self.features.counts.signals());
        for hit in &self.hits {
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
        let words = |gram: &&super::super::features::Gram| gram.is_word && gram.place == Place::Anywhere;
        self.features
            .grams
            .iter()
            .filter(words)
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
