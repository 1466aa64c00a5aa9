//! From a text to scores.

use super::input::place;
use super::{DENSE, DIFFICULTY, Header, Input, OUTPUTS, Output, PLACES, STRONG, WEAK, Weights};
use crate::domain::TaskType;
use crate::routing::hash;

/// Standardised signals beyond this are cut.
const CLIP: f32 = 3.0;

/// How many bytes are added at once: a power of two, so that the machine does it in a few steps.
pub(super) const LANES: usize = 16;

/// How many signed bytes a sum of 16 bits holds for sure.
const CHUNK: usize = 255;

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
        let scores = self.scores(input);
        let mut types = [0.0; TaskType::KINDS.len()];
        types.copy_from_slice(&scores[..TaskType::KINDS.len()]);
        Reading {
            types,
            difficulty: scores[DIFFICULTY].clamp(0.0, 1.0),
            strong: scores[STRONG].clamp(0.0, 1.0),
            weak: scores[WEAK].clamp(0.0, 1.0),
            novelty: self.novelty(input),
        }
    }

    fn scores(&self, input: &Input) -> [f64; OUTPUTS] {
        let mut sums = [[0i32; LANES]; PLACES];
        for grams in input.features.grams.chunks(CHUNK) {
            let mut small = [[0i16; LANES]; PLACES];
            for gram in grams {
                // Minus is all bits turned and one more.
                let minus = if hash::positive(gram.number) { 0 } else { -1 };
                let row = self.row(gram.number);
                if let Some(sums) = small.get_mut(place(gram.place)) {
                    let signed = row.map(|weight| (i16::from(weight.cast_signed()) ^ minus) - minus);
                    *sums = std::array::from_fn(|lane| sums[lane] + signed[lane]);
                }
            }
            for (sum, small) in sums.iter_mut().flatten().zip(small.iter().flatten()) {
                *sum += i32::from(*small);
            }
        }
        let standard = self.header.standard(&input.dense());
        let norms = input.norms();
        let mut scores = [0.0; OUTPUTS];
        for (at, (score, output)) in scores.iter_mut().zip(&self.header.outputs).enumerate() {
            let grams: f64 = sums
                .iter()
                .zip(output.factors(norms))
                .map(|(sums, factor)| f64::from(sums[at]) * factor)
                .sum();
            let dense: f64 = output
                .dense
                .iter()
                .zip(standard)
                .map(|(w, x)| f64::from(w * x))
                .sum();
            *score = f64::from(output.bias) + grams + dense;
        }
        scores
    }

    /// The row of a gram: its first [`OUTPUTS`] bytes.
    pub(super) fn row(&self, gram: u64) -> &[u8; LANES] {
        let rest = self.rows.get(hash::row(gram) * OUTPUTS..).unwrap_or_default();
        rest.first_chunk().unwrap_or(&[0; LANES])
    }

    fn novelty(&self, input: &Input) -> f64 {
        let (mut words, mut unseen) = (0u32, 0u32);
        for row in input.word_rows() {
            let seen = self
                .seen
                .get(row / 8)
                .is_some_and(|byte| byte >> (row % 8) & 1 == 1);
            words += 1;
            unseen += u32::from(!seen);
        }
        f64::from(unseen) / f64::from(words.max(1))
    }
}
