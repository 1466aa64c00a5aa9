//! What is known about a model before it is asked anything.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::TaskType;

/// One row of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelCard {
    /// The name the provider's API takes, unique in the catalogue.
    pub id: String,
    /// Who serves it: `anthropic`, `openai`, `google`, `ollama`.
    pub provider: String,
    /// Whether it runs on the user's own machine.
    #[serde(default)]
    pub local: bool,
    /// Largest prompt and answer together, in tokens.
    pub context_tokens: u64,
    /// US dollars per million input tokens; absent means unknown, which is not free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_usd_per_million: Option<f64>,
    /// US dollars per million output tokens; absent means unknown, which is not free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_usd_per_million: Option<f64>,
    /// Other prices for long prompts, where the provider has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub long_prompt: Option<LongPromptPrice>,
    /// Typical output speed.
    pub output_tokens_per_second: f64,
    /// Typical time to the first output token.
    pub first_token_ms: u64,
    /// What it can do beside text: `tools`, `vision`, `web`, `json`, `long_context`, `reasoning`.
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// Prior probability, in 0..1, that a task of middling difficulty succeeds.
    pub strength: f64,
    /// Where the prior differs for one type of task.
    #[serde(default)]
    pub strengths: BTreeMap<TaskType, f64>,
    /// Where and when the prices were read.
    #[serde(default)]
    pub source: String,
}

/// What a call costs, as a whole, once its prompt is longer than a limit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongPromptPrice {
    /// The limit, in input tokens.
    pub above_tokens: u64,
    /// US dollars per million input tokens.
    pub input_usd_per_million: f64,
    /// US dollars per million output tokens.
    pub output_usd_per_million: f64,
}

impl ModelCard {
    /// What a call costs in US dollars; `None` when a price is unknown. A local model without a price
    /// costs nothing.
    #[must_use]
    pub fn cost_usd(&self, input_tokens: u64, output_tokens: u64) -> Option<f64> {
        let (input, output) = match (
            self.input_usd_per_million,
            self.output_usd_per_million,
            self.long_prompt,
        ) {
            (Some(_), Some(_), Some(long)) if input_tokens > long.above_tokens => {
                (long.input_usd_per_million, long.output_usd_per_million)
            }
            (Some(input), Some(output), _) => (input, output),
            (None, None, _) if self.local => (0.0, 0.0),
            _ => return None,
        };
        Some((input_tokens as f64 * input + output_tokens as f64 * output) / 1e6)
    }

    /// The prior for tasks of this type and middling difficulty.
    #[must_use]
    pub fn strength_at(&self, task_type: TaskType) -> f64 {
        self.strengths.get(&task_type).copied().unwrap_or(self.strength)
    }
}
