//! What the page asks for, in JSON.

use std::panic::AssertUnwindSafe;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::FutureExt as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::hooks::door::status_of;
use super::super::http::App;
use super::{Decisions, Page, Question};

/// Entries of a list, unless the page asks for fewer or more.
const USUAL: usize = 50;
/// Most entries of a list.
const MOST: usize = 500;
/// Most runs of a list: each is read event by event.
const MOST_RUNS: usize = 200;
/// Most hits of a search.
const MOST_HITS: usize = 50;
/// Longest question or id in bytes.
const LONGEST: usize = 2_000;

/// What stands behind the question mark; each question has some of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    limit: Option<usize>,
    offset: usize,
    before: Option<u64>,
    after: Option<String>,
    run: Option<String>,
    stopped: bool,
    days: Option<u32>,
    q: String,
}

impl Asked {
    fn limit(&self, most: usize) -> usize {
        self.limit.unwrap_or(USUAL).clamp(1, most)
    }

    /// Nothing is looked for that nobody would ask.
    fn is_bounded(&self) -> bool {
        let texts = [Some(&self.q), self.after.as_ref(), self.run.as_ref()];
        texts.into_iter().flatten().all(|text| text.len() <= LONGEST)
    }
}

type Given = Result<Query<Asked>, QueryRejection>;

pub(super) fn routes(page: &Page) -> axum::Router<App> {
    let list = |question: fn(Asked) -> Question| {
        let page = page.clone();
        get(async move |given: Given| page.told(given, question).await)
    };
    let one = |question: fn(String, Asked) -> Question| {
        let page = page.clone();
        get(async move |Path(id): Path<String>, given: Given| {
            page.told(given, |asked| question(id, asked)).await
        })
    };
    let outputs = page.clone();
    axum::Router::new()
        .route(
            "/ui/api/runs",
            list(|asked| Question::Runs {
                limit: asked.limit(MOST_RUNS),
            }),
        )
        .route("/ui/api/runs/{run}", one(|run, _| Question::Run { run }))
        .route(
            "/ui/api/runs/{run}/steps/{step}",
            get(
                async move |Path((run, step)): Path<(String, String)>, given: Given| {
                    let question = |asked: Asked| Question::Output {
                        run,
                        step,
                        offset: asked.offset,
                    };
                    outputs.told(given, question).await
                },
            ),
        )
        .route(
            "/ui/api/decisions",
            list(|asked| {
                Question::Decisions(Decisions {
                    limit: asked.limit(MOST),
                    before: asked.before,
                    stopped: asked.stopped,
                    run: asked.run,
                })
            }),
        )
        .route(
            "/ui/api/routes",
            list(|asked| Question::Routes {
                limit: asked.limit(MOST),
            }),
        )
        .route(
            "/ui/api/savings",
            list(|asked| Question::Savings { days: asked.days }),
        )
        .route(
            "/ui/api/lessons",
            list(|asked| Question::Lessons {
                limit: asked.limit(MOST),
                after: asked.after,
            }),
        )
        .route("/ui/api/lessons/{id}", one(|id, _| Question::Lesson { id }))
        .route(
            "/ui/api/search",
            list(|asked| Question::Search {
                limit: asked.limit(MOST_HITS),
                query: asked.q,
            }),
        )
}

impl Page {
    async fn told(&self, given: Given, question: impl FnOnce(Asked) -> Question) -> Response {
        match given {
            Ok(Query(asked)) if asked.is_bounded() => self.answer(question(asked)).await,
            Ok(_) => refused(&problem(
                "bad_arguments",
                "what is asked for is too long",
                "Ask for less.",
            )),
            Err(error) => refused(&problem(
                "bad_arguments",
                &error.body_text(),
                "Mend what stands behind the question mark.",
            )),
        }
    }

    /// A panic ends one question, never the connection.
    pub(super) async fn answer(&self, question: Question) -> Response {
        // It is never closed.
        let _place = self.answers.acquire().await;
        let answer = AssertUnwindSafe(self.desk.answer(question)).catch_unwind();
        match answer.await {
            Ok(Ok(answer)) => axum::Json(answer).into_response(),
            Ok(Err(problem)) => refused(&problem),
            Err(_) => {
                tracing::error!("a question of the page could not be answered");
                refused(&problem(
                    "internal",
                    "this could not be put together",
                    "Please report this.",
                ))
            }
        }
    }
}

fn problem(code: &str, message: &str, hint: &str) -> Value {
    json!({ "code": code, "message": message, "hint": hint })
}

pub(super) fn refused(problem: &Value) -> Response {
    let status = match problem["code"].as_str().unwrap_or_default() {
        code if code.starts_with("knowledge.unknown") => StatusCode::NOT_FOUND,
        code if code.starts_with("knowledge.") || code.starts_with("routing.") => StatusCode::BAD_REQUEST,
        code => status_of(code),
    };
    (status, axum::Json(problem)).into_response()
}
