//! What every HTTP request passes before anything is done with it: whom it is for, who sent it, how
//! large it is, how long it takes, and whether it is JSON-RPC at all.

use std::sync::Arc;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::{StreamExt as _, stream};
use http_body_util::{BodyExt, Limited};
use rmcp::model::{RequestId, ServerResult, SubscriptionsListenResult};

use super::App;
use super::bearer::Caller;
use super::body::whole;
use super::doors::only;
use super::refusal::{Refusal, reply};
use crate::mcp::lines::{Envelope, Outgoing, refusal};
use crate::mcp::subscriptions::Arrival;

/// The header that names a session.
const SESSION: &str = "mcp-session-id";
/// Headers that say one thing. A proxy may read the first and a server the last, so two are none; and what is no text
/// is there for one and missing for another.
const SINGLE: [&str; 6] = [
    SESSION,
    "mcp-protocol-version",
    "mcp-method",
    "mcp-name",
    "content-type",
    "last-event-id",
];
/// Longest refusal of the transport that is passed on.
const MAX_REFUSAL_BYTES: usize = 4096;

/// Refuses requests under foreign names and from foreign pages, on every route.
pub(super) async fn doors(State(app): State<App>, request: Request, next: Next) -> Response {
    match app.doors.admit(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// Lets in who shows the token, or who needs none, and says who it is to what comes after.
pub(super) async fn known(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let caller = match app.bearer.caller(request.headers()) {
        Ok(caller) => caller,
        Err(refusal) => return refusal.into_response(),
    };
    let headers = request.headers_mut();
    // Nobody else has to know it, the log least of all.
    headers.remove(AUTHORIZATION);
    let unclear = |name: &&&'static str| headers.contains_key(**name) && only(headers, **name).is_none();
    if let Some(name) = SINGLE.iter().find(unclear) {
        return Refusal::Header(name).into_response();
    }
    let named = headers.get(SESSION).and_then(|id| id.to_str().ok());
    let is_foreign = named.is_some_and(|id| app.sessions.is_foreign(id, caller));
    let answering = named.filter(|_| !is_foreign).and_then(|id| app.sessions.ask(id));
    if is_foreign {
        // From here on it is an unknown one, down to the last byte of the answer.
        headers.insert(SESSION, axum::http::HeaderValue::from_static("unknown"));
    }
    request.extensions_mut().insert(caller);
    app.end_former(caller).await;
    let response = next.run(request).await;
    match answering {
        Some(answering) => response.map(|body| held_until_its_end(body, answering)),
        None => response,
    }
}

/// A body that keeps something until it has been delivered to the last byte, or nobody wants it any more.
fn held_until_its_end<T: Send + 'static>(body: Body, kept: T) -> Body {
    Body::new(body.map_frame(move |frame| {
        let _kept = &kept;
        frame
    }))
}

/// Reads a posted message whole, within its limits, and answers what is no message itself. The request
/// counts as running until its answer is delivered to the last byte.
pub(super) async fn messages(State(app): State<App>, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<Caller>().copied().unwrap_or_default();
    if request.method() != Method::POST {
        let ends = request.method() == Method::DELETE;
        let mut response = told(next.run(request).await).await;
        if is(response.headers(), "text/event-stream") {
            response = response.map(|body| until_replaced(body, caller, app));
        }
        if ends && response.status() == StatusCode::ACCEPTED {
            // It is done, and clients in Python take "accepted" for a failure.
            *response.status_mut() = StatusCode::NO_CONTENT;
        }
        return response;
    }
    let running = match app.begin() {
        Ok(running) => running,
        Err(refused) => return refused.into_response(),
    };
    let (mut parts, body) = request.into_parts();
    let body = match whole(body, &app, &app.reading).await {
        Ok(body) => body,
        Err(refused) => return refused.into_response(),
    };
    parts.extensions.insert(Arrival::now());
    let is_json = is_json(&parts.headers);
    let envelope = match serde_json::from_slice::<Envelope>(&body) {
        Ok(envelope) => envelope,
        Err(error) if is_json => return reply(StatusCode::BAD_REQUEST, &refusal(&body, &error)),
        Err(_) => Envelope::default(),
    };
    let method = envelope.method.as_deref();
    let opens = method == Some("initialize") && !parts.headers.contains_key(SESSION);
    let place = if opens && parts.uri.path() == "/mcp" {
        match app.place(caller).await {
            Ok(place) => Some(place),
            Err(refused) => return refused.into_response(),
        }
    } else {
        None
    };
    let listens = method == Some("subscriptions/listen");
    let response = next
        .run(Request::from_parts(parts, Body::from(body.clone())))
        .await;
    if response.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE && is_json {
        // rmcp says 415 also for JSON that is no message.
        let error = serde::de::Error::custom("it has no method, result or error that MCP knows");
        return reply(StatusCode::BAD_REQUEST, &refusal(&body, &error));
    }
    let session = response.headers().get(SESSION).and_then(|id| id.to_str().ok());
    if let (Some(place), Some(id)) = (place, session) {
        place.enter(id.to_owned());
    }
    if response.status().is_client_error() || response.status().is_server_error() {
        return told(response).await;
    }
    if let (true, Some(id)) = (listens, envelope.id) {
        // It goes on until the client leaves or the server stops, which must not wait for it.
        return response.map(|body| until_replaced(with_an_end(body, id, Arc::clone(&app)), caller, app));
    }
    response.map(|body| held_until_its_end(body, running))
}

/// A refusal of the transport as every other: its words are plain text, which clients of JSON-RPC do not read.
async fn told(response: Response) -> Response {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || is_json(response.headers()) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let words = Limited::new(body, MAX_REFUSAL_BYTES).collect().await;
    let words = words.map(|words| words.to_bytes()).unwrap_or_default();
    let words = String::from_utf8_lossy(&words).into_owned();
    let refusal = if status == StatusCode::NOT_FOUND && words.contains("Session not found") {
        Refusal::UnknownSession
    } else {
        Refusal::Transport(status, words)
    };
    let mut response = refusal.into_response();
    for (name, value) in parts.headers.iter().filter(|(name, _)| *name == "allow") {
        response.headers_mut().insert(name, value.clone());
    }
    response
}

/// A stream that ends once its caller's token is no longer the one, and with it all sessions of who showed that token.
fn until_replaced(body: Body, caller: Caller, app: App) -> Body {
    if caller == Caller::Anyone {
        return body;
    }
    let replaced = async move {
        let successor = app.bearer.successor(caller).await;
        // Not waited for: what is ended may wait for this stream to be read.
        let ending = Arc::clone(&app);
        app.tasks.spawn(async move { ending.end_former(successor).await });
    };
    Body::from_stream(body.into_data_stream().take_until(Box::pin(replaced)))
}

/// A stream of subscriptions that ends with its result when the server stops, whoever serves it.
fn with_an_end(body: Body, id: RequestId, app: App) -> Body {
    let listening = Listening {
        events: body.into_data_stream(),
        has_result: false,
        id,
        app,
    };
    let events = stream::unfold(Some(listening), async |listening| {
        let mut listening = listening?;
        let event = tokio::select! {
            biased;
            event = listening.events.next() => event,
            () = listening.app.ending.cancelled() => None,
        };
        if let Some(event) = event {
            listening.has_result |= event.as_ref().is_ok_and(|event| says(event, RESULT));
            return Some((event, Some(listening)));
        }
        let is_due = !listening.has_result && listening.app.ending.is_cancelled();
        is_due.then(|| (Ok(last_event(listening.id)), None))
    });
    Body::from_stream(events)
}

/// What of a result no notification has.
const RESULT: &[u8] = b"\"resultType\"";

/// A stream of subscriptions as it goes on.
struct Listening {
    events: BodyDataStream,
    /// Whether its handler has ended it already.
    has_result: bool,
    id: RequestId,
    app: App,
}

fn says(event: &[u8], what: &[u8]) -> bool {
    event.windows(what.len()).any(|window| window == what)
}

fn last_event(id: RequestId) -> Bytes {
    let result = SubscriptionsListenResult::complete(id.clone());
    let message = Outgoing::response(ServerResult::SubscriptionsListenResult(result), id);
    let json = serde_json::to_string(&message).unwrap_or_default();
    Bytes::from(format!("data: {json}\n\n"))
}

fn is_json(headers: &HeaderMap) -> bool {
    is(headers, "application/json")
}

/// Whether there is content of this type.
fn is(headers: &HeaderMap, kind: &str) -> bool {
    let essence = only(headers, CONTENT_TYPE).and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(kind))
}
