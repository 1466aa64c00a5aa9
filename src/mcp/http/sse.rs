//! The older HTTP transport: a stream of events at `/sse`, and messages posted to `/messages`.
//!
//! Some hosts still speak nothing newer (protocol 2024-11-05). rmcp has no server for it; a session here
//! is rmcp's service between two bounded channels, as over stdio.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures::channel::mpsc;
use futures::{Stream, StreamExt, stream};
use rmcp::{ServerHandler, ServiceExt};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::App;
use super::bearer::Caller;
use super::refusal::{Refusal, reply};
use super::sessions;
use crate::clock::{Clock as _, SystemClock};
use crate::mcp::lines::{Incoming, Outgoing, WAITING_MESSAGES, parse};

/// How often a silent stream says that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a client may take to begin.
const HANDSHAKE: Duration = Duration::from_secs(60);

/// The pair, with a handler for each session behind it.
pub(super) fn routes<H: ServerHandler + Clone>(handler: H, fresh: fn(&H) -> H) -> axum::Router<App> {
    let open = async move |State(app): State<App>, Extension(caller): Extension<Caller>| {
        open(app, caller, fresh(&handler)).await
    };
    axum::Router::new()
        .route("/sse", get(open))
        .route("/messages", post(message))
}

/// Where messages go, by the unguessable id of the session.
#[derive(Debug, Clone, Default)]
pub(super) struct Streams {
    open: Arc<Mutex<HashMap<String, mpsc::Sender<Incoming>>>>,
}

impl Streams {
    /// Whether there is such a session.
    pub(super) fn contains(&self, id: &str) -> bool {
        self.map().contains_key(id)
    }

    /// Takes no more messages for any session: each answers what it has and ends.
    pub(super) fn close(&self) {
        self.map().clear();
    }

    fn map(&self) -> std::sync::MutexGuard<'_, HashMap<String, mpsc::Sender<Incoming>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens a session and streams what the server has to say in it.
async fn open<H: ServerHandler + Clone>(app: App, caller: Caller, handler: H) -> Response {
    let place = match app.place(caller).await {
        Ok(place) => place,
        Err(refused) => return refused.into_response(),
    };
    let (to_server, from_client) = mpsc::channel(WAITING_MESSAGES);
    let (to_client, from_server) = mpsc::channel(WAITING_MESSAGES);
    let id = SystemClock.random_id();
    app.streams.map().insert(id.clone(), to_server);
    place.enter(id.clone());
    let gone = CancellationToken::new();
    let session = Session {
        id,
        streams: app.streams.clone(),
        sessions: app.sessions.clone(),
        gone: gone.clone(),
    };
    app.tasks.spawn(async move {
        let running = handler.serve_with_ct((to_client, from_client), gone);
        match tokio::time::timeout(HANDSHAKE, running).await {
            Ok(Ok(running)) => drop(running.waiting().await),
            Ok(Err(error)) => tracing::debug!(%error, "a session did not begin"),
            Err(_) => tracing::debug!("a session did not begin in time"),
        }
    });
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    Sse::new(events(session, from_server))
        .keep_alive(keep_alive)
        .into_response()
}

/// Takes a message into a session. The answer comes on the session's stream.
async fn message(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Query(to): Query<Address>,
    body: Bytes,
) -> Response {
    let id = &to.session_id;
    let session = app.streams.map().get(id).cloned();
    let Some(mut session) = session.filter(|_| !app.sessions.is_foreign(id, caller)) else {
        return Refusal::UnknownSession.into_response();
    };
    let message = match parse(&body) {
        Ok(message) => message,
        Err(refused) => return reply(StatusCode::BAD_REQUEST, &refused),
    };
    match session.try_send(message) {
        Ok(()) => StatusCode::ACCEPTED.into_response(),
        Err(error) if error.is_full() => {
            Refusal::Full("the session has too many messages waiting").into_response()
        }
        Err(_) => Refusal::SessionEnded.into_response(),
    }
}

/// Which session a message is for.
#[derive(Debug, Deserialize)]
struct Address {
    #[serde(alias = "sessionId")]
    session_id: String,
}

/// A session as its stream holds it: when the client goes away, so does the session.
#[derive(Debug)]
struct Session {
    id: String,
    streams: Streams,
    sessions: sessions::Sessions,
    gone: CancellationToken,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.streams.map().remove(&self.id);
        self.sessions.leave(&self.id);
        self.gone.cancel();
    }
}

/// First where to post, then one event per message.
fn events(
    session: Session,
    messages: mpsc::Receiver<Outgoing>,
) -> impl Stream<Item = Result<Event, axum::Error>> {
    let address = Event::default()
        .event("endpoint")
        .data(format!("/messages?session_id={}", session.id));
    let messages = messages.map(move |message| {
        let _held = &session;
        Event::default().event("message").json_data(message)
    });
    stream::iter([Ok(address)]).chain(messages)
}
