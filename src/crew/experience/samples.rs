//! What the latest attempts of one kind took, and quantiles of it. Pure.

use std::collections::VecDeque;

use crate::domain::{MicroUsd, Timestamp};

/// Most that are kept of one kind.
pub(super) const MOST: usize = 64;
/// How much an attempt counts, for each newer one there is: half after 23, so that a model that changed is learned anew.
const FADE: f64 = 0.97;

/// What one attempt took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::crew) struct Sample {
    /// When it ended.
    pub(in crate::crew) at: Timestamp,
    /// From its beginning; twice as long where it was given up because it took too long.
    pub(in crate::crew) seconds: f64,
    /// Tokens of the question; nothing where nobody said.
    pub(in crate::crew) question: Option<u64>,
    /// Tokens of the answer; nothing where nobody said.
    pub(in crate::crew) answer: Option<u64>,
    /// Money.
    pub(in crate::crew) usd: MicroUsd,
    /// Whether its output was taken.
    pub(in crate::crew) passed: bool,
}

/// What is measured of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::crew) enum Measure {
    /// In seconds.
    Time,
    /// In tokens.
    Question,
    /// In tokens.
    Answer,
    /// In millionths of a US dollar.
    Cost,
}

impl Measure {
    fn of(self, sample: &Sample) -> Option<f64> {
        match self {
            Self::Time => Some(sample.seconds),
            Self::Question => sample.question.map(|tokens| tokens as f64),
            Self::Answer => sample.answer.map(|tokens| tokens as f64),
            Self::Cost => Some(sample.usd.0 as f64),
        }
    }
}

/// The latest attempts of one kind, the newest last.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Samples(VecDeque<Sample>);

impl Samples {
    pub(super) fn take(&mut self, sample: Sample) {
        let place = self.0.partition_point(|known| known.at <= sample.at);
        self.0.insert(place, sample);
        if self.0.len() > MOST {
            self.0.pop_front();
        }
    }

    /// When the newest ended.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        self.0.back().map(|sample| sample.at)
    }

    /// How many there are, the older ones counted less.
    pub(super) fn weight(&self) -> f64 {
        self.weighted().map(|(weight, _)| weight).sum()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The share whose output was taken, as if one more had been.
    pub(super) fn passing(&self) -> f64 {
        let passed: f64 = self
            .weighted()
            .filter(|(_, sample)| sample.passed)
            .map(|(weight, _)| weight)
            .sum();
        (passed + 1.0) / (self.weight() + 1.0)
    }

    /// The value that a share `p` of them does not exceed.
    pub(super) fn quantile(&self, measure: Measure, p: f64) -> Option<f64> {
        let mut values: Vec<(f64, f64)> = self
            .weighted()
            .filter_map(|(weight, sample)| Some((measure.of(sample)?, weight)))
            .collect();
        values.sort_by(|a, b| a.0.total_cmp(&b.0));
        let wanted = p * values.iter().map(|(_, weight)| weight).sum::<f64>();
        let mut sum = 0.0;
        let reached = values.iter().find(|(_, weight)| {
            sum += weight;
            sum >= wanted
        });
        reached.or(values.last()).map(|(value, _)| *value)
    }

    /// The mean, with what exceeds nine tenths of them counted as these: one night that a run lay waiting is no rule.
    pub(super) fn typical(&self, measure: Measure) -> Option<f64> {
        let most = self.quantile(measure, 0.9)?;
        let (sum, weights) = self
            .weighted()
            .filter_map(|(weight, sample)| Some((measure.of(sample)?.min(most), weight)))
            .fold((0.0, 0.0), |(sum, weights), (value, weight)| {
                (sum + value * weight, weights + weight)
            });
        (weights > 0.0).then(|| sum / weights)
    }

    /// Each with how much it counts, the newest first.
    fn weighted(&self) -> impl Iterator<Item = (f64, &Sample)> {
        let weights = std::iter::successors(Some(1.0), |weight| Some(weight * FADE));
        weights.zip(self.0.iter().rev())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::crew::experience) fn took(n: i64, seconds: f64) -> Sample {
        Sample {
            at: Timestamp::from_second(n).unwrap(),
            seconds,
            question: None,
            answer: None,
            usd: MicroUsd(100),
            passed: true,
        }
    }

    #[test]
    fn quantiles_are_those_of_the_latest() {
        let mut samples = Samples::default();
        for n in 1..=200 {
            samples.take(took(n, n as f64));
        }
        assert_eq!(samples.len(), MOST);
        assert_eq!(samples.quantile(Measure::Time, 1.0), Some(200.0));
        let median = samples.quantile(Measure::Time, 0.5).unwrap();
        assert!((175.0..190.0).contains(&median), "the newer count more: {median}");
        assert_eq!(samples.quantile(Measure::Answer, 0.5), None);
    }

    #[test]
    fn a_model_that_changed_is_learned_anew() {
        let mut samples = Samples::default();
        (0..64).for_each(|n| samples.take(took(n, 2.0)));
        (64..88).for_each(|n| samples.take(took(n, 20.0)));
        assert_eq!(samples.quantile(Measure::Time, 0.5), Some(20.0));
    }

    #[test]
    fn one_night_is_no_rule() {
        let mut samples = Samples::default();
        (0..20).for_each(|n| samples.take(took(n, if n == 10 { 30_000.0 } else { 10.0 })));
        let typical = samples.typical(Measure::Time).unwrap();
        assert!((typical - 10.0).abs() < 1e-9, "{typical}");
    }
}
