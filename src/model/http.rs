//! An embedder behind HTTP: Ollama, or whatever speaks OpenAI's protocol.
//!
//! Only the address in the settings is called: no redirect is followed and no proxy of the environment
//! is used, so that texts go nowhere else. What comes back is bounded in size and time and checked before
//! anybody relies on it.

use std::error::Error as _;
use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Certificate, Client, ClientBuilder, Response, Url, redirect};
use serde::{Deserialize, Serialize};

use super::{ApiKey, Embedder, Endpoint, Error, Kind, Result};
use crate::domain::Scope;

/// Changes when texts are sent in another form, and with them what vectors mean.
const FORM: u32 = 1;

/// How long and how much is waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) connect: Duration,
    pub(super) whole: Duration,
    pub(super) answer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            whole: Duration::from_secs(30),
            answer_bytes: 16 << 20,
        }
    }
}

/// An embedder behind HTTP.
#[derive(Debug)]
pub struct Http {
    id: String,
    kind: Kind,
    url: Url,
    model: String,
    client: Client,
    limits: Limits,
    /// Of the first answer. A model that was exchanged under the same name is noticed by it.
    dimensions: OnceLock<usize>,
}

impl Http {
    /// Prepares calls; nothing is sent yet.
    ///
    /// # Errors
    /// When the address is not one of HTTP, or a key would be sent in the clear.
    pub fn new(endpoint: &Endpoint) -> Result<Self> {
        Self::with_limits(endpoint, Limits::default())
    }

    pub(super) fn with_limits(endpoint: &Endpoint, limits: Limits) -> Result<Self> {
        let url = call_url(endpoint)?;
        Ok(Self {
            id: format!("{}/{}/{FORM}", endpoint.kind.name(), endpoint.model),
            kind: endpoint.kind,
            model: endpoint.model.clone(),
            client: client(&url, endpoint.api_key.as_ref(), limits)?,
            url,
            limits,
            dimensions: OnceLock::new(),
        })
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failed(error))? {
            if body.len() + chunk.len() > self.limits.answer_bytes {
                return Err(self.unusable(format!("it is longer than {} bytes", self.limits.answer_bytes)));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn vectors(&self, body: &[u8]) -> Result<Vec<Vec<f32>>> {
        let vectors = match self.kind {
            Kind::Ollama => serde_json::from_slice(body).map(|answer: OllamaAnswer| answer.embeddings),
            Kind::OpenAi => serde_json::from_slice(body).map(OpenAiAnswer::in_order),
        };
        // The words of the parser may quote the body; where it stopped is enough.
        vectors.map_err(|error| {
            self.unusable(format!(
                "it is not JSON of the expected form, at line {} column {}",
                error.line(),
                error.column()
            ))
        })
    }

    fn checked(&self, texts: usize, vectors: Vec<Vec<f32>>) -> Result<Vec<Vec<f32>>> {
        if vectors.len() != texts {
            return Err(self.unusable(format!("{} vectors for {texts} texts", vectors.len())));
        }
        let first = vectors.first().map_or(0, Vec::len);
        if first == 0 {
            return Err(self.unusable("a vector without dimensions".to_owned()));
        }
        // The parser refuses them as it is set up today; what follows relies on it.
        if !vectors.iter().flatten().all(|value| value.is_finite()) {
            return Err(self.unusable("a number is not finite".to_owned()));
        }
        let expected = *self.dimensions.get_or_init(|| first);
        if let Some(other) = vectors.iter().map(Vec::len).find(|found| *found != expected) {
            return Err(self.unusable(format!("{other} dimensions beside {expected}")));
        }
        Ok(vectors)
    }

    fn failed(&self, error: reqwest::Error) -> Error {
        if error.is_timeout() && !error.is_connect() {
            return Error::Timeout {
                id: self.id.clone(),
                limit: self.limits.whole,
            };
        }
        Error::Unreachable {
            id: self.id.clone(),
            source: Box::new(error.without_url()),
        }
    }

    fn unusable(&self, problem: String) -> Error {
        Error::Answer {
            id: self.id.clone(),
            problem,
        }
    }
}

#[async_trait]
impl Embedder for Http {
    fn id(&self) -> &str {
        &self.id
    }

    async fn embed(&self, _: &Scope, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let question = Question {
            model: &self.model,
            input: texts,
        };
        let question = serde_json::to_vec(&question).map_err(|error| Error::Endpoint {
            problem: error.to_string(),
        })?;
        let request = self.client.post(self.url.clone()).body(question);
        let response = request.send().await.map_err(|error| self.failed(error))?;
        let status = response.status();
        if !status.is_success() {
            return Err(Error::Refused {
                id: self.id.clone(),
                status: status.as_u16(),
            });
        }
        let body = self.body(response).await?;
        self.checked(texts.len(), self.vectors(&body)?)
    }
}

/// Both kinds take the same.
#[derive(Serialize)]
struct Question<'a> {
    model: &'a str,
    input: &'a [&'a str],
}

