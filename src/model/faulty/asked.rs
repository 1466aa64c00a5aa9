//! A question as it arrives.

use std::io;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};

const MAX_LINES: usize = 200;
const MAX_BODY_BYTES: usize = 32 << 20;

/// What is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// `POST /v1/chat/completions`.
    OpenAi,
    /// `POST /v1/messages`.
    Anthropic,
    /// `POST /api/chat`.
    Ollama,
}

/// A question.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// How many came before it.
    pub number: u64,
    /// What it was asked in.
    pub protocol: Protocol,
    /// The model.
    pub model: String,
    /// Who the model is to be.
    pub system: String,
    /// What it is to do: the last message.
    pub prompt: String,
    /// Whether the answer is wanted in pieces.
    pub streams: bool,
    /// Whether the usage is wanted, too, where that has to be said.
    pub wants_usage: bool,
    /// Most tokens of the answer.
    pub max_tokens: Option<u64>,
    /// The key of the work, where one came.
    pub idempotency_key: Option<String>,
    /// What it is paid by.
    pub authorization: Option<String>,
    /// All of it.
    pub body: Value,
}

/// A request of HTTP.
pub(super) struct Request {
    /// Method and path.
    line: String,
    /// In lower case, with their values.
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// The request on a connection; `None` where none comes.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Request>> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let mut headers = Vec::new();
    for _ in 0..MAX_LINES {
        let mut header = String::new();
        stream.read_line(&mut header).await?;
        let Some((name, value)) = header.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request {
        line: line.trim_end().to_owned(),
        headers,
        body: Vec::new(),
    };
    let length = request
        .header("content-length")
        .and_then(|length| length.parse().ok());
    request.body = vec![0; length.unwrap_or(0).min(MAX_BODY_BYTES)];
    stream.read_exact(&mut request.body).await?;
    Ok(Some(request))
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    fn protocol(&self) -> Option<Protocol> {
        let path = self.line.strip_prefix("POST ")?.split([' ', '?']).next()?;
        match path {
            _ if path.ends_with("/chat/completions") => Some(Protocol::OpenAi),
            _ if path.ends_with("/messages") => Some(Protocol::Anthropic),
            _ if path.ends_with("/api/chat") => Some(Protocol::Ollama),
            _ => None,
        }
    }
}

impl Asked {
    pub(super) fn of(request: &Request, number: u64) -> Option<Self> {
        let protocol = request.protocol()?;
        let header = |name: &str| request.header(name).map(str::to_owned);
        let body: Value = serde_json::from_slice(&request.body).ok()?;
        let messages = body["messages"].as_array()?;
        let system = messages.iter().find(|message| message["role"] == "system");
        let system = system.map_or_else(|| text(&body["system"]), |message| text(&message["content"]));
        let limits = ["/max_tokens", "/max_completion_tokens", "/options/num_predict"];
        Some(Self {
            number,
            protocol,
            model: body["model"].as_str().unwrap_or_default().to_owned(),
            system,
            prompt: messages
                .last()
                .map_or_else(String::new, |last| text(&last["content"])),
            // Ollama streams unless it is told not to.
            streams: body["stream"].as_bool().unwrap_or(protocol == Protocol::Ollama),
            wants_usage: protocol != Protocol::OpenAi
                || body.pointer("/stream_options/include_usage") == Some(&Value::Bool(true)),
            max_tokens: limits.iter().find_map(|place| body.pointer(place)?.as_u64()),
            idempotency_key: header("idempotency-key"),
            authorization: header("authorization").or_else(|| header("x-api-key")),
            body,
        })
    }
}

/// A text, or the texts among parts.
fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => String::new(),
    }
}
