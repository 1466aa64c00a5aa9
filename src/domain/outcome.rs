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
    /// The project's own name for it, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_type: Option<String>,
    /// Difficulty bucket 0..=4; `None` when the task gave no signal.
    pub difficulty_bucket: Option<u8>,
    /// The chosen model.
    pub model: String,
    /// When it was taken.
    pub at: Timestamp,
    /// The session it was taken in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
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
    /// The project's own name for it, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_type: Option<String>,
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
    /// Who or what says so.
    #[serde(default, skip_serializing_if = "Evidence::is_user")]
    pub evidence: Evidence,
    /// Whose outcomes share a bound: the principal, and the session where there is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub client: String,
    /// Whether a validation let the output pass; `None` where nothing was validated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<bool>,
    /// Tokens of the answer, as the provider counted them, hidden reasoning with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_out: Option<u64>,
    /// What it cost in US dollars: as reported, or as the decision expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
}

/// Who or what says how a piece of work went. Outcomes from before this was kept count as a person's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// A test that was run.
    Test,
    /// A person.
    #[default]
    User,
    /// The person took another model's answer instead.
    Override,
    /// The checks of `validate_output`.
    Validator,
    /// The checks that a step of a crew has to pass.
    Step,
    /// The same work was asked for again.
    Retry,
    /// The model that did it, with nothing to back it.
    Claim,
    /// The provider did not answer: says nothing about the model.
    Unavailable,
}

impl Evidence {
    /// How much such an outcome counts at most, in 0..=1: what a test or a person says counts whole, what nobody
    /// checked or is only read from behaviour half.
    #[must_use]
    pub fn weight(self) -> f64 {
        match self {
            Self::Test | Self::User | Self::Validator | Self::Step => 1.0,
            Self::Override | Self::Retry | Self::Claim => 0.5,
            Self::Unavailable => 0.0,
        }
    }

    /// Which of several outcomes of one piece of work counts: the one of the highest rank, and of equal ranks
    /// the newest.
    #[must_use]
    pub fn rank(self) -> usize {
        match self {
            Self::Test | Self::User | Self::Override => 2,
            Self::Validator | Self::Step => 1,
            Self::Retry | Self::Claim | Self::Unavailable => 0,
        }
    }

    /// The name used on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::User => "user",
            Self::Override => "override",
            Self::Validator => "validator",
            Self::Step => "step",
            Self::Retry => "retry",
            Self::Claim => "claim",
            Self::Unavailable => "unavailable",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
    fn is_user(&self) -> bool {
        *self == Self::User
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_of_earlier_versions_are_read_and_written_as_they_were() {
        let old = r#"{"id":"r","task_type":"general","difficulty_bucket":null,"model":"m","at":"1970-01-01T00:00:00Z"}"#;
        let route: RouteRecord = serde_json::from_str(old).unwrap();
        assert_eq!((route.forecast, route.spent_usd), (None, None));
        assert_eq!(route.custom_type, None);
        assert_eq!(serde_json::to_string(&route).unwrap(), old);
    }
}
