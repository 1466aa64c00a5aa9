//! What people do with approvals: asked of the process that keeps them.

use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::command::{FAILED, print, tell};
use super::request::{self, Outcome, Request, told, unheard};
use crate::cli::approvals::{Approvals, Command, answered, listed};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::{Problem, Scope};
use crate::error::Error;
use crate::mcp::Services;
use crate::policy::{self, Pending};

/// One thing to do; a variant may gain fields with defaults and never changes its meaning.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Errand {
    /// The answer is a list of [`Pending`].
    List,
    /// The answer is the [`Pending`] it is about.
    Answer {
        /// The handle, or its beginning.
        id: String,
        /// Whether it is granted.
        granted: bool,
    },
}

impl Errand {
    pub(super) fn carry_out(self, services: &Services, scope: &Scope) -> Outcome {
        let open = services.gate.approvals(scope);
        match self {
            Self::List => Ok(json!(open)),
            Self::Answer { id, granted } => {
                // A beginning that several share names none of them.
                let mut meant = open
                    .iter()
                    .filter(|one| !id.is_empty() && one.id.starts_with(&id));
                let full = match (meant.next(), meant.next()) {
                    (Some(one), None) => one.id.clone(),
                    _ => id,
                };
                let failed = |error: policy::Error| told(&Error::from(error).problem());
                let answer = services.gate.answer(scope, &full, granted);
                answer.map(|one| json!(one)).map_err(failed)
            }
        }
    }
}

/// Runs one of the commands to its exit code.
///
/// # Errors
/// When the process that keeps the approvals cannot be reached.
pub(super) async fn run(config: Config, approvals: &Approvals) -> Result<ExitCode, Problem> {
    let (errand, as_json) = match &approvals.command {
        Command::List { json } => (Errand::List, *json),
        Command::Grant { id } => (answer(id, true), false),
        Command::Deny { id } => (answer(id, false), false),
    };
    let is_list = matches!(errand, Errand::List);
    let outcome = request::ask(config, Request::Approvals(errand))
        .await
        .map_err(|error| error.problem())?;
    let value = match outcome {
        Ok(value) => value,
        Err(problem) => {
            tell(&problem);
            return Ok(ExitCode::from(FAILED));
        }
    };
    if as_json {
        print(&format!("{value:#}\n"));
    } else if is_list {
        print(&format!(
            "{}\n",
            listed(&read::<Vec<Pending>>(value)?, SystemClock.now())
        ));
    } else {
        print(&format!("{}\n", answered(&read::<Pending>(value)?)));
    }
    Ok(ExitCode::SUCCESS)
}

fn answer(id: &str, granted: bool) -> Errand {
    Errand::Answer {
        id: id.to_owned(),
        granted,
    }
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_json::from_value(value).map_err(|error| unheard(error.into()).problem())
}
