//! What was learned: how likely each model is to succeed at each type and difficulty of task.
//!
//! The prior of a cell comes from the catalogue: the model's strength for the type, in log-odds, lowered by
//! one slope shared by all models as the task gets harder (the one-parameter model of item response
//! theory). Outcomes are kept as residuals against that prior on three levels: the model, the model and the
//! type, and the model, the type and the difficulty bucket. Each level is shrunk towards the one above:
//! `d = (sum of residuals + k * d_above) / (n + k)`. For one cell alone this is the posterior mean of a
//! Beta prior, `p = (s + k * p_above) / (n + k)`.
//!
//! Three things are on purpose. Residuals, and not rewards, so that a model which is given the hard tasks
//! is not thought weak at the easy ones. A level is estimated from what its other children saw, so that one
//! outcome is not evidence three times. And `n` outcomes of one child tell the level above no more than
//! `n * k / (n + k)` would, so that a thousand of one kind do not speak for all kinds.

use std::collections::HashMap;

use super::catalogue::Catalogue;
use crate::domain::{ModelCard, Outcome, TaskType};

/// How many outcomes the catalogue's prior of a model is worth.
const PRIOR_MASS: f64 = 10.0;
/// How many outcomes of its own a level needs to weigh as much as the level above.
const SHRINK: f64 = 6.0;
/// The one-sided 80 % quantile of the normal distribution.
const Z: f64 = 0.84;
/// Log-odds a model loses from the easiest to the hardest task.
const SLOPE: f64 = 4.0;
/// Neither certainty is ever reached.
const P_RANGE: (f64, f64) = (0.01, 0.99);
/// How often the outcome of one route may change.
pub(super) const MAX_REVISIONS: u8 = 16;

/// The chance of success with its lower bound and the weight of outcomes behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Estimate {
    pub(super) p: f64,
    pub(super) p_low: f64,
    pub(super) n: f64,
}

/// What one project's outcomes say.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    cells: HashMap<Key, Cell>,
    by_reference: HashMap<String, Observed>,
}

/// A model's place in the catalogue, then a type, then a bucket, as far as the level goes.
type Key = (usize, Option<TaskType>, Option<Bucket>);
/// 0..=4, or `None` for no signal.
type Bucket = Option<u8>;

#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    n: f64,
    residuals: f64,
}

#[derive(Debug, Clone, Copy)]
struct Observed {
    model: usize,
    task_type: TaskType,
    bucket: Bucket,
    reward: f64,
    weight: f64,
    revisions: u8,
}

impl Table {
    /// Outcomes in the order they were recorded.
    pub(super) fn replay(catalogue: &Catalogue, outcomes: &[Outcome]) -> Self {
        let mut table = Self::default();
        for outcome in outcomes {
            table.apply(catalogue, outcome);
        }
        table
    }

    /// Counts an outcome. Of one reference only the newest counts. A model that is no longer in the
    /// catalogue cannot be chosen, so its outcomes are passed over.
    pub(super) fn apply(&mut self, catalogue: &Catalogue, outcome: &Outcome) {
        let Some(model) = catalogue.position(&outcome.model) else {
            return;
        };
        if !(outcome.reward.is_finite() && outcome.weight.is_finite()) {
            return;
        }
        let earlier = self.by_reference.remove(&outcome.reference);
        if let Some(earlier) = earlier {
            self.count(catalogue, earlier, -1.0);
        }
        let observed = Observed {
            model,
            task_type: outcome.task_type,
            bucket: outcome.difficulty_bucket.map(|bucket| bucket.min(4)),
            reward: outcome.reward.clamp(0.0, 1.0),
            weight: outcome.weight.clamp(0.0, 1.0),
            revisions: earlier.map_or(1, |earlier| earlier.revisions.saturating_add(1)),
        };
        self.count(catalogue, observed, 1.0);
        self.by_reference.insert(outcome.reference.clone(), observed);
    }

    /// The reward, the weight and the number of revisions of what counts for a reference.
    pub(super) fn counted(&self, reference: &str) -> Option<(f64, f64, u8)> {
        self.by_reference
            .get(reference)
            .map(|seen| (seen.reward, seen.weight, seen.revisions))
    }

