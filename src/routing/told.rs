//! What is told about a piece of work that was routed.

use super::Error;
use crate::domain::{Evidence, Validation, Verdict};

/// What a pass is worth that only looked at form, or left something unchecked that was asked for.
const PARTLY_COVERED: f64 = 0.25;
/// The checks that hold an output against what it should be, and not only against what no output should be.
const TELLING: [&str; 3] = ["schema", "request", "ground"];

/// How a piece of work went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Told {
    /// Who or what says so.
    pub evidence: Evidence,
    /// How well, in 0..=1.
    pub reward: f64,
    /// How much to trust it, in 0..=1.
    pub weight: f64,
    /// Whether a validation let the output pass.
    pub accepted: Option<bool>,
    /// Tokens of the answer, hidden reasoning with them, as the provider counted them.
    pub tokens_out: Option<u64>,
    /// What it cost, in US dollars.
    pub cost_usd: Option<f64>,
}

impl Told {
    /// A report of this evidence, with all the weight that has.
    #[must_use]
    pub fn new(evidence: Evidence, reward: f64) -> Self {
        Self {
            evidence,
            reward,
            weight: evidence.weight(),
            accepted: None,
            tokens_out: None,
            cost_usd: None,
        }
    }

    /// What a validation says of the model that wrote the output: a defect counts whole; a pass counts whole where
    /// the output was held against what was asked for and nothing was left unchecked, and a quarter otherwise. Where
    /// nothing was checked it says nothing.
    #[must_use]
    pub fn of_validation(evidence: Evidence, validation: &Validation) -> Option<Self> {
        let coverage = &validation.coverage;
        if coverage.checked.is_empty() && validation.verdict != Verdict::Fail {
            return None;
        }
        let telling = coverage
            .checked
            .iter()
            .any(|check| TELLING.contains(&check.as_str()));
        let (reward, weight) = match validation.verdict {
            Verdict::Fail => (0.0, 1.0),
            Verdict::Pass | Verdict::Warn if telling && coverage.not_checked.is_empty() => {
                (validation.score, 1.0)
            }
            Verdict::Pass | Verdict::Warn => (validation.score, PARTLY_COVERED),
        };
        Some(Self {
            weight,
            accepted: Some(validation.verdict != Verdict::Fail),
            ..Self::new(evidence, reward.clamp(0.0, 1.0))
        })
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        for (field, given) in [("reward", self.reward), ("weight", self.weight)] {
            if !(0.0..=1.0).contains(&given) {
                return Err(Error::BadOutcome {
                    expected: "between 0 and 1",
                    field,
                    given,
                });
            }
        }
        match self.cost_usd {
            Some(given) if !(given.is_finite() && given >= 0.0) => Err(Error::BadOutcome {
                expected: "an amount of money",
                field: "cost_usd",
                given,
            }),
            _ => Ok(()),
        }
    }
}
