//! What people do with approvals: asked of the process that keeps them.

use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::asking::answer;
use super::request::{Outcome, Request, told};
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
    let (id, granted) = match &approvals.command {
        Command::List { json } => {
            let told = |all: Vec<Pending>| format!("{}\n", listed(&all, SystemClock.now()));
            return answer(config, Request::Approvals(Errand::List), *json, told).await;
        }
        Command::Grant { id } => (id.clone(), true),
        Command::Deny { id } => (id.clone(), false),
    };
    let told = |one: Pending| format!("{}\n", answered(&one));
    let errand = Errand::Answer { id, granted };
    answer(config, Request::Approvals(errand), false, told).await
}
