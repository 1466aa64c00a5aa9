//! What is asked of the router and what it answers.

use std::borrow::Cow;
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
    /// What a dollar and a second are worth; when given, the choice is by utility and there is no quality target.
    pub utility: Option<Utility>,
    /// Within a session the choice never moves to a weaker model.
    pub session: Option<String>,
    /// How many tokens of the conversation, beside task and context, the session's present model has in its prompt
    /// cache. Another model would have to read them at the full price.
    pub cached_tokens: u64,
    /// Whether to look for the one word of the task without which another model would be chosen: it takes as long as
    /// some dozens of decisions.
    pub explain: bool,
}

/// Weights of a utility: chance of success, less `lambda` per US dollar, less `mu` per second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Utility {
    /// What a US dollar is worth, in chance of success: 10 gives up 0.1 for a cent.
    pub lambda: f64,
    /// What a second is worth, in chance of success.
    pub mu: f64,
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
    /// The type of the task; [`TaskType::General`] when none stands out. That of `custom_type`, where there is one.
    pub task_type: TaskType,
    /// The type of the project's own whose examples the task is like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_type: Option<String>,
    /// The chance of the likeliest type, in 0..=1; 0 without any signal.
    pub task_type_confidence: f64,
    /// The chance of each type, those below 0.01 left out.
    pub task_types: BTreeMap<TaskType, f64>,
    /// How hard it is.
    pub difficulty: Difficulty,
    /// How much harm it can do.
    pub stakes: Stakes,
    /// How little of the task looks like anything known, in 0..=1: so far the models are judged whatever the type.
    pub novelty: f64,
    /// The language of the asking words, as an ISO 639-1 code.
    pub language: &'static str,
    /// What the model must be able to do, as given and as read from the task.
    pub needs: Vec<String>,
    /// The choice; `None` when no model meets the constraints.
    pub model: Option<Chosen>,
    /// What to expect of the choice.
    pub expected: Option<Expected>,
    /// The probability that no other model that fits is better than the choice by more than 0.05, as far as
    /// outcomes and priors tell. A choice may be cheaper on purpose.
    pub confidence: Option<f64>,
    /// How much likelier the strongest model that fits is to succeed than the choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gain: Option<Gain>,
    /// Every model with its verdict: the choice, then the others that would do by cost, then the rest.
    pub candidates: Vec<Candidate>,
    /// What to try when the choice is not available, in order.
    pub fallbacks: Vec<String>,
    /// A cheaper model first and a stronger one where `validate_output` refuses what it did, when that is better
    /// than the choice alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cascade: Option<Cascade>,
    /// What led to type, difficulty and choice.
    pub reasons: Vec<Reason>,
    /// What would change the choice.
    pub flip: Flip,
    /// The crew template that suits the task: `code_change`, `code_review`, `research` or `none`.
    pub suggested_workflow: &'static str,
    /// The constraint to relax, and what that would buy, when no model is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// Each constraint that would leave a model if it alone were relaxed, when no model is left.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub relax: Vec<Relaxation>,
    /// What the answer rests on.
    pub state: State,
}

/// What relaxing one constraint buys.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Relaxation {
    /// The constraint.
    pub constraint: String,
    /// The model that would be chosen.
    pub model: String,
    /// Its chance of success, in 0..=1.
    pub p_success: f64,
    /// US dollars; `None` when a price is unknown.
    pub cost_usd: Option<f64>,
    /// Milliseconds to the end of the answer.
    pub latency_ms: u64,
}

/// What an answer rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct State {
    /// The digest of the trained weights that read the task.
    pub weights: &'static str,
    /// How many pieces of work of this project have an outcome that counts.
    pub outcomes_seen: usize,
}

/// Two models, the second only where a validation refuses what the first did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cascade {
    /// The model to ask first.
    pub first: String,
    /// The model to ask when the first answer is refused.
    pub then: String,
    /// The chance that the first answer passes.
    pub passes: f64,
    /// US dollars to expect.
    pub cost_usd: f64,
    /// The chance of success, in 0..=1.
    pub p_success: f64,
    /// Milliseconds to expect, validation not counted: it takes a few.
    pub latency_ms: u64,
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

/// What the strongest model would add.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gain {
    /// The likeliest to succeed of the models that fit.
    pub strongest: String,
    /// Its chance of success less that of the choice.
    pub over_choice: f64,
    /// Its chance of success less that of the cheapest model that fits; `None` where no price is known.
    pub over_cheapest: Option<f64>,
    /// US dollars that it costs more than the choice; `None` when a price is unknown.
    pub extra_usd: Option<f64>,
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
    pub verdict: Cow<'static, str>,
    /// The nearest place of the dial (the quality target, or lambda) at or just beyond which it is the choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flip_at: Option<f64>,
    /// The cost in US dollars below which it is the choice as the dial stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flip_below_usd: Option<f64>,
}

/// One thing that counted, and how much.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reason {
    /// What was seen.
    pub signal: Cow<'static, str>,
    /// What it added to the log-odds of a type or of difficulty; for a model, its lower bound.
    pub weight: f64,
    /// What for: a task type, `harder`, `easier`, or the id of a model.
    pub towards: Cow<'static, str>,
}

impl Reason {
    pub(super) fn new(
        signal: impl Into<Cow<'static, str>>,
        weight: f64,
        towards: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            signal: signal.into(),
            weight: (weight * 1e4).round() / 1e4,
            towards: towards.into(),
        }
    }
}

/// What would change the choice.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Flip {
    /// The quality target, unless the choice was made by utility.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality_target: Option<DialPoint>,
    /// What a US dollar is worth, when the choice was made by utility.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lambda: Option<DialPoint>,
    /// The next cheaper model: at this quality target and below, or above this lambda.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cheaper: Option<FlipPoint>,
    /// The next stronger model: above this quality target, or below this lambda.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stronger: Option<FlipPoint>,
    /// The factor on all prices of the chosen model above which another is chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<FlipPoint>,
    /// What of the task, left out, changes the choice; looked for only where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without: Option<WithoutPoint>,
}

/// What of a task changes the choice by its absence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WithoutPoint {
    /// The word, in lower case, whose every occurrence is left out; or `?`, the question marks.
    pub word: String,
    /// The id of the model that is chosen then.
    pub to: String,
}

/// Where a dial stands, and the nearest place where the choice changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DialPoint {
    /// Where it stands.
    pub now: f64,
    /// The nearest place where the choice changes, at it or just beyond.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes_at: Option<f64>,
    /// The id of the model it changes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// Where the choice changes, and to what.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FlipPoint {
    /// The place.
    pub changes_at: f64,
    /// The id of the model it changes to.
    pub to: String,
}
