//! Models that are called over the network, in the words of the field. Nothing here is needed: without an
//! endpoint in the settings nothing is called.
//!
//! A [`Model`] answers: [`Genai`] one behind an address. [`discover`] asks an endpoint which models it has. An
//! [`Embedder`] places texts by their meaning. Who uses them decides when they are asked, keeps what they answered, and
//! goes on without them while they are away: nothing here tries again or remembers an answer.

use std::fmt;

use async_trait::async_trait;

use crate::domain::{Destination, Scope};

pub mod chat;
pub mod discover;
mod error;
pub mod faulty;
pub mod genai;
pub mod http;
pub mod limit;
mod models;
mod prices;
pub mod provider;
mod reachable;
pub mod scripted;
pub mod webhook;

pub use self::genai::Genai;
pub use chat::{Answer, Failure, Model, Prices, Question, Queue, Tokens};
pub use error::{Error, Result};
pub use limit::Limited;
pub use models::Models;
pub use provider::{Provider, ProviderKind, ProviderModel, SchemaBy};
pub use reachable::reachable;
pub use webhook::{Courier, Message, Receiver, Secret, Webhook};

/// Places texts by their meaning, so that those which say the same lie close together.
#[async_trait]
pub trait Embedder: fmt::Debug + Send + Sync {
    /// Provider, model, and the version of how they are asked: `ollama/nomic-embed-text/1`. Vectors of
    /// two different ids have nothing in common and must never be compared.
    fn id(&self) -> &str;

    /// One vector for each text, in order. All have the same number of dimensions, in this call and in
    /// every other one of the same embedder, and only finite numbers; their length is not promised to be
    /// one. No text, no call. `scope` says whose texts they are.
    ///
    /// # Errors
    /// When the endpoint cannot be reached, is too slow, refuses, or breaks the promise above, or the texts
    /// must not go there. Then there is no vector for any of the texts.
    async fn embed(&self, scope: &Scope, texts: &[&str]) -> Result<Vec<Vec<f32>>>;
}

/// What goes out to other addresses. Whoever makes the calls has each judged first; a kind of call that is not
/// listed here does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outgoing {
    /// Lessons and questions, to be placed by an [`Embedder`].
    Embed,
    /// What a [`Model`] is asked.
    Ask,
    /// What a [`Receiver`] is told, or asked to do.
    Webhook,
}

impl Outgoing {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Embed, Self::Ask, Self::Webhook];

    /// Its name as that of a tool, for rules and the record.
    #[must_use]
    pub fn tool(self) -> &'static str {
        match self {
            Self::Embed => "embedder",
            Self::Ask => "model",
            Self::Webhook => "webhook",
        }
    }
}

/// The models that are set up.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Who places texts; nobody by default.
    pub embedder: Option<Endpoint>,
    /// Who answers; nobody by default.
    pub providers: Vec<Provider>,
    /// Who is told of what happens; nobody by default.
    pub receivers: Vec<Receiver>,
}

/// A model behind an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// What it speaks.
    pub kind: Kind,
    /// Where it is, without the path of a call: `http://127.0.0.1:11434`.
    pub url: String,
    /// The model's name as the endpoint knows it.
    pub model: String,
    /// Sent as a bearer token.
    pub api_key: Option<ApiKey>,
}

impl Endpoint {
    /// What is sent there goes to a model on this machine, or to somebody else's.
    #[must_use]
    pub fn destination(&self) -> Destination {
        destination(&self.url)
    }
}

/// What is sent to that address goes to a model on this machine, or to somebody else's.
#[must_use]
pub fn destination(url: &str) -> Destination {
    if http::is_on_this_machine(url) {
        Destination::ModelLocal
    } else {
        Destination::ModelRemote
    }
}

/// What an endpoint speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Ollama's own protocol, `POST /api/embed`.
    Ollama,
    /// OpenAI's, which many others speak, `POST /v1/embeddings`.
    OpenAi,
}

impl Kind {
    /// As it is written in settings and ids.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ollama => "ollama",
            Self::OpenAi => "openai",
        }
    }

    /// Where it is when nobody says otherwise.
    #[must_use]
    pub fn usual_url(self) -> &'static str {
        match self {
            Self::Ollama => "http://127.0.0.1:11434",
            Self::OpenAi => "https://api.openai.com",
        }
    }
}

/// A secret: it can be sent, but not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Keeps `key`.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(..)")
    }
}

#[cfg(test)]
mod tests;
