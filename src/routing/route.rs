//! What is asked of the router and what it answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{RouteId, Stakes, TaskType};

/// A task to find a model for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RouteRequest {
    /// What is to be done.
    pub task: String,
    /// Material given along with it: counts for its length and for whether it is code.
    pub context: Option<String>,
    /// What must hold of the model.
    pub constraints: Constraints,
    /// The share of the best model's quality that is enough, in 0..=1.
    pub quality_target: Option<f64>,
    /// Within a session the choice never moves to a weaker model.
    pub session: Option<String>,
}

/// What must hold of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Constraints {
    /// Only models on the user's own machine.
    pub local_only: bool,
    /// Most a call may be expected to cost.
    pub max_cost_usd: Option<f64>,
    /// Longest a whole answer may be expected to take.
    pub max_latency_ms: Option<u64>,
    /// Smallest context window.
    pub min_context_tokens: Option<u64>,
    /// What the model must be able to do: `tools`, `vision`, `long_context`, `web`, or any other
    /// capability of the catalogue.
    pub needs: Vec<String>,
    /// When not empty, only these: ids, providers or `provider/id`, a trailing `*` standing for any rest.
    pub allow: Vec<String>,
    /// Never these; stronger than `allow`.
    pub deny: Vec<String>,
}

/// The answer: which model, why, and what would change it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Route {
    /// To report the outcome under.
    pub route_id: RouteId,
    /// The type of the task; [`TaskType::General`] when none stands out.
    pub task_type: TaskType,
    /// The chance of the likeliest type, in 0..=1; 0 without any signal. Not calibrated.
    pub task_type_confidence: f64,
    /// The chance of each type, those below 0.01 left out.
    pub task_types: BTreeMap<TaskType, f64>,
    /// How hard it is.
    pub difficulty: Difficulty,
    /// How much harm it can do.
    pub stakes: Stakes,
    /// What the model must be able to do, as given and as read from the task.
    pub needs: Vec<String>,
    /// The choice; `None` when no model meets the constraints.
    pub model: Option<Chosen>,
    /// What to expect of the choice.
    pub expected: Option<Expected>,
    /// Every model with its verdict: the choice, then the others that would do by cost, then the rest.
    pub candidates: Vec<Candidate>,
    /// What to try when the choice is not available, in order.
    pub fallbacks: Vec<String>,
    /// What led to type, difficulty and choice.
    pub reasons: Vec<Reason>,
    /// What would change the choice.
    pub flip: Flip,
    /// The crew template that suits the task: `code_change`, `code_review`, `research` or `none`.
    pub suggested_workflow: String,
    /// The constraint to relax, and what that would buy, when no model is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// How hard a task is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Difficulty {
    /// The chance that a weaker model fails, in 0..=1; `None` without any signal.
    pub score: Option<f64>,
    /// 0..=4, cut so that as many of our graded prompts are in each as have that grade; `None` without any signal.
    pub bucket: Option<u8>,
    /// Nothing to go by; such a task is treated as middling, never as easy.
    pub no_signal: bool,
}

impl Difficulty {
    pub(super) fn of(score: f64, bucket: u8) -> Self {
        Self {
            score: Some((score * 1e4).round() / 1e4),
            bucket: Some(bucket.min(4)),
            no_signal: false,
        }
    }

    pub(super) fn unknown() -> Self {
        Self {
            score: None,
            bucket: None,
            no_signal: true,
        }
    }
}

/// The chosen model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chosen {
    /// Its id in the catalogue.
    pub id: String,
    /// Who serves it.
    pub provider: String,
    /// Whether it runs on the user's own machine.
    pub local: bool,
}

/// What to expect of the choice.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Expected {
    /// The chance of success, in 0..=1.
    pub p_success: f64,
    /// Its lower bound (one-sided, about 80 %).
    pub p_low: f64,
    /// US dollars; `None` when a price is unknown, 0 for a local model without one.
    pub cost_usd: Option<f64>,
    /// Milliseconds to the end of the answer.
    pub latency_ms: u64,
}

/// A model and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// Its id in the catalogue.
    pub model: String,
    /// The chance of success, in 0..=1.
    pub p_success: f64,
    /// Its lower bound, which is what the decision compares.
    pub p_low: f64,
    /// The weight of outcomes behind it for this type and difficulty; 0 is the catalogue's prior alone.
    pub n: f64,
    /// US dollars; `None` when a price is unknown, 0 for a local model without one.
    pub cost_usd: Option<f64>,
    /// Milliseconds to the end of the answer.
    pub latency_ms: u64,
    /// `chosen`, or why not.
    pub verdict: String,
}

/// One thing that counted, and how much.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reason {
    /// What was seen.
    pub signal: String,
    /// What it added to the log-odds of a type or of difficulty; for a model, its lower bound.
    pub weight: f64,
    /// What for: a task type, `harder`, `easier`, or the id of a model.
    pub towards: String,
}

impl Reason {
    pub(super) fn new(signal: impl Into<String>, weight: f64, towards: impl Into<String>) -> Self {
        Self {
            signal: signal.into(),
            weight: (weight * 1e4).round() / 1e4,
            towards: towards.into(),
        }
    }
}

/// The quality targets at which the choice changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Flip {
    /// The target the choice was made with.
    pub quality_target: f64,
    /// At this target and below, the next cheaper model is good enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cheaper: Option<FlipPoint>,
    /// Above this target the choice is no longer good enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stronger: Option<FlipPoint>,
}

/// Where the choice changes, and to what.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FlipPoint {
    /// The quality target.
    pub changes_at: f64,
    /// The id of the model it changes to.
    pub to: String,
}
