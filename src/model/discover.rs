//! Which models an endpoint has: asked of Ollama, or of whatever speaks OpenAI's protocol.
//!
//! As with an embedder only the address that was named is called, without redirects and proxies, and no key is
//! sent. Whoever answers there is not trusted: answers are bounded in size, number and time, names that could not
//! be one are left out and counted, and numbers that cannot be are as good as none.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Url};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::time::{Instant, timeout_at};

use super::http::{self, base_url, below, is_this_machine};
use super::{Error, Kind, Result};

/// More models are not asked about one by one.
const MAX_MODELS: usize = 200;
const MAX_NAME_BYTES: usize = 128;
/// No model reads more at once; larger numbers are mistakes.
const MAX_CONTEXT_TOKENS: u64 = 100_000_000;
/// No model is larger.
const MAX_PARAMETERS: u64 = 100_000_000_000_000;
const MAX_CAPABILITIES: usize = 16;

/// How long and how much is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For a connection.
    pub connect: Duration,
    /// For one answer.
    pub answer: Duration,
    /// For all of them. What was not heard by then is left out.
    pub whole: Duration,
    /// The longest answer.
    pub answer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(2),
            answer: Duration::from_secs(5),
            whole: Duration::from_secs(20),
            answer_bytes: 4 << 20,
        }
    }
}

/// What an endpoint has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// What it speaks: `ollama` or `openai`.
    pub protocol: String,
    /// Its address, without a path.
    pub url: String,
    /// Whether that is on this machine.
    pub is_this_machine: bool,
    /// The models, in its order.
    pub models: Vec<FoundModel>,
    /// Entries that were left out: no name, one that cannot be one, or one that was there already.
    pub unusable: usize,
    /// Entries beyond those that are looked at.
    pub beyond: usize,
}

/// A model as its endpoint describes it. What is not said is not guessed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FoundModel {
    /// Its name there.
    pub id: String,
    /// Its largest prompt and answer together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u64>,
    /// How many parameters it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<u64>,
    /// How they are stored: `Q4_K_M`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantization: Option<String>,
    /// What it can do, in the endpoint's words: `completion`, `tools`, `vision`, `thinking`, `embedding`.
    pub capabilities: Vec<String>,
    /// Whether the endpoint only passes it on to somebody else's machine.
    pub is_remote: bool,
    /// Why nothing more is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// Asks the endpoint below `url` what it has: as Ollama, and where that is not understood by OpenAI's protocol.
///
/// # Errors
/// When the address is none, nobody answers there, or what is answered is neither's.
pub async fn discover(url: &str, limits: Limits) -> Result<Found> {
    let asked = Asked::new(url, limits)?;
    let (protocol, listed) = match asked.list_of_ollama().await {
        Ok(listed) => (Kind::Ollama, listed),
        // Somebody is there who speaks something else.
        Err(Error::Refused { .. } | Error::Answer { .. }) => (Kind::OpenAi, asked.list_of_openai().await?),
        Err(error) => return Err(error),
    };
    let total = listed.len();
    let mut found = Found {
        protocol: protocol.name().to_owned(),
        url: asked.base.origin().ascii_serialization(),
        is_this_machine: is_this_machine(&asked.base),
        models: Vec::new(),
        unusable: 0,
        beyond: total.saturating_sub(MAX_MODELS),
    };
    for entry in listed.into_iter().take(MAX_MODELS) {
        match entry {
            Some(model) if found.models.iter().all(|other| other.id != model.id) => found.models.push(model),
            _ => found.unusable += 1,
        }
    }
    if protocol == Kind::Ollama {
        for model in &mut found.models {
            asked.describe(model).await;
        }
    }
    Ok(found)
}

/// Whether `url` is an address on this machine.
///
/// # Errors
/// When it is no address.
pub fn is_on_this_machine(url: &str) -> Result<bool> {
    Ok(is_this_machine(&base_url(url, false)?))
}

/// An endpoint that is being asked.
struct Asked {
    base: Url,
    client: Client,
    limits: Limits,
    until: Instant,
}

impl Asked {
    fn new(url: &str, limits: Limits) -> Result<Self> {
        let base = base_url(url, false)?;
        let of_client = http::Limits {
            connect: limits.connect,
            whole: limits.answer,
            answer_bytes: limits.answer_bytes,
        };
        Ok(Self {
            client: http::client(&base, None, of_client)?,
            base,
            limits,
            until: Instant::now() + limits.whole,
        })
    }

    /// What `GET /api/tags` lists; `None` for an entry that cannot be used.
    async fn list_of_ollama(&self) -> Result<Vec<Option<FoundModel>>> {
        #[derive(Deserialize)]
        struct Tags {
            models: Vec<Value>,
        }
        let url = below(self.base.clone(), "api/tags");
        let tags: Tags = self.answer(self.client.get(url)).await?;
        Ok(tags.models.iter().map(of_tag).collect())
    }

    /// What `GET /v1/models` lists.
    async fn list_of_openai(&self) -> Result<Vec<Option<FoundModel>>> {
        #[derive(Deserialize)]
        struct List {
            data: Vec<Value>,
        }
        let is_below = self.base.path().trim_end_matches('/').ends_with("/v1");
        let path = if is_below { "models" } else { "v1/models" };
        let list: List = self
            .answer(self.client.get(below(self.base.clone(), path)))
            .await?;
        Ok(list.data.iter().map(of_list).collect())
    }

