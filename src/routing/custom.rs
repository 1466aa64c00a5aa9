//! Types of task that a project adds by examples, beside the eight.
//!
//! A text is a vector of its grams, each weighing more the fewer other prompts have it, of length one. A type is the
//! mean of its examples, and a text is as much of the type as the cosine of the two. The other prompts are a sample of
//! those the heads were trained on (`background.jsonl`); how like the type they are by chance fixes the threshold.

mod fit;
#[cfg(test)]
pub(super) mod samples;
#[cfg(test)]
mod tests;
mod vector;

use std::sync::Arc;

use hashbrown::HashMap;

use super::features::{Features, Gram, Place, Span};
use super::hash::ByItself;
use crate::domain::TaskType;

pub(super) use fit::{Definition, Unfit};
use vector::Vector;

/// How many types a project may add.
pub(super) const MAX_TYPES: usize = 32;
/// How many examples one needs, and may have.
pub(super) const EXAMPLES: std::ops::RangeInclusive<usize> = 5..=200;
/// The longest example, in bytes.
pub(super) const MAX_EXAMPLE_BYTES: usize = 4_000;
/// A text is of a type from so many standard deviations above the scores of other prompts on.
const DEVIATIONS: f64 = 4.0;
/// How many words are told of.
const MAX_WORDS: usize = 3;

/// A type of task that a project added.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomType {
    /// What the project calls it.
    pub name: String,
    /// Which of the eight types it is a kind of: what is thought of models before any outcome.
    pub parent: TaskType,
    /// How many examples it was given.
    pub examples: usize,
    /// How many of them are recognised when each is left out of what is learned.
    pub recognised: usize,
    /// The mean score of other prompts, and its standard deviation.
    others: (f64, f64),
}

/// The types that a project added; none, as a rule.
#[derive(Debug, Clone, Default)]
pub(super) struct Customs(Arc<Learned>);

#[derive(Debug, Default)]
struct Learned {
    types: Vec<CustomType>,
    /// By the number of a gram, its share in the mean of each type.
    weights: HashMap<u64, Box<[f32]>, ByItself>,
}

/// A text is of a type that a project added.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recognised {
    /// The place of the type.
    pub(super) at: usize,
    /// How far its score is above that of other prompts, in standard deviations.
    pub(super) deviations: f64,
    /// Where the words stand that speak for it most, and what each adds to that.
    pub(super) words: Vec<(Span, f64)>,
}

impl Customs {
    /// In the order of the file.
    pub(super) fn types(&self) -> &[CustomType] {
        &self.0.types
    }

    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.0.types.iter().position(|of| of.name == name)
    }

    /// The type that the text is of, if it is of one: of several the one whose threshold it is farthest above.
    pub(super) fn recognise(&self, features: &Features) -> Option<Recognised> {
        if self.0.types.is_empty() {
            return None;
        }
        let vector = Vector::of(features);
        let mut scores = vec![0.0; self.0.types.len()];
        for (number, weight) in &vector.weights {
            for (score, share) in scores.iter_mut().zip(self.weights(*number)) {
                *score += weight * f64::from(*share);
            }
        }
        let above = scores.iter().zip(&self.0.types);
        let above = above
            .map(|(score, of)| (score - of.others.0) / of.others.1)
            .enumerate();
        let (at, deviations) = above.max_by(|one, other| one.1.total_cmp(&other.1))?;
        (deviations >= DEVIATIONS).then(|| Recognised {
            at,
            deviations,
            words: self.words(features, &vector, at),
        })
    }

    fn weights(&self, number: u64) -> &[f32] {
        self.0.weights.get(&number).map_or(&[], |weights| weights)
    }

    /// The words that speak most for a type, each once, the strongest first.
    fn words(&self, features: &Features, vector: &Vector, at: usize) -> Vec<(Span, f64)> {
        let deviation = self.0.types.get(at).map_or(1.0, |of| of.others.1);
        let adds = |gram: &Gram| {
            let share = self.weights(gram.number).get(at).copied().unwrap_or_default();
            vector.weight(gram.number) * f64::from(share) / deviation
        };
        let words = features.at(Place::Anywhere).iter().filter(|gram| gram.is_word);
        let mut told: Vec<(u64, Span, f64)> = Vec::new();
        for gram in words {
            if told.iter().all(|(number, ..)| *number != gram.number) {
                told.push((gram.number, gram.at, adds(gram)));
            }
        }
        told.sort_by(|one, other| other.2.total_cmp(&one.2));
        told.truncate(MAX_WORDS);
        told.retain(|(.., adds)| *adds > 0.0);
        told.into_iter().map(|(_, span, adds)| (span, adds)).collect()
    }
}
