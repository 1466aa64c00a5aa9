//! What is asked about a period, and what is said of it.

use serde::{Deserialize, Serialize};

use super::{Interval, Observed};
use crate::domain::{RouteRecord, Timestamp};

/// What is asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Question {
    /// From when on; all there is when nobody says.
    pub since: Option<Timestamp>,
    /// The id of the model to compare with; the best single one when nobody says.
    pub baseline: Option<String>,
}

/// What routing came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The first and the last decision; `None` without any.
    pub period: Option<(Timestamp, Timestamp)>,
    /// Whether the period holds more decisions than were looked at.
    pub is_cut: bool,
    /// All calls.
    pub all: Line,
    /// By task type, most calls first.
    pub types: Vec<Line>,
    /// By chosen model, most calls first.
    pub models: Vec<Line>,
    /// What the choices are compared with; `None` when no call can be compared.
    pub baseline: Option<Baseline>,
    /// What other models would have come to, had each done everything: those likeliest to succeed first.
    pub singles: Vec<Single>,
    /// What the choices lost against the model that is best for each call by what is known now.
    pub regret: Option<Regret>,
    /// US dollars that were reported as really spent.
    pub spent: Option<Spent>,
}

/// Calls that have something in common.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The type or the model; `all`.
    pub name: String,
    /// Routing decisions.
    pub calls: u64,
    /// Of them, those with a cost on record.
    pub priced: u64,
    /// What those were expected to cost, in US dollars.
    pub expected_usd: f64,
    /// The mean chance of success by what is known now; `None` when no chosen model is in the catalogue any more.
    pub mean_p: Option<f64>,
    /// What became of the calls that have an outcome.
    pub observed: Observed,
    /// Money beside the baseline's, over those of the calls that can be compared; `None` without any.
    pub saved: Option<Saved>,
}

/// Money beside that of the baseline.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// What the choices were expected to cost, in US dollars.
    pub routed_usd: f64,
    /// What the baseline would have cost, in US dollars, by today's prices.
    pub baseline_usd: f64,
    /// `1 - routed_usd / baseline_usd`; `None` where the baseline would have cost nothing.
    pub share: Option<f64>,
}

/// One model for everything, and what the choices kept and saved against it. Over the calls that both have a
/// price and a chance for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// The model.
    pub model: String,
    /// How it was found.
    pub how: How,
    /// The share of the best mean chance that was enough to be found.
    pub quality_target: f64,
    /// Calls that are compared.
    pub calls: u64,
    /// The money of both.
    pub saved: Saved,
    /// Its mean chance of success by what is known now.
    pub mean_p: f64,
    /// The same for the choices.
    pub routed_p: f64,
    /// `routed_p / mean_p`: at this quality the money was saved.
    pub quality_kept: Option<f64>,
    /// Whether no model of the catalogue would have cost more: then the saving says little.
    pub is_dearest: bool,
}

/// How a baseline was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The caller named it.
    Named,
    /// The best single model by the router's own rule: the cheapest that reaches the quality target, had one
    /// model to do everything.
    BestSingle,
    /// That would have been the dearest model, against which nearly any choice saves. So it is the one that is
    /// likeliest to succeed of the others.
    BestBelowDearest,
}

/// One model for everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Single {
    /// The model.
    pub model: String,
    /// Its mean chance of success by what is known now.
    pub mean_p: f64,
    /// What it would have cost, in US dollars; `None` when its price is unknown.
    pub cost_usd: Option<f64>,
}

/// Observed success beside that of the best model for each call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Regret {
    /// Calls with an outcome.
    pub calls: u64,
    /// The mean chance of the model that is likeliest to succeed, call by call, whatever it costs and whatever
    /// limits the call had.
    pub best_p: f64,
    /// The mean reward of the choices.
    pub observed: f64,
    /// `best_p - observed`, with the interval that the observed part leaves.
    pub regret: Interval,
}

/// Money that was reported.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// Calls it was reported for.
    pub calls: u64,
    /// What they took.
    pub usd: f64,
    /// What those of them with a cost on record were expected to take.
    pub expected_usd: f64,
    /// How many those are.
    pub expected_calls: u64,
}

/// A decision with what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    /// The decision.
    #[serde(flatten)]
    pub route: RouteRecord,
    /// How the work went, 0 to 1; `None` when nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<f64>,
}

impl Saved {
    /// What routing cost against what the baseline would have.
    pub(super) fn of(routed_usd: f64, baseline_usd: f64) -> Self {
        Self {
            routed_usd,
            baseline_usd,
            share: (baseline_usd > 0.0).then(|| 1.0 - routed_usd / baseline_usd),
        }
    }
}
