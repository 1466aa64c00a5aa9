//! Many clients over HTTP.
//!
//! MCP at `/mcp` (streamable HTTP, old sessions and the stateless 2026-07-28 at once), the older pair `/sse` and `/messages`, webhooks at `/hooks/v1`, a page at `/ui`, `/healthz` and `/readyz`.
//!
//! `front` is what is served, `accept` says who gets a connection, `guard` what every request passes (`doors`: for whom
//! and from where it is; `bearer`: who sent it), `sessions` who may use which, `refusal` what is said to who may not.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse as _;
use axum::routing::get;
use hyper_util::server::graceful::GracefulShutdown;
use rmcp::ServerHandler;
use rmcp::transport::streamable_http_server::session::SessionManager as _;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::hooks::{self, Hooks};
use super::page::{self, Page};

mod accept;
mod bearer;
mod body;
mod doors;
mod front;
mod guard;
mod refusal;
mod sessions;
mod settings;
mod sse;
mod stalled;
mod turned_away;

pub use bearer::{Bearer, Wanted};
use body::Reading;
pub(crate) use body::whole;
pub use front::Front;
pub(crate) use refusal::Refusal;
pub use settings::Settings;
pub(crate) use turned_away::turned_away;

/// How long a message that is on its way, or an answer, may still take once the server stops.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Most that is read of bodies at `/mcp` and `/messages` at the same time; a quarter of it at `/hooks`.
const MOST_READ_BYTES: usize = 64 << 20;

/// Serves clients of `listener` until `stop` is cancelled, then lets running calls finish.
///
/// When it returns, no call runs any more, or `drain_s` has passed. Everything that it starts is in
/// `tasks`.
pub async fn serve<H: ServerHandler + Clone>(
    listener: TcpListener,
    front: Front<H>,
    settings: Settings,
    tasks: TaskTracker,
    stop: CancellationToken,
) {
    let mut mcp = LocalSessionManager::default();
    // rmcp's would end sessions whose client listens and says nothing, as one in an editor does between two questions.
    mcp.session_config.keep_alive = None;
    let app = Arc::new(Shared {
        doors: doors::Doors::new(&settings),
        bearer: front.bearer,
        sessions: sessions::Sessions::default(),
        mcp: Arc::new(mcp),
        streams: sse::Streams::default(),
        running: front.running,
        hooks: front.hooks,
        page: front.page,
        ending: front.ending,
        reading: Reading::new(MOST_READ_BYTES, settings.body_limit_bytes),
        reading_signed: Reading::new(MOST_READ_BYTES / 4, settings.body_limit_bytes),
        stop,
        drained: CancellationToken::new(),
        settings,
        tasks,
    });
    let watched = Arc::clone(&app);
    app.tasks.spawn(async move { watched.end_idle().await });
    let (streams, cut) = (CancellationToken::new(), CancellationToken::new());
    let routes = routes(&app, front.handler, front.fresh, streams.clone());
    let connections = accept::accept(listener, routes, &app, &cut).await;
    finish(&app, connections, streams).await;
    // Whoever is still there does not listen.
    cut.cancel();
}

/// What the routes work with.
pub(crate) type App = Arc<Shared>;

/// What all connections of one server share.
#[derive(Debug)]
pub(crate) struct Shared {
    settings: Settings,
    doors: doors::Doors,
    bearer: Bearer,
    /// Whose session is which.
    sessions: sessions::Sessions,
    /// Sessions of old clients at `/mcp`.
    mcp: Arc<LocalSessionManager>,
    /// Sessions at `/sse`.
    streams: sse::Streams,
    /// A token per tool call that runs and per request that is not answered to the last byte.
    pub(crate) running: TaskTracker,
    /// Whatever is spawned.
    tasks: TaskTracker,
    /// What takes webhooks, where any are taken.
    pub(super) hooks: Option<Arc<Hooks>>,
    /// What the page asks, where there is one.
    pub(super) page: Option<Page>,
    /// What is read of bodies at the moment of those who may call.
    reading: Reading,
    /// The same of webhooks: who sent one is known when it was read.
    pub(crate) reading_signed: Reading,
    /// Over once streams of subscriptions are to end.
    ending: CancellationToken,
    stop: CancellationToken,
    /// Over once the calls that ran at the stop have finished.
    drained: CancellationToken,
}

impl Shared {
    /// A token to hold while a request is worked on.
    ///
    /// # Errors
    /// When the server has waited for all of them already, so that nobody would wait for this one.
    pub(crate) fn begin(&self) -> Result<TaskTrackerToken, Refusal> {
        // First the token, then the look: `finish` looks the other way round, so one of the two sees the other.
        let running = self.running.token();
        if self.drained.is_cancelled() {
            Err(Refusal::Stops)
        } else {
            Ok(running)
        }
    }

