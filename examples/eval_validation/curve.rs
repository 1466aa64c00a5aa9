//! Figures of a score against labels.

use serde::Serialize;

/// The probability that a positive scores above a negative, ties half. NaN without both.
pub(crate) fn auc(scored: &[(f64, bool)]) -> f64 {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut won, mut positives) = (0.0, 0.0, 0.0);
    for tie in sorted.chunk_by(|a, b| a.0 == b.0) {
        let (mut yes, mut no) = (0.0, 0.0);
        for (_, positive) in tie {
            if *positive { yes += 1.0 } else { no += 1.0 }
        }
        won += yes * (below + no / 2.0);
        below += no;
        positives += yes;
    }
    won / (positives * below)
}

/// The share of negatives below the 5th percentile of the positives, and that percentile.
pub(crate) fn found_at_5(scored: &[(f64, bool)]) -> (f64, f64) {
    let mut positives: Vec<f64> = scored.iter().filter(|s| s.1).map(|s| s.0).collect();
    positives.sort_by(f64::total_cmp);
    let limit = positives.get(positives.len() / 20).copied().unwrap_or(f64::NAN);
    let negatives: Vec<f64> = scored.iter().filter(|s| !s.1).map(|s| s.0).collect();
    let found = negatives.iter().filter(|score| **score < limit).count();
    (found as f64 / negatives.len() as f64, limit)
}

/// How decisions fit labels.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Decisions {
    pub(crate) true_positives: usize,
    pub(crate) false_positives: usize,
    pub(crate) false_negatives: usize,
    pub(crate) true_negatives: usize,
}

impl Decisions {
    pub(crate) fn of(decided: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut all = Self::default();
        for (said, is) in decided {
            match (said, is) {
                (true, true) => all.true_positives += 1,
                (true, false) => all.false_positives += 1,
                (false, true) => all.false_negatives += 1,
                (false, false) => all.true_negatives += 1,
            }
        }
        all
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            true_positives: self.true_positives + other.true_positives,
            false_positives: self.false_positives + other.false_positives,
            false_negatives: self.false_negatives + other.false_negatives,
            true_negatives: self.true_negatives + other.true_negatives,
        }
    }

    pub(crate) fn precision(self) -> f64 {
        ratio(self.true_positives, self.true_positives + self.false_positives)
    }

    pub(crate) fn recall(self) -> f64 {
        ratio(self.true_positives, self.true_positives + self.false_negatives)
    }

    pub(crate) fn f1(self) -> f64 {
        let (precision, recall) = (self.precision(), self.recall());
        2.0 * precision * recall / (precision + recall)
    }

    pub(crate) fn false_alarms(self) -> f64 {
        ratio(self.false_positives, self.false_positives + self.true_negatives)
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}
