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
    /// US dollars per million input tokens that the provider has in its prompt cache; absent counts them at
    /// the full price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_input_usd_per_million: Option<f64>,
    /// US dollars per million tokens of hidden reasoning; absent means the price of the output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_usd_per_million: Option<f64>,
    /// Tokens of hidden reasoning for each token of the answer that is expected before any usage was reported; 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reasoning_tokens: f64,
    /// Bytes of text for one token, by rule of thumb; 4.
    #[serde(default = "four", skip_serializing_if = "is_four")]
    pub bytes_per_token: f64,
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
    /// The class of models it is thought to be of: where its strengths come from when the row has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
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
    /// US dollars per million input tokens from the prompt cache; absent counts them at the full price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_input_usd_per_million: Option<f64>,
}

/// The tokens of one call.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tokens {
    /// Of the prompt, those from the cache not counted.
    pub input: u64,
    /// Of the prompt, from the provider's cache.
    pub cached: u64,
    /// Of the answer.
    pub output: u64,
    /// Of hidden reasoning.
    pub reasoning: u64,
}

impl ModelCard {
    /// What a call costs in US dollars; `None` when a price is unknown. A local model without a price
    /// costs nothing.
    #[must_use]
    pub fn cost_usd(&self, input: u64, output: u64) -> Option<f64> {
        self.cost_of(Tokens {
            input,
            output,
            ..Tokens::default()
        })
    }

    /// What a call with these tokens costs in US dollars; `None` when a price is unknown.
    #[must_use]
    pub fn cost_of(&self, tokens: Tokens) -> Option<f64> {
        let prompt = tokens.input.saturating_add(tokens.cached);
        let (input, cached, output) = match (
            self.input_usd_per_million,
            self.output_usd_per_million,
            self.long_prompt,
        ) {
            (Some(_), Some(_), Some(long)) if prompt > long.above_tokens => (
                long.input_usd_per_million,
                long.cached_input_usd_per_million,
                long.output_usd_per_million,
            ),
            (Some(input), Some(output), _) => (input, self.cached_input_usd_per_million, output),
            (None, None, _) if self.local => (0.0, None, 0.0),
            _ => return None,
        };
        let cached = cached.unwrap_or(input);
        let reasoning = self.reasoning_usd_per_million.unwrap_or(output);
        let sum = tokens.input as f64 * input
            + tokens.cached as f64 * cached
            + tokens.output as f64 * output
            + tokens.reasoning as f64 * reasoning;
        Some(sum / 1e6)
    }

    /// About how many tokens so many bytes of text are.
    #[must_use]
    pub fn tokens_of(&self, bytes: usize) -> u64 {
        (bytes as f64 / self.bytes_per_token).ceil() as u64
    }

    /// The prior for tasks of this type and middling difficulty.
    #[must_use]
    pub fn strength_at(&self, task_type: TaskType) -> f64 {
        self.strengths.get(&task_type).copied().unwrap_or(self.strength)
    }
}

fn four() -> f64 {
    4.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_four(number: &f64) -> bool {
    *number == 4.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(number: &f64) -> bool {
    *number == 0.0
}
