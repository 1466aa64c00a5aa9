//! What every HTTP request passes before anything is done with it: whom it is for, who sent it, how
//! large it is, how long it takes, and whether it is JSON-RPC at all.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN, RETRY_AFTER};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use rmcp::model::{ErrorCode, ErrorData};

use super::http::{App, Settings};
use super::lines::{Envelope, Outgoing, refusal};

/// Seconds after which a client that found the server full should try again.
const RETRY_AFTER_S: HeaderValue = HeaderValue::from_static("5");

/// The names this server answers to, and the web pages that may use it.
///
/// A page on any site can send requests to a server on the visitor's own machine, under the visitor's
/// address or, by DNS rebinding, under the page's own. The first shows in `Origin`, the second in `Host`.
#[derive(Debug)]
pub(crate) struct Doors {
    hosts: Vec<(String, Option<u16>)>,
    origins: Vec<Origin>,
}

/// `scheme://host:port`; no port stands for any.
#[derive(Debug, PartialEq)]
struct Origin {
    scheme: String,
    host: String,
    port: Option<u16>,
}

impl Doors {
    pub(crate) fn new(settings: &Settings) -> Self {
        let host = |text: &String| {
            let authority: Option<Authority> = text.parse().ok();
            authority.map_or_else(
                || (plain_host(text), None),
                |authority| (plain_host(authority.host()), authority.port_u16()),
            )
        };
        Self {
            hosts: settings.allowed_hosts.iter().map(host).collect(),
            origins: settings
                .allowed_origins
                .iter()
                .filter_map(|text| allowed_origin(text))
                .collect(),
        }
    }

    fn admit(&self, headers: &HeaderMap) -> Result<(), (StatusCode, &'static str)> {
        let Some(host) = only(headers, HOST).and_then(host_of) else {
            return Err((StatusCode::BAD_REQUEST, "exactly one valid Host header is needed"));
        };
        let name = plain_host(host.host());
        let is_ours = |(allowed, port): &(String, Option<u16>)| {
            *allowed == name && port.is_none_or(|port| host.port_u16() == Some(port))
        };
        if !self.hosts.iter().any(is_ours) {
            return Err((
                StatusCode::FORBIDDEN,
                "this Host is not served here; see allowed_hosts",
            ));
        }
        if !headers.contains_key(ORIGIN) {
            return Ok(());
        }
        let origin = only(headers, ORIGIN).and_then(origin);
        let is_allowed = |allowed: &Origin, origin: &Origin| {
            allowed.scheme == origin.scheme
                && allowed.host == origin.host
                && (allowed.port.is_none() || allowed.port == origin.port)
        };
        match origin {
            Some(origin) if self.origins.iter().any(|allowed| is_allowed(allowed, &origin)) => Ok(()),
            _ => Err((
                StatusCode::FORBIDDEN,
                "this Origin may not use the server; see allowed_origins",
            )),
        }
    }
}

/// Refuses requests under foreign names and from foreign pages, on every route.
pub(crate) async fn doors(State(app): State<App>, request: Request, next: Next) -> Response {
    match app.doors.admit(request.headers()) {
        Ok(()) => next.run(request).await,
        Err((status, why)) => {
            tracing::warn!(status = status.as_u16(), why, "refused a request");
            answer(status, ErrorCode::INVALID_REQUEST, why)
        }
    }
}

/// Reads a posted message whole, within its limits, and answers what is no message itself. The request
/// counts as running until its answer is delivered to the last byte.
pub(crate) async fn messages(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let running = app.running.token();
    let (parts, body) = request.into_parts();
    let body = match read(body, &app).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let is_json = is_json(&parts.headers);
    let envelope = match serde_json::from_slice::<Envelope>(&body) {
        Ok(envelope) => envelope,
        Err(error) if is_json => return reply(StatusCode::BAD_REQUEST, &refusal(&body, &error)),
        Err(_) => Envelope::default(),
    };
    let opens =
        envelope.method.as_deref() == Some("initialize") && !parts.headers.contains_key("mcp-session-id");
    let _opening = if opens && parts.uri.path() == "/mcp" {
        let opening = app.opening.token();
        if app.open_sessions().await + app.opening.len() > app.settings.max_sessions {
            return full("the server has all the sessions it may have");
        }
        Some(opening)
    } else {
        None
    };
    let response = next
        .run(Request::from_parts(parts, Body::from(body.clone())))
        .await;
    if response.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE && is_json {
        // rmcp says 415 also for JSON that is no message.
        let error = serde::de::Error::custom("it has no method, result or error that MCP knows");
        return reply(StatusCode::BAD_REQUEST, &refusal(&body, &error));
    }
    response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _delivering = &running;
            frame
        }))
    })
}

/// The answer when there is no room: try again later.
pub(crate) fn full(why: &'static str) -> Response {
    tracing::warn!(why, "refused a client");
    let mut response = answer(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::INTERNAL_ERROR, why);
    response.headers_mut().insert(RETRY_AFTER, RETRY_AFTER_S);
    response
}

