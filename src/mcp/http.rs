//! Many clients over HTTP.
//!
//! MCP at `/mcp` (streamable HTTP, old sessions and the stateless 2026-07-28 at once) and at the older pair `/sse` and
//! `/messages`; beside them webhooks at `/hooks/v1`, a page at `/ui`, `/healthz` and `/readyz`.
//!
//! The accept loop is our own because axum's sets neither timeouts nor `TCP_NODELAY`: half a header would
//! hold a connection for ever, and every event would wait 40 ms for Nagle's algorithm.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use serde::Deserialize;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Server;
use super::guard::{self, Doors, answer};
use super::hooks::{self, Hooks, Inbound};
use super::page::{self, Desk, Page};
use super::sse::{self, Sessions};

/// What is said to a connection that is one too many, before anything is read from it.
const NO_ROOM: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
/// How long a message that is on its way, or an answer, may still take once the server stops.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// Pause after the system could not accept a connection: it has run out of something.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Limits of the HTTP transports.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Largest message in bytes; 1 MiB. More is answered with 413.
    pub body_limit_bytes: usize,
    /// Seconds in which a message has to arrive once its header has; 30. Then 408.
    pub body_timeout_s: u64,
    /// Seconds in which a request's header has to arrive, and for which an idle connection is kept; 8.
    pub header_timeout_s: u64,
    /// Most connections at once; 1,024. One more gets a bare 503.
    pub max_connections: usize,
    /// Most sessions of old clients at once, `/mcp` and `/sse` together; 512. One more gets 503.
    pub max_sessions: usize,
    /// Seconds that running calls get to finish when the server stops; 20.
    pub drain_s: u64,
    /// The names this server is reached under, with or without a port; those of this machine.
    pub allowed_hosts: Vec<String>,
    /// The web pages that may use it, `scheme://host:port` with `*` for any port; none.
    pub allowed_origins: Vec<String>,
    /// Whether the older pair `/sse` and `/messages` is served; yes.
    pub sse: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            body_limit_bytes: 1 << 20,
            body_timeout_s: 30,
            header_timeout_s: 8,
            max_connections: 1024,
            max_sessions: 512,
            drain_s: 20,
            allowed_hosts: ["localhost", "127.0.0.1", "::1"].map(String::from).to_vec(),
            allowed_origins: Vec::new(),
            sse: true,
        }
    }
}

/// What is served beside MCP.
#[derive(Debug, Default)]
pub struct Beside {
    /// Who may send webhooks; nobody.
    pub inbound: Option<Inbound>,
    /// What the page at `/ui` asks; without it there is no page.
    pub desk: Option<Arc<dyn Desk>>,
}

/// Serves clients of `listener`, and what else there is `beside`, until `stop` is cancelled, then lets running
/// calls finish.
///
/// When it returns, no call runs any more, or `drain_s` has passed. Everything that it starts is in
/// `tasks`.
pub async fn serve(
    listener: TcpListener,
    server: Server,
    settings: Settings,
    beside: Beside,
    tasks: TaskTracker,
    stop: CancellationToken,
) {
    let app = App {
        doors: Arc::new(Doors::new(&settings)),
        mcp: Arc::new(LocalSessionManager::default()),
        sse: Sessions::default(),
        running: server.running.clone(),
        opening: TaskTracker::new(),
        hooks: beside
            .inbound
            .map(|inbound| Arc::new(Hooks::new(inbound, &server))),
        page: beside.desk.map(Page::new),
        stop: stop.clone(),
        settings: Arc::new(settings),
        server,
        tasks,
    };
    let (streams, cut) = (CancellationToken::new(), CancellationToken::new());
    let service = TowerToHyperService::new(routes(&app, streams.clone()));
    let connections = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(app.settings.max_connections));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        let socket = match accepted {
            Ok((socket, _)) => socket,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let patience = Duration::from_secs(app.settings.header_timeout_s);
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            app.tasks.spawn(turn_away(socket, patience));
            continue;
        };
        let (watcher, service, cut) = (connections.watcher(), service.clone(), cut.clone());
        let stop = stop.clone();
        app.tasks.spawn(async move {
            let _place = place;
            let spoke = tokio::select! {
                spoke = speaks(&socket, patience) => spoke,
                () = stop.cancelled() => false,
            };
            if !spoke {
                return;
            }
            let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
            builder
                .http1()
                .timer(TokioTimer::new())
                .header_read_timeout(patience);
            let connection = builder
                .serve_connection(TokioIo::new(socket), service)
                .into_owned();
            tokio::select! {
                ended = watcher.watch(connection) => if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke off");
                },
                () = cut.cancelled() => {}
            }
        });
    }
    drop(listener);
    finish(&app, connections, streams).await;
    // Whoever is still there does not listen.
    cut.cancel();
}