    /// How many references have an outcome.
    pub(super) fn len(&self) -> usize {
        self.by_reference.len()
    }

    /// What to expect of the model at `model` in the catalogue: the expectation over the types' chances.
    pub(super) fn estimate(
        &self,
        model: usize,
        card: &ModelCard,
        posterior: &[(TaskType, f64)],
        bucket: Bucket,
    ) -> Estimate {
        let (mut p, mut n) = (0.0, 0.0);
        // Most models have no outcomes: their prior needs no look at the cells.
        let has_outcomes = self.cells.contains_key(&(model, None, None));
        for (task_type, chance) in posterior {
            let mut at_type = prior(card, *task_type, bucket);
            if has_outcomes {
                at_type += self.learned(model, *task_type, bucket);
                n += chance * self.cell((model, Some(*task_type), Some(bucket))).n;
            }
            p += chance * at_type.clamp(P_RANGE.0, P_RANGE.1);
        }
        let p_low = (p - Z * (p * (1.0 - p) / (n + SHRINK + 1.0)).sqrt()).max(0.0);
        // The numbers that are shown are the numbers that are compared.
        Estimate {
            p: (p * 1e4).round() / 1e4,
            p_low: (p_low * 1e4).round() / 1e4,
            n: (n * 1e2).round() / 1e2,
        }
    }

    /// How far the outcomes have moved a cell from its prior.
    fn learned(&self, model: usize, task_type: TaskType, bucket: Bucket) -> f64 {
        let all = self.cell((model, None, None));
        let of_type = self.cell((model, Some(task_type), None));
        let own = self.cell((model, Some(task_type), Some(bucket)));
        let by_model = all.plus(of_type.told_above(), -1.0).mean(PRIOR_MASS, 0.0);
        let by_type = of_type.plus(own.told_above(), -1.0).mean(SHRINK, by_model);
        own.mean(SHRINK, by_type)
    }

    fn count(&mut self, catalogue: &Catalogue, seen: Observed, mut sign: f64) {
        let Some(card) = catalogue.models().get(seen.model) else {
            return;
        };
        let residual = seen.reward - prior(card, seen.task_type, seen.bucket);
        let mut news = Cell {
            n: seen.weight,
            residuals: seen.weight * residual,
        };
        for key in [
            (seen.model, Some(seen.task_type), Some(seen.bucket)),
            (seen.model, Some(seen.task_type), None),
            (seen.model, None, None),
        ] {
            let cell = self.cells.entry(key).or_default();
            let before = cell.told_above();
            *cell = cell.plus(news, sign);
            // What the level above hears grows and shrinks by the difference.
            news = cell.told_above().plus(before, -1.0);
            sign = 1.0;
        }
    }

    fn cell(&self, key: Key) -> Cell {
        self.cells.get(&key).copied().unwrap_or_default()
    }
}

impl Cell {
    fn plus(self, other: Self, sign: f64) -> Self {
        Self {
            n: (self.n + sign * other.n).max(0.0),
            residuals: self.residuals + sign * other.residuals,
        }
    }

    /// As much of it as speaks for the level above.
    fn told_above(self) -> Self {
        let share = SHRINK / (self.n + SHRINK);
        Self {
            n: self.n * share,
            residuals: self.residuals * share,
        }
    }

    /// The mean residual, shrunk towards `above` as if that were worth `mass` outcomes.
    fn mean(self, mass: f64, above: f64) -> f64 {
        (self.residuals + mass * above) / (self.n + mass)
    }
}

