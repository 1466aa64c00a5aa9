//! What work at one type takes from one model, beside whether it succeeds: how long its answers are, and what
//! validations make of them.

use super::observed::Observed;

/// How many answers the length that is expected of a type is worth.
const LENGTH_MASS: f64 = 4.0;
/// The share of the newest answer in the running mean, once there are enough.
const NEWEST: f64 = 0.1;
/// How many validations, and how many verdicts on what passed, a prior is worth.
const ACCEPTANCE_MASS: f64 = 6.0;
/// The chance that a validation lets a good answer pass, and a bad one: set by hand. Rules see form, not truth.
const PASSES: (f64, f64) = (0.97, 0.6);

/// Lengths and acceptances of one model at one type.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Usage {
    tokens: Mean,
    accepted: Mean,
    good_of_accepted: Mean,
}

#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    n: f64,
    mean: f64,
}

/// What a validation is expected to make of an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Acceptance {
    /// The chance that it passes.
    pub(super) passes: f64,
    /// The chance that it is good, given that it passed.
    pub(super) good: f64,
}

impl Usage {
    pub(super) fn count(&mut self, seen: &Observed) {
        if let Some(tokens) = seen.tokens_out {
            // A running mean: what a model writes changes with its version and its settings.
            let share = (1.0 / (self.tokens.n + 1.0)).max(NEWEST);
            self.tokens.n += 1.0;
            self.tokens.mean += share * (tokens as f64 - self.tokens.mean);
        }
        let Some(accepted) = seen.accepted else { return };
        self.accepted.add(f64::from(accepted), 1.0);
        if accepted && let Some(verdict) = seen.judged() {
            self.good_of_accepted.add(verdict.reward, verdict.weight);
        }
    }

    /// How many tokens an answer has, hidden reasoning with it; `expected` before any was reported.
    pub(super) fn tokens_out(&self, expected: f64) -> f64 {
        let n = self.tokens.n.min(1.0 / NEWEST);
        (LENGTH_MASS * expected + n * self.tokens.mean) / (LENGTH_MASS + n)
    }

    /// What a validation makes of an answer that succeeds with chance `p`.
    pub(super) fn acceptance(&self, p: f64) -> Acceptance {
        let (good, bad) = PASSES;
        let passes = p * good + (1.0 - p) * bad;
        Acceptance {
            passes: self.accepted.shrunk(passes),
            good: self.good_of_accepted.shrunk(p * good / passes),
        }
    }
}

impl Mean {
    fn add(&mut self, what: f64, weight: f64) {
        let n = self.n + weight;
        if n > 0.0 {
            self.mean += weight / n * (what - self.mean);
            self.n = n;
        }
    }

    /// The posterior mean of a Beta prior of mean `prior`.
    fn shrunk(&self, prior: f64) -> f64 {
        (self.n * self.mean + ACCEPTANCE_MASS * prior) / (self.n + ACCEPTANCE_MASS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_validation_lets_more_of_a_better_model_pass_and_what_passed_is_likelier_good() {
        let usage = Usage::default();
        let (weak, strong) = (usage.acceptance(0.4), usage.acceptance(0.9));
        assert!(weak.passes < strong.passes);
        assert!(weak.good > 0.4 && strong.good > 0.9);
    }

    #[test]
    fn what_was_seen_outweighs_what_was_thought() {
        let mut usage = Usage::default();
        for _ in 0..100 {
            usage.accepted.add(0.0, 1.0);
            usage.good_of_accepted.add(1.0, 1.0);
        }
        let seen = usage.acceptance(0.5);
        assert!(seen.passes < 0.1 && seen.good > 0.95, "{seen:?}");
    }
}
