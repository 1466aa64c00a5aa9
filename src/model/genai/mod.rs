//! A model behind one of the protocols that the crate genai speaks.
//!
//! Only the address in the settings is called: no redirect is followed, no proxy and no key of the environment is used.
//! genai is told everything (protocol, address, key, name), so that it guesses nothing. What it does not see, this does:
//! an answer that stops before its end, an error where an answer should be, one that declines, one without end.
//! Nothing that was sent or received is in a failure or a log.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use genai::chat::{ChatOptions, ChatRequest, ChatStreamEvent};
use genai::resolver::{AuthData, Endpoint as Address};
use genai::{Client, ModelIden, ServiceTarget};
use reqwest::Url;
use tokio::time::timeout;

use super::http;
use super::provider::{Provider, ProviderModel, Wire};
use super::{Answer, ApiKey, Error, Failure, Model, Prices, Question, Result};
use crate::domain::Scope;
use crate::domain::run::FailureClass;

mod body;
mod bounded;
mod failure;
mod heard;
mod request;
pub(super) mod retry_after;
mod watch;

use failure::{Trouble, in_words, of_genai};
use heard::{Heard, tokens};
use watch::Watch;

/// How long and how much is waited for, whatever a question allows.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For a connection.
    pub connect: Duration,
    /// For the beginning of an answer: a model may have to be loaded, and the question to be read.
    pub header: Duration,
    /// Between two pieces of an answer.
    pub silence: Duration,
    /// The longest answer as it comes, with all that stands around its text.
    pub answer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            header: Duration::from_mins(5),
            silence: Duration::from_mins(2),
            answer_bytes: 16 << 20,
        }
    }
}

/// No question takes longer.
const WHOLE: Duration = Duration::from_hours(1);

/// A model behind an address.
pub struct Genai {
    id: String,
    client: Client,
    target: ServiceTarget,
    name: String,
    wire: Wire,
    streams: bool,
    takes_schemas: bool,
    prices: Option<Prices>,
    limits: Limits,
}

impl Genai {
    /// The models of a provider, over one client; nothing is sent yet.
    ///
    /// # Errors
    /// When the address is not one of HTTP, or a key would be sent in the clear.
    pub fn all_of(provider: &Provider) -> Result<Vec<Self>> {
        Self::with_limits(provider, Limits::default())
    }

    /// As [`Genai::all_of`], with other limits.
    ///
    /// # Errors
    /// The same.
    pub fn with_limits(provider: &Provider, limits: Limits) -> Result<Vec<Self>> {
        let url = base(provider).map_err(|error| of_provider(provider, error))?;
        let of_client = http::Limits {
            connect: limits.connect,
            // Whoever asks has a limit of its own. This one makes each read look at the time, without which a peer that
            // never pauses would hold the thread.
            whole: WHOLE,
            answer_bytes: limits.answer_bytes,
        };
        let client = Client::builder()
            .with_reqwest(http::build(&url, of_client, |builder| builder)?)
            .build()
            .map_err(|_| Error::Endpoint {
                problem: "kind: genai refuses its settings".to_owned(),
            })
            .map_err(|error| of_provider(provider, error))?;
        let models = provider.models.iter();
        Ok(models
            .map(|model| Self::new(provider, model, &client, &url, limits))
            .collect())
    }

    fn new(provider: &Provider, model: &ProviderModel, client: &Client, url: &Url, limits: Limits) -> Self {
        // Who has no key for a protocol that sends one sends a word that is none.
        let key = provider.api_key.as_ref().map_or("none", |ApiKey(key)| key);
        let adapter = match provider.kind.wire() {
            // The plain one sends no key.
            Wire::Ollama if provider.api_key.is_some() => genai::adapter::AdapterKind::OllamaCloud,
            _ => provider.kind.adapter(),
        };
        Self {
            id: format!("{}/{}", provider.name, model.id),
            client: client.clone(),
            target: ServiceTarget {
                endpoint: Address::from_owned(url.as_str()),
                auth: AuthData::from_single(key),
                model: ModelIden::new(adapter, request::whole_name(&model.id)),
            },
            name: model.id.clone(),
            wire: provider.kind.wire(),
            streams: provider.streams,
            takes_schemas: provider.takes_schemas(),
            prices: model.prices,
            limits,
        }
    }

