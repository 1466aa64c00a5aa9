//! What routing learns from: which model was chosen for what, and how it went.

use serde::{Deserialize, Serialize};

use super::{RouteId, TaskType, Timestamp};

/// A routing decision, remembered so that an outcome can refer to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RouteRecord {
    /// The decision's id.
    pub id: RouteId,
    /// The kind of work it was taken for.
    pub task_type: TaskType,
    /// Difficulty bucket 0..=4; `None` when the task gave no signal.
    pub difficulty_bucket: Option<u8>,
    /// The chosen model.
    pub model: String,
    /// When it was taken.
    pub at: Timestamp,
    /// What was expected of it; earlier versions did not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forecast: Option<Forecast>,
    /// US dollars that it really took, where that was reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent_usd: Option<f64>,
}

/// What a routing decision expected of its model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// Tokens of task and context.
    pub tokens_in: u64,
    /// Tokens of the answer.
    pub tokens_out: u64,
    /// The chance of success, in 0..=1.
    pub p_success: f64,
    /// US dollars; `None` when a price was unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
}

/// How a routed piece of work went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The routing decision or run it belongs to.
    pub reference: String,
    /// The kind of work.
    pub task_type: TaskType,
    /// Difficulty bucket 0..=4; `None` when the task gave no signal.
    pub difficulty_bucket: Option<u8>,
    /// The model that did it.
    pub model: String,
    /// How well, in 0..1.
    pub reward: f64,
    /// How much to trust it, in 0..1: a test or a person 1, a retry or an override 0.5.
    pub weight: f64,
    /// When it was recorded.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_of_earlier_versions_are_read_and_written_as_they_were() {
        let old = r#"{"id":"r","task_type":"general","difficulty_bucket":null,"model":"m","at":"1970-01-01T00:00:00Z"}"#;
        let route: RouteRecord = serde_json::from_str(old).unwrap();
        assert_eq!((route.forecast, route.spent_usd), (None, None));
        assert_eq!(serde_json::to_string(&route).unwrap(), old);
    }
}
