//! What the page at `/ui` asks, answered as the commands are: the same errands, through a door of its own.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;
use tokio::sync::watch;

use super::door::Door;
use super::request::Outcome;
use super::{App, lessons, route, run};
use crate::domain::{ActionKind, LessonId, Timestamp};
use crate::knowledge::Mode;
use crate::knowledge::curate::Selection;
use crate::mcp::{self, page::Question};
use crate::routing::report;
use crate::store::Changes;

mod decisions;

/// Looking at the same again is judged, and recorded once in ten minutes: a page that follows a run asks every moment.
const DOOR: Door = Door {
    via: "page",
    looks: true,
};

/// Where the page asks.
#[derive(Debug)]
pub(super) struct Desk {
    app: Arc<App>,
    server: mcp::Server,
}

impl Desk {
    pub(super) fn new(app: Arc<App>, server: mcp::Server) -> Self {
        Self { app, server }
    }

    async fn carry_out(&self, question: Question) -> Outcome {
        let (door, app, scope) = (DOOR, &self.app, self.server.scope());
        let may =
            |tool: &'static str, arguments| door.may(app, scope, ActionKind::MemoryRead, tool, arguments);
        match question {
            Question::Watch => may("page.watch", json!({})).await.map(|()| json!({})),
            Question::Runs { limit } => {
                let errand = run::Errand::List { all: true, limit };
                errand.carry_out(door, app, scope).await
            }
            Question::Run { run } => {
                let errand = run::Errand::Show { run, again: false };
                errand.carry_out(door, app, scope).await
            }
            Question::Output { run, step, offset } => {
                let errand = run::Errand::Output { run, step, offset };
                errand.carry_out(door, app, scope).await
            }
            Question::Decisions(page) => {
                may("audit.read", json!(page)).await?;
                decisions::read(app, scope, page).await
            }
            Question::Routes { limit } => {
                may("route.read", json!({ "limit": limit })).await?;
                let errand = route::Errand::Decisions { limit };
                errand.carry_out(app, &self.server).await
            }
            Question::Savings { days } => {
                may("route.read", json!({ "days": days })).await?;
                let since = days.map(|days| {
                    let age = std::time::Duration::from_secs(u64::from(days) * 86_400);
                    self.server.now().saturating_sub(age).unwrap_or(Timestamp::MIN)
                });
                let asked = report::Question {
                    since,
                    ..report::Question::default()
                };
                let errand = route::Errand::Report(asked);
                errand.carry_out(app, &self.server).await
            }
            Question::Lessons { after, limit } => {
                let errand = lessons::Errand::List(Selection {
                    after: after.map(LessonId::new),
                    limit,
                    ..Selection::default()
                });
                errand.carry_out(door, &app.services, scope).await
            }
            Question::Lesson { id } => {
                let errand = lessons::Errand::Show { id };
                errand.carry_out(door, &app.services, scope).await
            }
            Question::Search { query, limit } => {
                let errand = lessons::Errand::Search(lessons::Question {
                    query,
                    mode: Mode::default(),
                    around: None,
                    hops: 1,
                    tags: Vec::new(),
                    limit,
                });
                errand.carry_out(door, &app.services, scope).await
            }
        }
    }
}

#[async_trait]
impl mcp::page::Desk for Desk {
    async fn answer(&self, question: Question) -> Outcome {
        Box::pin(self.carry_out(question)).await
    }

    fn news(&self) -> watch::Receiver<Changes> {
        self.app.services.news.changes()
    }
}
