//! The older HTTP transport: a stream of events at `/sse`, and messages posted to `/messages`.
//!
//! Some hosts still speak nothing newer (protocol 2024-11-05). rmcp has no server for it; a session here
//! is rmcp's service between two bounded channels, as over stdio.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::channel::mpsc;
use futures::{Stream, StreamExt, stream};
use rmcp::ServiceExt;
use rmcp::model::ErrorCode;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::guard::{answer, full, reply};
use super::http::App;
use super::lines::{Incoming, Outgoing, WAITING_MESSAGES, parse};

/// How often a silent stream says that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a client may take to begin.
const HANDSHAKE: Duration = Duration::from_secs(60);

/// The open sessions by their unguessable id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sessions {
    open: Arc<Mutex<HashMap<String, mpsc::Sender<Incoming>>>>,
}

impl Sessions {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.map().len()
    }

    /// Takes no more messages for any session: each answers what it has and ends.
    pub(crate) fn close(&self) {
        self.map().clear();
    }

    fn map(&self) -> std::sync::MutexGuard<'_, HashMap<String, mpsc::Sender<Incoming>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens a session and streams what the server has to say in it.
pub(crate) async fn open(State(app): State<App>) -> Response {
    let (to_server, from_client) = mpsc::channel(WAITING_MESSAGES);
    let (to_client, from_server) = mpsc::channel(WAITING_MESSAGES);
    let id = app.server.random_id();
    // The id is entered before the sessions are counted, so that many at once cannot pass the limit.
    app.sse.map().insert(id.clone(), to_server);
    let gone = CancellationToken::new();
    let session = Session {
        id,
        sessions: app.sse.clone(),
        gone: gone.clone(),
    };
    if app.open_sessions().await > app.settings.max_sessions {
        return full("the server has all the sessions it may have");
    }
    let server = app.server.connected();
    app.tasks.spawn(async move {
        let running = server.serve_with_ct((to_client, from_client), gone);
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
pub(crate) async fn message(State(app): State<App>, Query(to): Query<Address>, body: Bytes) -> Response {
    let session = app.sse.map().get(&to.session_id).cloned();
    let Some(mut session) = session else {
        let why = "there is no such session; open /sse again";
        return answer(StatusCode::NOT_FOUND, ErrorCode::INVALID_REQUEST, why);
    };
    let message = match parse(&body) {
        Ok(message) => message,
        Err(refused) => return reply(StatusCode::BAD_REQUEST, &refused),
    };
    match session.try_send(message) {
        Ok(()) => StatusCode::ACCEPTED.into_response(),
        Err(error) if error.is_full() => full("the session has too many messages waiting"),
        Err(_) => {
            let why = "the session has ended; open /sse again";
            answer(StatusCode::GONE, ErrorCode::INVALID_REQUEST, why)
        }
    }
}

/// Which session a message is for.
#[derive(Debug, Deserialize)]
pub(crate) struct Address {
    #[serde(alias = "sessionId")]
    session_id: String,
}

/// A session as its stream holds it: when the client goes away, so does the session.
#[derive(Debug)]
struct Session {
    id: String,
    sessions: Sessions,
    gone: CancellationToken,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.sessions.map().remove(&self.id);
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