/// An error as the JSON-RPC that every client of these routes can read.
pub(crate) fn answer(status: StatusCode, code: ErrorCode, why: impl Into<String>) -> Response {
    reply(
        status,
        &Outgoing::error(ErrorData::new(code, why.into(), None), None),
    )
}

/// A message as the body of a response.
pub(crate) fn reply(status: StatusCode, message: &Outgoing) -> Response {
    (status, axum::Json(message)).into_response()
}

/// A message that could not be read.
#[derive(Debug)]
pub(crate) struct Unread {
    /// With which status that is told.
    pub(crate) status: StatusCode,
    /// In words.
    pub(crate) why: String,
}

async fn read(body: Body, app: &App) -> Result<Bytes, Response> {
    whole(body, app).await.map_err(|Unread { status, why }| {
        if status == StatusCode::SERVICE_UNAVAILABLE {
            return full(STOPS);
        }
        answer(status, ErrorCode::INVALID_REQUEST, why)
    })
}

const STOPS: &str = "the server stops";

/// All of a body, within its limits.
pub(crate) async fn whole(body: Body, app: &App) -> Result<Bytes, Unread> {
    let unread = |status, why: String| Err(Unread { status, why });
    let limit = app.settings.body_limit_bytes;
    let too_large = || {
        let why = format!("the message is larger than {limit} bytes; send a part of it, or a summary");
        unread(StatusCode::PAYLOAD_TOO_LARGE, why)
    };
    if body.size_hint().lower() > limit as u64 {
        return too_large();
    }
    let whole = Limited::new(body, limit).collect();
    let patience = Duration::from_secs(app.settings.body_timeout_s);
    let read = tokio::select! {
        read = tokio::time::timeout(patience, whole) => read,
        () = app.last_words() => return unread(StatusCode::SERVICE_UNAVAILABLE, STOPS.to_owned()),
    };
    match read {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => too_large(),
        Ok(Err(error)) => unread(StatusCode::BAD_REQUEST, format!("the message broke off: {error}")),
        Err(_) => unread(
            StatusCode::REQUEST_TIMEOUT,
            "the message did not arrive in time".to_owned(),
        ),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let essence = only(headers, CONTENT_TYPE).and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

/// The header's value when it is there once and is text.
fn only(headers: &HeaderMap, name: impl axum::http::header::AsHeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// What a Host header names; a user's name has no place in one (RFC 9110, section 7.2).
fn host_of(text: &str) -> Option<Authority> {
    text.parse().ok().filter(|_| !text.contains('@'))
}

fn plain_host(host: &str) -> String {
    host.trim_start_matches('[')
        .trim_end_matches(']')
        .to_ascii_lowercase()
}

/// An origin as a browser sends it; without a port it means its scheme's (RFC 6454, section 6.2).
fn origin(text: &str) -> Option<Origin> {
    let uri: Uri = text.trim().parse().ok()?;
    let scheme = uri.scheme_str()?.to_ascii_lowercase();
    let default = match scheme.as_str() {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    };
    let authority = uri.authority()?;
    Some(Origin {
        host: plain_host(authority.host()),
        port: authority.port_u16().or(default),
        scheme,
    })
}

/// An origin as it is configured: `:*` stands for any port.
fn allowed_origin(text: &str) -> Option<Origin> {
    let read = match text.trim().strip_suffix(":*") {
        Some(base) => origin(base).map(|origin| Origin { port: None, ..origin }),
        None => origin(text),
    };
    if read.is_none() {
        tracing::warn!(
            origin = text,
            "an allowed origin is not scheme://host:port and admits nobody"
        );
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &str)], expected: u16) {
        let settings = Settings {
            allowed_origins: vec!["https://app.example".into(), "http://localhost:*".into()],
            ..Settings::default()
        };
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_str(value).unwrap());
        }
        let status = Doors::new(&settings)
            .admit(&map)
            .err()
            .map_or(200, |(status, _)| status.as_u16());
        assert_eq!(status, expected, "{headers:?}");
    }

    #[test]
    fn only_our_own_names_are_answered() {
        for host in ["localhost", "127.0.0.1:8765", "[::1]:8765", "LocalHost:1"] {
            check(&[("host", host)], 200);
        }
        check(&[("host", "user@localhost")], 400);
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:80",
        ] {
            check(&[("host", host)], 403);
        }
        check(&[], 400);
        check(&[("host", "localhost"), ("host", "evil.example")], 400);
        check(&[("host", "a b")], 400);
    }

    #[test]
    fn only_allowed_pages_are_served() {
        for origin in [
            "https://app.example",
            "https://app.example:443",
            "http://localhost:3000",
        ] {
            check(&[("host", "localhost"), ("origin", origin)], 200);
        }
        for origin in [
            "https://app.example:444",
            "http://app.example",
            "null",
            "",
            "https://app.example.evil",
            "x",
        ] {
            check(&[("host", "localhost"), ("origin", origin)], 403);
        }
        check(
            &[
                ("host", "localhost"),
                ("origin", "https://app.example"),
                ("origin", "https://evil.example"),
            ],
            403,
        );
    }
}
