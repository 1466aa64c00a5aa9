//! Receivers of webhooks: who is told of what happens in runs, or does a step, somewhere else.
//!
//! Messages are JSON, signed as Standard Webhooks has it (`secret.rs`). Only the address in the settings is called, and
//! only where it may lie (`reach.rs`): no redirect is followed, no proxy of the environment is used, and what comes back is bounded
//! in time and size. Nothing here tries again: who sends keeps what is to be sent.

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::{Client, Response, StatusCode, Url, header};

use super::genai::retry_after;
use super::http::{self, Limits};
use super::{Error, Failure, Result};
use crate::clock::Clock;
use crate::domain::run::FailureClass;
use crate::domain::{RunId, Scope, Topic};

mod callbacks;
mod reach;
pub mod schedule;
pub mod secret;
mod step;

pub use callbacks::{Callbacks, Handed};
use reach::Forbidden;
pub use schedule::Schedule;
pub use secret::Secret;
pub use step::{Doer, doer, is_doer};

/// How long a receiver may take to say that it has a message.
const WHOLE: Duration = Duration::from_secs(15);
const CONNECT: Duration = Duration::from_secs(5);
/// Longest answer that is read.
const MAX_ANSWER: usize = 2 << 20;

/// A receiver as the settings name it.
#[derive(Debug, Clone, PartialEq)]
pub struct Receiver {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// What messages to it are signed with.
    pub secret: Secret,
    /// What it is told of.
    pub topics: Vec<Topic>,
    /// Whether it may be on this machine or in a private network.
    pub allow_private: bool,
    /// Whether it is told what steps came to, and not only their digests.
    pub include_outputs: bool,
    /// When a message is sent again that it did not take.
    pub schedule: Schedule,
}

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The same for the same message, so that a receiver can tell that it has it.
    pub id: String,
    /// The run that it is about.
    pub run: RunId,
    /// The JSON.
    pub body: String,
}

/// Brings messages to one receiver.
#[async_trait]
pub trait Courier: fmt::Debug + Send + Sync {
    /// Brings one, once; done when the receiver says that it has it.
    ///
    /// # Errors
    /// A [`Failure`] when that is not known. Of status 410 the receiver wants no more messages at all.
    async fn bring(&self, scope: &Scope, message: &Message) -> Result<(), Failure>;
}

/// A receiver behind HTTP.
#[derive(Debug, Clone)]
pub struct Webhook {
    name: String,
    url: Url,
    secret: Secret,
    client: Client,
    clock: Arc<dyn Clock>,
}

/// What a receiver said to a message that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// 200 to 299.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Webhook {
    /// Prepares calls; nothing is sent yet.
    ///
    /// # Errors
    /// When the address is none that may be called.
    pub fn new(receiver: &Receiver, clock: Arc<dyn Clock>) -> Result<Self> {
        let name = &receiver.name;
        let (url, reach) =
            reach::read(&receiver.url, receiver.allow_private).map_err(|problem| Error::Endpoint {
                problem: format!("webhooks.{name}: {problem}"),
            })?;
        let limits = Limits {
            connect: CONNECT,
            whole: WHOLE,
            answer_bytes: MAX_ANSWER,
        };
        Ok(Self {
            client: http::build(&url, limits, |builder| builder.dns_resolver(Arc::new(reach)))?,
            name: name.clone(),
            url,
            secret: receiver.secret.clone(),
            clock,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Sends a message once and reads at most `most` bytes of what is said to it, for which there is time until `wait` is over.
    ///
    /// # Errors
    /// A [`Failure`] for everything but a status of 200 to 299.
    pub async fn post(&self, id: &str, body: &str, wait: Duration, most: usize) -> Result<Said, Failure> {
        let timestamp = self.clock.now().as_second();
        let request = self
            .client
            .post(self.url.clone())
            .timeout(wait)
            .header(header::CONTENT_TYPE, "application/json")
            .header(
                header::USER_AGENT,
                concat!("firstmate/", env!("CARGO_PKG_VERSION")),
            )
            .header(secret::ID, id)
            .header(secret::TIMESTAMP, timestamp)
            .header(
                secret::SIGNATURE,
                self.secret.sign(id, timestamp, body.as_bytes()),
            )
            .body(body.to_owned());
        let response = request.send().await.map_err(|error| self.broke(&error))?;
        let status = response.status();
        if !status.is_success() {
            return Err(self.refused(&response));
        }
        Ok(Said {
            status: status.as_u16(),
            body: self.read(response, most).await?,
        })
    }

    async fn read(&self, mut response: Response, most: usize) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        while most > 0
            && let Some(chunk) = response.chunk().await.map_err(|error| self.broke(&error))?
        {
            if body.len() + chunk.len() > most.min(MAX_ANSWER) {
                let why = format!("its answer is longer than {} bytes", most.min(MAX_ANSWER));
                return Err(self.failure(FailureClass::BadAnswer, None, &why));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn refused(&self, response: &Response) -> Failure {
        let status = response.status();
        let (class, why) = match status.as_u16() {
            300..=399 => (
                FailureClass::BadRequest,
                "it points elsewhere, and is not followed",
            ),
            401 | 403 | 407 => (FailureClass::Authentication, "it does not let us in"),
            404 => (FailureClass::MissingModel, "there is nothing at its address"),
            410 => (FailureClass::MissingModel, "it wants no more messages"),
            408 => (FailureClass::Timeout, "it was not read in time"),
            413 => (FailureClass::ContextOverflow, "the message is too large for it"),
            429 => (FailureClass::RateLimited, "it is told too often"),
            409 | 425 | 500.. => (FailureClass::Overloaded, "it is in trouble"),
            _ => (FailureClass::BadRequest, "it takes the message for wrong"),
        };
        Failure {
            retry_after: retry_after::in_headers(response.headers()),
            ..self.failure(class, Some(status), why)
        }
    }

    fn broke(&self, error: &reqwest::Error) -> Failure {
        let mut cause = error.source();
        let mut forbidden = None;
        while let (Some(next), None) = (cause, forbidden) {
            forbidden = next.downcast_ref::<Forbidden>();
            cause = next.source();
        }
        match forbidden {
            Some(why) => self.failure(FailureClass::BadRequest, None, &why.to_string()),
            None if error.is_timeout() && !error.is_connect() => {
                self.failure(FailureClass::Timeout, None, "there was no answer in time")
            }
            None => self.failure(
                FailureClass::Connection,
                None,
                "nobody answers, or the connection broke",
            ),
        }
    }

    pub(super) fn failure(&self, class: FailureClass, status: Option<StatusCode>, why: &str) -> Failure {
        let status = status.map(|status| status.as_u16());
        let shown = status
            .map(|status| format!(" (HTTP {status})"))
            .unwrap_or_default();
        Failure {
            class,
            status,
            retry_after: None,
            message: format!("webhook `{}`: {why}{shown}", self.name),
            tokens: None,
        }
    }
}

#[async_trait]
impl Courier for Webhook {
    async fn bring(&self, _: &Scope, message: &Message) -> Result<(), Failure> {
        self.post(&message.id, &message.body, WHOLE, 0).await.map(drop)
    }
}

#[cfg(test)]
mod tests;
