//! What a command asks where the store is open, and how it prints the answer.

use std::process::ExitCode;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::command::{FAILED, print, tell};
use super::request::{self, Outcome, Request, unheard};
use crate::config::Config;
use crate::domain::Problem;

/// Has `request` done and prints the answer: as JSON, or in the words that `told` finds.
///
/// # Errors
/// As [`ask`] and [`understood`].
pub(super) async fn answer<A: DeserializeOwned>(
    config: Config,
    request: Request,
    as_json: bool,
    told: impl FnOnce(A) -> String,
) -> Result<ExitCode, Problem> {
    match ask(config, request).await? {
        Ok(answer) if as_json => print(&format!("{answer:#}\n")),
        Ok(answer) => print(&told(understood(answer)?)),
        Err(problem) => return Ok(stopped(&problem)),
    }
    Ok(ExitCode::SUCCESS)
}

/// Has `request` done where the store is open.
///
/// # Errors
/// When neither the directory nor its owner can be worked with.
pub(super) async fn ask(config: Config, request: Request) -> Result<Outcome, Problem> {
    // It holds all that opening a store takes.
    let asked = Box::pin(request::ask(config, request)).await;
    asked.map_err(|error| error.problem())
}

/// An answer as what it is meant to be.
///
/// # Errors
/// When it is something else.
pub(super) fn understood<A: DeserializeOwned>(answer: Value) -> Result<A, Problem> {
    serde_json::from_value(answer).map_err(|error| unheard(error.into()).problem())
}

/// Tells what is said against a request.
pub(super) fn stopped(problem: &Value) -> ExitCode {
    tell(problem);
    ExitCode::from(FAILED)
}
