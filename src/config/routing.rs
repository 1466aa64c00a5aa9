//! The settings of routing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::{Error, Result};
use crate::routing;

/// The section as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRouting {
    pub(super) catalogue: PathBuf,
    quality_target: f64,
    high_stakes_quality_target: f64,
    lambda: f64,
    mu: f64,
    exploration: f64,
    exploration_seed: u64,
    share_outcomes: bool,
    provider_usd_per_day: BTreeMap<String, f64>,
}

impl RawRouting {
    /// The settings, where each number is one that means something.
    pub(super) fn settle(self) -> Result<routing::Settings> {
        let within = |key: &str, given: f64, is_right: bool, wanted: &str| {
            if is_right {
                return Ok(());
            }
            Err(Error::Value {
                key: format!("routing.{key}"),
                detail: format!("{given} is not {wanted}"),
                origin: "the settings".into(),
            })
        };
        for (key, target) in [
            ("quality_target", self.quality_target),
            ("high_stakes_quality_target", self.high_stakes_quality_target),
        ] {
            within(
                key,
                target,
                target > 0.0 && target <= 1.0,
                "above 0 and at most 1",
            )?;
        }
        let budgets = self.provider_usd_per_day.iter();
        let amounts = budgets.map(|(provider, usd)| (format!("provider_usd_per_day.{provider}"), *usd));
        for (key, amount) in amounts.chain([("lambda".to_owned(), self.lambda), ("mu".to_owned(), self.mu)]) {
            within(
                &key,
                amount,
                amount.is_finite() && amount >= 0.0,
                "a number of at least 0",
            )?;
        }
        let most = routing::MAX_EXPLORATION;
        let is_right = (0.0..=most).contains(&self.exploration);
        within(
            "exploration",
            self.exploration,
            is_right,
            &format!("from 0 to {most}"),
        )?;
        let utility = routing::Utility {
            lambda: self.lambda,
            mu: self.mu,
        };
        Ok(routing::Settings {
            quality_target: self.quality_target,
            high_stakes_quality_target: self.high_stakes_quality_target,
            utility: (utility != routing::Utility::default()).then_some(utility),
            exploration: self.exploration,
            exploration_seed: self.exploration_seed,
            share_outcomes: self.share_outcomes,
            provider_usd_per_day: self.provider_usd_per_day,
            ..routing::Settings::default()
        })
    }
}
