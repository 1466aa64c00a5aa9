//! One error for whoever uses the library as a whole: a variant per module, each with its code and hint.

use crate::domain::Problem;
use crate::{config, crew, knowledge, mcp, model, ownership, policy, routing, store};

/// What the app and users of the library as a whole get.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call could not be carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The settings are wrong.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// The data directory could not be claimed.
    #[error(transparent)]
    Ownership(#[from] ownership::Error),
    /// The store could not do its job.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A model gave no answer.
    #[error(transparent)]
    Model(#[from] model::Error),
    /// Routing could not answer.
    #[error(transparent)]
    Routing(#[from] routing::Error),
    /// Policy could not judge.
    #[error(transparent)]
    Policy(#[from] policy::Error),
    /// Knowledge could not record or search.
    #[error(transparent)]
    Knowledge(#[from] knowledge::Error),
    /// A crew could not go on.
    #[error(transparent)]
    Crew(#[from] crew::Error),
    /// A transport broke.
    #[error(transparent)]
    Stdio(#[from] mcp::stdio::Error),
    /// Reading, writing or listening failed outside the store.
    #[error("failed to {doing}")]
    Io {
        /// What was tried.
        doing: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl Error {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config(error) => error.code(),
            Self::Ownership(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Model(error) => error.code(),
            Self::Routing(error) => error.code(),
            Self::Policy(error) => error.code(),
            Self::Knowledge(error) => error.code(),
            Self::Crew(error) => error.code(),
            Self::Stdio(error) => error.code(),
            Self::Io { .. } => "io",
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Config(error) => error.hint(),
            Self::Ownership(error) => error.hint().into(),
            Self::Store(error) => error.hint().into(),
            Self::Model(error) => error.hint().into(),
            Self::Routing(error) => error.hint().into(),
            Self::Policy(error) => error.hint().into(),
            Self::Knowledge(error) => error.hint().into(),
            Self::Crew(error) => error.hint(),
            Self::Stdio(error) => error.hint().into(),
            Self::Io { .. } => "Check the path or address and its permissions, then try again.".into(),
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::Config(_) => false,
            Self::Ownership(error) => error.retryable(),
            Self::Store(error) => error.retryable(),
            Self::Model(error) => error.retryable(),
            Self::Routing(error) => error.retryable(),
            Self::Policy(error) => error.retryable(),
            Self::Knowledge(error) => error.retryable(),
            Self::Crew(error) => error.retryable(),
            Self::Stdio(error) => error.retryable(),
            Self::Io { .. } => true,
        }
    }

    /// The error as it is told to a caller, with the chain of causes in one sentence.
    #[must_use]
    pub fn problem(&self) -> Problem {
        Problem {
            code: self.code(),
            message: chain(self),
            hint: self.hint(),
            retryable: self.retryable(),
        }
    }
}

/// An error and what caused it, joined by colons.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}
