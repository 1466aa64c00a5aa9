//! How choices are made and how much is kept in memory for them.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::explore::MAX_SHARE;
use super::route::Utility;

/// How choices are made and how much is kept in memory for them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The share of the best model's quality that is enough, in 0..=1, where the caller names none. 0.95.
    #[serde(deserialize_with = "share")]
    pub quality_target: f64,
    /// The same for tasks of high stakes. 0.98.
    #[serde(deserialize_with = "share")]
    pub high_stakes_quality_target: f64,
    /// What a dollar and a second are worth where the caller names neither this nor a quality target. None: choices are
    /// made by quality target.
    pub utility: Option<Utility>,
    /// The share of choices, in 0..=0.05, that try a model of which less is known. 0: none.
    #[serde(deserialize_with = "tries")]
    pub exploration: f64,
    /// What makes tries repeatable. 0.
    pub exploration_seed: u64,
    /// Whether how models did at types of task is shared among the projects of an organisation. True.
    pub share_outcomes: bool,
    /// Most US dollars a day, by provider, as outcomes report them. None.
    pub provider_usd_per_day: BTreeMap<String, f64>,
    /// How many of a project's newest outcomes count. 4096.
    pub outcomes: usize,
    /// How many projects' outcomes are held in memory; others are read again when needed. 32.
    pub projects: usize,
    /// How many sessions are remembered. 1024.
    pub sessions: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            quality_target: 0.95,
            high_stakes_quality_target: 0.98,
            utility: None,
            exploration: 0.0,
            exploration_seed: 0,
            share_outcomes: true,
            provider_usd_per_day: BTreeMap::new(),
            outcomes: 4096,
            projects: 32,
            sessions: 1024,
        }
    }
}

fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    at_most(1.0, deserializer)
}

fn tries<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    at_most(MAX_SHARE, deserializer)
}

fn at_most<'de, D: Deserializer<'de>>(most: f64, deserializer: D) -> Result<f64, D::Error> {
    let given = f64::deserialize(deserializer)?;
    if (0.0..=most).contains(&given) {
        Ok(given)
    } else {
        Err(serde::de::Error::custom(format!(
            "{given} is not between 0 and {most}"
        )))
    }
}
