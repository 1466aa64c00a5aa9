//! Multinomial logistic regression on sparse vectors, example by example: what is learned from few examples
//! that are met many times, each time with other noise and with a part of it left out, carries over better than
//! what fits them best.

use crate::random::Random;
use crate::space::Vector;

/// A step of the first example for a weight that nothing has moved yet.
const STEP: f32 = 0.07;
/// How often each example is met.
const ROUNDS: usize = 20;
/// From this round on weights are averaged.
const AVERAGED: usize = 11;
/// The share of grams that is left out of an example each time.
const DROPPED: f32 = 0.3;
/// How often an example is met without noise.
const CLEAN: f32 = 0.3;
/// What squares of slopes begin with.
const FIRST: f32 = 1e-3;
/// Of several runs, which meet the examples in another order, the mean.
const RUNS: u64 = 3;

/// The number of classes.
pub(crate) const CLASSES: usize = 8;
type Scores = [f32; CLASSES];

/// Scores of several classes, which add up by class.
#[derive(Debug, Clone)]
pub(crate) struct Classes {
    pub(crate) classes: usize,
    /// A row for each column, of as many numbers as there are classes, then the biases.
    pub(crate) weights: Vec<f32>,
}

impl Classes {
    /// Where the biases begin.
    pub(crate) fn biases(&self) -> usize {
        self.weights.len() - self.classes
    }

    pub(crate) fn scores(&self, vector: &Vector) -> Vec<f32> {
        let mut scores = self.weights[self.biases()..].to_vec();
        for (column, value) in vector {
            let start = *column as usize * self.classes;
            for (score, weight) in scores.iter_mut().zip(&self.weights[start..start + self.classes]) {
                *score += value * weight;
            }
        }
        scores
    }
}

/// The softmax of `scores` divided by `temperature`.
pub(crate) fn softmax(scores: &[f32], temperature: f32) -> Vec<f32> {
    let most = scores.iter().copied().fold(f32::MIN, f32::max);
    let powers: Vec<f32> = scores
        .iter()
        .map(|score| ((score - most) / temperature).exp())
        .collect();
    let total: f32 = powers.iter().sum();
    powers.into_iter().map(|power| power / total).collect()
}

/// An example with all its vectors, that without noise first.
#[derive(Debug, Clone)]
pub(crate) struct Case<'v> {
    pub(crate) vectors: Vec<&'v Vector>,
    /// One bit per class that counts as right.
    pub(crate) right: u32,
    pub(crate) size: f32,
}

/// Weights of `columns` columns, of which the first `kept` are never left out, and biases.
pub(crate) fn fit(cases: &[Case], columns: usize, kept: usize, seed: u64) -> Classes {
    let mut mean = vec![[0.0; CLASSES]; columns + 1];
    for run in 0..RUNS {
        let mut descent = Descent::new(columns, kept, seed ^ (run << 32));
        descent.all(cases);
        let share = 1.0 / ((ROUNDS - AVERAGED) as f32 * RUNS as f32);
        for (mean, sum) in mean.iter_mut().zip(&descent.sums) {
            for (mean, sum) in mean.iter_mut().zip(sum) {
                *mean += sum * share;
            }
        }
    }
    Classes {
        classes: CLASSES,
        weights: mean.into_flattened(),
    }
}

/// Adagrad.
struct Descent {
    /// A row for each column, the last one the biases.
    weights: Vec<Scores>,
    squares: Vec<Scores>,
    sums: Vec<Scores>,
    kept: usize,
    random: Random,
}

impl Descent {
    fn new(columns: usize, kept: usize, seed: u64) -> Self {
        Self {
            weights: vec![[0.0; CLASSES]; columns + 1],
            squares: vec![[FIRST; CLASSES]; columns + 1],
            sums: vec![[0.0; CLASSES]; columns + 1],
            kept,
            random: Random::new(seed),
        }
    }

    fn all(&mut self, cases: &[Case]) {
        let mut order: Vec<&Case> = cases.iter().collect();
        let steps = (ROUNDS * cases.len()) as f32;
        let mut taken = 0.0;
        for round in 0..ROUNDS {
            self.random.shuffle(&mut order);
            for case in &order {
                taken += 1.0;
                self.step(case, STEP * (1.0 - taken / steps));
            }
            if round >= AVERAGED {
                for (sum, weights) in self.sums.iter_mut().zip(&self.weights) {
                    for (sum, weight) in sum.iter_mut().zip(weights) {
                        *sum += weight;
                    }
                }
            }
        }
    }

    fn step(&mut self, case: &Case, step: f32) {
        let vector = self.partly(case);
        let biases = self.weights.len() - 1;
        let mut scores = self.weights[biases];
        for (column, value) in &vector {
            for (score, weight) in scores.iter_mut().zip(&self.weights[*column as usize]) {
                *score += value * weight;
            }
        }
        let slopes = slopes(scores, case);
        for (column, value) in vector.into_iter().chain([(biases as u32, 1.0)]) {
            let (weights, squares) = (
                &mut self.weights[column as usize],
                &mut self.squares[column as usize],
            );
            for ((weight, square), slope) in weights.iter_mut().zip(squares).zip(slopes) {
                let slope = slope * value;
                *square += slope * slope;
                *weight -= step * slope / square.sqrt();
            }
        }
    }

    /// One of a case's vectors, a part of it left out.
    fn partly(&mut self, case: &Case) -> Vector {
        let noisy = case.vectors.len() - 1;
        let at = if noisy == 0 || self.share() < CLEAN {
            0
        } else {
            1 + self.random.below(noisy)
        };
        let mut vector = Vector::with_capacity(case.vectors[at].len());
        for (column, value) in case.vectors[at] {
            if (*column as usize) < self.kept {
                vector.push((*column, *value));
            } else if self.share() >= DROPPED {
                vector.push((*column, value / (1.0 - DROPPED)));
            }
        }
        vector
    }

    /// A number in 0..1.
    fn share(&mut self) -> f32 {
        (self.random.next() >> 40) as f32 / (1u32 << 24) as f32
    }
}

/// How the loss `size * -ln(chance of the right classes)` grows with each score.
fn slopes(scores: Scores, case: &Case) -> Scores {
    let most = scores.iter().copied().fold(f32::MIN, f32::max);
    let powers = scores.map(|score| (score - most).exp());
    let total: f32 = powers.iter().sum();
    let is_right = |class: usize| case.right >> class & 1 == 1;
    let right: f32 = (0..CLASSES)
        .filter(|class| is_right(*class))
        .map(|class| powers[class])
        .sum();
    std::array::from_fn(|class| {
        let wanted = if is_right(class) {
            powers[class] / right.max(1e-9)
        } else {
            0.0
        };
        case.size * (powers[class] / total - wanted)
    })
}
