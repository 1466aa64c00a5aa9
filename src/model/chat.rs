//! The seam to models that answer: one question, one answer, or a [`Failure`] in the words of recovery.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use crate::domain::run::FailureClass;
use crate::domain::{MicroUsd, Scope, Timestamp};

/// A model that answers.
#[async_trait]
pub trait Model: fmt::Debug + Send + Sync {
    /// Provider and model: `ollama/qwen3:8b`.
    fn id(&self) -> &str;

    /// What it costs; `None` where that is not known, which is not free.
    fn prices(&self) -> Option<Prices> {
        None
    }

    /// How many questions stand before one that is asked now; nobody where that is not known.
    fn queue(&self, _now: Timestamp) -> Queue {
        Queue::default()
    }

    /// Asks once. Nothing here tries again: who asks knows what a second try may cost.
    ///
    /// # Errors
    /// A [`Failure`] when there is no answer that can be relied on: also an answer that was cut off, withheld or
    /// empty.
    async fn ask(&self, scope: &Scope, question: &Question) -> Result<Answer, Failure>;
}

/// What stands before a question that is asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue {
    /// Questions that are being answered, or wait.
    pub ahead: u32,
    /// How many are answered at once; all where that is not known.
    pub at_once: u32,
    /// Nothing is asked before.
    pub not_before: Option<Timestamp>,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            ahead: 0,
            at_once: u32::MAX,
            not_before: None,
        }
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
    /// What the answer can be handed in with later, for those who take their time; models answer at once.
    pub token: Option<String>,
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

/// US dollars per million tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prices {
    /// Of the question.
    pub input: f64,
    /// Of the answer.
    pub output: f64,
    /// Of the question, those read from the provider's cache.
    pub cached: f64,
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
