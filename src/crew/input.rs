//! What callers give: a task, a step that is done, a page to look at.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Sampling;
use crate::domain::run::{Usage, Via};
use crate::domain::{RunBudget, StepId};

/// A request for a new run.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// What it is about.
    pub task: String,
    /// The template to follow; chosen from the task when there is neither template nor plan.
    pub template: Option<String>,
    /// The plan to follow, as [`plan::parse`](super::plan::parse) takes it.
    pub plan: Option<Value>,
    /// Values for the template's parameters.
    pub parameters: BTreeMap<String, String>,
    /// `sequential`, `parallel`, `collaborative`, `graph` or `auto`.
    pub strategy: Option<String>,
    /// `host`, `auto` or `provider/model`.
    pub executor: Option<String>,
    /// What it may use; the template's budget where this does not say.
    pub budget: RunBudget,
    /// The caller's name for the request.
    pub idempotency_key: Option<String>,
    /// Whether the caller's client has its own model do steps.
    pub sampling: Sampling,
}

/// A step that is handed in.
#[derive(Debug, Clone, Default)]
pub struct Submission {
    /// The token of the step.
    pub step_token: String,
    /// The output: a text, or any JSON.
    pub output: Option<Value>,
    /// Why there is no output.
    pub error: Option<String>,
    /// What it took.
    pub usage: Option<Usage>,
    /// The model that did it, as the router knows it.
    pub model: Option<String>,
    /// How it came here.
    pub via: Via,
}

/// A part of one output.
#[derive(Debug, Clone)]
pub struct OutputPage {
    /// The step.
    pub step: StepId,
    /// The first byte.
    pub offset: usize,
}
