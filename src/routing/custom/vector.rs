//! Texts as vectors of their grams.

use std::sync::LazyLock;

use hashbrown::HashMap;

use crate::routing::features::{Features, Place};
use crate::routing::hash::ByItself;

/// One JSON string a line.
const BACKGROUND: &str = include_str!("background.jsonl");

/// The prompts that are of no type of a project's own.
pub(super) static OTHERS: LazyLock<Others> = LazyLock::new(|| {
    let texts = BACKGROUND
        .lines()
        .filter_map(|line| serde_json::from_str::<String>(line).ok());
    let prompts: Vec<Vec<u64>> = texts.map(|text| numbers(&Features::of(&text, None))).collect();
    let mut having: HashMap<u64, u32, ByItself> = HashMap::default();
    for number in prompts.iter().flatten() {
        *having.entry(*number).or_default() += 1;
    }
    let rarity = Rarity {
        having,
        prompts: prompts.len(),
    };
    Others {
        vectors: prompts
            .into_iter()
            .map(|numbers| Vector::new(numbers, &rarity))
            .collect(),
        rarity,
    }
});

/// See [`OTHERS`].
pub(super) struct Others {
    pub(super) vectors: Vec<Vector>,
    rarity: Rarity,
}

/// How many prompts have each gram.
struct Rarity {
    having: HashMap<u64, u32, ByItself>,
    prompts: usize,
}

impl Rarity {
    fn of(&self, number: u64) -> f64 {
        let having = self.having.get(&number).copied().unwrap_or_default();
        ((self.prompts as f64 + 1.0) / (f64::from(having) + 1.0)).ln()
    }
}

/// A text, of length one.
#[derive(Debug)]
pub(super) struct Vector {
    /// By number, in order.
    pub(super) weights: Vec<(u64, f64)>,
}

impl Vector {
    pub(super) fn of(features: &Features) -> Self {
        Self::new(numbers(features), &OTHERS.rarity)
    }

    fn new(numbers: Vec<u64>, rarity: &Rarity) -> Self {
        let weights = numbers.into_iter().map(|number| (number, rarity.of(number)));
        let mut weights: Vec<_> = weights.collect();
        let length = weights
            .iter()
            .map(|(_, weight)| weight * weight)
            .sum::<f64>()
            .sqrt();
        for (_, weight) in &mut weights {
            *weight /= length.max(f64::MIN_POSITIVE);
        }
        Self { weights }
    }

    pub(super) fn weight(&self, number: u64) -> f64 {
        let at = self.weights.binary_search_by_key(&number, |(number, _)| *number);
        at.ok()
            .and_then(|at| self.weights.get(at))
            .map_or(0.0, |(_, weight)| *weight)
    }
}

/// The grams of a text, each once, in order; what its lines look like says little of what they are about.
fn numbers(features: &Features) -> Vec<u64> {
    let places = features
        .places()
        .filter(|(place, _)| !matches!(place, Place::Shape | Place::Cross | Place::End));
    let words = places.flat_map(|(_, grams)| grams).map(|gram| gram.number);
    let mut numbers: Vec<u64> = words.chain(features.pieces.iter().copied()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// The mean of vectors, of length one.
pub(super) struct Mean(HashMap<u64, f64, ByItself>);

impl Mean {
    pub(super) fn of<'v>(vectors: impl Iterator<Item = &'v Vector>) -> Self {
        let mut sums: HashMap<u64, f64, ByItself> = HashMap::default();
        for (number, weight) in vectors.flat_map(|vector| &vector.weights) {
            *sums.entry(*number).or_default() += weight;
        }
        let length = sums.values().map(|sum| sum * sum).sum::<f64>().sqrt();
        for sum in sums.values_mut() {
            *sum /= length.max(f64::MIN_POSITIVE);
        }
        Self(sums)
    }

    pub(super) fn shares(&self) -> impl Iterator<Item = (u64, f64)> {
        self.0.iter().map(|(number, share)| (*number, *share))
    }

    pub(super) fn cosine(&self, vector: &Vector) -> f64 {
        let share = |number: &u64| self.0.get(number).copied().unwrap_or_default();
        vector
            .weights
            .iter()
            .map(|(number, weight)| weight * share(number))
            .sum()
    }
}
