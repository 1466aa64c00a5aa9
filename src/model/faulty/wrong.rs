//! Errors as an endpoint words them.

use std::time::Duration;

use super::{Fault, Protocol, anthropic, ollama, openai};

/// A status of HTTP with an error, in the words of OpenAI's protocol.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wrong {
    pub(super) status: u16,
    /// OpenAI's code.
    pub(super) word: &'static str,
    /// Anthropic's type.
    pub(super) kind: &'static str,
    pub(super) message: &'static str,
}

impl Wrong {
    /// The error as the body of an answer.
    pub(super) fn body(&self, protocol: Protocol) -> String {
        match protocol {
            Protocol::OpenAi => openai::error(self),
            Protocol::Anthropic => anthropic::error(self),
            Protocol::Ollama => ollama::error(self),
        }
    }

    /// The error as a piece of an answer.
    pub(super) fn piece(&self, protocol: Protocol) -> String {
        let body = self.body(protocol);
        match protocol {
            Protocol::OpenAi => format!("data: {body}\n\n"),
            Protocol::Anthropic => format!("event: error\ndata: {body}\n\n"),
            Protocol::Ollama => format!("{body}\n"),
        }
    }
}

/// Faults that are a status with an error, and its headers.
pub(super) fn status_of(fault: Fault) -> Option<(Wrong, Vec<(&'static str, String)>)> {
    let wrong = |status, word, kind, message| Wrong {
        status,
        word,
        kind,
        message,
    };
    let wait = |time: Duration| vec![("retry-after", time.as_secs_f64().to_string())];
    Some(match fault {
        Fault::RateLimit(time) => (
            wrong(
                429,
                "rate_limit_exceeded",
                "rate_limit_error",
                "Too many requests, please slow down.",
            ),
            time.map(wait).unwrap_or_default(),
        ),
        Fault::Quota => (
            wrong(
                429,
                "insufficient_quota",
                "insufficient_quota",
                "You exceeded your current quota.",
            ),
            vec![],
        ),
        Fault::PaymentRequired => (
            wrong(402, "payment_required", "billing_error", "Please pay."),
            vec![],
        ),
        Fault::ServerError => (
            wrong(500, "internal_error", "api_error", "Something broke."),
            vec![],
        ),
        Fault::Unavailable(time) => (wrong(503, "unavailable", "api_error", "Come back."), wait(time)),
        Fault::Overloaded => (wrong(529, "overloaded", "overloaded_error", "Overloaded"), vec![]),
        Fault::Unauthorized => (
            wrong(
                401,
                "invalid_api_key",
                "authentication_error",
                "Incorrect API key provided.",
            ),
            vec![],
        ),
        Fault::MissingModel => (
            wrong(404, "model_not_found", "not_found_error", "model \"x\" not found"),
            vec![],
        ),
        Fault::ContextOverflow => (
            wrong(
                400,
                "context_length_exceeded",
                "invalid_request_error",
                "prompt is too long: the maximum context length is 4096 tokens",
            ),
            vec![],
        ),
        Fault::BadRequest => (
            wrong(
                400,
                "invalid_value",
                "invalid_request_error",
                "max_tokens: must be at least 1",
            ),
            vec![],
        ),
        Fault::Redirect => (
            wrong(307, "moved", "invalid_request_error", "Elsewhere."),
            vec![("location", "http://127.0.0.1:1/".to_owned())],
        ),
        _ => return None,
    })
}

/// The error that stands in the place of an answer.
pub(super) fn overloaded() -> Wrong {
    Wrong {
        status: 200,
        word: "server_error",
        kind: "overloaded_error",
        message: "The server is overloaded.",
    }
}
