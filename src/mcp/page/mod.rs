//! A page to look at: what runs do, what was decided, what was learned, and what routing saved.
//!
//! It only looks: every route is a GET. `assets.rs` is the page itself, which holds nothing secret; `data.rs` answers what
//! it asks, in JSON; `events.rs` tells it when to ask again; `view.rs` gives the same page to hosts as an MCP App. The
//! answers are those of the commands, put together by the app behind [`Desk`], where each passes the gate.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};

use super::http::App;
use crate::store::Changes;

mod assets;
mod data;
mod events;
#[cfg(test)]
mod tests;
pub(super) mod view;

/// Most pages that are kept up to date at once; a browser with one more is told to try again.
const MOST_STREAMS: usize = 64;

/// Most questions that are answered at once, so that pages leave room for the work itself; others wait.
const MOST_ANSWERS: usize = 4;

/// Who answers what the page asks, for one project.
#[async_trait]
pub trait Desk: Debug + Send + Sync {
    /// The answer, once the gate lets the question pass.
    ///
    /// # Errors
    /// `{code, message, hint}`.
    async fn answer(&self, question: Question) -> Result<Value, Value>;

    /// Changes whenever something was written that the page may show.
    fn news(&self) -> watch::Receiver<Changes>;
}

/// What the page asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Question {
    /// Whether it may be told when something changed. The answer is empty.
    Watch,
    /// The newest runs, ended ones too.
    Runs {
        /// So many at most.
        limit: usize,
    },
    /// The story of a run.
    Run {
        /// The run's id, or its beginning.
        run: String,
    },
    /// A part of what a step came to.
    Output {
        /// The run's id, or its beginning.
        run: String,
        /// The step.
        step: String,
        /// The part's first byte.
        offset: usize,
    },
    /// What policy decided.
    Decisions(Decisions),
    /// The newest decisions of the router.
    Routes {
        /// So many at most.
        limit: usize,
    },
    /// What routing came to.
    Savings {
        /// In the last so many days; all there is when absent.
        days: Option<u32>,
    },
    /// Lessons, the newest first.
    Lessons {
        /// Behind this one.
        after: Option<String>,
        /// So many at most.
        limit: usize,
    },
    /// Everything about a lesson.
    Lesson {
        /// Its id, or its beginning.
        id: String,
    },
    /// Lessons that fit, the best first.
    Search {
        /// In words.
        query: String,
        /// So many at most.
        limit: usize,
    },
}

/// Which of policy's decisions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Decisions {
    /// Those recorded before the entry of this number.
    pub before: Option<u64>,
    /// So many at most.
    pub limit: usize,
    /// Only what was not simply allowed.
    pub stopped: bool,
    /// Only those of this run.
    pub run: Option<String>,
}

/// What the routes work with.
#[derive(Debug, Clone)]
pub(super) struct Page {
    desk: Arc<dyn Desk>,
    streams: Arc<Semaphore>,
    answers: Arc<Semaphore>,
}

impl Page {
    pub(super) fn new(desk: Arc<dyn Desk>) -> Self {
        Self {
            desk,
            streams: Arc::new(Semaphore::new(MOST_STREAMS)),
            answers: Arc::new(Semaphore::new(MOST_ANSWERS)),
        }
    }
}

/// What the page asks for, which is for who may call the tools; without a [`Desk`] there is nothing.
pub(super) fn asked(app: &App) -> axum::Router<App> {
    let Some(page) = app.page.clone() else {
        return axum::Router::new();
    };
    data::routes(&page)
        .merge(events::routes(&page))
        .layer(from_fn(own))
        .layer(from_fn_with_state(Arc::clone(app), counted))
        .layer(from_fn(guarded))
}

/// The page itself, which holds nothing secret: whoever has to show a token is asked for it there.
pub(super) fn shown(app: &App) -> axum::Router<App> {
    if app.page.is_none() {
        return axum::Router::new();
    }
    assets::routes()
        .route("/ui/", get(async || Redirect::permanent("../ui")))
        .route("/ui/{*path}", get(async || nothing()))
        .layer(from_fn(guarded))
}

/// What is told where nothing is.
fn nothing() -> Response {
    let why = json!({
        "code": "page.unknown",
        "message": "there is nothing here",
        "hint": "The page is at /ui.",
    });
    (StatusCode::NOT_FOUND, axum::Json(why)).into_response()
}

/// Refuses what another site's page asks for: without an answer to read it could still have it asked and recorded.
/// Browsers do not say `Origin` with every GET, but they do say this.
async fn own(request: Request, next: Next) -> Response {
    let site = request.headers().get("sec-fetch-site");
    if site.is_some_and(|site| site != "same-origin" && site != "none") {
        let why = json!({
            "code": "page.foreign",
            "message": "another site's page may not ask for this",
            "hint": "Open /ui itself.",
        });
        return (StatusCode::FORBIDDEN, axum::Json(why)).into_response();
    }
    next.run(request).await
}

/// A question counts as running until it is answered.
async fn counted(State(app): State<App>, request: Request, next: Next) -> Response {
    let _running = app.running.token();
    next.run(request).await
}

/// What a browser may do with anything from here.
const HEADERS: [(HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
];

async fn guarded(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let uncached = HeaderValue::from_static("no-store");
    headers.entry(header::CACHE_CONTROL).or_insert(uncached);
    response
}
