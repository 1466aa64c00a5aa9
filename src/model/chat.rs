//! The seam to models that answer: one question, one answer, or a [`Failure`] in the words of recovery.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use crate::domain::run::FailureClass;
use crate::domain::{MicroUsd, Scope};

/// A model that answers.
#[async_trait]
pub trait Model: fmt::Debug + Send + Sync {
    /// Provider and model: `ollama/qwen3:8b`.
    fn id(&self) -> &str;

    /// Asks once. Nothing here tries again: who asks knows what a second try may cost.
    ///
    /// # Errors
    /// A [`Failure`] when there is no answer that can be relied on: also an answer that was cut off, withheld or
    /// empty.
    async fn ask(&self, scope: &Scope, question: &Question) -> Result<Answer, Failure>;

    /// What it costs, where that is known.
    fn prices(&self) -> Option<Prices> {
        None
    }
}

/// What a model is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Who it is and how it answers.
    pub system: String,
    /// What it is to do, with everything it works with.
    pub prompt: String,
    /// JSON Schema of the answer, for models that can be held to one; others are told of it in the prompt.
    pub schema: Option<Value>,
    /// Most tokens of the answer.
    pub max_tokens: u32,
    /// How long is waited for all of it.
    pub timeout: Duration,
    /// The same for the same work, so that an endpoint that knows such keys does it once: `run/step/attempt`.
    pub idempotency_key: String,
}

/// What a model answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The text, not empty.
    pub text: String,
    /// What the endpoint says it took; absent where it does not say.
    pub tokens: Option<Tokens>,
    /// What that costs by the price table; absent where price or usage are not known.
    pub cost: Option<MicroUsd>,
}

/// Tokens of one call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Of the question, with those that were cached.
    pub input: u64,
    /// Of the question, those read from the provider's cache.
    pub cached: u64,
    /// Of the answer, with those of reasoning.
    pub output: u64,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure it is: decides what is done about it.
    pub class: FailureClass,
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// How long the endpoint asks to be left alone.
    pub retry_after: Option<Duration>,
    /// In words, without anything that was sent or received.
    pub message: String,
    /// What it took nevertheless, where the endpoint says so.
    pub tokens: Option<Tokens>,
}

/// What tokens cost, in US dollars per million.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Prices {
    /// Of the question.
    pub input: f64,
    /// Of the answer.
    pub output: f64,
    /// Of the question, read from the provider's cache.
    pub cached: f64,
}

impl Prices {
    /// What a call costs that took so many tokens, rounded up to a millionth of a dollar.
    #[must_use]
    pub fn cost(&self, tokens: Tokens) -> MicroUsd {
        let count = |n: u64| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
        let fresh = count(tokens.input.saturating_sub(tokens.cached));
        let micro =
            fresh * self.input + count(tokens.cached) * self.cached + count(tokens.output) * self.output;
        // Dollars per million tokens are millionths of a dollar per token.
        MicroUsd::from_usd(micro.max(0.0).ceil() / 1e6).unwrap_or(MicroUsd(u64::MAX))
    }
}

/// Models by their names: `provider/model`.
#[derive(Debug, Clone, Default)]
pub struct Models {
    by_name: BTreeMap<String, Arc<dyn Model>>,
}

impl Models {
    /// These models, by what they call themselves.
    #[must_use]
    pub fn new(models: impl IntoIterator<Item = Arc<dyn Model>>) -> Self {
        Self {
            by_name: models
                .into_iter()
                .map(|model| (model.id().to_owned(), model))
                .collect(),
        }
    }

    /// The model of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Arc<dyn Model>> {
        self.by_name.get(name).cloned()
    }

    /// All names, in order.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.by_name.keys().map(String::as_str).collect()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }
}
