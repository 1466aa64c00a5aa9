//! What attempts took, by role, model and type of task, and what is expected of the next. Pure.
//!
//! Where there are few of exactly this kind, the estimate leans on a coarser one: all types of task, all roles, all
//! models. Each level is the mean of what was seen there and of the estimate of the level above, which counts as much as
//! four attempts (an empirical Bayes estimate with a fixed prior weight). The mean is taken of logarithms, because
//! times, tokens and costs spread by factors.

use std::collections::HashMap;

use super::samples::{Measure, Sample, Samples};
use crate::domain::TaskType;

/// As many attempts the estimate of the level above counts.
const PRIOR: f64 = 4.0;
/// Most kinds of attempts; the one that was not seen for longest makes way.
const MOST_KINDS: usize = 512;

/// A kind of attempts: who, in which role, at what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::crew) struct Kind<'a> {
    pub(in crate::crew) role: &'a str,
    /// `provider/model`, `host`, or `a person`.
    pub(in crate::crew) by: &'a str,
    pub(in crate::crew) task_type: TaskType,
}

/// A level: all, by whom, in which role, at what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Level {
    All,
    By(String),
    Role(String, String),
    Whole(String, String, TaskType),
}

impl Kind<'_> {
    fn levels(&self) -> [Level; 4] {
        let (by, role) = (self.by.to_owned(), self.role.to_lowercase());
        [
            Level::All,
            Level::By(by.clone()),
            Level::Role(by.clone(), role.clone()),
            Level::Whole(by, role, self.task_type),
        ]
    }
}

/// What attempts took.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::crew) struct Attempts(HashMap<Level, Samples>);

impl Attempts {
    pub(in crate::crew) fn take(&mut self, kind: &Kind<'_>, sample: Sample) {
        for level in kind.levels() {
            if self.0.len() >= MOST_KINDS && !self.0.contains_key(&level) {
                self.make_way();
            }
            self.0.entry(level).or_default().take(sample);
        }
    }

    fn make_way(&mut self) {
        let oldest = self
            .0
            .iter()
            .filter(|(level, _)| **level != Level::All)
            .min_by_key(|(_, samples)| samples.newest())
            .map(|(level, _)| level.clone());
        if let Some(oldest) = oldest {
            self.0.remove(&oldest);
        }
    }

    /// How many attempts by `by` are known, in whatever role.
    pub(in crate::crew) fn known(&self, by: &str) -> usize {
        self.0.get(&Level::By(by.to_owned())).map_or(0, Samples::len)
    }

    /// The value that a share `p` of such attempts is not expected to exceed; nothing where nothing is known of whoever
    /// makes them.
    pub(in crate::crew) fn quantile(&self, kind: &Kind<'_>, measure: Measure, p: f64) -> Option<f64> {
        self.estimate(kind, |samples| samples.quantile(measure, p))
    }

    /// What such an attempt is expected to take; nothing where nothing is known of whoever makes it.
    pub(in crate::crew) fn typical(&self, kind: &Kind<'_>, measure: Measure) -> Option<f64> {
        self.estimate(kind, |samples| samples.typical(measure))
    }

    /// How many attempts an output is expected to take, at most two: what is sent back comes again with the findings.
    pub(in crate::crew) fn tries(&self, kind: &Kind<'_>) -> f64 {
        let passing = self.estimate(kind, |samples| Some(samples.passing()));
        (1.0 / passing.unwrap_or(1.0).max(0.5)).min(2.0)
    }

    fn estimate(&self, kind: &Kind<'_>, of: impl Fn(&Samples) -> Option<f64>) -> Option<f64> {
        if self.known(kind.by) == 0 {
            return None;
        }
        let mut estimate: Option<f64> = None;
        for level in kind.levels() {
            let Some(samples) = self.0.get(&level) else {
                continue;
            };
            let Some(seen) = of(samples) else { continue };
            let weight = samples.weight();
            estimate = Some(match estimate {
                None => seen,
                Some(above) => ((weight * seen.ln_1p() + PRIOR * above.ln_1p()) / (weight + PRIOR)).exp_m1(),
            });
        }
        estimate
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::tests::took;
    use super::*;

    const fn kind<'a>(role: &'a str, by: &'a str, task_type: TaskType) -> Kind<'a> {
        Kind { role, by, task_type }
    }

    #[test]
    fn few_attempts_lean_on_coarser_kinds() {
        let mut attempts = Attempts::default();
        let known = kind("writer", "a/fast", TaskType::WritingEditing);
        (0..60).for_each(|n| attempts.take(&known, took(n, 4.0)));
        let seconds = |attempts: &Attempts, kind: &Kind<'_>| attempts.typical(kind, Measure::Time);
        assert!((seconds(&attempts, &known).unwrap() - 4.0).abs() < 1e-9);
        // Another role of the same model: as the model.
        let other = kind("critic", "a/fast", TaskType::WritingEditing);
        assert!((seconds(&attempts, &other).unwrap() - 4.0).abs() < 1e-9);
        // One attempt says little, many say all.
        attempts.take(&other, took(61, 40.0));
        let after_one = seconds(&attempts, &other).unwrap();
        assert!((4.0..20.0).contains(&after_one), "{after_one}");
        (62..120).for_each(|n| attempts.take(&other, took(n, 40.0)));
        let after_many = seconds(&attempts, &other).unwrap();
        assert!((34.0..=40.0).contains(&after_many), "{after_many}");
    }

    #[test]
    fn of_somebody_unknown_nothing_is_expected() {
        let mut attempts = Attempts::default();
        attempts.take(&kind("writer", "a/fast", TaskType::General), took(1, 4.0));
        let unknown = kind("writer", "b/new", TaskType::General);
        assert_eq!(attempts.typical(&unknown, Measure::Time), None);
        assert_eq!(attempts.quantile(&unknown, Measure::Time, 0.99), None);
        assert!((attempts.tries(&unknown) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn kinds_do_not_grow_for_ever() {
        let mut attempts = Attempts::default();
        for n in 0..5_000 {
            let role = format!("role {n}");
            attempts.take(&kind(&role, "a/fast", TaskType::General), took(n, 1.0));
        }
        assert!(attempts.0.len() <= MOST_KINDS, "{}", attempts.0.len());
        assert_eq!(attempts.known("a/fast"), 64);
    }
}
