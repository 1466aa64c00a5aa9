//! What is said to a request that is turned away: a status, and JSON-RPC that carries a code and a hint.

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rmcp::model::{ErrorCode, ErrorData};
use serde_json::json;

use super::turned_away::turned_away;
use crate::mcp::lines::Outgoing;

/// Seconds after which a client that found the server full should try again.
const RETRY_AFTER_S: HeaderValue = HeaderValue::from_static("5");

/// Why a request is not taken.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// There is no Host, or more than one, or it is none.
    NoHost,
    /// It is for another name than ours.
    Host,
    /// It comes from a page that may not call.
    Origin,
    /// It does not show the token it has to.
    NoToken,
    /// It shows a token that is not the one.
    BadToken,
    /// It came through a proxy, and no token is looked at.
    Forwarded,
    /// A header that says one thing is there twice, or is no text.
    Header(&'static str),
    /// It is larger than this many bytes.
    TooLarge(usize),
    /// It did not arrive in time.
    TooSlow,
    /// It did not arrive whole.
    Broken(String),
    /// The server stops.
    Stops,
    /// There is no room, and for what.
    Full(&'static str),
    /// Nobody has this session, or somebody else.
    UnknownSession,
    /// The session is over.
    SessionEnded,
    /// Nothing is served at this path.
    Nothing,
    /// What the transport refuses, in its own words.
    Transport(StatusCode, String),
}

impl Refusal {
    /// With which status it is told.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NoHost | Self::Header(_) | Self::Broken(_) => StatusCode::BAD_REQUEST,
            Self::Host | Self::Origin | Self::Forwarded => StatusCode::FORBIDDEN,
            Self::NoToken | Self::BadToken => StatusCode::UNAUTHORIZED,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Stops | Self::Full(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::UnknownSession | Self::Nothing => StatusCode::NOT_FOUND,
            Self::SessionEnded => StatusCode::GONE,
            Self::Transport(status, _) => *status,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoHost | Self::Host => "http.host",
            Self::Origin => "http.origin",
            Self::NoToken | Self::BadToken | Self::Forwarded => "http.token",
            Self::Header(_) => "http.header",
            Self::TooLarge(_) => "http.too_large",
            Self::TooSlow => "http.too_slow",
            Self::Broken(_) => "http.broken",
            Self::Stops => "http.stops",
            Self::Full(_) => "http.full",
            Self::UnknownSession | Self::SessionEnded => "http.session",
            Self::Nothing => "http.path",
            Self::Transport(StatusCode::UNSUPPORTED_MEDIA_TYPE, _) => "http.content_type",
            Self::Transport(StatusCode::NOT_ACCEPTABLE, _) => "http.accept",
            Self::Transport(StatusCode::METHOD_NOT_ALLOWED, _) => "http.method",
            Self::Transport(..) => "http.transport",
        }
    }

    /// In words.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::NoHost => "exactly one valid Host header is needed".to_owned(),
            Self::Host => "this Host is not served here; see allowed_hosts".to_owned(),
            Self::Origin => "this Origin may not use the server; see allowed_origins".to_owned(),
            Self::NoToken => "this server wants its token".to_owned(),
            Self::BadToken => "this is not the token of this server".to_owned(),
            Self::Forwarded => "a proxy is in front, and this server looks at no token".to_owned(),
            Self::Header(name) => format!("the header {name} is there more than once, or is no text"),
            Self::TooLarge(limit) => format!("the message is larger than {limit} bytes"),
            Self::TooSlow => "the message did not arrive in time".to_owned(),
            Self::Broken(why) => format!("the message broke off: {why}"),
            Self::Stops => "the server stops".to_owned(),
            Self::Full(why) => (*why).to_owned(),
            Self::UnknownSession => "there is no such session".to_owned(),
            Self::SessionEnded => "the session has ended".to_owned(),
            Self::Nothing => "there is nothing here; MCP is at /mcp".to_owned(),
            Self::Transport(_, why) => why.clone(),
        }
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::NoHost => "Send one Host header with the name under which the server is reached.",
            Self::Host => "Use localhost or 127.0.0.1, or add the name to http.allowed_hosts.",
            Self::Origin => "Add the page's origin, as scheme://host:port, to http.allowed_origins.",
            Self::NoToken | Self::BadToken => {
                "Send `Authorization: Bearer TOKEN`; `firstmate token` shows it on the server's machine."
            }
            Self::Forwarded => "Set http.token to \"required\", and send what `firstmate token` shows.",
            Self::Header(_) => "Send it once, in visible ASCII.",
            Self::TooLarge(_) => "Send a part of it, or a summary.",
            Self::TooSlow | Self::Broken(_) => "Send it again, whole.",
            Self::Stops | Self::Full(_) => "Try again after the seconds that Retry-After names.",
            Self::UnknownSession | Self::SessionEnded => {
                "Open one: send initialize to /mcp without a session id, or get /sse."
            }
            Self::Nothing => "Post to /mcp, or get /sse.",
            Self::Transport(StatusCode::UNSUPPORTED_MEDIA_TYPE, _) => "Send Content-Type: application/json.",
            Self::Transport(StatusCode::NOT_ACCEPTABLE, _) => {
                "Send Accept: application/json, text/event-stream when posting, text/event-stream when listening."
            }
            Self::Transport(StatusCode::METHOD_NOT_ALLOWED, _) => {
                "Post messages; get and delete are for sessions."
            }
            Self::Transport(..) => "See docs/security.md for what the server takes over HTTP.",
        }
    }

    fn rpc_code(&self) -> ErrorCode {
        match self {
            Self::Header(_) => ErrorCode::HEADER_MISMATCH,
            refusal if refusal.status().is_server_error() => ErrorCode::INTERNAL_ERROR,
            _ => ErrorCode::INVALID_REQUEST,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code) = (self.status(), self.code());
        if let Some(times) = turned_away(code) {
            tracing::warn!(status = status.as_u16(), code, times, "refused a request");
        }
        let data = json!({"code": code, "hint": self.hint()});
        let error = ErrorData::new(self.rpc_code(), self.message(), Some(data));
        let mut response = reply(status, &Outgoing::error(error, None));
        let headers = response.headers_mut();
        match self {
            Self::Full(_) | Self::Stops => drop(headers.insert(RETRY_AFTER, RETRY_AFTER_S)),
            Self::NoToken => {
                let wanted = HeaderValue::from_static("Bearer realm=\"firstmate\"");
                drop(headers.insert(WWW_AUTHENTICATE, wanted));
            }
            Self::BadToken => {
                let wanted = HeaderValue::from_static("Bearer realm=\"firstmate\", error=\"invalid_token\"");
                drop(headers.insert(WWW_AUTHENTICATE, wanted));
            }
            _ => {}
        }
        response
    }
}

/// A message as the body of a response.
pub(crate) fn reply(status: StatusCode, message: &Outgoing) -> Response {
    (status, axum::Json(message)).into_response()
}
