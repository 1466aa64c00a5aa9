//! The plan of a run: steps, who does them, and on what they depend.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{MicroUsd, StepId};

/// The order in which the steps of a plan are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// One after the other, each with what the ones it needs have left.
    Sequential,
}

/// What is to be done, checked and ready to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The template it was made from, or `given`.
    pub source: String,
    /// The order.
    pub strategy: Strategy,
    /// At least one step; every need is the id of an earlier step.
    pub steps: Vec<PlanStep>,
    /// How the plan came about, for the caller: why this template, what was put right or left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One piece of work for one role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanStep {
    /// Unique in the plan.
    pub id: StepId,
    /// Who does it: `architect`, `reviewer`.
    pub role: String,
    /// What is to be reached.
    pub goal: String,
    /// The steps whose results it works with.
    #[serde(default)]
    pub needs: Vec<StepId>,
    /// JSON Schema of its output; text when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Value>,
    /// What the output is, as `validate_output` takes it: `code`, `json`, `markdown`, `text`, `patch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_kind: Option<String>,
    /// The programming language of a `code` output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// How one sees that it is done.
    #[serde(default)]
    pub done_when: Vec<String>,
    /// The model that should do it; advice to the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The model that should do it once an attempt was sent back; advice to the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalate_to: Option<String>,
    /// What one attempt is expected to cost; set aside from the budgets before the step is offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<MicroUsd>,
    /// How many submissions may fail before the run does.
    pub max_attempts: u32,
}