    async fn hear(&self, question: &Question) -> Result<Heard, Trouble> {
        let watch = Arc::new(Watch::default());
        let asked = request::request(question, self.takes_schemas);
        let options = request::options(
            question,
            self.wire,
            &self.name,
            self.takes_schemas,
            [self.limits.header, self.limits.silence],
            Arc::clone(&watch) as _,
        );
        let heard = async {
            if self.streams {
                self.in_pieces(asked, &options, &watch).await
            } else {
                self.at_once(asked, &options).await
            }
        };
        let in_time = timeout(question.timeout, Box::pin(heard)).await;
        in_time.unwrap_or_else(|_| {
            Err(Trouble::new(
                FailureClass::Timeout,
                in_words(FailureClass::Timeout),
            ))
        })
    }

    async fn in_pieces(
        &self,
        asked: ChatRequest,
        options: &ChatOptions,
        watch: &Watch,
    ) -> Result<Heard, Trouble> {
        let begun = self
            .client
            .exec_chat_stream(self.target.clone(), asked, Some(options));
        let mut stream = begun.await.map_err(|error| of_genai(&error))?.stream;
        let mut heard = Heard::default();
        while let Some(event) = bounded::next(&mut stream, watch, self.limits.answer_bytes).await? {
            match event {
                Ok(ChatStreamEvent::Chunk(chunk)) => heard.text.push_str(&chunk.content),
                Ok(ChatStreamEvent::End(end)) => {
                    heard.tokens = end.captured_usage.as_ref().and_then(tokens);
                    // These two are said to have ended also when they just stopped.
                    heard.ended = end.captured_stop_reason.is_some()
                        || matches!(self.wire, Wire::OpenAi | Wire::Anthropic);
                    heard.stop = end.captured_stop_reason;
                    break;
                }
                Ok(_) => {}
                Err(error) => {
                    // What went by says more than that nothing could be made of it.
                    return Err(watch.seen().trouble().unwrap_or_else(|| of_genai(&error)));
                }
            }
        }
        heard.seen = watch.seen();
        Ok(heard)
    }

    async fn at_once(&self, asked: ChatRequest, options: &ChatOptions) -> Result<Heard, Trouble> {
        let answered = self.client.exec_chat(self.target.clone(), asked, Some(options));
        let response = bounded::whole(answered)
            .await?
            .map_err(|error| of_genai(&error))?;
        let mut heard = Heard {
            text: response.content.joined_texts().unwrap_or_default(),
            ended: response.stop_reason.is_some() || matches!(self.wire, Wire::OpenAi | Wire::Anthropic),
            stop: response.stop_reason,
            tokens: tokens(&response.usage),
            ..Heard::default()
        };
        if let Some(body) = &response.captured_raw_body {
            heard.seen.events = 1;
            heard.seen.note(body);
        }
        Ok(heard)
    }

    fn failure(&self, trouble: &Trouble, tokens: Option<super::Tokens>) -> Failure {
        let status = trouble
            .status
            .map_or_else(String::new, |status| format!(" (HTTP status {status})"));
        Failure {
            class: trouble.class,
            status: trouble.status,
            retry_after: trouble.retry_after,
            message: format!("{}: {}{status}", self.id, trouble.message),
            tokens,
        }
    }
}

#[async_trait]
impl Model for Genai {
    fn id(&self) -> &str {
        &self.id
    }

    fn prices(&self) -> Option<Prices> {
        self.prices
    }

    async fn ask(&self, _: &Scope, question: &Question) -> Result<Answer, Failure> {
        let heard = Box::pin(self.hear(question)).await;
        let heard = heard.map_err(|trouble| self.failure(&trouble, None))?;
        let tokens = heard.tokens;
        let text = heard.text().map_err(|trouble| self.failure(&trouble, tokens))?;
        let cost = tokens
            .zip(self.prices)
            .and_then(|(tokens, prices)| prices.cost(tokens));
        Ok(Answer { text, tokens, cost })
    }
}

impl fmt::Debug for Genai {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Genai")
            .field("id", &self.id)
            .field("prices", &self.prices)
            .finish_non_exhaustive()
    }
}

fn of_provider(provider: &Provider, error: Error) -> Error {
    match error {
        Error::Endpoint { problem } => Error::Endpoint {
            problem: format!("providers.{}.{problem}", provider.name),
        },
        error => error,
    }
}

/// Where calls go: an address without a path gets the usual one of its kind.
fn base(provider: &Provider) -> Result<Url> {
    let mut url = http::base_url(&provider.url, provider.api_key.is_some())?;
    if matches!(url.path(), "" | "/") {
        let usual = http::base_url(provider.kind.usual_url(), false)?;
        url.set_path(usual.path());
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}
