//! Webhooks in: runs are started, steps handed in and approvals given by signed requests, where the settings name a secret.
//!
//! `door.rs` says whether a request is genuine and new, `seen.rs` remembers what was answered, `call.rs` makes it the call
//! of `run_crew` that it stands for. There is nothing here that the tool could not do: it passes the same gate.

use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::Value;

use super::Server;
use super::http::{App, whole};
use crate::domain::run::Via;
use crate::domain::{Digest, Scope};
use crate::model::Secret;

mod call;
pub(super) mod door;
mod seen;
#[cfg(test)]
mod tests;

use call::Call;
use door::Refusal;
use seen::{Answered, Seen};

/// The way by which submissions came, in the journal.
const VIA: Via = Via::Webhook;

/// Who may call, and for which project.
#[derive(Debug, Clone)]
pub struct Inbound {
    /// What calls are signed with.
    pub secret: Secret,
    /// The address under which this server is reached, without a slash at its end.
    pub url: Option<String>,
    /// Whose runs are meant.
    pub scope: Scope,
}

/// What the routes work with.
#[derive(Debug)]
pub(super) struct Hooks {
    secret: Secret,
    server: Server,
    seen: Seen,
}

impl Hooks {
    pub(super) fn new(inbound: Inbound, server: &Server) -> Self {
        Self {
            secret: inbound.secret,
            server: server.in_scope(inbound.scope),
            seen: Seen::default(),
        }
    }
}

/// The routes; without an [`Inbound`] there are none.
pub(super) fn routes(app: &App) -> axum::Router<App> {
    let Some(hooks) = app.hooks.clone() else {
        return axum::Router::new();
    };
    let started = Arc::clone(&hooks);
    let submitted = Arc::clone(&hooks);
    let approved = Arc::clone(&hooks);
    axum::Router::new()
        .route("/hooks/v1/openapi.json", get(async || axum::Json(&*DESCRIBED)))
        .route(
            "/hooks/v1/runs",
            post(async move |State(app): State<App>, request: Request| {
                taken(&app, &started, request, |_, body| call::start(body)).await
            }),
        )
        .route(
            "/hooks/v1/runs/{run}/submit",
            post(async move |State(app): State<App>, run: Run, request: Request| {
                taken(&app, &submitted, request, |_, body| {
                    call::submit(&named(run)?, body)
                })
                .await
            }),
        )
        .route(
            "/hooks/v1/runs/{run}/approve",
            post(async move |State(app): State<App>, run: Run, request: Request| {
                taken(&app, &approved, request, |_, body| {
                    call::approve(&named(run)?, body)
                })
                .await
            }),
        )
        .route(
            "/hooks/v1/runs/{run}",
            get(
                async move |State(app): State<App>, run: Run, page: Asked, request: Request| {
                    look(&app, &hooks, run, page, request).await
                },
            ),
        )
}

/// What these routes are, in a form that programs read.
static DESCRIBED: LazyLock<Value> = LazyLock::new(|| {
    let text = include_str!("../../../docs/openapi.yaml");
    serde_saphyr::from_str(text).unwrap_or_default()
});

/// A part of one output.
#[derive(Debug, Deserialize)]
struct Page {
    step_id: Option<String>,
    offset: Option<u64>,
}

/// The run in an address; a refusal in words of ours comes after the signature has been looked at.
type Run = Result<Path<String>, PathRejection>;
/// The same for what stands behind the question mark.
type Asked = Result<Query<Page>, QueryRejection>;

fn named(run: Run) -> Result<String, Refusal> {
    run.map(|Path(run)| run)
        .map_err(|error| Refusal::Address(error.body_text()))
}

/// Does once what a request asks for that changes something, and answers the same when it comes again.
async fn taken(
    app: &App,
    hooks: &Hooks,
    request: Request,
    read: impl FnOnce(&str, Value) -> Result<Call, Refusal>,
) -> Response {
    let _running = match app.begin() {
        Ok(running) => running,
        Err(refused) => return Refusal::Unread(refused).into_response(),
    };
    let (parts, body) = request.into_parts();
    let (id, body) = match genuine(app, hooks, &parts, body).await {
        Ok(genuine) => genuine,
        Err(refusal) => return refusal.into_response(),
    };
    let about = Digest::of(&[parts.uri.path().as_bytes(), b"\n", &body].concat());
    let now = hooks.server.now().as_second();
    let Some(cell) = hooks.seen.cell(&id, about, now) else {
        return Refusal::IdReused.into_response();
    };
    let done = async {
        let read = serde_json::from_slice(&body)
            .map_err(|error| Refusal::Body(error.to_string()))
            .and_then(|body| read(&id, body));
        match read {
            Ok(call) => answered(hooks, &id, call).await,
            Err(refusal) => refusal.answered(),
        }
    };
    let answered = cell.get_or_init(|| done).await.clone();
    if answered.status.is_server_error() {
        // It may go well the next time, also under its id.
        hooks.seen.forget(&id);
    }
    answered.into_response()
}

/// Where a run stands. It changes nothing, so it may come again.
async fn look(app: &App, hooks: &Hooks, run: Run, page: Asked, request: Request) -> Response {
    let _running = match app.begin() {
        Ok(running) => running,
        Err(refused) => return Refusal::Unread(refused).into_response(),
    };
    let (parts, body) = request.into_parts();
    let asked = async {
        let (id, body) = genuine(app, hooks, &parts, body).await?;
        // Else a captured POST would be good for it.
        if !body.is_empty() {
            return Err(Refusal::Body("a GET has no body".to_owned()));
        }
        let Query(page) = page.map_err(|error| Refusal::Address(error.body_text()))?;
        Ok::<_, Refusal>((id, call::look(&named(run)?, page.step_id, page.offset)))
    };
    match asked.await {
        Ok((id, call)) => answered(hooks, &id, call).await.into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

async fn answered(hooks: &Hooks, id: &str, Call(arguments): Call) -> Answered {
    let name = format!("{} {id}", VIA.name());
    let answer = hooks
        .server
        .answer_by(Some(VIA), name, "run_crew", arguments)
        .await;
    match answer {
        Ok(answer) => Answered::new(StatusCode::OK, &answer),
        Err(problem) => {
            let code = problem.get("code").and_then(Value::as_str).unwrap_or_default();
            Answered::new(door::status_of(code), &problem)
        }
    }
}

/// The id and the body of a request that has the right signature.
async fn genuine(app: &App, hooks: &Hooks, parts: &Parts, body: Body) -> Result<(String, Vec<u8>), Refusal> {
    let signed = door::signed(&parts.headers)?;
    signed.check(hooks.server.now()).map_err(Refusal::Unsigned)?;
    let body = whole(body, app, &app.reading_signed)
        .await
        .map_err(Refusal::Unread)?;
    hooks
        .secret
        .verify(signed, &body, hooks.server.now())
        .map_err(Refusal::Unsigned)?;
    Ok((signed.id.to_owned(), body.to_vec()))
}