    /// A place for one more session of `caller`.
    async fn place(&self, caller: bearer::Caller) -> Result<sessions::Place, Refusal> {
        let (most, most_of_one) = (self.settings.max_sessions, self.settings.max_sessions_per_caller);
        let sessions = self.mcp.sessions.read().await;
        let open = sessions.len() + self.streams.len();
        if let Some(place) = self.sessions.place(caller, open, most, most_of_one) {
            return Ok(place);
        }
        // rmcp tells nobody that one has ended, so it is looked at when it matters.
        self.sessions
            .keep(|id| sessions.contains_key(id) || self.streams.contains(id));
        drop(sessions);
        let patience = Duration::from_secs(self.settings.session_idle_s);
        let silent = self
            .sessions
            .take_silent(patience, |id| !self.streams.contains(id));
        self.close(silent).await;
        let open = self.mcp.sessions.read().await.len() + self.streams.len();
        let full = Refusal::Full("the server has all the sessions it may have");
        self.sessions.place(caller, open, most, most_of_one).ok_or(full)
    }

    /// Ends the sessions of holders of other tokens than the one that `caller` showed and that is in force.
    async fn end_former(&self, caller: bearer::Caller) {
        let former = self.sessions.take_former(caller);
        for id in &former {
            self.streams.end(id);
        }
        self.close(former).await;
    }

    /// Ends sessions at `/mcp` whose client is silent and does not listen, until the server stops.
    async fn end_idle(&self) {
        let patience = Duration::from_secs(self.settings.session_idle_s);
        let round = (patience / 8).clamp(Duration::from_millis(200), Duration::from_secs(15));
        let rounds = async {
            loop {
                tokio::time::sleep(round).await;
                let open = self.mcp.sessions.read().await;
                self.sessions
                    .keep(|id| open.contains_key(id) || self.streams.contains(id));
                self.sessions.adopt(open.keys().map(AsRef::as_ref));
                drop(open);
                let idle = self.sessions.take_idle(patience, |id| !self.streams.contains(id));
                self.close(idle).await;
            }
        };
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = rounds => {}
        }
    }

    async fn close(&self, sessions: Vec<String>) {
        for id in sessions {
            if let Err(error) = self.mcp.close_session(&id.into()).await {
                tracing::debug!(%error, "a session had ended already");
            }
        }
    }

    /// Over when the server stops.
    pub(super) fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Over when the server stops and has waited for what was on its way.
    async fn last_words(&self) {
        self.stop.cancelled().await;
        tokio::time::sleep(LAST_WORDS).await;
    }
}

/// All routes, behind one stack of guards. What is added to `closed` is for who may call the tools, its posts are read
/// whole and within the limits; what is added to `open` checks by itself who may have it. Both are for our own names
/// and pages alone.
fn routes<H: ServerHandler + Clone>(
    app: &App,
    handler: H,
    fresh: fn(&H) -> H,
    streams: CancellationToken,
) -> axum::Router {
    // rmcp's own checks of Host and Origin would cover one route only; `guard::doors` covers all.
    let config = StreamableHttpServerConfig::default()
        .with_max_request_body_bytes(app.settings.body_limit_bytes)
        .with_cancellation_token(streams)
        // What is answered at once needs no stream (2026-07-28; sessions always have one).
        .with_json_response(true)
        .disable_allowed_hosts();
    let each = handler.clone();
    let mcp = StreamableHttpService::new(move || Ok(fresh(&each)), Arc::clone(&app.mcp), config);
    let mut closed = axum::Router::new().route_service("/mcp", mcp);
    if app.settings.sse {
        closed = closed.merge(sse::routes(handler, fresh));
    }
    closed = closed.merge(page::asked(app));
    let open = axum::Router::new()
        .route("/healthz", get(async || "alive"))
        .route("/readyz", get(ready))
        .merge(hooks::routes(app))
        .merge(page::shown(app));
    closed
        .layer(from_fn_with_state(Arc::clone(app), guard::messages))
        .layer(from_fn_with_state(Arc::clone(app), guard::known))
        .merge(open)
        .method_not_allowed_fallback(async || {
            let why = "this path is not for this method".to_owned();
            Refusal::Transport(StatusCode::METHOD_NOT_ALLOWED, why).into_response()
        })
        .fallback(async || Refusal::Nothing.into_response())
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(Arc::clone(app), guard::doors))
        .with_state(Arc::clone(app))
}

async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    if app.stop.is_cancelled() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping")
    } else {
        (StatusCode::OK, "ready")
    }
}

/// Ends the streams of subscriptions with their result, lets running calls finish and their answers arrive, then ends
/// the sessions, which would go on for ever.
async fn finish(app: &App, connections: GracefulShutdown, streams: CancellationToken) {
    app.ending.cancel();
    let ending = async {
        app.running.close();
        app.running.wait().await;
        app.drained.cancel();
        // For those that began while that was noticed.
        app.running.wait().await;
        app.streams.close();
        streams.cancel();
    };
    // Nothing runs then, so a connection that still does not close has no more than half a sentence.
    let over = async {
        streams.cancelled().await;
        tokio::time::sleep(LAST_WORDS).await;
    };
    let closing = async {
        tokio::select! {
            () = connections.shutdown() => {}
            () = over => {}
        }
    };
    let all = async { tokio::join!(closing, ending) };
    let patience = Duration::from_secs(app.settings.drain_s);
    if tokio::time::timeout(patience, all).await.is_err() {
        tracing::warn!("some calls did not finish before the server stopped");
    }
    app.streams.close();
    streams.cancel();
    turned_away::rest();
}
