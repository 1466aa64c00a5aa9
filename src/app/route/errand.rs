//! What is asked about routing, and answering it where the store is open.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::app::request::{Outcome, told};
use crate::clock::{Clock as _, SystemClock};
use crate::domain::{Action, ActionKind, Actor, Destination, Problem};
use crate::error::Error;
use crate::mcp::{self, ToolError};
use crate::model::discover::{self, Limits};
use crate::policy::Checked;
use crate::routing::report::Question;

/// The door, in the record of decisions.
const VIA: &str = "cli";

/// One thing to do; as with [`Request`](crate::app::request::Request), a variant may gain fields with defaults
/// and never changes its meaning.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::app) enum Errand {
    /// Which model would do a task. The answer is that of `route_task` with `recorded` beside it, and without
    /// `route_id` where nothing was recorded.
    Look {
        /// The arguments of `route_task`.
        arguments: Map<String, Value>,
        /// The name of the call, under which it is done once, where the decision is to be recorded.
        #[serde(default)]
        record: Option<String>,
    },
    /// What routing came to. The answer is a [`Report`](crate::routing::report::Report).
    Report(Question),
    /// The newest decisions. The answer is a list of [`Decided`](crate::routing::report::Decided).
    Decisions {
        /// So many at most.
        limit: usize,
    },
    /// Which models an endpoint has. The answer is a [`Found`](crate::model::discover::Found).
    Discover {
        /// Its address.
        url: String,
    },
}

impl Errand {
    /// Looks at a task; `record` when the decision is to stay.
    pub(super) fn look(arguments: Map<String, Value>, record: bool) -> Self {
        Self::Look {
            arguments,
            record: record.then(|| SystemClock.random_id()),
        }
    }

    /// Does it for a project.
    pub(in crate::app) async fn carry_out(self, app: &Arc<App>, server: &mcp::Server) -> Outcome {
        match self {
            Self::Look { arguments, record } => look(server, arguments, record).await,
            Self::Report(question) => {
                let report = app.services.router.report(server.scope(), &question).await;
                let report = report.map_err(|error| told(&Error::from(error).problem()))?;
                Ok(json!(report))
            }
            Self::Decisions { limit } => {
                let decided = app.services.router.decided(server.scope(), limit).await;
                Ok(json!(
                    decided.map_err(|error| told(&Error::from(error).problem()))?
                ))
            }
            Self::Discover { url } => found(app, server, url).await,
        }
    }
}

async fn look(server: &mcp::Server, arguments: Map<String, Value>, record: Option<String>) -> Outcome {
    let is_recorded = record.is_some();
    let mut answer = match record {
        Some(name) => server.answer(name, "route_task", arguments).await?,
        None => server.look(arguments).await?,
    };
    if let Some(fields) = answer.as_object_mut() {
        // Without a choice there is nothing to record.
        let is_recorded = is_recorded && fields.contains_key("model");
        if !is_recorded {
            fields.shift_remove("route_id");
        }
        fields.insert("recorded".to_owned(), Value::Bool(is_recorded));
    }
    Ok(answer)
}

/// Asks the endpoint once the gate lets the call through, and records what became of it.
async fn found(app: &App, server: &mcp::Server, url: String) -> Outcome {
    let is_here = discover::is_on_this_machine(&url).unwrap_or(false);
    let destination = if is_here {
        Destination::ModelLocal
    } else {
        Destination::Network
    };
    let action = Action {
        arguments: json!({"method": "GET"}),
        url: Some(url),
        ..Action::new(ActionKind::Http)
            .with_tool("route_discover")
            .with_destination(destination)
    };
    let gate = &app.services.gate;
    let checked = gate.check(server.scope(), &Actor::default(), VIA, action).await;
    let mut checked = checked.map_err(|error| told(&Error::from(error).problem()))?;
    let receipt = checked.take_receipt();
    let permit = match checked {
        Checked::Permitted(permit) => permit,
        Checked::Stopped(decision) => return Err(json!(ToolError::stopped(&decision))),
    };
    // What a rule redacts is not called either.
    let url = permit.action().url.clone().unwrap_or_default();
    let found = discover::discover(&url, Limits::default()).await;
    if let Some(receipt) = receipt {
        gate.outcome(receipt, found.as_ref().err().map(crate::model::Error::code));
    }
    found.map(|found| json!(found)).map_err(|error| {
        let problem = Error::from(error).problem();
        told(&Problem {
            hint: "Check that a server is running there (`ollama serve`), and name another with --url."
                .to_owned(),
            ..problem
        })
    })
}