/// What the routes work with.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) server: Server,
    pub(crate) settings: Arc<Settings>,
    pub(crate) doors: Arc<Doors>,
    /// Sessions of old clients at `/mcp`.
    pub(crate) mcp: Arc<LocalSessionManager>,
    /// Sessions at `/sse`.
    pub(crate) sse: Sessions,
    /// A token per tool call that runs and per request that is not answered to the last byte.
    pub(crate) running: TaskTracker,
    /// A token per session that is about to be opened at `/mcp`.
    pub(crate) opening: TaskTracker,
    /// Whatever is spawned.
    pub(crate) tasks: TaskTracker,
    /// What takes webhooks, where any are taken.
    pub(super) hooks: Option<Arc<Hooks>>,
    /// What the page asks, where there is one.
    pub(super) page: Option<Page>,
    stop: CancellationToken,
}

impl App {
    /// How many sessions of old clients there are.
    pub(crate) async fn open_sessions(&self) -> usize {
        self.sse.len() + self.mcp.sessions.read().await.len()
    }

    /// Over when the server stops.
    pub(super) fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Over when the server stops and has waited for what was on its way.
    pub(crate) async fn last_words(&self) {
        self.stop.cancelled().await;
        tokio::time::sleep(LAST_WORDS).await;
    }
}

fn routes(app: &App, streams: CancellationToken) -> axum::Router {
    // rmcp's own checks of Host and Origin would cover one route only; `guard::doors` covers all.
    let config = StreamableHttpServerConfig::default()
        .with_max_request_body_bytes(app.settings.body_limit_bytes)
        .with_cancellation_token(streams)
        .disable_allowed_hosts();
    let server = app.server.clone();
    let mcp = StreamableHttpService::new(move || Ok(server.clone()), Arc::clone(&app.mcp), config);
    let mut routes = axum::Router::new()
        .route_service("/mcp", mcp)
        .route("/healthz", get(async || "alive"))
        .route("/readyz", get(ready));
    if app.settings.sse {
        routes = routes
            .route("/sse", get(sse::open))
            .route("/messages", post(sse::message));
    }
    routes
        .fallback(async || {
            let why = "there is nothing here; MCP is at /mcp";
            answer(
                StatusCode::NOT_FOUND,
                rmcp::model::ErrorCode::INVALID_REQUEST,
                why,
            )
        })
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(app.clone(), guard::messages))
        .merge(hooks::routes(app))
        .merge(page::asked(app))
        .merge(page::shown(app))
        .layer(from_fn_with_state(app.clone(), guard::doors))
        .with_state(app.clone())
}

async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    if app.stop.is_cancelled() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping")
    } else {
        (StatusCode::OK, "ready")
    }
}

/// Whether the other side sends anything in time. hyper's timer starts with the first byte only.
async fn speaks(socket: &TcpStream, patience: Duration) -> bool {
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let spoke = tokio::time::timeout(patience, socket.peek(&mut [0])).await;
    matches!(spoke, Ok(Ok(1..)))
}

async fn turn_away(mut socket: TcpStream, patience: Duration) {
    tracing::warn!("refused a connection: there are as many as there may be");
    let told = tokio::time::timeout(patience, socket.write_all(NO_ROOM)).await;
    if !matches!(told, Ok(Ok(()))) {
        tracing::debug!("the refused connection did not listen");
    }
}

/// Lets running calls finish and their answers arrive, then ends the streams that would go on for ever.
async fn finish(app: &App, connections: GracefulShutdown, streams: CancellationToken) {
    let ending = async {
        app.running.close();
        app.running.wait().await;
        app.sse.close();
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
    app.sse.close();
    streams.cancel();
}
