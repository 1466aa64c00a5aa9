//! The tasks extension (SEP-2663, `io.modelcontextprotocol/tasks`): a call about a run that the server itself works on is
//! answered with a handle, for clients that declare it.
//!
//! A task is a stretch of a run, and its id says which: `<run>-<number of the event after which it begins>`. It is over
//! when the run has ended or needs its host, and then its result is what the call would have answered. All of it is read
//! from the journal: it survives the process, and is kept as long as the run is. The extension has neither a list nor a
//! blocking result; `run_crew` lists open runs.

use rmcp::ErrorData;
use rmcp::handler::server::tool::IntoCallToolResult;
use rmcp::model::{
    CallToolResponse, CreateTaskResult, DetailedTask, ServerCapabilities, TASKS_EXTENSION_ID, Task,
    TaskPayload, TaskStatus,
};
use serde_json::{Value, json};

use super::reply::{Answer, ToolError};
use super::tools::run_crew;
use super::{Services, permitted};
use crate::crew::{Error, Leg};
use crate::domain::{Action, ActionKind, Destination, RunId, RunStatus};
use crate::store::Seq;

/// The door, and the name of looking at a task as that of a tool.
const READ: &str = "tasks/get";
/// How often a client should look, in milliseconds.
const LOOK_EVERY_MS: u64 = 1_000;

/// The handle for what the server does on a run after the event `from`.
///
/// # Errors
/// When the run cannot be read.
pub(super) async fn begun(app: &Services, run: &RunId, from: Seq) -> Result<CreateTaskResult, ToolError> {
    let leg = app.crews.leg(&app.default_scope, run, from).await?;
    let id = format!("{run}-{from}");
    Ok(CreateTaskResult::new(task(&id, TaskStatus::Working, &leg)))
}

/// Where a task stands, with its result once there is one.
///
/// # Errors
/// For an unknown task, one that policy closes, and a store that cannot be read.
pub(super) async fn get(app: &Services, id: &str) -> Result<DetailedTask, ErrorData> {
    may_read(app, id).await?;
    let leg = find(app, id).await?;
    let payload = match leg.reply.status {
        RunStatus::Working => TaskPayload::Working,
        RunStatus::Cancelled => TaskPayload::Cancelled,
        // What failed is an answer, too.
        RunStatus::InputRequired | RunStatus::Completed | RunStatus::Failed => TaskPayload::Completed {
            result: result(&leg)?,
        },
    };
    Ok(DetailedTask::new(task(id, payload.status(), &leg), payload))
}

/// Takes answers to what a task asked. None of ours asks anything, so there is nothing to take.
///
/// # Errors
/// As [`get`].
pub(super) async fn update(app: &Services, id: &str) -> Result<(), ErrorData> {
    may_read(app, id).await?;
    find(app, id).await.map(drop)
}

/// Cancels the run. One that has ended, or has gone on beyond the task, is left as it is.
///
/// # Errors
/// For an unknown task, and where policy stops it.
pub(super) async fn cancel(app: &Services, id: &str) -> Result<(), ErrorData> {
    let leg = find(app, id).await?;
    if leg.reply.status != RunStatus::Working {
        return Ok(());
    }
    let cancelled = app
        .crews
        .cancel(&app.default_scope, &leg.reply.run_id, "its task was cancelled");
    match cancelled.await {
        Ok(_) | Err(Error::RunClosed { .. }) => Ok(()),
        Err(error) => Err(broken(error)),
    }
}

/// What a server can do, as a client that declares the extension sees it, or one that does not.
pub(super) fn for_client(mut capabilities: ServerCapabilities, declared: bool) -> ServerCapabilities {
    if !declared && let Some(extensions) = &mut capabilities.extensions {
        extensions.remove(TASKS_EXTENSION_ID);
        if extensions.is_empty() {
            capabilities.extensions = None;
        }
    }
    capabilities
}

fn task(id: &str, status: TaskStatus, leg: &Leg) -> Task {
    let progress = leg.reply.progress;
    Task::new(id, status, leg.began.to_string(), leg.touched.to_string())
        .with_status_message(format!("{} of {} steps done", progress.done, progress.total))
        .with_poll_interval_ms(LOOK_EVERY_MS)
}

fn result(leg: &Leg) -> Result<serde_json::Map<String, Value>, ErrorData> {
    let output = run_crew::Output::of_reply(&leg.reply, Vec::new()).map_err(broken)?;
    let text = leg.reply.text();
    match (Answer::Told { text, output }).into_call_tool_result()? {
        CallToolResponse::Complete(result) => match serde_json::to_value(result) {
            Ok(Value::Object(result)) => Ok(result),
            _ => Err(ErrorData::internal_error("the result is not JSON", None)),
        },
        _ => Err(ErrorData::internal_error("the result is not a result", None)),
    }
}

async fn find(app: &Services, id: &str) -> Result<Leg, ErrorData> {
    let parts = id
        .rsplit_once('-')
        .and_then(|(run, from)| Some((RunId::new(run), from.parse().ok()?)));
    let Some((run, from)) = parts else {
        return Err(unknown(id));
    };
    match app.crews.leg(&app.default_scope, &run, from).await {
        Ok(leg) => Ok(leg),
        Err(Error::UnknownRun { .. }) => Err(unknown(id)),
        Err(error) => Err(broken(error)),
    }
}

/// Looking at a task is reading a run.
async fn may_read(app: &Services, id: &str) -> Result<(), ErrorData> {
    let action = Action {
        arguments: json!({ "taskId": id }),
        ..Action::new(ActionKind::MemoryRead)
            .with_tool(READ)
            .with_destination(Destination::Local)
    };
    permitted::request(app, READ, action).await.map(drop)
}

fn unknown(id: &str) -> ErrorData {
    let id: String = id.chars().take(100).collect();
    ErrorData::invalid_params(format!("there is no task `{id}`"), None)
}

fn broken(error: impl Into<ToolError>) -> ErrorData {
    let error = error.into();
    ErrorData::internal_error(
        format!("{error}; {}", error.hint),
        serde_json::to_value(&error).ok(),
    )
}