    /// Adds what `POST /api/show` says; without an answer the model stays as it was listed.
    async fn describe(&self, model: &mut FoundModel) {
        let url = below(self.base.clone(), "api/show");
        let question = json!({"model": model.id}).to_string();
        match self
            .answer::<Map<String, Value>>(self.client.post(url).body(question))
            .await
        {
            Ok(shown) => add_shown(model, &shown),
            Err(error) => model.problem = Some(error.to_string()),
        }
    }

    async fn answer<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T> {
        let heard = timeout_at(self.until, self.heard(request)).await;
        let body = heard.unwrap_or_else(|_| {
            Err(Error::Timeout {
                id: self.name(),
                limit: self.limits.whole,
            })
        })?;
        // The words of the parser may quote the body; where it stopped is enough.
        serde_json::from_slice(&body).map_err(|error| {
            self.unusable(format!(
                "it is not JSON of the expected form, at line {} column {}",
                error.line(),
                error.column()
            ))
        })
    }

    async fn heard(&self, request: RequestBuilder) -> Result<Vec<u8>> {
        let mut response = request.send().await.map_err(|error| self.failed(error))?;
        if !response.status().is_success() {
            return Err(Error::Refused {
                id: self.name(),
                status: response.status().as_u16(),
            });
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failed(error))? {
            if body.len() + chunk.len() > self.limits.answer_bytes {
                return Err(self.unusable(format!("it is longer than {} bytes", self.limits.answer_bytes)));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn failed(&self, error: reqwest::Error) -> Error {
        if error.is_timeout() && !error.is_connect() {
            return Error::Timeout {
                id: self.name(),
                limit: self.limits.answer,
            };
        }
        Error::Unreachable {
            id: self.name(),
            source: Box::new(error.without_url()),
        }
    }

    fn unusable(&self, problem: String) -> Error {
        Error::Answer {
            id: self.name(),
            problem,
        }
    }

    fn name(&self) -> String {
        self.base.origin().ascii_serialization()
    }
}

/// An entry of Ollama's list.
fn of_tag(tag: &Value) -> Option<FoundModel> {
    let id = name(tag.get("model").or_else(|| tag.get("name"))?)?;
    let details = tag.get("details");
    let text = |key: &str| name(details?.get(key)?);
    Some(FoundModel {
        // Ollama lists models of its cloud beside those it runs itself.
        is_remote: tag.get("remote_host").is_some_and(is_said)
            || id.ends_with("-cloud")
            || id.ends_with(":cloud"),
        parameters: text("parameter_size").and_then(|size| parameters(&size)),
        quantization: text("quantization_level"),
        id,
        ..FoundModel::default()
    })
}

/// An entry of OpenAI's list. Servers say the context window under different names, when they do.
fn of_list(entry: &Value) -> Option<FoundModel> {
    let window = [
        "context_length",
        "max_model_len",
        "context_window",
        "max_context_length",
    ]
    .iter()
    .find_map(|key| entry.get(key)?.as_u64());
    Some(FoundModel {
        id: name(entry.get("id")?)?,
        context_tokens: window.filter(|tokens| (1..=MAX_CONTEXT_TOKENS).contains(tokens)),
        ..FoundModel::default()
    })
}

fn add_shown(model: &mut FoundModel, shown: &Map<String, Value>) {
    let info = shown.get("model_info").and_then(Value::as_object);
    let number = |of: &dyn Fn(&str) -> bool, most: u64| {
        let mut entries = info?.iter();
        let (_, value) = entries.find(|(key, _)| of(key))?;
        value.as_u64().filter(|number| (1..=most).contains(number))
    };
    // `llama.context_length`: the architecture is in front.
    model.context_tokens = number(&|key| key.ends_with(".context_length"), MAX_CONTEXT_TOKENS);
    let counted = number(&|key| key == "general.parameter_count", MAX_PARAMETERS);
    model.parameters = counted.or(model.parameters);
    let told = shown.get("capabilities").and_then(Value::as_array);
    let told = told.into_iter().flatten().filter_map(name);
    model.capabilities = told.take(MAX_CAPABILITIES).collect();
    model.is_remote |= shown.get("remote_host").is_some_and(is_said);
}

fn is_said(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}

/// A text that can be a name: short, and all of it can be seen.
fn name(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let is_name = !text.is_empty()
        && text.len() <= MAX_NAME_BYTES
        && text
            .chars()
            .all(|c| c.is_ascii_graphic() || (!c.is_ascii() && c.is_alphanumeric()));
    is_name.then(|| text.to_owned())
}

/// `7.6B` or `268.10M` as a number.
fn parameters(size: &str) -> Option<u64> {
    let (number, unit) = size.split_at_checked(size.len().checked_sub(1)?)?;
    let unit = match unit {
        "K" | "k" => 1e3,
        "M" => 1e6,
        "B" => 1e9,
        "T" => 1e12,
        _ => return None,
    };
    let count = number.parse::<f64>().ok()? * unit;
    (count >= 1.0 && count <= MAX_PARAMETERS as f64).then_some(count as u64)
}
