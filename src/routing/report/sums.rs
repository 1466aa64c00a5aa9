//! Sums over calls, and how sure a mean of few of them is.

use serde::{Deserialize, Serialize};

use super::{Line, Saved, Spent};
use crate::domain::RouteRecord;

/// The two-sided 95 % quantile of the normal distribution.
const Z: f64 = 1.96;

/// A mean in 0..=1 with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The mean.
    pub value: f64,
    /// It is hardly below this.
    pub low: f64,
    /// It is hardly above this.
    pub high: f64,
}

impl Interval {
    /// Wilson's interval for a mean of `n` values in 0..=1, for which a share is the widest case: centre
    /// `(m + z^2 / 2n) / (1 + z^2 / n)`, half width `z / (1 + z^2 / n) * sqrt(m (1 - m) / n + z^2 / 4n^2)`.
    pub(super) fn of_mean(mean: f64, n: u64) -> Self {
        let n = n as f64;
        let shrink = 1.0 + Z * Z / n;
        let centre = (mean + Z * Z / (2.0 * n)) / shrink;
        let half = Z / shrink * (mean * (1.0 - mean) / n + Z * Z / (4.0 * n * n)).sqrt();
        Self {
            value: mean,
            low: (centre - half).max(0.0),
            high: (centre + half).min(1.0),
        }
    }

    /// `from` less what this interval is about.
    pub(super) fn mirrored(from: f64, less: Self) -> Self {
        Self {
            value: from - less.value,
            low: from - less.high,
            high: from - less.low,
        }
    }
}

/// What became of calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// Calls with an outcome.
    pub calls: u64,
    /// Calls without any: nobody said how they went.
    pub without: u64,
    /// The mean reward of those with one.
    pub mean: Option<Interval>,
}

/// A mean under construction.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mean {
    pub(super) count: u64,
    sum: f64,
}

impl Mean {
    pub(super) fn add(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
    }

    pub(super) fn mean(self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }
}

/// Sums over calls.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    calls: u64,
    costs: Mean,
    chances: Mean,
    rewards: Mean,
    spent: Mean,
    /// What those calls were expected to take for which it was reported.
    expected_of_spent: Mean,
    routed: Mean,
    baseline: Mean,
}

impl Sums {
    /// Adds a call: the chance of its model, where that is known, and its reward, where it has one.
    pub(super) fn add(&mut self, route: &RouteRecord, p: Option<f64>, reward: Option<f64>) {
        self.calls += 1;
        let cost = route.forecast.and_then(|forecast| forecast.cost_usd);
        let expected_of_spent = cost.filter(|_| route.spent_usd.is_some());
        for (mean, value) in [
            (&mut self.costs, cost),
            (&mut self.chances, p),
            (&mut self.rewards, reward),
            (&mut self.spent, route.spent_usd),
            (&mut self.expected_of_spent, expected_of_spent),
        ] {
            if let Some(value) = value {
                mean.add(value);
            }
        }
    }

    /// Adds what a call that can be compared was expected to cost, and would have cost with the baseline.
    pub(super) fn compare(&mut self, routed_usd: f64, baseline_usd: f64) {
        self.routed.add(routed_usd);
        self.baseline.add(baseline_usd);
    }

    pub(super) fn observed(&self) -> Observed {
        let count = self.rewards.count;
        Observed {
            calls: count,
            without: self.calls - count,
            mean: self.rewards.mean().map(|mean| Interval::of_mean(mean, count)),
        }
    }

    pub(super) fn spent(&self) -> Option<Spent> {
        (self.spent.count > 0).then_some(Spent {
            calls: self.spent.count,
            usd: self.spent.sum,
            expected_usd: self.expected_of_spent.sum,
            expected_calls: self.expected_of_spent.count,
        })
    }

    pub(super) fn line(&self, name: String) -> Line {
        Line {
            name,
            calls: self.calls,
            priced: self.costs.count,
            expected_usd: self.costs.sum,
            mean_p: self.chances.mean(),
            observed: self.observed(),
            saved: (self.routed.count > 0).then(|| Saved::of(self.routed.sum, self.baseline.sum)),
        }
    }
}
