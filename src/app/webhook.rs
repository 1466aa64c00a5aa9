//! What people do with messages to receivers: asked where the store is open.

use std::process::ExitCode;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::App;
use super::asking::answer;
use super::door::Door;
use super::request::{Outcome, Request, told};
use crate::cli::policy::Format;
use crate::cli::webhook::{Command, Listed, Webhook, listed, retried};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::{ActionKind, Delivery, Problem, Scope};
use crate::error::Error;
use crate::store::Shelf;

/// One thing to do; a variant may gain fields with defaults and never changes its meaning.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Errand {
    /// The answer is [`Listed`].
    List,
    /// The answer is a list of [`Delivery`]: those that are sent again.
    Retry {
        /// The id, or its beginning; those of every receiver that did not take it.
        id: String,
    },
}

impl Errand {
    /// Does it for a project.
    pub(super) async fn carry_out(self, app: &Arc<App>, scope: &Scope) -> Outcome {
        let store = |error: crate::store::Error| told(&Error::from(error).problem());
        let of_project = |all: Vec<(Scope, Delivery)>| -> Vec<(Scope, Delivery)> {
            let is_its = |of: &Scope| (of.org(), of.project()) == (scope.org(), scope.project());
            all.into_iter().filter(|(of, _)| is_its(of)).collect()
        };
        let dead = of_project(app.outbox.dead(usize::MAX).await.map_err(store)?);
        match self {
            Self::List => {
                Door::CLI
                    .may(app, scope, ActionKind::MemoryRead, "webhook.list", json!({}))
                    .await?;
                let waiting = of_project(app.outbox.waiting(usize::MAX).await.map_err(store)?);
                let plain = |all: Vec<(Scope, Delivery)>| all.into_iter().map(|(_, one)| one).collect();
                let receivers = app.config.models.receivers.iter();
                Ok(json!(Listed {
                    // Without a query, which may hold what lets somebody in.
                    receivers: receivers
                        .map(|one| (
                            one.name.clone(),
                            one.url.split('?').next().unwrap_or_default().to_owned()
                        ))
                        .collect(),
                    waiting: plain(waiting),
                    dead: plain(dead),
                }))
            }
            Self::Retry { id } => {
                let meant: Vec<_> = dead
                    .into_iter()
                    .filter(|(_, one)| !id.is_empty() && one.id.starts_with(&id))
                    .collect();
                let names: std::collections::BTreeSet<_> = meant.iter().map(|(_, one)| &one.id).collect();
                if names.len() != 1 {
                    return Err(told(&unknown(&id, names.len())));
                }
                Door::CLI
                    .may(
                        app,
                        scope,
                        ActionKind::ToolCall,
                        "webhook.retry",
                        json!({ "id": names.first() }),
                    )
                    .await?;
                let mut again = Vec::new();
                for (of, one) in meant {
                    let fresh = Delivery {
                        tries: 0,
                        due: Some(app.services.clock.now()),
                        gone: false,
                        ..one
                    };
                    app.outbox
                        .shelve(&of, fresh.clone(), Shelf::Waiting)
                        .await
                        .map_err(store)?;
                    again.push(fresh);
                }
                app.services.crews.hooks().ring();
                Ok(json!(again))
            }
        }
    }
}

fn unknown(id: &str, found: usize) -> Problem {
    let id: String = id.chars().take(100).collect();
    Problem {
        code: "webhook.unknown_message",
        message: match found {
            0 => format!("no message that could not be brought has the id `{id}` in this project"),
            n => format!("`{id}` is the beginning of {n} ids"),
        },
        hint: "`firstmate webhook list` shows them.".to_owned(),
        retryable: false,
    }
}

/// Runs one of the commands to its exit code.
///
/// # Errors
/// When the store cannot be reached.
pub(super) async fn run(config: Config, webhook: &Webhook) -> Result<ExitCode, Problem> {
    match &webhook.command {
        Command::List { format } => {
            let told = |found: Listed| listed(&found, SystemClock.now());
            let is_json = *format == Format::Json;
            answer(config, Request::Webhook(Errand::List), is_json, told).await
        }
        Command::Retry { id } => {
            let errand = Errand::Retry { id: id.clone() };
            let told = |again: Vec<Delivery>| retried(&again);
            answer(config, Request::Webhook(errand), false, told).await
        }
    }
}