#[derive(Deserialize)]
struct OllamaAnswer {
    embeddings: Vec<Vec<f32>>,
}

#[derive(Deserialize)]
struct OpenAiAnswer {
    data: Vec<OpenAiItem>,
}

#[derive(Deserialize)]
struct OpenAiItem {
    index: usize,
    embedding: Vec<f32>,
}

impl OpenAiAnswer {
    /// By their index, which must be 0, 1, 2, ..; nothing otherwise, for a gap could be filled by no one.
    fn in_order(mut self) -> Vec<Vec<f32>> {
        self.data.sort_by_key(|item| item.index);
        let complete = self.data.iter().map(|item| item.index).eq(0..self.data.len());
        let items = if complete { self.data } else { Vec::new() };
        items.into_iter().map(|item| item.embedding).collect()
    }
}

/// Where a call goes.
fn call_url(endpoint: &Endpoint) -> Result<Url> {
    let base = base_url(&endpoint.url, endpoint.api_key.is_some())?;
    let path = match endpoint.kind {
        Kind::Ollama => "api/embed",
        // Other clients want `/v1` in the address.
        Kind::OpenAi if base.path().trim_end_matches('/').ends_with("/v1") => "embeddings",
        Kind::OpenAi => "v1/embeddings",
    };
    Ok(below(base, path))
}

/// An address below which calls go; `has_key` when a key goes along.
pub(super) fn base_url(text: &str, has_key: bool) -> Result<Url> {
    let unusable = |problem: &str| Error::Endpoint {
        problem: problem.to_owned(),
    };
    let base = Url::parse(text.trim()).map_err(|error| unusable(&format!("url: {error}")))?;
    if !matches!(base.scheme(), "http" | "https") || !base.has_host() {
        return Err(unusable("url: it has to begin with http:// or https://"));
    }
    if !base.username().is_empty() || base.password().is_some() {
        return Err(unusable(
            "url: a secret does not belong into it; name it in api_key_env",
        ));
    }
    if base.query().is_some() || base.fragment().is_some() {
        return Err(unusable("url: only an address and a path are possible"));
    }
    if has_key && base.scheme() == "http" && !is_this_machine(&base) {
        return Err(unusable("url: a key is sent over https only, or to this machine"));
    }
    Ok(base)
}

/// The address of a call.
pub(super) fn below(base: Url, path: &str) -> Url {
    let mut url = base;
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path.split('/'));
    }
    url
}

/// Whether an address is one of this machine; one that cannot be read is none.
pub(super) fn is_on_this_machine(url: &str) -> bool {
    Url::parse(url.trim()).is_ok_and(|url| is_this_machine(&url))
}

pub(super) fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

pub(super) fn client(url: &Url, api_key: Option<&ApiKey>, limits: Limits) -> Result<Client> {
    let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    if let Some(ApiKey(key)) = api_key {
        let mut value = HeaderValue::try_from(format!("Bearer {key}")).map_err(|_| Error::Endpoint {
            problem: "the key holds characters that cannot be sent".to_owned(),
        })?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    build(url, limits, |builder| builder.default_headers(headers))
}

/// A client for that address alone, with what `more` adds to it.
pub(super) fn build(
    url: &Url,
    limits: Limits,
    more: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<Client> {
    // A second time it fails, and the first provider, which is the same one, stays.
    drop(rustls::crypto::ring::default_provider().install_default());
    // A compressed answer could be of any size.
    let mut builder = Client::builder()
        .connect_timeout(limits.connect)
        .timeout(limits.whole)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .no_gzip();
    if url.scheme() == "http" {
        // A machine without certificates can still talk to itself; loading them takes a while besides.
        builder = builder.tls_certs_only(std::iter::empty::<Certificate>());
    }
    more(builder).build().map_err(|error| Error::Endpoint {
        problem: error
            .source()
            .map_or_else(|| error.to_string(), ToString::to_string),
    })
}
