//! The older HTTP transport: a stream of events at `/sse`, and messages posted to `/messages`.
//!
//! Some hosts still speak nothing newer (protocol 2024-11-05). rmcp has no server for it; a session here
//! is rmcp's service between two bounded channels, as over stdio.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
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
use futures::{SinkExt, Stream, StreamExt, future, stream};
use rmcp::model::GetExtensions;
use rmcp::{ServerHandler, ServiceExt};
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::App;
use super::bearer::Caller;
use super::refusal::{Refusal, reply};
use super::sessions;
use crate::clock::{Clock as _, SystemClock};
use crate::mcp::lines::{Incoming, Outgoing, WAITING_MESSAGES, parse};

/// How often a silent stream says that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Most messages that wait for a client to read them; with one more its session ends. No request is taken long before
/// that, but calls that run may have much to say.
const MOST_UNREAD: usize = 16 * WAITING_MESSAGES;
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
    open: Arc<Mutex<HashMap<String, Way>>>,
}

/// The way into a session. A post is answered before its message is, so what is taken has to be counted.
#[derive(Debug)]
struct Way {
    /// There is one per session: each clone would have a place of its own in the channel.
    to_server: mpsc::Sender<Incoming>,
    /// A place per request that is waiting or worked on.
    places: Arc<Semaphore>,
    /// How many messages the client has not taken yet.
    unread: Arc<AtomicUsize>,
}

/// A request's place; it goes with the request to whoever works on it, and is free when that is done.
#[derive(Debug, Clone)]
struct Taken {
    _place: Arc<OwnedSemaphorePermit>,
}

impl Way {
    /// Takes a message, unless the session has as many as it may have.
    fn take(&mut self, mut message: Incoming) -> Result<(), Refusal> {
        let full = Refusal::Full("the session has too many messages waiting");
        if let Incoming::Request(request) = &mut message {
            let place = Arc::clone(&self.places).try_acquire_owned();
            let (Ok(place), ..WAITING_MESSAGES) = (place, self.unread.load(Ordering::Relaxed)) else {
                return Err(full);
            };
            let place = Arc::new(place);
            request.request.extensions_mut().insert(Taken { _place: place });
        }
        self.to_server.try_send(message).map_err(|error| {
            if error.is_full() {
                full
            } else {
                Refusal::SessionEnded
            }
        })
    }
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

    /// Takes no more messages for one session: it answers what it has and ends.
    pub(super) fn end(&self, id: &str) {
        self.map().remove(id);
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.map().len()
    }

    fn map(&self) -> std::sync::MutexGuard<'_, HashMap<String, Way>> {
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
    // rmcp reads on while an answer waits to be sent, so a channel with an end would only hide how many do.
    let (to_client, from_server) = mpsc::unbounded();
    let id = SystemClock.random_id();
    let unread = Arc::new(AtomicUsize::new(0));
    let way = Way {
        to_server,
        places: Arc::new(Semaphore::new(WAITING_MESSAGES)),
        unread: Arc::clone(&unread),
    };
    app.streams.map().insert(id.clone(), way);
    place.enter(id.clone());
    let gone = CancellationToken::new();
    let session = Session {
        id,
        streams: app.streams.clone(),
        sessions: app.sessions.clone(),
        unread: Arc::clone(&unread),
        gone: gone.clone(),
    };
    let too_far_behind = gone.clone();
    let to_client = to_client.with(move |message: Outgoing| {
        if unread.fetch_add(1, Ordering::Relaxed) == MOST_UNREAD {
            tracing::warn!("a session ends: its client does not read what it is sent");
            too_far_behind.cancel();
        }
        future::ok::<_, mpsc::SendError>(message)
    });
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
    if !app.streams.contains(id) || app.sessions.is_foreign(id, caller) {
        return Refusal::UnknownSession.into_response();
    }
    let message = match parse(&body) {
        Ok(message) => message,
        Err(refused) => return reply(StatusCode::BAD_REQUEST, &refused),
    };
    let taken = app.streams.map().get_mut(id).map(|way| way.take(message));
    match taken {
        Some(Ok(())) => StatusCode::ACCEPTED.into_response(),
        Some(Err(refused)) => refused.into_response(),
        None => Refusal::SessionEnded.into_response(),
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
    unread: Arc<AtomicUsize>,
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
    messages: mpsc::UnboundedReceiver<Outgoing>,
) -> impl Stream<Item = Result<Event, axum::Error>> {
    let address = Event::default()
        .event("endpoint")
        .data(format!("/messages?session_id={}", session.id));
    let messages = messages.map(move |message| {
        session.unread.fetch_sub(1, Ordering::Relaxed);
        Event::default().event("message").json_data(message)
    });
    stream::iter([Ok(address)]).chain(messages)
}
