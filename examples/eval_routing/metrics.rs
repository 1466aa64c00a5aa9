//! The figures, as `docs/routing.md` defines them.

use crate::random::Random;

const RESAMPLES: usize = 200;
const BINS: usize = 15;

/// One prompt before two models: the score to send it to the strong one by, and how each did.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent {
    pub(crate) score: f64,
    pub(crate) strong: f64,
    pub(crate) weak: f64,
}

/// Area under the recovered performance gap: the share of the gap between the two models that is closed, over all
/// shares of prompts sent to the strong one, those of the highest score first; ties by lot. Random is 0.5.
pub(crate) fn apgr(sent: &[Sent], seed: u64) -> f64 {
    let curve = curve(sent, seed);
    let steps = curve.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0);
    steps.sum::<f64>() / sent.len().max(1) as f64
}

/// The smallest share of strong calls that closes `gap` of the gap, linear between the 11 points at 0, 10, ..,
/// 100 %.
pub(crate) fn calls_for(sent: &[Sent], gap: f64, seed: u64) -> f64 {
    let curve = curve(sent, seed);
    let at = |tenth: usize| curve[(tenth * (curve.len() - 1)) / 10];
    for tenth in 1..=10 {
        let (before, after) = (at(tenth - 1), at(tenth));
        if after >= gap {
            let within = if after > before {
                (gap - before) / (after - before)
            } else {
                1.0
            };
            return (tenth as f64 - 1.0 + within.clamp(0.0, 1.0)) / 10.0;
        }
    }
    1.0
}

fn curve(sent: &[Sent], seed: u64) -> Vec<f64> {
    let mut order: Vec<&Sent> = sent.iter().collect();
    Random::new(seed).shuffle(&mut order);
    order.sort_by(|left, right| right.score.total_cmp(&left.score));
    let gap: f64 = order.iter().map(|sent| sent.strong - sent.weak).sum();
    let mut closed = 0.0;
    let mut curve = vec![0.0];
    for sent in order {
        closed += sent.strong - sent.weak;
        curve.push(closed / gap);
    }
    curve
}

/// The middle 95 % of `figure` over resampled items.
pub(crate) fn interval<T: Clone>(items: &[T], seed: u64, figure: impl Fn(&[T]) -> f64) -> (f64, f64) {
    if items.is_empty() {
        return (f64::NAN, f64::NAN);
    }
    let mut random = Random::new(seed);
    let mut figures: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let sample: Vec<T> = (0..items.len())
                .map(|_| items[random.below(items.len())].clone())
                .collect();
            figure(&sample)
        })
        .collect();
    figures.sort_by(f64::total_cmp);
    (figures[RESAMPLES * 25 / 1000], figures[RESAMPLES * 975 / 1000])
}

/// Mean and standard deviation.
pub(crate) fn mean(values: &[f64]) -> (f64, f64) {
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    (mean, variance.sqrt())
}

/// Expected calibration error over equal bins: how far confidence is from the share that is right.
pub(crate) fn calibration(answers: &[(f64, bool)]) -> f64 {
    let mut bins = [(0.0, 0.0, 0.0); BINS];
    for (confidence, right) in answers {
        let bin = &mut bins[((confidence * BINS as f64) as usize).min(BINS - 1)];
        *bin = (
            bin.0 + 1.0,
            bin.1 + confidence,
            bin.2 + f64::from(u8::from(*right)),
        );
    }
    let error = bins
        .iter()
        .map(|(_, confidence, right)| (confidence - right).abs())
        .sum::<f64>();
    error / answers.len().max(1) as f64
}

/// The largest share of answers, most confident first and at least 20, of which 95 % are right.
pub(crate) fn coverage(answers: &[(f64, bool)]) -> f64 {
    let mut order = answers.to_vec();
    order.sort_by(|left, right| right.0.total_cmp(&left.0));
    let (mut right, mut most) = (0usize, 0usize);
    for (at, (_, is_right)) in order.iter().enumerate() {
        right += usize::from(*is_right);
        if at >= 19 && right as f64 >= 0.95 * (at + 1) as f64 {
            most = at + 1;
        }
    }
    most as f64 / answers.len().max(1) as f64
}
