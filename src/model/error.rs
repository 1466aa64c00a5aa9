//! Why a model gave no answer.

use std::time::Duration;

/// What this module returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a model gave no answer. No variant carries a key, or anything that was sent or received.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The settings or the address of an endpoint cannot be used.
    #[error("the endpoint cannot be used: {problem}")]
    Endpoint {
        /// What is wrong.
        problem: String,
    },
    /// Nobody answers there, or the connection broke.
    #[error("{id} cannot be reached")]
    Unreachable {
        /// The embedder.
        id: String,
        /// Why, without the address.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The answer took too long.
    #[error("{id} did not answer within {} s", limit.as_secs_f32())]
    Timeout {
        /// The embedder.
        id: String,
        /// How long was waited.
        limit: Duration,
    },
    /// The endpoint answered with something else than success.
    #[error("{id} answered with HTTP status {status}")]
    Refused {
        /// The embedder.
        id: String,
        /// The status.
        status: u16,
    },
    /// The answer is not what was asked for.
    #[error("the answer of {id} cannot be used: {problem}")]
    Answer {
        /// The embedder.
        id: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Policy stops the call; nothing was sent.
    #[error("policy does not let texts go to {id} (rule {rule}): {why}")]
    Denied {
        /// The embedder.
        id: String,
        /// The rule that stops it.
        rule: String,
        /// Why it does.
        why: String,
    },
}

impl Error {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Endpoint { .. } => "model.endpoint",
            Self::Unreachable { .. } => "model.unreachable",
            Self::Timeout { .. } => "model.timeout",
            Self::Refused { .. } => "model.refused",
            Self::Answer { .. } => "model.answer",
            Self::Denied { .. } => "model.denied",
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Endpoint { .. } => {
                "Mend the settings under [embedder] or [providers]; docs/configuration.md lists them."
            }
            Self::Unreachable { .. } => "Check that the endpoint runs and that embedder.url is its address.",
            Self::Timeout { .. } => {
                "Look at the load of the endpoint; a model that is loading needs a while."
            }
            Self::Refused {
                status: 401 | 403, ..
            } => "Check the key in the variable that embedder.api_key_env names.",
            Self::Refused { status: 404, .. } => {
                "Check embedder.url, and that the endpoint has embedder.model."
            }
            Self::Refused { .. } => "The log of the endpoint says why.",
            Self::Answer { .. } => "Check embedder.kind, and that embedder.model is a model for embeddings.",
            Self::Denied { .. } => {
                "Change the rule, or the address under [embedder]; until then the built-in table places texts."
            }
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Timeout { .. } => true,
            Self::Refused { status, .. } => matches!(status, 408 | 425 | 429 | 500..),
            Self::Endpoint { .. } | Self::Answer { .. } | Self::Denied { .. } => false,
        }
    }
}
