//! From a text to scores.

use super::tally::Tally;
use super::{DENSE, DIFFICULTY, Header, Input, OUTPUTS, Output, PLACES, STRONG, WEAK, Weights};
use crate::domain::TaskType;

/// Standardised signals beyond this are cut.
const CLIP: f32 = 3.0;

/// What the heads say about one text.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// A score per type, in the order of [`TaskType::KINDS`]; their softmax, after division by the
    /// temperature, is the posterior.
    pub types: [f64; TaskType::KINDS.len()],
    /// The chance that a weaker model fails, in 0..=1.
    pub difficulty: f64,
    /// The chance that a strong model succeeds, in 0..=1.
    pub strong: f64,
    /// The chance that a weak model succeeds, in 0..=1.
    pub weak: f64,
    /// The share of words never seen in training, in 0..=1.
    pub novelty: f64,
}

impl Reading {
    /// What a strong model adds to the chance of success: the score to send by when there are two models.
    #[must_use]
    pub fn gain(&self) -> f64 {
        self.strong - self.weak
    }
}

impl Header {
    /// The dense signals as they are multiplied: standardised and cut.
    #[must_use]
    pub fn standard(&self, dense: &[f32; DENSE]) -> [f32; DENSE] {
        let mut standard = *dense;
        for ((value, mean), deviation) in standard.iter_mut().zip(&self.means).zip(&self.deviations) {
            *value = ((*value - mean) / deviation).clamp(-CLIP, CLIP);
        }
        standard
    }
}

impl Output {
    /// What the sum of each place is multiplied by.
    pub(super) fn factors(&self, norms: [f32; PLACES]) -> [f64; PLACES] {
        let mut factors = self.gains.map(|gain| f64::from(gain) * f64::from(self.scale));
        for (factor, norm) in factors.iter_mut().zip(norms) {
            *factor /= f64::from(norm);
        }
        factors
    }
}

impl Weights<'_> {
    /// Reads a text.
    #[must_use]
    pub fn read(&self, input: &Input) -> Reading {
        self.reading(&self.tally(input))
    }

    /// What the sums over a text say.
    pub(in crate::routing) fn reading(&self, tally: &Tally) -> Reading {
        let scores = self.scores(tally);
        let mut types = [0.0; TaskType::KINDS.len()];
        types.copy_from_slice(&scores[..TaskType::KINDS.len()]);
        Reading {
            types,
            difficulty: scores[DIFFICULTY].clamp(0.0, 1.0),
            strong: scores[STRONG].clamp(0.0, 1.0),
            weak: scores[WEAK].clamp(0.0, 1.0),
            novelty: tally.novelty,
        }
    }

    fn scores(&self, tally: &Tally) -> [f64; OUTPUTS] {
        let mut dense = [0.0; OUTPUTS];
        for (weights, value) in self.dense.iter().zip(&tally.standard) {
            for (sum, weight) in dense.iter_mut().zip(weights) {
                *sum += f64::from(weight * value);
            }
        }
        let mut scores = dense;
        for (at, (score, output)) in scores.iter_mut().zip(&self.header.outputs).enumerate() {
            let grams: f64 = tally
                .places
                .iter()
                .zip(output.factors(tally.norms))
                .map(|(sums, factor)| f64::from(sums.get(at).copied().unwrap_or_default()) * factor)
                .sum();
            *score += f64::from(output.bias) + grams;
        }
        scores
    }
}
