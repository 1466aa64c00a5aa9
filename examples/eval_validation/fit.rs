//! Weights for the signs of refusal: logistic regression whose weights keep the sign that their meaning gives them.

use firstmate::validation::refusal::SIGNS;

const N: usize = SIGNS.len();
/// How strongly weights are drawn towards nothing.
const PENALTY: f64 = 1.0;
const STEPS: usize = 600;
/// The most answers that meet their request and may be called refusals, when a limit is chosen.
const MAX_FALSE_ALARMS: f64 = 0.035;

pub(crate) struct Model {
    pub(crate) weights: [f64; N],
    pub(crate) bias: f64,
}

impl Model {
    pub(crate) fn score(&self, signs: &[f64; N]) -> f64 {
        let sum: f64 = signs
            .iter()
            .zip(self.weights)
            .map(|(sign, weight)| sign * weight)
            .sum();
        sum + self.bias
    }
}

/// Which way each sign points: only these speak for an answer.
fn direction(sign: &str) -> f64 {
    match sign {
        "speaks of fiction" | "share of items" => -1.0,
        _ => 1.0,
    }
}

/// Gradient descent with momentum; what would cross nothing stays there.
pub(crate) fn fit(rows: &[([f64; N], bool)]) -> Model {
    let mut weights = [0.0; N];
    let mut speed = [0.0; N];
    let (mut bias, mut bias_speed) = (0.0, 0.0);
    let count = rows.len().max(1) as f64;
    for _ in 0..STEPS {
        let mut gradient = [0.0; N];
        let mut bias_gradient = 0.0;
        let model = Model { weights, bias };
        for (signs, positive) in rows {
            let error = 1.0 / (1.0 + (-model.score(signs)).exp()) - f64::from(u8::from(*positive));
            for (gradient, sign) in gradient.iter_mut().zip(signs) {
                *gradient += error * sign;
            }
            bias_gradient += error;
        }
        for (i, name) in SIGNS.iter().enumerate() {
            let slope = (gradient[i] + PENALTY * weights[i]) / count;
            speed[i] = 0.9 * speed[i] - slope;
            weights[i] += speed[i];
            if weights[i] * direction(name) < 0.0 {
                weights[i] = 0.0;
                speed[i] = 0.0;
            }
        }
        bias_speed = 0.9 * bias_speed - bias_gradient / count;
        bias += bias_speed;
    }
    Model { weights, bias }
}

/// The limit with the best F1 among those with few enough false alarms.
pub(crate) fn limit(scored: &[(f64, bool)]) -> f64 {
    let mut limits: Vec<f64> = scored.iter().map(|row| row.0).filter(|s| s.is_finite()).collect();
    limits.sort_by(f64::total_cmp);
    limits.dedup();
    let mut best = (0.0, 0.0);
    for limit in limits {
        let decisions = super::curve::Decisions::of(scored.iter().map(|row| (row.0 >= limit, row.1)));
        if decisions.false_alarms() <= MAX_FALSE_ALARMS && decisions.f1() > best.0 {
            best = (decisions.f1(), limit);
        }
    }
    best.1
}