/// What the catalogue says before any outcome. No signal counts as middling.
fn prior(card: &ModelCard, task_type: TaskType, bucket: Bucket) -> f64 {
    let difficulty = bucket.map_or(0.5, |bucket| 0.1 + 0.2 * f64::from(bucket));
    let strength = card.strength_at(task_type).clamp(P_RANGE.0, P_RANGE.1);
    let log_odds = (strength / (1.0 - strength)).ln() - SLOPE * (difficulty - 0.5);
    1.0 / (1.0 + (-log_odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    fn outcome(reference: &str, model: &str, bucket: u8, reward: f64) -> Outcome {
        Outcome {
            reference: reference.to_owned(),
            task_type: TaskType::CodeGeneration,
            difficulty_bucket: Some(bucket),
            model: model.to_owned(),
            reward,
            weight: 1.0,
            at: Timestamp::UNIX_EPOCH,
        }
    }

    /// The chance of `gpt-6-luna` at a type and difficulty after these outcomes.
    fn check(outcomes: &[Outcome], task_type: TaskType, bucket: u8) -> Estimate {
        let catalogue = Catalogue::builtin();
        let model = catalogue.position("gpt-6-luna").unwrap();
        let table = Table::replay(&catalogue, outcomes);
        table.estimate(
            model,
            &catalogue.models()[model],
            &[(task_type, 1.0)],
            Some(bucket),
        )
    }

    fn many(count: usize, bucket: u8, reward: f64) -> Vec<Outcome> {
        (0..count)
            .map(|i| outcome(&format!("r{i}"), "gpt-6-luna", bucket, reward))
            .collect()
    }

    #[test]
    fn without_outcomes_the_prior_falls_with_difficulty() {
        let at = |bucket| check(&[], TaskType::CodeGeneration, bucket).p;
        assert!((0..4).all(|bucket| at(bucket) > at(bucket + 1)));
        assert!((at(2) - 0.855).abs() < 1e-9);
    }

    #[test]
    fn one_cell_alone_is_the_posterior_mean_of_a_beta_prior() {
        let prior = check(&[], TaskType::CodeGeneration, 2).p;
        let seen = check(&many(4, 2, 0.0), TaskType::CodeGeneration, 2);
        assert!((seen.p - SHRINK * prior / (4.0 + SHRINK)).abs() < 1e-3);
        assert_eq!(seen.n, 4.0);
    }

    #[test]
    fn failures_spread_to_other_difficulties_and_types_but_weaker() {
        let fall = |task_type, bucket| {
            check(&[], task_type, bucket).p - check(&many(6, 2, 0.0), task_type, bucket).p
        };
        let own = fall(TaskType::CodeGeneration, 2);
        let same_type = fall(TaskType::CodeGeneration, 3);
        let other_type = fall(TaskType::WritingEditing, 2);
        assert!(
            own > same_type && same_type > other_type && other_type > 0.0,
            "{own} {same_type} {other_type}"
        );
    }

    #[test]
    fn a_model_that_does_as_expected_at_hard_tasks_keeps_its_standing_at_easy_ones() {
        let expected = check(&[], TaskType::CodeGeneration, 4).p;
        let before = check(&[], TaskType::CodeGeneration, 0).p;
        let after = check(&many(200, 4, expected), TaskType::CodeGeneration, 0).p;
        assert!((before - after).abs() < 1e-3, "{before} {after}");
    }

    #[test]
    fn evidence_narrows_the_bound() {
        let few = check(&many(2, 2, 1.0), TaskType::CodeGeneration, 2);
        let more = check(&many(50, 2, 1.0), TaskType::CodeGeneration, 2);
        assert!(more.p - more.p_low < few.p - few.p_low);
    }

    #[test]
    fn one_reference_counts_once_and_the_newest_outcome_wins() {
        let flood: Vec<_> = (0..500).map(|_| outcome("same", "gpt-6-luna", 2, 0.0)).collect();
        assert_eq!(check(&flood, TaskType::CodeGeneration, 2).n, 1.0);
        let changed = [
            outcome("a", "gpt-6-luna", 2, 0.0),
            outcome("a", "gpt-6-luna", 2, 1.0),
        ];
        assert_eq!(
            check(&changed, TaskType::CodeGeneration, 2),
            check(&changed[1..], TaskType::CodeGeneration, 2)
        );
    }

    #[test]
    fn outcomes_of_unknown_models_and_rewards_out_of_range_do_no_harm() {
        let odd = [
            outcome("a", "gone", 2, 1.0),
            outcome("b", "gpt-6-luna", 200, 7.0),
            outcome("c", "gpt-6-luna", 2, f64::NAN),
        ];
        let estimate = check(&odd, TaskType::CodeGeneration, 2);
        assert!((0.0..=1.0).contains(&estimate.p_low) && estimate.p <= 0.99);
    }
}
